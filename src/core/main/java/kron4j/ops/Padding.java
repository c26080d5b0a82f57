package kron4j.ops;

/** What {@link Shapes#pad(kron4j.Tensor, Padding, long[][])} writes beyond the ends of an axis; shown for the elements 1 2 3 4 and two on either side. */
public enum Padding {
    /** Mirrored at the first and last element, which are not repeated: 3 2 | 1 2 3 4 | 3 2. */
    REFLECT,
    /** The first and last element: 1 1 | 1 2 3 4 | 4 4. */
    REPLICATE,
    /** From the other end: 3 4 | 1 2 3 4 | 1 2. */
    CIRCULAR
}
