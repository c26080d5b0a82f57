package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.util.List;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/** Runs GEMM plans: each case goes to the kernel that is fastest for it. */
final class Gemm {
    /** Up to here OpenBLAS works in the calling thread only (its GEMM_MULTITHREAD_THRESHOLD times 65536). */
    private static final long ONE_THREAD = 262144;
    /** Multiplications below which a piece is not worth another thread, and the cost of a call in these. */
    private static final long GRAIN = 1 << 20;

    private static final long CALL = 1024;
    /** Multiplications in one of complex numbers, as OpenBLAS counts them for its threads. */
    private static final int COMPLEX = 4;

    /** Up to here, a batch is better spread over threads that work on a matrix each. */
    private static final long MEDIUM = 512L * 512 * 512;

    /** Elements that a B may have, and rows from which copying it costs little beside the product. */
    private static final int SMALL_B = 64 * 64;

    private static final int MANY_ROWS = 64;
    /** OpenBLAS has kernels for small matrices that need no packing; those for a transposed B it uses only for so small a C and k from 32. */
    private static final int SMALL_C = 1200;

    /** From so many rows on, and twice as many terms, one triangle and a copy take less time than both. */
    private static final int GRAM = 128;

    private static final ThreadLocal<ByteBuffer> COPY = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(0));

    private Gemm() {}

    static void run(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        if (c.dtype() == DType.BOOL) {
            throw new DTypeException("matmul of bool: convert to a numeric dtype");
        }
        long count = plan.batchSize();
        if (plan.m() == 0 || plan.n() == 0 || count == 0) {
            return;
        }
        boolean easy = plan.k() > 0 && !isZero(alpha) && readable(plan);
        if (c.dtype().isHalf() && easy) {
            HalfGemm.run(plan, alpha.doubleValue(), a, b, beta, c);
        } else if (!Blas.has(c.dtype()) || !easy) {
            PlainGemm.run(plan, alpha, a, b, beta, c);
        } else if (SmallProducts.has(plan, alpha, beta, c)) {
            SmallProducts.run(plan, Complex.of(alpha).re(), a, b, c);
        } else if (NarrowProducts.has(plan, beta, c)) {
            NarrowProducts.run(plan, alpha.doubleValue(), a, b, c);
        } else if (TinyProducts.has(plan, alpha, beta, a, b, c)) {
            TinyProducts.run(plan, Complex.of(alpha).re(), a, b, c);
        } else {
            blas(plan, count, alpha, a, b, beta, c);
        }
    }

    private static void blas(GemmPlan plan, long count, Number alpha, View a, View b, double beta, View c) {
        double work = (double) plan.m() * plan.n() * plan.k() * (c.dtype().isComplex() ? COMPLEX : 1);
        Parallel.Range some = (from, to) -> loop(plan, from, to, kernel(plan, alpha, a, b, beta, c));
        if (work <= ONE_THREAD) {
            Parallel.forRange(count, 1 + (long) (GRAIN / (CALL + work)), some);
        } else if (work <= MEDIUM && count >= Parallel.threads() && Parallel.threads() > 1) {
            OpenBlas.oneThreadEach(() -> Parallel.forRange(count, 1, some));
        } else {
            some.run(0, count);
        }
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

    private static boolean isZero(Number alpha) {
        Complex factor = Complex.of(alpha);
        return factor.re() == 0 && factor.im() == 0;
    }

    /** A kernel of BLAS; products with a single column or row go to gemv, in row-major terms a row times B being B^T times a column. */
    private static Kernel kernel(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        int m = blas(plan, plan.m());
        int n = blas(plan, plan.n());
        int k = blas(plan, plan.k());
        boolean transA = plan.a().transposed();
        boolean transB = plan.b().transposed();
        int opA = Blas.op(plan.a());
        int opB = Blas.op(plan.b());
        int lda = leading(plan, plan.a(), m, k);
        int ldb = leading(plan, plan.b(), k, n);
        int ldc = leading(plan, plan.c(), m, n);
        int rowsA = transA ? k : m;
        int rowsB = transB ? n : k;
        if (n == 1) {
            int step = transB ? 1 : ldb;
            if (plan.b().conjugated()) {
                long copy = copy(k, c);
                Blas conjugating = Blas.of(c.dtype(), address(b), 0, copy);
                Blas blas = Blas.of(c.dtype(), address(a), copy, address(c));
                return (x, y, z) -> {
                    conjugating.conjugate(k, y, step, 0);
                    blas.gemv(false, opA, rowsA, m + k - rowsA, alpha, x, lda, 0, 1, beta, z, ldc);
                };
            }
            Blas blas = Blas.of(a, b, c);
            return (x, y, z) -> blas.gemv(false, opA, rowsA, m + k - rowsA, alpha, x, lda, y, step, beta, z, ldc);
        }
        if (m == 1) {
            int step = transA ? lda : 1;
            int op = Blas.op(!transB, plan.b().conjugated());
            if (plan.a().conjugated()) {
                long copy = copy(k, c);
                Blas conjugating = Blas.of(c.dtype(), address(a), 0, copy);
                Blas blas = Blas.of(c.dtype(), copy, address(b), address(c));
                return (x, y, z) -> {
                    conjugating.conjugate(k, x, step, 0);
                    blas.gemv(true, op, rowsB, n + k - rowsB, alpha, y, ldb, 0, 1, beta, z, 1);
                };
            }
            Blas blas = Blas.of(a, b, c);
            return (x, y, z) -> blas.gemv(true, op, rowsB, n + k - rowsB, alpha, y, ldb, x, step, beta, z, 1);
        }
        if (isGram(plan, a, b, beta)) {
            Blas blas = Blas.of(a, b, c);
            return (x, y, z) -> blas.gram(opA, n, k, alpha, x, lda, z, ldc);
        }
        boolean slowB = opB == Blas.TRANSPOSE && !transA && (plan.m() * n > SMALL_C || k < 32);
        if (slowB && m >= MANY_ROWS && plan.n() * k <= SMALL_B && !c.dtype().isComplex()) {
            long copy = copy(n * k, c);
            Blas plain = Blas.of(c.dtype(), address(a), copy, address(c));
            Blas transposing = Blas.of(c.dtype(), address(b), 0, copy);
            return (x, y, z) -> {
                transposing.transpose(n, k, y, ldb, 0, n);
                plain.gemm(opA, Blas.NO_TRANSPOSE, m, n, k, alpha, x, lda, 0, n, beta, z, ldc);
            };
        }
        Blas blas = Blas.of(a, b, c);
        return (x, y, z) -> blas.gemm(opA, opB, m, n, k, alpha, x, lda, y, ldb, beta, z, ldc);
    }

    /** Whether each product is that of a matrix and its own transpose, with sums so long that the other triangle is cheap to copy. */
    private static boolean isGram(GemmPlan plan, View a, View b, double beta) {
        Matrix left = plan.a();
        Matrix right = plan.b();
        return a.storage() == b.storage()
                && plan.m() == plan.n()
                && plan.n() >= GRAM
                && plan.k() >= Math.max(2 * GRAM, plan.n() / 2)
                && beta == 0
                && !left.conjugated()
                && left.equals(new Matrix(right.offset(), right.leading(), !right.transposed(), right.conjugated()))
                && plan.batches().stream().allMatch(batch -> batch.strideA() == batch.strideB());
    }

    private static long address(View view) {
        return view.storage().address();
    }

    /** The address of this thread's buffer, grown to at least so many elements of the result's dtype. */
    private static long copy(int elements, View c) {
        int bytes = Math.multiplyExact(elements, c.dtype().bytes());
        ByteBuffer buffer = COPY.get();
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(bytes);
            COPY.set(buffer);
        }
        return NativeMemory.address(buffer);
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
