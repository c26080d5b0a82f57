package kron4j.backend;

/**
 * A function for whose steps a device may have a loop of its own; the steps say what it computes.
 *
 * @param form which function
 * @param first a number that it depends on
 * @param second another one
 * @param wanted 0 for the function itself; else its gradients: the bits are the operands that have one
 */
public record FusedKernel(Form form, double first, double second, int wanted) {
    /** Functions of one number, of which the first have their gradient only; functions of lines; and losses, which are summed over all elements. */
    public enum Form {
        /** Gradient from the operand. */
        RELU,
        /** Gradient from the operand. */
        SOFTPLUS,
        /** Gradient from the result. */
        SIGMOID,
        /** Gradient from the result. */
        TANH,
        /** Between two numbers. */
        CLAMP,
        /** With a slope. */
        LEAKY_RELU,
        /** With a factor. */
        ELU,
        /** By the error function. */
        GELU,
        /** By the hyperbolic tangent. */
        GELU_TANH,
        /** The operand times its sigmoid. */
        SILU,
        /** The operand over one more than its size. */
        SOFTSIGN,
        /** The gradient of softmax, from that of the result and the result, along the axis that the first number is. */
        SOFTMAX_SLOPES,
        /** That of its logarithm. */
        LOG_SOFTMAX_SLOPES,
        /** Exponentials of logarithms times factors of lines. */
        SCALED_EXP,
        /** Less the mean of a channel, times its factor, and its bias. */
        STANDARDIZE,
        /** The squared difference. */
        MSE,
        /** The size of the difference. */
        L1,
        /** With delta. */
        HUBER,
        /** With beta. */
        SMOOTH_L1,
        /** Binary cross-entropy of logits. */
        BCE_WITH_LOGITS;

        /** Returns whether it compares two tensors; the second number says then whether the result is the mean. */
        public boolean isLoss() {
            return compareTo(MSE) >= 0;
        }

        /** Returns whether lines have sums or numbers of their own. */
        public boolean isOfLines() {
            return compareTo(SOFTMAX_SLOPES) >= 0 && !isLoss();
        }
    }

    /** Returns a function of no numbers. */
    public static FusedKernel of(Form form) {
        return new FusedKernel(form, 0, 0, 0);
    }

    /** Returns the gradients of these operands. */
    public FusedKernel backward(int operands) {
        return new FusedKernel(form, first, second, operands);
    }
}
