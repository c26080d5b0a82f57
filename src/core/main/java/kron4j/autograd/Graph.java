package kron4j.autograd;

/** Fate of the forward's record once gradients have been computed from it. */
public enum Graph {
    /** Freed as the sweep passes; a second sweep throws {@link kron4j.GradientException}. */
    FREE,
    /** Kept for another sweep, with the tensors that it saved, until the forward's results are closed. */
    RETAIN,
    /** Kept, and the gradients are recorded too, so that they can be differentiated again. */
    DIFFERENTIABLE
}
