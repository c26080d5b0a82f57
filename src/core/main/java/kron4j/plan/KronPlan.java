package kron4j.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.memory.Bytes;

/**
 * Multiplies data by a Kronecker product of matrices without forming it: one GEMM, or one strided-batched GEMM, per group of neighbouring factors.
 * Small neighbours are multiplied out first where one larger GEMM is cheaper than several passes over the data; identities are skipped. The data
 * stays {@code [lead, n0, n1, ..., cols]}, row-major, so no step permutes anything.
 *
 * @param groups groups in the order of the factors
 * @param order groups to apply, first to last, without identities
 */
public record KronPlan(List<Group> groups, List<Integer> order) {
    /** Greatest number of elements of a multiplied-out group. */
    private static final long GROUP_LIMIT = 1024;
    /** The model's unit is the time to move one element through memory; measured on AVX2 with 2 to 8 for a side of the factors. */
    private static final double MULTIPLY_ADD = 0.12;

    private static final double GEMM = 60;
    private static final double PASS = 3000;

    /** A matrix of the product; an identity is square and is never stored. */
    public record Factor(long rows, long cols, boolean identity) {}

    /** The factors [from, to), multiplied out. */
    public record Group(int from, int to, long rows, long cols, boolean identity) {
        private Group join(Group next) {
            return new Group(
                    from,
                    next.to,
                    Math.multiplyExact(rows, next.rows),
                    Math.multiplyExact(cols, next.cols),
                    identity && next.identity);
        }

        private boolean small() {
            return !identity && rows <= GROUP_LIMIT && cols <= GROUP_LIMIT && rows * cols <= GROUP_LIMIT;
        }
    }

    /** One pass: {@code [lead, n, post]} becomes {@code [lead, m, post]}; {@code lead} is the product of all slower axes. */
    public record Step(int group, long lead, long m, long n, long post) {
        public long size() {
            return lead * m * post;
        }

        public double flops() {
            return 2.0 * lead * m * n * post;
        }

        /** Whether the data is the left operand of the GEMM, {@code x F^T}, and not the right one. */
        public boolean dataIsLeft() {
            return post == 1;
        }

        private double cost() {
            double gemms = post == 1 ? 1 : lead;
            double rows = dataIsLeft() ? lead + 3.0 : lead * (post + 3.0);
            return PASS + GEMM * gemms + (double) lead * post * (m + n) + MULTIPLY_ADD * rows * (m + 3.0) * (n + 3.0);
        }

        /**
         * The GEMM that reads {@code factor} ({@code [m, n]}) and {@code x} (seen as {@code [lead, n, post]}) without copies and writes row-major from
         * offset 0; empty if their strides allow none.
         */
        public Optional<GemmPlan> gemm(Layout factor, Layout x) {
            Optional<Layout> seen = x.reshape(Shape.of(lead, n, post));
            if (seen.isEmpty()) {
                return Optional.empty();
            }
            Layout data = seen.get();
            if (dataIsLeft()) {
                return matrix(data.squeeze(2))
                        .flatMap(rows -> matrix(factor.transpose(0, 1))
                                .map(f -> new GemmPlan(
                                        lead, m, n, rows, f, new GemmPlan.Matrix(0, m, false), List.of())));
            }
            List<GemmPlan.Batch> batches =
                    lead == 1 ? List.of() : List.of(new GemmPlan.Batch(lead, 0, data.stride(0), m * post));
            return matrix(factor)
                    .flatMap(f -> matrix(data.select(0, 0))
                            .map(b -> new GemmPlan(m, post, n, f, b, new GemmPlan.Matrix(0, post, false), batches)));
        }
    }

    /** A matrix as a GEMM reads it, or empty if its strides allow none. */
    public static Optional<GemmPlan.Matrix> matrix(Layout m) {
        return GemmPlan.Matrix.of(m.offset(), m.shape().at(0), m.shape().at(1), m.stride(0), m.stride(1));
    }

    /** The cheapest plan found by joining neighbours step by step, in the best order. */
    public static KronPlan of(List<Factor> factors) {
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < factors.size(); i++) {
            Factor f = factors.get(i);
            Group g = new Group(i, i + 1, f.rows(), f.cols(), f.identity());
            int last = groups.size() - 1;
            if (last >= 0 && g.identity && groups.get(last).identity) {
                groups.set(last, groups.get(last).join(g));
            } else {
                groups.add(g);
            }
        }
        KronPlan best = new KronPlan(List.copyOf(groups), order(groups));
        for (KronPlan better = best; better != null; ) {
            best = better;
            better = best.joined();
        }
        return best;
    }

    /** The best plan with one more pair of neighbours joined, or null if none costs less. */
    private KronPlan joined() {
        KronPlan best = null;
        double least = cost();
        for (int i = 0; i + 1 < groups.size(); i++) {
            if (!groups.get(i).small() || !groups.get(i + 1).small()) {
                continue;
            }
            Group joined = groups.get(i).join(groups.get(i + 1));
            if (!joined.small()) {
                continue;
            }
            List<Group> fewer = new ArrayList<>(groups);
            fewer.set(i, joined);
            fewer.remove(i + 1);
            KronPlan plan = new KronPlan(List.copyOf(fewer), order(fewer));
            double cost = plan.cost();
            if (cost < least) {
                least = cost;
                best = plan;
            }
        }
        return best;
    }

    /**
     * Sorts the groups: i goes before j if {@code 1/n_i - 1/m_i < 1/n_j - 1/m_j}. Exchanging two neighbours changes the flops by the sign of that
     * difference, whatever the other sizes, so the order is optimal.
     */
    private static List<Integer> order(List<Group> groups) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            if (!groups.get(i).identity) {
                order.add(i);
            }
        }
        order.sort(Comparator.comparingDouble((Integer i) -> 1.0 / groups.get(i).cols - 1.0 / groups.get(i).rows)
                .thenComparing(Comparator.reverseOrder()));
        return List.copyOf(order);
    }

    /** The plan for the transposed product, with the same groups. */
    public KronPlan transposed() {
        List<Group> swapped = groups.stream()
                .map(g -> new Group(g.from, g.to, g.cols, g.rows, g.identity))
                .toList();
        return new KronPlan(swapped, order(swapped));
    }

    /** The product's number of rows. */
    public long rows() {
        return groups.stream().mapToLong(Group::rows).reduce(1, Math::multiplyExact);
    }

    /** The product's number of columns. */
    public long cols() {
        return groups.stream().mapToLong(Group::cols).reduce(1, Math::multiplyExact);
    }

    /** The passes over data of shape {@code [lead, cols(), post]}. */
    public List<Step> steps(long lead, long post) {
        long[] size = groups.stream().mapToLong(Group::cols).toArray();
        List<Step> steps = new ArrayList<>();
        for (int g : order) {
            long slower = lead;
            long faster = post;
            for (int i = 0; i < size.length; i++) {
                slower = i < g ? Math.multiplyExact(slower, size[i]) : slower;
                faster = i > g ? Math.multiplyExact(faster, size[i]) : faster;
            }
            Group group = groups.get(g);
            steps.add(new Step(g, slower, group.rows, group.cols, faster));
            size[g] = group.rows;
        }
        return steps;
    }

    /**
     * Elements of the two buffers that hold the data between steps. The last step but one and every second step before it write the first, the
     * others the second; a result that is large enough serves as the second.
     */
    public static long[] workspace(List<Step> steps) {
        long[] sizes = new long[2];
        int last = steps.size() - 1;
        for (int i = 0; i < last; i++) {
            int buffer = (last - i + 1) % 2;
            sizes[buffer] = Math.max(sizes[buffer], steps.get(i).size());
        }
        if (last > 0 && sizes[1] <= steps.get(last).size()) {
            sizes[1] = 0;
        }
        return sizes;
    }

    private double cost() {
        return steps(1, 1).stream().mapToDouble(Step::cost).sum();
    }

    /** A table of the passes over data of shape {@code [lead, cols(), post]}, with floating point operations and workspace. */
    public String explain(long lead, long post, int bytes) {
        List<Step> steps = steps(lead, post);
        StringBuilder text = new StringBuilder();
        double flops = 0;
        for (int i = 0; i < steps.size(); i++) {
            Step s = steps.get(i);
            flops += s.flops();
            text.append(String.format(
                    Locale.ROOT,
                    "  step %d: factor %d, [%d,%d,%d] -> [%d,%d,%d], %s, %.4g flops\n",
                    i,
                    groups.get(s.group).from,
                    s.lead,
                    s.n,
                    s.post,
                    s.lead,
                    s.m,
                    s.post,
                    s.post == 1 || s.lead == 1 ? "one GEMM" : s.lead + " strided-batched GEMMs",
                    s.flops()));
        }
        long[] workspace = workspace(steps);
        return explained(text, flops, Math.multiplyExact(workspace[0] + workspace[1], (long) bytes), lead, post, bytes);
    }

    /**
     * As {@link #explain(long, long, int)}, of passes that apply several groups at once.
     *
     * @param together numbers of neighbouring groups in each pass, the last groups but identities first; none to apply them one by one
     */
    public String explain(long lead, long post, int bytes, List<Integer> together) {
        if (together.isEmpty()) {
            return explain(lead, post, bytes);
        }
        int to = groups.size();
        long before = Math.multiplyExact(lead, cols());
        long after = post;
        while (groups.get(to - 1).identity) {
            long size = groups.get(--to).rows;
            before /= size;
            after *= size;
        }
        StringBuilder text = new StringBuilder();
        double flops = 0;
        long workspace = 0;
        for (int i = 0; i < together.size(); i++) {
            List<Group> some = groups.subList(to - together.get(i), to);
            KronPlan part = new KronPlan(some, order(some));
            long n = part.cols();
            long m = part.rows();
            before /= n;
            double own =
                    part.steps(before, after).stream().mapToDouble(Step::flops).sum();
            flops += own;
            workspace += i + 1 < together.size() ? before * m * after : 0;
            int first = some.get(0).from;
            int last = some.get(some.size() - 1).to - 1;
            text.append(String.format(
                    Locale.ROOT,
                    "  pass %d: factor%s, [%d,%d,%d] -> [%d,%d,%d], in tiles, %.4g flops\n",
                    i,
                    first == last ? " " + first : "s " + first + " to " + last,
                    before,
                    n,
                    after,
                    before,
                    m,
                    after,
                    own));
            to -= some.size();
            after *= m;
        }
        return explained(text, flops, Math.multiplyExact(workspace, (long) bytes), lead, post, bytes);
    }

    private String explained(CharSequence passes, double flops, long workspace, long lead, long post, int bytes) {
        String product = groups.stream()
                .map(g -> g.identity
                        ? "I_" + g.rows
                        : "[" + g.rows + "," + g.cols + "]" + (g.to - g.from > 1 ? " of " + (g.to - g.from) : ""))
                .collect(Collectors.joining(" (x) "));
        return product
                + String.format(
                        Locale.ROOT,
                        ", [%d,%d] as a matrix that is not formed\n%s  total: %.4g flops (%.4g if formed), workspace %s (formed: %s)",
                        rows(),
                        cols(),
                        passes,
                        flops,
                        2.0 * lead * rows() * cols() * post,
                        Bytes.text(workspace),
                        Bytes.text((double) rows() * cols() * bytes));
    }

    /**
     * The cheapest way to multiply out a chain in which the size of a product is the product of the sizes: entry (i, j) is where to split the
     * factors [i, j) so that the elements of all intermediate products are fewest.
     */
    public static int[][] fold(long[] sizes) {
        int n = sizes.length;
        double[][] cost = new double[n + 1][n + 1];
        int[][] split = new int[n + 1][n + 1];
        for (int length = 2; length <= n; length++) {
            for (int i = 0, j = length; j <= n; i++, j++) {
                cost[i][j] = Double.POSITIVE_INFINITY;
                double size = 1;
                for (int k = i; k < j; k++) {
                    size *= sizes[k];
                }
                for (int k = i + 1; k < j; k++) {
                    double c = cost[i][k] + cost[k][j] + size;
                    if (c < cost[i][j]) {
                        cost[i][j] = c;
                        split[i][j] = k;
                    }
                }
            }
        }
        return split;
    }
}
