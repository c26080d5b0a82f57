package kron4j.backend.cpu;

import kron4j.backend.PerThread;

/**
 * Products of small matrices in arrays, by vectors along the rows of the right operand. Places and steps count elements, complex ones being two neighbours in an array of
 * their parts. Each element is one sum in the order of its terms, or of such sums of pieces, whatever stands beside it.
 */
abstract class RowProducts {
    /** Elements of each of a thread's arrays, beside room for a vector past the end. */
    static final int ROOM = 16384;

    private static final int ARRAYS = 4;

    private final PerThread<Object[]> local = new PerThread<>(() -> {
        Object[] arrays = new Object[ARRAYS];
        for (int i = 0; i < ARRAYS; i++) {
            arrays[i] = allocate(ROOM);
        }
        return arrays;
    });

    /** This thread's arrays; a kernel that uses them must not call another one that does. */
    final Object[] local() {
        return local.get();
    }

    /** Makes an array, with room for the vectors that {@link #multiply} reads and writes past the end. */
    abstract Object allocate(int elements);

    abstract void read(CpuStorage from, long element, int n, Object to, int at);

    abstract void write(CpuStorage to, long element, int n, Object from, int at);

    /** Writes the rows of {@code from} as columns. */
    abstract void transpose(Object from, int at, int rows, int columns, Object to, int start);

    /** Conjugates elements in place; there is nothing to do for real ones. */
    abstract void conjugate(Object of, int at, int n);

    /**
     * {@code C = alpha A B}: A m x k, row-major without gaps; B k x n and C m x n with rows so many elements apart. Reads up to
     * three rows past the end of A and two vectors past the end of B, and writes three rows and two vectors past the end of C, with anything.
     */
    abstract void multiply(
            double alpha,
            Object a,
            int atA,
            int m,
            int k,
            Object b,
            int atB,
            int stepB,
            int n,
            Object c,
            int atC,
            int stepC);
}
