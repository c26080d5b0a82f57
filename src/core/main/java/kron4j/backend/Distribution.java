package kron4j.backend;

/** Distributions made of Philox 4x32-10 words. */
public enum Distribution {
    /** Uniform in [0, 1). */
    UNIFORM,
    /** Mean 0, variance 1, by Box-Muller. */
    NORMAL,
    /** Uniform 64-bit patterns (int64), or 32-bit (int32), or coin flips (bool). */
    BITS
}
