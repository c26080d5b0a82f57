package kron4j.ops;

import kron4j.Tensor;

/** What becomes of the losses of all elements, or samples. */
public enum Reduction {
    /** They stay as they are. */
    NONE,
    /** Their mean, [], or a mean weighted as the operation says; NaN of none. */
    MEAN,
    /** Their sum, []. */
    SUM;

    Tensor of(Tensor losses) {
        return switch (this) {
            case NONE -> losses;
            case MEAN -> Reduce.mean(losses);
            case SUM -> Reduce.sum(losses);
        };
    }
}
