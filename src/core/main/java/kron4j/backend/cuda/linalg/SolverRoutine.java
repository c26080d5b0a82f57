package kron4j.backend.cuda.linalg;

import kron4j.backend.cuda.card.CudaContext;

/**
 * Operations that cuSOLVER computes, and whether a graph may record them. Its routines may allocate or wait inside, which ends a recording; one is
 * allowed as soon as a run of GraphContract on a card has shown that its replays are right.
 */
enum SolverRoutine {
    CHOLESKY("cholesky of more than 32 rows", false, "factor before the capture, and record what uses the factor"),
    CHOLESKY_BATCHED(
            "cholesky of a batch of more than 32 rows",
            false,
            "factor before the capture, and record what uses the factors"),
    QR("qr of more than 32 rows or columns", false, "compute it before the capture"),
    SVD("svd of more than 32 rows or columns", false, "compute it before the capture"),
    EIGH("eigh of more than 32 rows", false, "compute it before the capture"),
    EIG("eig", false, "compute it before the capture: the CPU does"),
    LU(
            "LU of a single matrix of more than 256 rows or columns, or of any with more than 1024 rows (512 in complex128)",
            false,
            "factor before the capture (Linalg.luFactor), and record what uses the factors");

    private final String operation;
    private final boolean recordable;
    private final String remedy;

    SolverRoutine(String operation, boolean recordable, String remedy) {
        this.operation = operation;
        this.recordable = recordable;
        this.remedy = remedy;
    }

    /** To be called before anything of the operation is queued: throws if the calling thread records a graph and this is not recordable. */
    void begin(CudaContext context) {
        if (!recordable) {
            context.refuseWhileRecording(operation, remedy);
        }
    }
}
