package kron4j.plan;

import java.util.List;

/**
 * The integers of one strided-batched GEMM in row-major terms: {@code C[b] = alpha * op(A[b]) * op(B[b]) + beta * C[b]} with op(A) m x k, op(B)
 * k x n, C m x n, for every b in the product of {@code batches}. Offsets, leading dimensions and strides count elements from the start of each
 * operand's storage; an input's batch stride may be 0 (shared by all).
 *
 * @param batches outermost first, coalesced; empty for a single GEMM
 */
public record GemmPlan(long m, long n, long k, Matrix a, Matrix b, Matrix c, List<Batch> batches) {
    /**
     * Element (i, j) of op(X) lies at {@code offset + i*leading + j}, or at {@code offset + j*leading + i} if transposed. C is never transposed.
     */
    public record Matrix(long offset, long leading, boolean transposed) {
        private Matrix shifted(long by) {
            return by == 0 ? this : new Matrix(offset + by, leading, transposed);
        }
    }

    /** One batch loop: its length and the step of each operand. */
    public record Batch(long size, long strideA, long strideB, long strideC) {}

    /** The same with every operand's offset moved. */
    public GemmPlan shifted(long byA, long byB, long byC) {
        return byA == 0 && byB == 0 && byC == 0
                ? this
                : new GemmPlan(m, n, k, a.shifted(byA), b.shifted(byB), c.shifted(byC), batches);
    }

    /** Number of GEMMs. */
    public long batchSize() {
        return batches.stream().mapToLong(Batch::size).reduce(1, Math::multiplyExact);
    }

    /** Floating point operations, a multiply and an add counted as two. */
    public double flops() {
        return 2.0 * m * n * k * batchSize();
    }
}
