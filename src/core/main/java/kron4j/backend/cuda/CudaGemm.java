package kron4j.backend.cuda;

import static jcuda.jcublas.cublasGemmAlgo.CUBLAS_GEMM_DEFAULT;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_C;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_N;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_T;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaType;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/**
 * Runs GEMM plans on cuBLAS. It computes in column-major terms, where a row-major C is C^T = op(B)^T op(A)^T: A and B change places, and each is
 * read as it lies. A batch of one loop is one strided-batched call; several loops are several of those where each has enough to do, else one call
 * with the addresses of all matrices, which a kernel writes.
 */
final class CudaGemm {
    /** Most batch loops that the kernel takes. */
    private static final int RANK = 16;

    private static final long MOST_ADDRESSES = 1 << 20;
    /** Multiply-adds that fill a card for longer than a call takes to enqueue. */
    private static final double ENOUGH = 1 << 27;

    private static final int FEW_CALLS = 4;
    private static final int THREADS = 128;
    /** Where each of several arrays of addresses begins: at a multiple of 256 bytes. */
    private static final int ADDRESSES_APART = 256 / Long.BYTES;
    /** Bytes that tensor cores load at a time. */
    private static final int WIDE = 16;

    private final CudaContext context;
    private final CudaSumProduct contract;

    CudaGemm(CudaContext context, CudaSumProduct contract) {
        this.context = context;
        this.contract = contract;
    }

    void run(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        if (!c.dtype().isNumber()) {
            throw new DTypeException("matmul of bool: convert to a numeric dtype");
        }
        if (plan.m() == 0 || plan.n() == 0 || plan.batchSize() == 0) {
            return;
        }
        Optional<CudaType.Gemm> library = CudaType.of(c.dtype()).gemm();
        if (library.isEmpty()
                || plan.k() == 0
                || Complex.of(alpha).abs() == 0
                || !readable(plan)
                || onlyConjugated(plan.a())
                || onlyConjugated(plan.b())
                || (c.dtype().isHalf() && !isHandy(plan, a, b, c))) {
            contract.gemm(plan, alpha, a, b, beta, c);
        } else {
            List<Batch> batches = new ArrayList<>(plan.batches());
            batches.sort(Comparator.comparingLong(Batch::size));
            new Call(library.get(), plan, alpha, a, b, beta, c)
                    .loop(
                            batches,
                            plan.a().offset(),
                            plan.b().offset(),
                            plan.c().offset());
        }
    }

    /** Whether the leading dimensions are such as cuBLAS takes. */
    private static boolean readable(GemmPlan plan) {
        return width(plan.a(), plan.m(), plan.k()) <= leading(plan.a(), plan.m(), plan.k())
                && width(plan.b(), plan.k(), plan.n()) <= leading(plan.b(), plan.k(), plan.n())
                && width(plan.c(), plan.m(), plan.n()) <= leading(plan.c(), plan.m(), plan.n());
    }

    /** Whether a matrix is read as it lies, but conjugated, which cuBLAS has no operation for. */
    private static boolean onlyConjugated(Matrix x) {
        return x.conjugated() && !x.transposed();
    }

    private static int operation(Matrix x) {
        if (!x.transposed()) {
            return CUBLAS_OP_N;
        }
        return x.conjugated() ? CUBLAS_OP_C : CUBLAS_OP_T;
    }

    /** Elements of a row as it lies. */
    private static long width(Matrix x, long rows, long columns) {
        return x.transposed() ? rows : columns;
    }

    /** The leading dimension as cuBLAS accepts it: with a single row it is not used, but checked. */
    private static long leading(Matrix x, long rows, long columns) {
        return (x.transposed() ? columns : rows) == 1 ? width(x, rows, columns) : x.leading();
    }

    /**
     * Whether cuBLAS needs no addresses of matrices, or may read halves behind them: it asks for multiples of 16 bytes there, and knows no way of computing
     * that does without.
     */
    private static boolean isHandy(GemmPlan plan, View a, View b, View c) {
        List<Batch> batches = plan.batches();
        if (batches.isEmpty() || (batches.size() == 1 && Call.isStrided(batches.get(0)))) {
            return true;
        }
        long all = Words.address(a, plan.a().offset())
                | Words.address(b, plan.b().offset())
                | Words.address(c, plan.c().offset());
        long elements = plan.a().leading() | plan.b().leading() | plan.c().leading();
        for (Batch batch : batches) {
            elements |= batch.strideA() | batch.strideB() | batch.strideC();
        }
        return (all | elements * c.dtype().bytes()) % WIDE == 0;
    }

    /** The GEMMs of one plan: everything but which matrices of the batch. */
    private final class Call {
        private final GemmPlan plan;
        private final View a;
        private final View b;
        private final View c;
        private final long lda;
        private final long ldb;
        private final long ldc;
        private final int transposeA;
        private final int transposeB;
        private final Pointer alpha;
        private final Pointer beta;
        private final int dtype;
        private final int compute;
        private final CudaType.Gemm library;

        Call(CudaType.Gemm library, GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
            this.plan = plan;
            this.a = a;
            this.b = b;
            this.c = c;
            lda = leading(plan.a(), plan.m(), plan.k());
            ldb = leading(plan.b(), plan.k(), plan.n());
            ldc = leading(plan.c(), plan.m(), plan.n());
            transposeA = operation(plan.a());
            transposeB = operation(plan.b());
            this.library = library;
            dtype = library.dataType();
            compute = library.compute();
            Words scalars = context.words();
            this.alpha = scalars.alpha(alpha, c.dtype());
            this.beta = scalars.beta(beta, c.dtype());
        }

        /** The batch of these loops, the longest of which is the last, from these elements on. */
        void loop(List<Batch> batches, long fromA, long fromB, long fromC) {
            if (batches.isEmpty()) {
                strided(new Batch(1, 0, 0, 0), fromA, fromB, fromC);
                return;
            }
            Batch last = batches.get(batches.size() - 1);
            if (batches.size() == 1 && isStrided(last)) {
                strided(last, fromA, fromB, fromC);
                return;
            }
            long count = batches.stream().mapToLong(Batch::size).reduce(1, Math::multiplyExact);
            double work = (double) plan.m() * plan.n() * plan.k();
            boolean calls = isStrided(last) && (count / last.size() <= FEW_CALLS || work * last.size() >= ENOUGH);
            if (!calls && batches.size() <= RANK && count <= MOST_ADDRESSES) {
                addressed(batches, count, fromA, fromB, fromC);
                return;
            }
            Batch first = batches.get(0);
            List<Batch> rest = batches.subList(1, batches.size());
            for (long i = 0; i < first.size(); i++) {
                loop(rest, fromA + i * first.strideA(), fromB + i * first.strideB(), fromC + i * first.strideC());
            }
        }

        private static boolean isStrided(Batch batch) {
            return batch.strideA() >= 0 && batch.strideB() >= 0 && batch.strideC() >= 0;
        }

        private DevicePointer at(View x, long element) {
            return new DevicePointer(address(x, element));
        }

        private static long address(View x, long element) {
            return x.storage().address() + element * x.dtype().bytes();
        }

        private void strided(Batch batch, long fromA, long fromB, long fromC) {
            if (batch.size() == 1) {
                context.blas(
                        "cublasGemmEx_64",
                        handle -> JCublas2.cublasGemmEx_64_new(
                                handle,
                                transposeB,
                                transposeA,
                                plan.n(),
                                plan.m(),
                                plan.k(),
                                alpha,
                                at(b, fromB),
                                dtype,
                                ldb,
                                at(a, fromA),
                                dtype,
                                lda,
                                beta,
                                at(c, fromC),
                                dtype,
                                ldc,
                                compute,
                                CUBLAS_GEMM_DEFAULT),
                        this);
                return;
            }
            context.blas(
                    "cublasGemmStridedBatchedEx_64",
                    handle -> JCublas2.cublasGemmStridedBatchedEx_64_new(
                            handle,
                            transposeB,
                            transposeA,
                            plan.n(),
                            plan.m(),
                            plan.k(),
                            alpha,
                            at(b, fromB),
                            dtype,
                            ldb,
                            batch.strideB(),
                            at(a, fromA),
                            dtype,
                            lda,
                            batch.strideA(),
                            beta,
                            at(c, fromC),
                            dtype,
                            ldc,
                            batch.strideC(),
                            batch.size(),
                            compute,
                            CUBLAS_GEMM_DEFAULT),
                    batch,
                    this);
        }

        /** One call with an array of addresses for each operand. */
        private void addressed(List<Batch> batches, long count, long fromA, long fromB, long fromC) {
            long apart =
                    (count + ADDRESSES_APART - 1) / ADDRESSES_APART * ADDRESSES_APART; // the rest is written, not read
            try (Scratch scratch = context.scratch()) {
                Storage addresses = scratch.allocate(DType.INT64, 3 * apart);
                writeAddresses(batches, apart, fromA, fromB, fromC, addresses.address());
                DevicePointer ofA = new DevicePointer(addresses.address());
                DevicePointer ofB = new DevicePointer(addresses.address() + apart * Long.BYTES);
                DevicePointer ofC = new DevicePointer(addresses.address() + 2 * apart * Long.BYTES);
                int fitting = isWide(batches, fromA, fromB, fromC) ? compute : library.exactCompute();
                context.blas(
                        "cublasGemmBatchedEx_64",
                        handle -> JCublas2.cublasGemmBatchedEx_64_new(
                                handle,
                                transposeB,
                                transposeA,
                                plan.n(),
                                plan.m(),
                                plan.k(),
                                alpha,
                                ofB,
                                dtype,
                                ldb,
                                ofA,
                                dtype,
                                lda,
                                beta,
                                ofC,
                                dtype,
                                ldc,
                                count,
                                fitting,
                                CUBLAS_GEMM_DEFAULT),
                        batches,
                        this);
            }
        }

        /** Whether all matrices begin and all their rows follow each other at multiples of 16 bytes, which TF32 asks of matrices behind addresses. */
        private boolean isWide(List<Batch> batches, long fromA, long fromB, long fromC) {
            long all = address(a, fromA) | address(b, fromB) | address(c, fromC);
            long bytes = c.dtype().bytes();
            all |= (lda | ldb | ldc) * bytes;
            for (Batch batch : batches) {
                all |= (batch.strideA() | batch.strideB() | batch.strideC()) * bytes;
            }
            return all % WIDE == 0;
        }

        private void writeAddresses(List<Batch> batches, long count, long fromA, long fromB, long fromC, long target) {
            int rank = batches.size();
            long[][] words = new long[4][rank];
            for (int i = 0; i < rank; i++) {
                Batch batch = batches.get(rank - 1 - i);
                words[0][i] = batch.size();
                words[1][i] = batch.strideA() * c.dtype().bytes();
                words[2][i] = batch.strideB() * c.dtype().bytes();
                words[3][i] = batch.strideC() * c.dtype().bytes();
            }
            Words parameters = context.words().put(count).put(rank);
            for (long[] each : words) {
                parameters.put(each, RANK);
            }
            parameters
                    .put(address(a, fromA))
                    .put(address(b, fromB))
                    .put(address(c, fromC))
                    .put(target);
            context.launch("gemm_addresses", (count + THREADS - 1) / THREADS, THREADS, 0, parameters);
        }

        /** For the text of an error. */
        @Override
        public String toString() {
            return c.dtype() + " m " + plan.m() + ", n " + plan.n() + ", k " + plan.k() + ", leading dimensions " + lda
                    + " " + ldb + " " + ldc;
        }
    }
}
