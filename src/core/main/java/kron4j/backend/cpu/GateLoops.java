package kron4j.backend.cpu;

/** Loops of {@link RecurrentRows} over rows of whole vectors; what is said to lie in {@code gates} begins there in each row. */
abstract class GateLoops {
    /** The sigmoid of n elements of each row. */
    abstract void sigmoid(float[] gates, int at, int n, int rows, int step);

    /** The hyperbolic tangent of n elements of each row. */
    abstract void tanh(float[] gates, int at, int n, int rows, int step);

    /** {@code cell = forget cell + input candidate}. */
    abstract void remember(float[] gates, int[] places, float[] cell, int n, int rows, int step);

    /** {@code state = output seen}. */
    abstract void show(float[] gates, int[] places, float[] seen, float[] state, int n, int rows, int step);

    /**
     * The gradients of what the gates of an LSTM were computed from, and that of the cell before, which takes the place of the cell's.
     *
     * @param seen tanh of the cell
     */
    abstract void forget(
            float[] gates,
            int[] places,
            float[] before,
            float[] seen,
            float[] ofState,
            float[] ofCell,
            float[] slopes,
            int n,
            int rows,
            int step);
}
