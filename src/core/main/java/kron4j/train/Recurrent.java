package kron4j.train;

/**
 * A layer over time: {@link #apply} takes a sequence [time, batch, inputs] and gives the hidden state after each step, [time, batch, {@link #width}],
 * beginning with a state of zeros.
 */
public interface Recurrent extends Layer {
    /** Numbers of a state. */
    long width();
}
