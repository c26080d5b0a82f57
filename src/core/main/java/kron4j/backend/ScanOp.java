package kron4j.backend;

/** Running reductions along the last axis: each result is that of the elements up to its own. */
public enum ScanOp {
    /** Sum; int64 for integers and bool. */
    SUM,
    /** Product; int64 for integers and bool. */
    PROD,
    /** int64 position of the last maximum (of the last NaN, if any) along the axis. */
    MAX,
    /** As MAX, for the minimum. */
    MIN,
    /** Logarithm of the sum of exponentials; floating. */
    LOGSUMEXP
}
