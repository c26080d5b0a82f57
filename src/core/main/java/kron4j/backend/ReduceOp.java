package kron4j.backend;

/** Reductions over the trailing axes of an operand. */
public enum ReduceOp {
    /** Sum; 0 for no elements; int64 for integers and bool. */
    SUM,
    /** Product; 1 for no elements; int64 for integers and bool. */
    PROD,
    /** NaN if one element is NaN; refuses no elements. */
    MAX,
    /** NaN if one element is NaN; refuses no elements. */
    MIN,
    /** int64 row-major position of the first maximum (of the first NaN, if any) among the reduced axes; refuses no elements. */
    ARGMAX,
    /** As ARGMAX, for the minimum. */
    ARGMIN,
    /** bool; false for no elements. */
    ANY,
    /** bool; true for no elements. */
    ALL;

    /** Whether complex operands are refused: what needs an order. */
    public boolean needsReal() {
        return this == MAX || this == MIN || this == ARGMAX || this == ARGMIN;
    }

    /** Whether a reduction over no elements has a value. */
    public boolean hasIdentity() {
        return this == SUM || this == PROD || this == ANY || this == ALL;
    }
}
