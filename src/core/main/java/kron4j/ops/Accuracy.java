package kron4j.ops;

/** How right a determinant has to be. */
public enum Accuracy {
    /** As LU in the operand's dtype gives it: relative error about n * epsilon * condition number. */
    WORKING,
    /** Sign and logarithm right to a few ulp of the exact values, whatever the condition number; singular exactly if the matrix is. */
    COMPENSATED
}
