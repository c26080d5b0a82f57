package kron4j.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DeviceMemoryException;
import kron4j.EinsumException;
import kron4j.MemoryReport;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Einsum;
import kron4j.reference.Einsums.Loops;
import kron4j.reference.NDArray;

/** Einsum strings of one to four operands in views of any kind, with ellipses, diagonals, broadcasting, a factor, a memory limit, gradients. */
final class EinsumCases {
    private static final int LOOPS = 6000;
    private static final int DOTS = 100;

    private final Draw draw;
    private final DType dtype;
    private final int[][] labels;
    private final int[] output;
    private final boolean explicit;
    private final Operand[] operands;

    static void check(Draw draw) {
        if (draw.oneIn(15)) {
            malformed(draw);
        } else {
            new EinsumCases(draw).check();
        }
    }

    private EinsumCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.FLOAT64, DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.INT8, DType.UINT8);
        int letters = draw.between(1, 5);
        int dots = draw.oneIn(4) ? draw.between(1, 2) : 0;
        long[] sizes = draw.shape(letters + dots, LOOPS);
        labels = new int[draw.between(1, 4)][];
        for (int k = 0; k < labels.length; k++) {
            List<Integer> own = new ArrayList<>();
            long elements = 1;
            for (int rank = draw.below(4); rank > 0; rank--) {
                int label = draw.below(letters);
                if (!own.contains(label) || (elements * sizes[label] <= LOOPS && draw.oneIn(3))) {
                    own.add(label);
                    elements *= sizes[label];
                }
            }
            if (dots > 0 && draw.below(3) > 0) {
                int place = draw.below(own.size() + 1);
                int first = DOTS + letters + draw.below(dots + 1);
                IntStream.range(first, DOTS + letters + dots)
                        .boxed()
                        .sorted(Comparator.reverseOrder())
                        .forEach(l -> own.add(place, l));
            }
            labels[k] = own.stream().mapToInt(Integer::intValue).toArray();
        }
        explicit = draw.below(4) > 0;
        output = explicit ? chosenOutput() : implicitOutput();
        operands = new Operand[labels.length];
        for (int k = 0; k < labels.length; k++) {
            int operand = k;
            long[] shape =
                    Arrays.stream(labels[k]).mapToLong(l -> sizes[l % DOTS]).toArray();
            for (int axis = 0; axis < shape.length; axis++) {
                int label = labels[k][axis];
                boolean once = Arrays.stream(labels[k]).filter(l -> l == label).count() == 1;
                boolean elsewhere = IntStream.range(0, k).anyMatch(j -> has(operands[j], labels[j], label, sizes));
                if (once && elsewhere && operand > 0 && draw.oneIn(8)) {
                    shape[axis] = 1;
                }
            }
            NDArray values = dtype.isFloating() ? draw.numbers(shape) : NDArray.integers(draw.elements(), -3, 4, shape);
            operands[k] = Operand.any(draw, values, dtype);
        }
    }

    private static boolean has(Operand operand, int[] labels, int label, long[] sizes) {
        return IntStream.range(0, labels.length)
                .anyMatch(i -> labels[i] == label && operand.values().shape()[i] == sizes[label % DOTS]);
    }

    private TreeMap<Integer, Integer> counts() {
        TreeMap<Integer, Integer> counts = new TreeMap<>();
        Arrays.stream(labels).flatMapToInt(Arrays::stream).forEach(l -> counts.merge(l, 1, Integer::sum));
        return counts;
    }

    private int[] implicitOutput() {
        TreeMap<Integer, Integer> counts = counts();
        return IntStream.concat(
                        counts.tailMap(DOTS).keySet().stream().mapToInt(Integer::intValue),
                        counts.headMap(DOTS).entrySet().stream()
                                .filter(e -> e.getValue() == 1)
                                .mapToInt(java.util.Map.Entry::getKey))
                .toArray();
    }

    private int[] chosenOutput() {
        List<Integer> out = new ArrayList<>();
        TreeMap<Integer, Integer> counts = counts();
        for (int label : counts.headMap(DOTS).keySet()) {
            if (draw.below(2) == 1) {
                out.add(draw.below(out.size() + 1), label);
            }
        }
        if (!out.isEmpty() && draw.oneIn(20)) {
            out.add(out.get(0));
        }
        out.addAll(draw.below(out.size() + 1), counts.tailMap(DOTS).keySet());
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Letters in the order of the labels, and where axes of the ellipsis stand, the ellipsis. */
    private String term(int[] own, String alphabet, String gap) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < own.length; i++) {
            if (own[i] < DOTS) {
                text.append(alphabet.charAt(own[i])).append(gap);
            } else if (i == 0 || own[i - 1] < DOTS) {
                text.append("...").append(gap);
            }
        }
        return text.toString();
    }

    private String equation() {
        String alphabet = draw.of("abcdef", "AZabyz", "ijklmn", "\u00e4\u03b1\u03b2\u6f22\u6f23\u6f24");
        String gap = draw.oneIn(10) ? " " : "";
        StringBuilder text = new StringBuilder();
        for (int k = 0; k < labels.length; k++) {
            text.append(k > 0 ? "," : "").append(term(labels[k], alphabet, gap));
        }
        return explicit ? text + "->" + term(output, alphabet, gap) : text.toString();
    }

    private void check() {
        Tensor[] tensors = Arrays.stream(operands).map(Operand::tensor).toArray(Tensor[]::new);
        String equation = equation();
        double alpha = dtype.isFloating() ? draw.of(1.0, 0.5, -3.0, 0.0) : 1;
        Einsum.Explanation free = Einsum.explain(equation, tensors);
        long limit = limit(free);
        String what = "einsum " + equation + " "
                + Arrays.toString(Arrays.stream(tensors).map(Tensor::layout).toArray()) + " " + dtype
                + (limit == Einsum.UNLIMITED ? "" : " within " + limit);
        Loops loops = Loops.of(labels, output, shapes());
        Verify.that(Arrays.equals(loops.shape(), free.shape().dims()), what + ": explains " + free.shape());
        if (dtype.isFloating() && limit == Einsum.UNLIMITED && draw.oneIn(4)) {
            for (Tensor t : tensors) {
                t.requiresGrad();
            }
        }
        MemoryReport before = measured();
        Tensor result;
        try {
            result = limit == Einsum.UNLIMITED && alpha == 1
                    ? Einsum.einsum(equation, tensors)
                    : Einsum.einsum(limit, alpha, equation, tensors);
        } catch (DeviceMemoryException e) {
            Verify.that(limit < free.peakBytes(), what + ": refused, " + e.getMessage());
            return;
        }
        memory(what, before, limit, limit == Einsum.UNLIMITED ? free : Einsum.explain(limit, equation, tensors));
        Verify.that(result.dtype() == dtype, what + ": is " + result.dtype());
        Verify.that(result.layout().isContiguous(), what + ": lies as " + result.layout());
        Sums sums = new Sums(loops, alpha);
        Verify.close(what, sums.values(), sums.bounds(), result);
        if (draw.oneIn(6)) {
            int[][] in = Arrays.stream(labels).map(EinsumCases::sublist).toArray(int[][]::new);
            Tensor again = explicit ? Einsum.einsum(tensors, in, sublist(output)) : Einsum.einsum(tensors, in);
            if (alpha == 1) {
                Verify.close("sublist " + what, sums.values(), sums.bounds(), again);
            }
        }
        if (Arrays.stream(tensors).anyMatch(t -> kron4j.autograd.Tape.records(t))) {
            gradients(what, loops, alpha, result, tensors);
        }
    }

    private static int[] sublist(int[] own) {
        return IntStream.range(0, own.length)
                .filter(i -> own[i] < DOTS || i == 0 || own[i - 1] < DOTS)
                .map(i -> own[i] < DOTS ? own[i] : Einsum.ELLIPSIS)
                .toArray();
    }

    private long[][] shapes() {
        return Arrays.stream(operands).map(o -> o.values().shape()).toArray(long[][]::new);
    }

    private long limit(Einsum.Explanation free) {
        if (!draw.oneIn(3)) {
            return Einsum.UNLIMITED;
        }
        int part = draw.between(1, 8);
        return free.outputBytes() + (free.peakBytes() - free.outputBytes()) / part;
    }

    private MemoryReport measured() {
        draw.device().resetPeakMemory();
        return draw.device().memoryReport();
    }

    private void memory(String what, MemoryReport before, long limit, Einsum.Explanation plan) {
        MemoryReport after = draw.device().memoryReport();
        long used = after.peak() - before.live();
        long blocks = after.allocations() - before.allocations();
        long allowed = plan.peakBytes() + plan.peakBytes() / 8 + 256 * blocks;
        Verify.that(used <= allowed, what + ": took " + used + " bytes, planned " + plan.peakBytes() + "\n" + plan);
        Verify.that(used <= limit, what + ": took " + used + " planned " + plan.peakBytes());
        Verify.that(plan.peakBytes() <= limit, what + ": plans " + plan.peakBytes());
    }

    /** The sums, and how far a sum of that many rounded products in any order may be off. */
    private final class Sums {
        private final double[] sums;
        private final double[] sizes;
        private final long[] shape;
        private final double unit;

        Sums(Loops loops, double alpha) {
            shape = loops.shape();
            sums = new double[loops.count()];
            sizes = new double[loops.count()];
            double[][] data =
                    Arrays.stream(operands).map(o -> o.values().data()).toArray(double[][]::new);
            int[] terms = {0};
            loops.forEach((from, to) -> {
                double product = alpha;
                for (int k = 0; k < data.length; k++) {
                    product *= data[k][from[k]];
                }
                sums[to] += product;
                sizes[to] += Math.abs(product);
                terms[0]++;
            });
            unit = (terms[0] / Math.max(1, sums.length) + 2 * operands.length + 2) * dtype.epsilon();
        }

        NDArray values() {
            return NDArray.of(sums, shape).wrapped(dtype);
        }

        NDArray bounds() {
            return NDArray.of(sizes, shape).map(x -> x * unit);
        }
    }

    private void gradients(String what, Loops loops, double alpha, Tensor result, Tensor... tensors) {
        NDArray weights = NDArray.integers(draw.elements(), -2, 3, loops.shape());
        List<Tensor> gradients = Gradients.vjp(result, weights.toTensor(dtype), tensors);
        double[] g = weights.data();
        double[][] data = Arrays.stream(operands).map(o -> o.values().data()).toArray(double[][]::new);
        for (int k = 0; k < tensors.length; k++) {
            int operand = k;
            double[] slopes = new double[data[k].length];
            double[] sizes = new double[slopes.length];
            int[] terms = {0};
            loops.forEach((from, to) -> {
                double product = alpha * g[to];
                for (int j = 0; j < data.length; j++) {
                    product *= j == operand ? 1 : data[j][from[j]];
                }
                slopes[from[operand]] += product;
                sizes[from[operand]] += Math.abs(product);
                terms[0]++;
            });
            double unit = (terms[0] + 2 * tensors.length + 2) * dtype.epsilon();
            long[] shape = operands[k].values().shape();
            Verify.close(
                    "gradient " + k + " of " + what,
                    NDArray.of(slopes, shape),
                    NDArray.of(sizes, shape).map(x -> unit * x),
                    gradients.get(k));
        }
    }

    /** Strings of the characters that equations are made of: a documented exception, or whatever they mean. */
    private static void malformed(Draw draw) {
        String pieces = "ab,.->i ,ja...->";
        StringBuilder text = new StringBuilder();
        for (int n = draw.below(12); n > 0; n--) {
            text.append(pieces.charAt(draw.below(pieces.length())));
        }
        Tensor[] operands = new Tensor[draw.between(1, 3)];
        Arrays.setAll(operands, k -> draw.numbers(draw.shape(draw.below(4), 50)).toTensor(DType.FLOAT32));
        try {
            Einsum.einsum(text.toString(), operands);
        } catch (EinsumException e) {
            Verify.that(e.getMessage().contains("einsum"), "malformed " + text + ": " + e.getMessage());
        }
    }
}
