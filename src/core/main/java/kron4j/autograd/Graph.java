package kron4j.autograd;

/** What becomes of the record of the forward when gradients have been computed from it. */
public enum Graph {
    /** It is freed as the sweep goes; using it again is an error. */
    FREE,
    /** It stays for another sweep, with all that it saved, until the tensors that were computed are closed. */
    RETAIN,
    /** It stays, and the gradients are recorded too, so that they can be differentiated again. */
    DIFFERENTIABLE
}
