package kron4j.plan;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import kron4j.memory.Bytes;
import kron4j.plan.GemmPlan.Matrix;

/** Times of a kind of device's kernels in nanoseconds, where only the ratios matter, and sizes of its memory blocks in bytes. */
public enum Costs {
    /** A CPU; fitted to two cores of a server. */
    CPU(500, 2000, 45, 0.15, 0.03, 1, 1.5, 0.3, Double.POSITIVE_INFINITY, Bytes::inEighths),
    /**
     * A CUDA card; estimated from the bandwidth and arithmetic of an H100, not measured yet. Contractions without a GEMM are tiled in shared memory
     * there: they cost about twice the arithmetic and no copy.
     */
    GPU(5000, 4000, 5, 0.003, 0.00005, 0.008, 0.004, 0.003, 0.0001, Bytes::inSixtyFourths);

    /** Elements in a cache line. */
    private static final long LINE = 8;
    /** Average padding of the rows and columns of a tile. */
    private static final double TILE = 32;

    /** Fixed cost of a kernel. */
    private final double gemmKernel;

    private final double plainKernel;
    /** Fixed cost of a GEMM in a batch. */
    private final double call;
    /** Cost of an element that a GEMM reads, of its multiply-add, of an element copied, of one in a sum of products, and of one in a product. */
    private final double move;

    private final double multiplyAdd;
    private final double copy;
    private final double sumProduct;
    private final double product;
    /** Cost of a multiply-add in a contraction without copies. */
    private final double direct;

    private final LongUnaryOperator block;

    Costs(
            double gemmKernel,
            double plainKernel,
            double call,
            double move,
            double multiplyAdd,
            double copy,
            double sumProduct,
            double product,
            double direct,
            LongUnaryOperator block) {
        this.gemmKernel = gemmKernel;
        this.plainKernel = plainKernel;
        this.call = call;
        this.move = move;
        this.multiplyAdd = multiplyAdd;
        this.copy = copy;
        this.sumProduct = sumProduct;
        this.product = product;
        this.direct = direct;
        this.block = block;
    }

    /** The bytes of the block that the device's allocator hands out for {@code bytes}. */
    long block(long bytes) {
        return block.applyAsLong(bytes);
    }

    /** The cost of GEMMs. BLAS works on tiles, so thin matrices cost as if they were a little thicker. */
    double gemm(GemmPlan plan, double count, double kernels) {
        double arithmetic = multiplyAdd * (plan.m() + 2) * (plan.n() + 2) * plan.k();
        double traffic = moved(plan.a(), plan.m(), plan.k())
                + moved(plan.b(), plan.k(), plan.n())
                + 2 * moved(plan.c(), plan.m(), plan.n());
        return kernels * gemmKernel + count * (call + Math.max(arithmetic, move * traffic));
    }

    /** Elements moved for a matrix: a row shorter than a cache line brings the rest of the line. */
    private static double moved(Matrix x, long rows, long cols) {
        long row = x.transposed() ? rows : cols;
        double size = (double) rows * cols;
        return row < LINE && x.leading() > row ? size * Math.min(LINE, x.leading()) / row : size;
    }

    double copy(double elements) {
        return plainKernel + copy * elements;
    }

    /**
     * The cost of one kernel for all loops.
     *
     * @param extent extents of the loops, by {@link Axis#users}
     */
    double sumProduct(double[] extent, boolean sums) {
        double volume = Arrays.stream(extent).reduce(1, (x, y) -> x * y);
        double nest = plainKernel + (sums ? sumProduct : product) * volume;
        if (!sums || extent[Axis.LEFT] == 1 || extent[Axis.RIGHT] == 1) {
            return nest;
        }
        double m = extent[Axis.LEFT];
        double n = extent[Axis.RIGHT];
        double k = extent[Axis.CONTRACTED] * extent[Axis.A] * extent[Axis.B];
        double arithmetic = direct * (m + TILE) * (n + TILE) * k;
        // The extra kernel makes a GEMM without copies win a tie.
        return Math.min(
                nest,
                gemmKernel
                        + plainKernel
                        + extent[Axis.BATCH] * Math.max(arithmetic, move * (m * k + k * n + 2 * m * n)));
    }
}
