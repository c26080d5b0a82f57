package kron4j;

/** Thrown if an einsum equation is malformed or does not fit its operands. */
public class EinsumException extends ShapeException {
    private static final long serialVersionUID = 1L;

    /** The problem, as a constant that programs can compare. */
    public enum Kind {
        /** There is no operand. */
        NO_OPERANDS,
        /** The numbers of terms and of operands differ. */
        OPERAND_COUNT,
        /** A term has more labels than its operand has axes. */
        RANK_TOO_SMALL,
        /** A term has fewer labels than its operand has axes, and no ellipsis. */
        RANK_TOO_LARGE,
        /** An ellipsis is incomplete or repeated. */
        BAD_ELLIPSIS,
        /** A label is not a letter, or a negative number in the sublist form. */
        BAD_CHAR,
        /** The arrow {@code ->} is malformed or repeated. */
        BAD_ARROW,
        /** The output has a label that no operand has. */
        OUTPUT_LABEL_UNKNOWN,
        /**
         * The output has a label twice, which NumPy refuses. Here it writes a diagonal, so this kind only names NumPy's
         * refusal.
         */
        OUTPUT_LABEL_REPEATED,
        /** The output has a comma. */
        OUTPUT_COMMA,
        /** A label is repeated within one operand with different sizes. */
        DIAG_DIM_MISMATCH,
        /** The sizes of a label differ between operands, and neither is 1. */
        DIM_MISMATCH,
        /** The axes under the ellipses do not broadcast. */
        ELLIPSIS_DIM_MISMATCH,
        /** The ellipsis of an operand covers axes, but the output has no ellipsis. */
        OUTPUT_ELLIPSIS_MISSING
    }

    /** The problem, as given to the constructor. */
    private final Kind kind;

    /**
     * Creates the exception with its kind and text.
     *
     * @param kind the problem
     * @param message the equation, the place in it and the remedy
     */
    public EinsumException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** {@return the problem, for programs} */
    public Kind kind() {
        return kind;
    }
}
