package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice_attribute;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;

/**
 * Kronecker products of small matrices times data: as many neighbouring factors in a launch as leave a tile of the data in shared memory. The last
 * factors go first, so that those before find the data as [lead, N, post] again.
 */
final class CudaKronApply {
    private static final String[] KERNEL = KernelNames.of(
            "kronApply",
            DType.FLOAT32,
            DType.FLOAT64,
            DType.FLOAT16,
            DType.BFLOAT16,
            DType.COMPLEX128,
            DType.COMPLEX64);
    /** Sides from which on a GEMM for each factor is better. */
    private static final long SIDE = 32;

    private static final int FACTORS = 8;
    /** Shared memory that leaves room for several blocks on a multiprocessor. More is taken only where it saves a pass over the data. */
    private static final long EASY_BYTES = 48 * 1024;

    private static final int THREADS = 256;
    /** Threads of a block that has a multiprocessor to itself. */
    private static final int THREADS_ALONE = 512;
    /** Rows and columns that a thread computes at a time. */
    private static final long ROWS = 4;

    private static final long COLUMNS = 4;
    /** Bytes of neighbouring columns that are worth moving together. */
    private static final long SEGMENT = 64;
    /** Elements that are worth a block, and blocks that fill a large card. */
    private static final long TILE = 1024;

    private static final long BLOCKS = 528;

    private final CudaContext context;
    private final CudaPermute permute;
    /** The most shared memory that the card gives a block. */
    private final long mostBytes;

    CudaKronApply(CudaContext context, CudaPermute permute) {
        this.context = context;
        this.permute = permute;
        mostBytes = context.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    }

    /** {@code [lead, N, post]} to {@code [lead, M, post]}, both contiguous; false, and nothing done, if some factor is too large. */
    boolean run(List<View> factors, View x, View out) {
        if (!has(factors, out.dtype())
                || !x.layout().isContiguous()
                || !out.layout().isContiguous()) {
            return false;
        }
        long post = x.shape().at(2);
        if (out.dtype().isHalf() && last(factors, out.dtype(), post).factors.size() < factors.size()) {
            widened(factors, x, out);
        } else {
            passes(factors, x, out);
        }
        return true;
    }

    private static boolean has(List<View> factors, DType dtype) {
        return KERNEL[dtype.ordinal()] != null
                && factors.stream()
                        .allMatch(f -> f.shape().at(0) <= SIDE && f.shape().at(1) <= SIDE);
    }

    /** Numbers of factors in the launches for row-major data; none if there are none. */
    List<Integer> passes(List<View> factors, Shape x, DType dtype) {
        List<Integer> counts = new ArrayList<>();
        if (has(factors, dtype)) {
            long post = x.at(2);
            for (int left = factors.size(); left > 0; left -= counts.get(counts.size() - 1)) {
                Pass pass = last(factors.subList(0, left), dtype, post);
                counts.add(pass.factors.size());
                post *= side(pass.factors, 0);
            }
        }
        return counts;
    }

    /** Halves in float32, so that nothing but the result is rounded to them. */
    private void widened(List<View> factors, View x, View out) {
        try (Scratch scratch = context.scratch()) {
            List<View> wide = new ArrayList<>();
            for (View factor : factors) {
                wide.add(permute.widened(factor, scratch));
            }
            View result = new View(scratch.allocate(DType.FLOAT32, out.shape().size()), Layout.contiguous(out.shape()));
            passes(wide, permute.widened(x, scratch), result);
            permute.copy(result, out);
        }
    }

    private void passes(List<View> factors, View x, View out) {
        long lead = x.shape().at(0) * side(factors, 1);
        long post = x.shape().at(2);
        long from = Words.address(x);
        try (Scratch scratch = context.scratch()) {
            for (int left = factors.size(); left > 0; ) {
                Pass pass = last(factors.subList(0, left), out.dtype(), post);
                left -= pass.factors.size();
                lead /= side(pass.factors, 1);
                long height = side(pass.factors, 0);
                long to = left == 0
                        ? Words.address(out)
                        : scratch.allocate(out.dtype(), lead * height * post).address();
                pass.launch(lead, from, to);
                from = to;
                post *= height;
            }
        }
    }

    /** The product of the factors' rows (axis 0) or columns. */
    private static long side(List<View> factors, int axis) {
        return factors.stream().mapToLong(f -> f.shape().at(axis)).reduce(1, Math::multiplyExact);
    }

    /** The longest run of last factors that fits; one always does. */
    private Pass last(List<View> factors, DType dtype, long post) {
        int n = factors.size();
        Pass best = new Pass(factors.subList(n - 1, n), dtype, post);
        for (int from = n - 2; from >= 0 && n - from <= FACTORS; from--) {
            Pass longer = new Pass(factors.subList(from, n), dtype, post);
            if (longer.most * longer.segment() > longer.capacity(mostBytes)) {
                break;
            }
            best = longer;
        }
        return best;
    }

    private static long filledUp(long m) {
        return (m + ROWS - 1) / ROWS * ROWS;
    }

    /** One launch. */
    private final class Pass {
        private final List<View> factors;
        private final DType dtype;
        private final long post;
        /** The most elements that a row and column of the data have between two factors. */
        private final long most;
        /** Elements of the factors, filled up. */
        private final long matrices;

        private Pass(List<View> factors, DType dtype, long post) {
            this.factors = factors;
            this.dtype = dtype;
            this.post = post;
            long elements = side(factors, 1);
            long largest = elements;
            long filled = 0;
            for (int f = factors.size() - 1; f >= 0; f--) {
                long m = factors.get(f).shape().at(0);
                long n = factors.get(f).shape().at(1);
                elements = elements / n * m;
                largest = Math.max(largest, elements);
                filled += filledUp(m) * n;
            }
            most = largest;
            matrices = filled;
        }

        /** Elements of each of the two copies of a tile that fit beside the factors. */
        private long capacity(long bytes) {
            return (bytes / dtype.computed().bytes() - matrices) / 2 * 32 / 33 - 2 * ROWS;
        }

        private long segment() {
            return Math.min(post, SEGMENT / dtype.bytes());
        }

        void launch(long lead, long x, long out) {
            long fits = Math.max(segment(), capacity(EASY_BYTES) / most);
            long columns = Math.min(post, Math.min(fits, Math.max(segment(), TILE / most)));
            long rows = columns < post
                    ? 1
                    : Math.max(
                            1,
                            Math.min(
                                    fits / columns,
                                    Math.min(lead, 1 + Math.max(TILE / most / columns, lead / BLOCKS))));
            long across = (post + columns - 1) / columns;
            long tiles = (lead + rows - 1) / rows * across;
            long buffer = (most * rows * columns * 33 / 32 + ROWS) / ROWS * ROWS;
            int count = factors.size();
            long[][] words = new long[7][count];
            long[] addresses = new long[count];
            long before = rows * side(factors, 1);
            long after = columns;
            long items = 1;
            for (int i = 0; i < count; i++) {
                View f = factors.get(count - 1 - i);
                long m = f.shape().at(0);
                long n = f.shape().at(1);
                before /= n;
                addresses[i] = Words.address(f);
                long[] each = {m, n, f.layout().stride(0), f.layout().stride(1), before, after, Axes.divisor(after)};
                for (int w = 0; w < each.length; w++) {
                    words[w][i] = each[w];
                }
                items = Math.max(items, filledUp(m) / ROWS * ((before * after + COLUMNS - 1) / COLUMNS));
                after *= m;
            }
            Words block = context.words()
                    .put(x)
                    .put(out)
                    .put(lead)
                    .put(post)
                    .put(rows)
                    .put(columns)
                    .put(Axes.divisor(columns))
                    .put(across)
                    .put(tiles)
                    .put(side(factors, 1))
                    .put(Axes.divisor(side(factors, 1)))
                    .put(side(factors, 0))
                    .put(buffer)
                    .put((long) count)
                    .put(addresses, FACTORS);
            for (long[] each : words) {
                block.put(each, FACTORS);
            }
            int bytes = (int) ((2 * buffer + matrices) * dtype.computed().bytes());
            int threads = (int) Math.min(bytes > mostBytes / 2 ? THREADS_ALONE : THREADS, (items + 31) / 32 * 32);
            context.launch(
                    KERNEL[dtype.ordinal()],
                    Math.min(tiles, BLOCKS * Math.max(1, THREADS / threads)),
                    threads,
                    bytes,
                    block);
        }
    }
}
