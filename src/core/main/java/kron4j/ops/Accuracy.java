package kron4j.ops;

/** The required accuracy of a determinant. */
public enum Accuracy {
    /** The accuracy of LU in the operand's dtype: relative error about n * epsilon * condition number. */
    WORKING,
    /**
     * Sign and logarithm right to a few ulp of the exact values, whatever the condition number; singular exactly if the
     * matrix is.
     */
    COMPENSATED
}
