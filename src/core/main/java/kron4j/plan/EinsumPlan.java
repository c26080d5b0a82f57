package kron4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kron4j.DeviceMemoryException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.memory.Bytes;

/**
 * An einsum planned for operands of certain layouts: the order of pairs, the kernel calls, and the slices if memory is limited. Prints as a table.
 */
public final class EinsumPlan {
    /** No memory limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /**
     * A label that is split into chunks.
     *
     * @param contracted whether the results of its chunks add up
     */
    public record Slice(int label, long size, long chunk, boolean contracted) {
        long count() {
            return (size + chunk - 1) / chunk;
        }
    }

    private final EinsumSpec spec;
    private final Term[] operands;
    private final Term output;
    private final Shape outputShape;
    private final long[] sizes;
    private final int elementBytes;
    private final Costs costs;
    private final ContractionPath path;
    private final List<ContractionPath.Pair> pairs;
    private final List<Slice> slices;
    private final Program program;

    private EinsumPlan(EinsumPlan of, List<ContractionPath.Pair> pairs, List<Slice> slices) {
        this.spec = of.spec;
        this.operands = of.operands;
        this.output = of.output;
        this.outputShape = of.outputShape;
        this.sizes = of.sizes;
        this.elementBytes = of.elementBytes;
        this.costs = of.costs;
        this.path = of.path;
        this.pairs = pairs;
        this.slices = slices;
        this.program = compile(slices.stream().mapToLong(Slice::chunk).toArray());
    }

    private EinsumPlan(EinsumSpec spec, List<Layout> layouts, int elementBytes, Costs costs) {
        this.costs = costs;
        this.spec = spec;
        this.elementBytes = elementBytes;
        this.sizes = spec.sizes();
        this.operands = new Term[layouts.size()];
        int[][] labels = new int[operands.length][];
        for (int k = 0; k < operands.length; k++) {
            Layout l = layouts.get(k);
            operands[k] = Term.of(spec.input(k), l.shape().dims(), l.strides());
            labels[k] = operands[k].labels();
        }
        this.outputShape = spec.outputShape();
        this.output = Term.of(
                spec.output(),
                outputShape.dims(),
                Layout.contiguous(outputShape).strides());
        this.path = ContractionPath.of(labels, output.labels(), sizes);
        this.pairs = operands.length != 2 && path.direct() <= path.flops() ? List.of() : path.pairs();
        this.slices = List.of();
        this.program = isEmpty() ? new Program(List.of(), operands.length, new long[0], new int[0]) : compile();
    }

    /**
     * @param elementBytes bytes of an element
     * @param memoryLimit greatest size of the result and all temporaries together in bytes, or {@link #UNLIMITED}
     * @param costs costs of the device that will run the plan
     * @throws DeviceMemoryException if the result alone is larger
     */
    public static EinsumPlan of(
            EinsumSpec spec, List<Layout> operands, int elementBytes, long memoryLimit, Costs costs) {
        EinsumPlan plan = new EinsumPlan(spec, operands, elementBytes, costs);
        if (plan.peakBytes() <= memoryLimit) {
            return plan;
        }
        if (plan.outputBytes() > memoryLimit) {
            throw new DeviceMemoryException(spec.text() + ": the result " + plan.outputShape + " takes "
                    + Bytes.text(plan.outputBytes()) + ", the memory limit is " + Bytes.text(memoryLimit)
                    + "; raise it, or compute parts of the result");
        }
        return plan.sliced(memoryLimit);
    }

    // ---- slicing ----

    /** Halves the chunks of labels, each time the one that leaves the fewest bytes, until the limit holds. */
    private EinsumPlan sliced(long memoryLimit) {
        EinsumPlan direct = new EinsumPlan(this, List.of(), List.of());
        EinsumPlan best = this;
        while (best.peakBytes() > memoryLimit) {
            EinsumPlan next = best;
            for (int label = 0; label < sizes.length; label++) {
                EinsumPlan halved = best.halved(label);
                boolean better = halved.fullPeak() < next.fullPeak()
                        || (halved.fullPeak() == next.fullPeak() && halved.flops() < next.flops());
                next = better ? halved : next;
            }
            if (next.fullPeak() >= best.fullPeak() || next.flops() > direct.flops()) {
                return direct;
            }
            best = next;
        }
        return best;
    }

    private EinsumPlan halved(int label) {
        List<Slice> finer = new ArrayList<>();
        boolean found = false;
        for (Slice s : slices) {
            found |= s.label == label;
            finer.add(s.label == label ? new Slice(label, s.size, (s.chunk + 1) / 2, s.contracted) : s);
        }
        if (!found && sizes[label] > 1) {
            boolean contracted = !output.has(label);
            finer.add(
                    contracted ? finer.size() : 0, new Slice(label, sizes[label], (sizes[label] + 1) / 2, contracted));
        }
        return new EinsumPlan(this, pairs, finer);
    }

    private Program compile(long... chunks) {
        long[] chunked = sizes.clone();
        boolean accumulates = false;
        for (int i = 0; i < slices.size(); i++) {
            chunked[slices.get(i).label] = chunks[i];
            accumulates |= slices.get(i).contracted;
        }
        return Program.of(costs, chunked, operands, output, pairs, accumulates);
    }

    // ---- for executors ----

    /** The equation as error texts quote it. */
    public String text() {
        return spec.text();
    }

    public EinsumSpec spec() {
        return spec;
    }

    public Shape outputShape() {
        return outputShape;
    }

    /** Whether a label has size 0, so that the result is zero (or has no elements). */
    public boolean isEmpty() {
        return Arrays.stream(sizes).anyMatch(s -> s == 0);
    }

    /** Whether each element of the result is rounded once: computed by one kernel call. */
    public boolean roundsOnce() {
        return program.roundsOnce() && slices.stream().noneMatch(Slice::contracted);
    }

    /** Whether output labels repeat, so that not all elements of the result are written: zero it first. */
    public boolean writesDiagonal() {
        return output.size(sizes) < outputShape.size();
    }

    /** The program for slices of full chunks; the whole contraction if nothing is sliced. */
    public Program program() {
        return program;
    }

    /** The sliced labels, the outermost loop first; those that add up are innermost. */
    public List<Slice> slices() {
        return slices;
    }

    /**
     * The contraction of one chunk of each sliced label.
     *
     * @param offsets where it begins in each operand and, last, the output, in elements
     * @param accumulate whether to add to the output
     */
    public record Piece(Program program, long[] offsets, boolean accumulate) {}

    /** The pieces of the contraction in the order in which to run them; none if the result is zero. */
    public Iterable<Piece> pieces() {
        if (isEmpty()) {
            return List.of();
        }
        if (slices.isEmpty()) {
            return List.of(new Piece(program, new long[operands.length + 1], false));
        }
        long count = slices.stream().mapToLong(Slice::count).reduce(1, Math::multiplyExact);
        return () -> LongStream.range(0, count).mapToObj(this::piece).iterator();
    }

    private Piece piece(long number) {
        long[] offsets = new long[operands.length + 1];
        long[] chunks = new long[slices.size()];
        boolean accumulate = false;
        boolean full = true;
        long rest = number;
        for (int i = chunks.length - 1; i >= 0; i--) {
            Slice s = slices.get(i);
            long start = rest % s.count() * s.chunk;
            rest /= s.count();
            chunks[i] = Math.min(s.chunk, s.size - start);
            full &= chunks[i] == s.chunk;
            accumulate |= s.contracted && start > 0;
            for (int k = 0; k < operands.length; k++) {
                offsets[k] += start * operands[k].stride(s.label);
            }
            offsets[operands.length] += start * output.stride(s.label);
        }
        return new Piece(full ? program : compile(chunks), offsets, accumulate);
    }

    // ---- for people ----

    /** Operations, a multiply and an add counted as two. */
    public double flops() {
        return program.flops() * slices.stream().mapToDouble(Slice::count).reduce(1, (x, y) -> x * y);
    }

    /** Operations of one loop nest over all labels. */
    public double directFlops() {
        return path.direct();
    }

    public long outputBytes() {
        return block(outputShape.size());
    }

    /** Bytes of the block that an allocator gives for so many elements. */
    private long block(long elements) {
        return costs.block(elements > Long.MAX_VALUE / elementBytes ? Long.MAX_VALUE : elements * elementBytes);
    }

    /** The peak bytes of the result and the temporaries together. */
    public long peakBytes() {
        return withOutput(peak(0, slices.stream().mapToLong(Slice::chunk).toArray()));
    }

    /** The peak bytes of slices of full chunks. */
    private long fullPeak() {
        return withOutput(program.peak(this::block));
    }

    private long withOutput(long temporaries) {
        long output = outputBytes();
        return temporaries > Long.MAX_VALUE - output ? Long.MAX_VALUE : output + temporaries;
    }

    /** The peak bytes of temporaries in any slice. The last slice along a label may be shorter and then has a program of its own. */
    private long peak(int depth, long... chunks) {
        if (depth == chunks.length) {
            boolean full = IntStream.range(0, depth).allMatch(i -> chunks[i] == slices.get(i).chunk);
            return (full ? program : compile(chunks)).peak(this::block);
        }
        long peak = peak(depth + 1, chunks);
        Slice s = slices.get(depth);
        if (s.size % s.chunk == 0) {
            return peak;
        }
        long[] shorter = chunks.clone();
        shorter[depth] = s.size % s.chunk;
        return Math.max(peak, peak(depth + 1, shorter));
    }

    /** One line per kernel call: what it contracts, by which kernel, its operations. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(spec.text());
        text.append(": result ").append(outputShape);
        if (isEmpty()) {
            return text.append(", a label has size 0: zeros").toString();
        }
        text.append(String.format(
                Locale.ROOT,
                ", %.3g flops (one loop nest: %.3g), peak memory %s",
                flops(),
                directFlops(),
                Bytes.text(peakBytes())));
        for (Slice s : slices) {
            text.append("\n  slices of ")
                    .append(spec.names().get(s.label))
                    .append(": ")
                    .append(s.count())
                    .append(" of ")
                    .append(s.chunk)
                    .append(s.contracted ? ", added up" : "");
        }
        List<String[]> rows = new ArrayList<>();
        for (int i = 0; i < program.steps().size(); i++) {
            Step step = program.steps().get(i);
            rows.add(new String[] {
                Integer.toString(i + 1),
                equation(step.labels()),
                kernel(step),
                String.format(Locale.ROOT, "%.3g flops", step.flops())
            });
        }
        for (String[] row : rows) {
            text.append("\n ");
            for (int col = 0; col < row.length; col++) {
                int c = col;
                int width = rows.stream().mapToInt(r -> r[c].length()).max().orElse(0);
                text.append(' ')
                        .append(row[col])
                        .append(" ".repeat(col == row.length - 1 ? 0 : width - row[col].length() + 1));
            }
        }
        return text.toString();
    }

    private String equation(Step.Labels labels) {
        return Arrays.stream(labels.inputs()).map(this::term).collect(Collectors.joining(",")) + "->"
                + term(labels.output());
    }

    private String term(int[] labels) {
        boolean letters = spec.names().stream().allMatch(name -> name.codePointCount(0, name.length()) == 1);
        String text = Arrays.stream(labels)
                .mapToObj(label -> spec.names().get(label))
                .collect(Collectors.joining(letters ? "" : " "));
        return letters ? text : "[" + text + "]";
    }

    private static String kernel(Step step) {
        if (step instanceof Step.Gemm g) {
            StringBuilder text = new StringBuilder("gemm m=" + g.plan().m() + " n="
                    + g.plan().n() + " k=" + g.plan().k());
            if (!g.plan().batches().isEmpty()) {
                text.append(" batch=")
                        .append(g.plan().batches().stream()
                                .map(b -> Long.toString(b.size()))
                                .collect(Collectors.joining("*")));
            }
            for (Step.Loop loop : g.loops()) {
                text.append(" times ").append(loop.size()).append(", added up");
            }
            return text.toString();
        }
        if (step instanceof Step.SumProduct s) {
            return s.isCopy()
                    ? "copy"
                    : s.reads().length == 1 ? "sum" : s.reduced() == 0 ? "product" : "sum of products";
        }
        return "add";
    }
}
