package kron4j;

/** An einsum equation is malformed or does not fit its operands. */
public class EinsumException extends ShapeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** No operand given. */
        NO_OPERANDS,
        /** As many terms as operands are needed. */
        OPERAND_COUNT,
        /** More labels than dimensions. */
        RANK_TOO_SMALL,
        /** Fewer labels than dimensions, and no ellipsis. */
        RANK_TOO_LARGE,
        /** Incomplete or repeated {@code ...}. */
        BAD_ELLIPSIS,
        /** A label that is not a letter, or a negative one. */
        BAD_CHAR,
        /** Malformed or repeated {@code ->}. */
        BAD_ARROW,
        /** An output label that no operand has. */
        OUTPUT_LABEL_UNKNOWN,
        /** An output label twice: an error in NumPy; here it writes a diagonal, so this kind only names NumPy's refusal. */
        OUTPUT_LABEL_REPEATED,
        /** A comma in the output. */
        OUTPUT_COMMA,
        /** A label repeated within one operand with different sizes. */
        DIAG_DIM_MISMATCH,
        /** A label's sizes differ between operands and neither is 1. */
        DIM_MISMATCH,
        /** The dimensions under the ellipses do not broadcast. */
        ELLIPSIS_DIM_MISMATCH,
        /** An operand's ellipsis covers dimensions but the output has none. */
        OUTPUT_ELLIPSIS_MISSING
    }

    private final Kind kind;

    public EinsumException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
