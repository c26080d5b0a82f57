package kron4j.backend.cuda.linalg;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import kron4j.DType;
import kron4j.DTypeException;

/** cuBLAS's routines that factorisations need in one precision, under their names in C without its letter; each returns the library's code. */
record Blas(char letter, Trsm trsm, TrsmBatched trsmBatched, GemmStridedBatched gemmStridedBatched) {
    private static final Blas SINGLE =
            new Blas('S', JCublas2::cublasStrsm, JCublas2::cublasStrsmBatched, JCublas2::cublasSgemmStridedBatched);

    private static final Blas DOUBLE =
            new Blas('D', JCublas2::cublasDtrsm, JCublas2::cublasDtrsmBatched, JCublas2::cublasDgemmStridedBatched);

    private static final Blas SINGLE_COMPLEX =
            new Blas('C', JCublas2::cublasCtrsm, JCublas2::cublasCtrsmBatched, JCublas2::cublasCgemmStridedBatched);

    private static final Blas DOUBLE_COMPLEX =
            new Blas('Z', JCublas2::cublasZtrsm, JCublas2::cublasZtrsmBatched, JCublas2::cublasZgemmStridedBatched);

    static Blas of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> SINGLE;
            case FLOAT64 -> DOUBLE;
            case COMPLEX64 -> SINGLE_COMPLEX;
            case COMPLEX128 -> DOUBLE_COMPLEX;
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL ->
                throw new DTypeException("cuBLAS solves nothing in " + dtype);
        };
    }

    /** The routine's name in C. */
    String name(String routine) {
        return "cublas" + letter + routine;
    }

    interface Trsm {
        int call(
                cublasHandle h,
                int side,
                int triangle,
                int operation,
                int diagonal,
                int m,
                int n,
                Pointer alpha,
                Pointer t,
                int ldt,
                Pointer b,
                int ldb);
    }

    interface TrsmBatched {
        int call(
                cublasHandle h,
                int side,
                int triangle,
                int operation,
                int diagonal,
                int m,
                int n,
                Pointer alpha,
                Pointer ts,
                int ldt,
                Pointer bs,
                int ldb,
                int count);
    }

    interface GemmStridedBatched {
        int call(
                cublasHandle h,
                int operationA,
                int operationB,
                int m,
                int n,
                int k,
                Pointer alpha,
                Pointer a,
                int lda,
                long stepA,
                Pointer b,
                int ldb,
                long stepB,
                Pointer beta,
                Pointer c,
                int ldc,
                long stepC,
                int count);
    }
}
