package kron4j.backend.cuda.linalg;

import jcuda.Pointer;
import jcuda.jcublas.cublasFillMode;
import jcuda.jcusolver.JCusolverDn;
import jcuda.jcusolver.cusolverDnHandle;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Scratch;

/** cuSOLVER's dense routines in one precision, under their names in C without its letter; each returns the library's code. */
record Solver(
        char letter,
        OfMatrix potrfSize,
        Potrf potrf,
        PotrfBatched potrfBatched,
        OfMatrix getrfSize,
        Getrf getrf,
        OfMatrix geqrfSize,
        Geqrf geqrf,
        OfVectors orgqrSize,
        Vectors orgqr,
        GesvdSize gesvdSize,
        Gesvd gesvd,
        OfVectors syevdSize,
        Vectors syevd) {
    private static final Solver SINGLE = new Solver(
            'S',
            JCusolverDn::cusolverDnSpotrf_bufferSize,
            JCusolverDn::cusolverDnSpotrf,
            JCusolverDn::cusolverDnSpotrfBatched,
            JCusolverDn::cusolverDnSgetrf_bufferSize,
            JCusolverDn::cusolverDnSgetrf,
            JCusolverDn::cusolverDnSgeqrf_bufferSize,
            JCusolverDn::cusolverDnSgeqrf,
            JCusolverDn::cusolverDnSorgqr_bufferSize,
            JCusolverDn::cusolverDnSorgqr,
            JCusolverDn::cusolverDnSgesvd_bufferSize,
            JCusolverDn::cusolverDnSgesvd,
            JCusolverDn::cusolverDnSsyevd_bufferSize,
            JCusolverDn::cusolverDnSsyevd);

    private static final Solver DOUBLE = new Solver(
            'D',
            JCusolverDn::cusolverDnDpotrf_bufferSize,
            JCusolverDn::cusolverDnDpotrf,
            JCusolverDn::cusolverDnDpotrfBatched,
            JCusolverDn::cusolverDnDgetrf_bufferSize,
            JCusolverDn::cusolverDnDgetrf,
            JCusolverDn::cusolverDnDgeqrf_bufferSize,
            JCusolverDn::cusolverDnDgeqrf,
            JCusolverDn::cusolverDnDorgqr_bufferSize,
            JCusolverDn::cusolverDnDorgqr,
            JCusolverDn::cusolverDnDgesvd_bufferSize,
            JCusolverDn::cusolverDnDgesvd,
            JCusolverDn::cusolverDnDsyevd_bufferSize,
            JCusolverDn::cusolverDnDsyevd);

    private static final Solver SINGLE_COMPLEX = new Solver(
            'C',
            JCusolverDn::cusolverDnCpotrf_bufferSize,
            JCusolverDn::cusolverDnCpotrf,
            JCusolverDn::cusolverDnCpotrfBatched,
            JCusolverDn::cusolverDnCgetrf_bufferSize,
            JCusolverDn::cusolverDnCgetrf,
            JCusolverDn::cusolverDnCgeqrf_bufferSize,
            JCusolverDn::cusolverDnCgeqrf,
            JCusolverDn::cusolverDnCungqr_bufferSize,
            JCusolverDn::cusolverDnCungqr,
            JCusolverDn::cusolverDnCgesvd_bufferSize,
            JCusolverDn::cusolverDnCgesvd,
            JCusolverDn::cusolverDnCheevd_bufferSize,
            JCusolverDn::cusolverDnCheevd);

    private static final Solver DOUBLE_COMPLEX = new Solver(
            'Z',
            JCusolverDn::cusolverDnZpotrf_bufferSize,
            JCusolverDn::cusolverDnZpotrf,
            JCusolverDn::cusolverDnZpotrfBatched,
            JCusolverDn::cusolverDnZgetrf_bufferSize,
            JCusolverDn::cusolverDnZgetrf,
            JCusolverDn::cusolverDnZgeqrf_bufferSize,
            JCusolverDn::cusolverDnZgeqrf,
            JCusolverDn::cusolverDnZungqr_bufferSize,
            JCusolverDn::cusolverDnZungqr,
            JCusolverDn::cusolverDnZgesvd_bufferSize,
            JCusolverDn::cusolverDnZgesvd,
            JCusolverDn::cusolverDnZheevd_bufferSize,
            JCusolverDn::cusolverDnZheevd);

    static Solver of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> SINGLE;
            case FLOAT64 -> DOUBLE;
            case COMPLEX64 -> SINGLE_COMPLEX;
            case COMPLEX128 -> DOUBLE_COMPLEX;
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL ->
                throw new DTypeException("cuSOLVER computes no " + dtype);
        };
    }

    /** Which triangle of a matrix is read. */
    static int triangle(boolean upper) {
        return upper ? cublasFillMode.CUBLAS_FILL_MODE_UPPER : cublasFillMode.CUBLAS_FILL_MODE_LOWER;
    }

    /** The routine's name in C: of complex matrices unitary and Hermitian instead of orthogonal and symmetric. */
    String name(String routine) {
        boolean complex = letter == 'C' || letter == 'Z';
        return "cusolverDn" + letter + (complex ? routine.replace("or", "un").replace("sy", "he") : routine);
    }

    /**
     * Computes the entries of a batch one after the other, in one workspace.
     *
     * @param shown what the error should show
     */
    void each(CudaContext context, MatrixBatch batch, String routine, Query query, Entry entry, Object... shown) {
        int[] size = new int[1];
        context.solver(name(routine + "_bufferSize"), h -> query.call(h, size), shown);
        try (Scratch scratch = context.scratch()) {
            Pointer work = MatrixBatch.pointer(scratch.allocate(batch.operand(0).dtype(), size[0]), 0);
            for (int e = 0; e < batch.count(); e++) {
                int at = e;
                context.solver(name(routine), h -> entry.call(h, at, work, size[0]), shown);
            }
        }
    }

    /** Asks for the elements of a workspace. */
    interface Query {
        int call(cusolverDnHandle h, int[] size);
    }

    /** Computes one entry of a batch. */
    interface Entry {
        int call(cusolverDnHandle h, int entry, Pointer work, int size);
    }

    // ---- what the library takes ----

    interface OfMatrix {
        int call(cusolverDnHandle h, int triangleOrRows, int n, Pointer a, int lda, int[] size);
    }

    interface OfVectors {
        int call(
                cusolverDnHandle h,
                int jobOrRows,
                int triangleOrColumns,
                int n,
                Pointer a,
                int lda,
                Pointer v,
                int[] size);
    }

    interface Vectors {
        int call(
                cusolverDnHandle h,
                int jobOrRows,
                int triangleOrColumns,
                int n,
                Pointer a,
                int lda,
                Pointer v,
                Pointer work,
                int size,
                Pointer info);
    }

    interface Potrf {
        int call(cusolverDnHandle h, int triangle, int n, Pointer a, int lda, Pointer work, int size, Pointer info);
    }

    interface PotrfBatched {
        int call(cusolverDnHandle h, int triangle, int n, Pointer matrices, int lda, Pointer infos, int count);
    }

    interface Getrf {
        int call(cusolverDnHandle h, int m, int n, Pointer a, int lda, Pointer work, Pointer pivots, Pointer info);
    }

    interface Geqrf {
        int call(
                cusolverDnHandle h,
                int m,
                int n,
                Pointer a,
                int lda,
                Pointer tau,
                Pointer work,
                int size,
                Pointer info);
    }

    interface GesvdSize {
        int call(cusolverDnHandle h, int m, int n, int[] size);
    }

    interface Gesvd {
        int call(
                cusolverDnHandle h,
                char jobU,
                char jobVt,
                int m,
                int n,
                Pointer a,
                int lda,
                Pointer s,
                Pointer u,
                int ldu,
                Pointer vt,
                int ldvt,
                Pointer work,
                int size,
                Pointer rwork,
                Pointer info);
    }
}
