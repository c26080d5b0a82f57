package kron4j.train;

/**
 * A layer over time: {@link #apply} takes a sequence [time, batch, inputs] of at least one step and returns the hidden
 * state after each step, [time, batch, {@link #width}]. The state before the first step is zeros.
 */
public interface Recurrent extends Layer {
    /** {@return the number of elements in a state} */
    long width();
}
