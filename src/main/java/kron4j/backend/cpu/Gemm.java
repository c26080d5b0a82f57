package kron4j.backend.cpu;

import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Runs GEMM plans: each case goes to the kernel that is fastest for it. */
final class Gemm {
    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;
    /** Up to here OpenBLAS works in the calling thread only (its GEMM_MULTITHREAD_THRESHOLD times 65536). */
    private static final long ONE_THREAD = 262144;

    private Gemm() {}

    static void run(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        if (c.dtype() == DType.BOOL) {
            throw new DTypeException("matmul of bool: convert to a numeric dtype");
        }
        long count = plan.batchSize();
        if (plan.m() == 0 || plan.n() == 0 || count == 0) {
            return;
        }
        if (!c.dtype().isFloating() || plan.k() == 0 || alpha == 0 || !readable(plan)) {
            PlainGemm.run(plan, alpha, a, b, beta, c);
            return;
        }
        double work = (double) plan.m() * plan.n() * plan.k();
        long grain = work > ONE_THREAD ? count : 1 + (long) (ONE_THREAD / 8 / work);
        Parallel.forRange(count, grain, (from, to) -> loop(plan, from, to, kernel(plan, alpha, a, b, beta, c)));
    }

    /** Whether the leading dimensions are such as BLAS takes. */
    private static boolean readable(GemmPlan plan) {
        return readable(plan.a(), plan.m(), plan.k())
                && readable(plan.b(), plan.k(), plan.n())
                && readable(plan.c(), plan.m(), plan.n());
    }

    private static boolean readable(Matrix x, long rows, long columns) {
        return (x.transposed() ? columns : rows) == 1 || x.leading() >= (x.transposed() ? rows : columns);
    }

    /** One GEMM; the arguments say where the operands begin. */
    interface Kernel {
        void run(long a, long b, long c);
    }

    /** Runs the GEMMs [from, to) of the plan in order. */
    static void loop(GemmPlan plan, long from, long to, Kernel kernel) {
        List<Batch> batches = plan.batches();
        long[] index = new long[batches.size()];
        long a = plan.a().offset();
        long b = plan.b().offset();
        long c = plan.c().offset();
        long rest = from;
        for (int i = index.length - 1; i >= 0; i--) {
            Batch batch = batches.get(i);
            index[i] = rest % batch.size();
            rest /= batch.size();
            a += index[i] * batch.strideA();
            b += index[i] * batch.strideB();
            c += index[i] * batch.strideC();
        }
        for (long g = from; g < to; g++) {
            kernel.run(a, b, c);
            for (int i = index.length - 1; i >= 0; i--) {
                Batch batch = batches.get(i);
                a += batch.strideA();
                b += batch.strideB();
                c += batch.strideC();
                if (++index[i] < batch.size()) {
                    break;
                }
                index[i] = 0;
                a -= batch.size() * batch.strideA();
                b -= batch.size() * batch.strideB();
                c -= batch.size() * batch.strideC();
            }
        }
    }

    private static Kernel kernel(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        int m = blas(plan, plan.m());
        int n = blas(plan, plan.n());
        int k = blas(plan, plan.k());
        int transA = plan.a().transposed() ? TRANSPOSE : NO_TRANSPOSE;
        int transB = plan.b().transposed() ? TRANSPOSE : NO_TRANSPOSE;
        int lda = leading(plan, plan.a(), m, k);
        int ldb = leading(plan, plan.b(), k, n);
        int ldc = leading(plan, plan.c(), m, n);
        long atA = a.storage().address();
        long atB = b.storage().address();
        long atC = c.storage().address();
        switch (c.dtype()) {
            case FLOAT32 -> {
                OpenBlas.Floats x = new OpenBlas.Floats(0);
                OpenBlas.Floats y = new OpenBlas.Floats(0);
                OpenBlas.Floats z = new OpenBlas.Floats(0);
                return (i, j, l) -> openblas_nolapack.cblas_sgemm(
                        ROW_MAJOR,
                        transA,
                        transB,
                        m,
                        n,
                        k,
                        (float) alpha,
                        x.at(atA + 4 * i),
                        lda,
                        y.at(atB + 4 * j),
                        ldb,
                        (float) beta,
                        z.at(atC + 4 * l),
                        ldc);
            }
            case FLOAT64 -> {
                OpenBlas.Doubles x = new OpenBlas.Doubles(0);
                OpenBlas.Doubles y = new OpenBlas.Doubles(0);
                OpenBlas.Doubles z = new OpenBlas.Doubles(0);
                return (i, j, l) -> openblas_nolapack.cblas_dgemm(
                        ROW_MAJOR,
                        transA,
                        transB,
                        m,
                        n,
                        k,
                        alpha,
                        x.at(atA + 8 * i),
                        lda,
                        y.at(atB + 8 * j),
                        ldb,
                        beta,
                        z.at(atC + 8 * l),
                        ldc);
            }
            default -> throw new DTypeException("gemm: no kernel for " + c.dtype());
        }
    }

    /** With a single row BLAS does not use the leading dimension, but checks it. */
    private static int leading(GemmPlan plan, Matrix x, int rows, int columns) {
        int width = x.transposed() ? rows : columns;
        return (x.transposed() ? columns : rows) == 1 ? width : blas(plan, x.leading());
    }

    private static int blas(GemmPlan plan, long size) {
        if (size > Integer.MAX_VALUE) {
            throw new ShapeException("gemm: m=" + plan.m() + ", n=" + plan.n() + ", k=" + plan.k()
                    + ": BLAS takes sizes and leading dimensions up to 2^31-1, got " + size
                    + "; split the operands into pieces");
        }
        return (int) size;
    }
}
