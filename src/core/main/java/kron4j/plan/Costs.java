package kron4j.plan;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import kron4j.memory.Bytes;
import kron4j.plan.GemmPlan.Matrix;

/** Times of a kind of device's kernels in nanoseconds, where only the ratios matter, and sizes of its memory blocks in bytes. */
public enum Costs {
    /** A CPU; fitted to two cores of a server. */
    CPU(
            new Launch(500, 2000),
            new Gemm(45, 0.15, 0.03),
            new Element(1, 1.5, 0.3),
            Double.POSITIVE_INFINITY,
            Bytes::inEighths),
    /** Complex numbers on a CPU: sums of products are not made by vectors, small products are. */
    COMPLEX_ON_CPU(
            new Launch(500, 2000),
            new Gemm(20, 0.15, 0.1),
            new Element(2.5, 3, 0.7),
            Double.POSITIVE_INFINITY,
            Bytes::inEighths),
    /**
     * A CUDA card; estimated from the bandwidth and arithmetic of an H100, not measured yet. Contractions without a GEMM are tiled in shared memory
     * there: they cost about twice the arithmetic and no copy.
     */
    GPU(
            new Launch(5000, 4000),
            new Gemm(5, 0.003, 0.00005),
            new Element(0.008, 0.004, 0.003),
            0.0001,
            Bytes::inSixtyFourths);

    /** Elements in a cache line. */
    private static final long LINE = 8;
    /** Average padding of the rows and columns of a tile. */
    private static final double TILE = 32;

    /** Fixed costs of a kernel, by what it computes. */
    private record Launch(double gemm, double plain) {}

    /** Fixed cost of a GEMM in a batch; cost of an element that it reads, and of its multiply-add. */
    private record Gemm(double call, double move, double multiplyAdd) {}

    /** Cost of an element copied, of one in a sum of products, and of one in a product. */
    private record Element(double copy, double sumProduct, double product) {}

    private final Launch launch;
    private final Gemm gemm;
    private final Element element;
    /** Cost of a multiply-add in a contraction without copies. */
    private final double direct;

    private final LongUnaryOperator block;

    Costs(Launch launch, Gemm gemm, Element element, double direct, LongUnaryOperator block) {
        this.launch = launch;
        this.gemm = gemm;
        this.element = element;
        this.direct = direct;
        this.block = block;
    }

    /** The bytes of the block that the device's allocator hands out for {@code bytes}. */
    public long block(long bytes) {
        return block.applyAsLong(bytes);
    }

    /** The cost of GEMMs. BLAS works on tiles, so thin matrices cost as if they were a little thicker. */
    double gemm(GemmPlan plan, double count, double kernels) {
        double arithmetic = gemm.multiplyAdd * (plan.m() + 2) * (plan.n() + 2) * plan.k();
        double traffic = moved(plan.a(), plan.m(), plan.k())
                + moved(plan.b(), plan.k(), plan.n())
                + 2 * moved(plan.c(), plan.m(), plan.n());
        return kernels * launch.gemm + count * (gemm.call + Math.max(arithmetic, gemm.move * traffic));
    }

    /** Elements moved for a matrix: a row shorter than a cache line brings the rest of the line. */
    private static double moved(Matrix x, long rows, long cols) {
        long row = x.transposed() ? rows : cols;
        double size = (double) rows * cols;
        return row < LINE && x.leading() > row ? size * Math.min(LINE, x.leading()) / row : size;
    }

    double copy(double elements) {
        return launch.plain + element.copy * elements;
    }

    /**
     * The cost of one kernel for all loops.
     *
     * @param extent extents of the loops, by {@link Axis#users}
     */
    double sumProduct(double[] extent, boolean sums) {
        double volume = Arrays.stream(extent).reduce(1, (x, y) -> x * y);
        double nest = launch.plain + (sums ? element.sumProduct : element.product) * volume;
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
                launch.gemm
                        + launch.plain
                        + extent[Axis.BATCH] * Math.max(arithmetic, gemm.move * (m * k + k * n + 2 * m * n)));
    }
}
