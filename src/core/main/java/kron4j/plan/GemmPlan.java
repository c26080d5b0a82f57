package kron4j.plan;

import java.util.List;
import java.util.Optional;

/**
 * The sizes and strides of one strided-batched GEMM in row-major terms: {@code C[b] = alpha * op(A[b]) * op(B[b]) + beta * C[b]} with op(A) m x k, op(B)
 * k x n, C m x n, for every b in the product of {@code batches}. Offsets, leading dimensions and strides count elements from the start of each
 * operand's storage; an input's batch stride may be 0 (shared by all).
 *
 * @param batches outermost first, coalesced; empty for a single GEMM
 */
public record GemmPlan(long m, long n, long k, Matrix a, Matrix b, Matrix c, List<Batch> batches) {
    /**
     * Element (i, j) of op(X) lies at {@code offset + i*leading + j}, or at {@code offset + j*leading + i} if transposed; its conjugate is meant if
     * conjugated. C is neither.
     */
    public record Matrix(long offset, long leading, boolean transposed, boolean conjugated) {
        /** A matrix that is not conjugated. */
        public Matrix(long offset, long leading, boolean transposed) {
            this(offset, leading, transposed, false);
        }

        /**
         * A matrix as BLAS reads it, from the steps along its rows and columns. One step must be 1, the other at least as large as that axis; axes
         * of size 1 may have any step. Empty if BLAS cannot read it.
         */
        static Optional<Matrix> of(long offset, long rows, long cols, long rowStride, long colStride) {
            if ((cols == 1 || colStride == 1) && (rows == 1 || rowStride >= cols)) {
                return Optional.of(new Matrix(offset, rows == 1 ? cols : rowStride, false));
            }
            if ((rows == 1 || rowStride == 1) && (cols == 1 || colStride >= rows)) {
                return Optional.of(new Matrix(offset, cols == 1 ? rows : colStride, true));
            }
            return Optional.empty();
        }

        private Matrix shifted(long by) {
            return new Matrix(offset + by, leading, transposed, conjugated);
        }

        private Matrix conjugated(boolean also) {
            return also ? new Matrix(offset, leading, transposed, !conjugated) : this;
        }
    }

    /** One batch loop: its length and the step of each operand. */
    public record Batch(long size, long strideA, long strideB, long strideC) {}

    /** This plan with every operand's offset moved. */
    public GemmPlan shifted(long byA, long byB, long byC) {
        return new GemmPlan(m, n, k, a.shifted(byA), b.shifted(byB), c.shifted(byC), batches);
    }

    /** This plan with operands conjugated. */
    public GemmPlan conjugated(boolean left, boolean right) {
        return left || right ? new GemmPlan(m, n, k, a.conjugated(left), b.conjugated(right), c, batches) : this;
    }

    /** Number of GEMMs. */
    public long batchSize() {
        long size = 1;
        for (Batch batch : batches) {
            size = Math.multiplyExact(size, batch.size());
        }
        return size;
    }

    /** Floating point operations, a multiply and an add counted as two. */
    public double flops() {
        return 2.0 * m * n * k * batchSize();
    }
}
