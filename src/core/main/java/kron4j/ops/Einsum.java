package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DeviceMemoryException;
import kron4j.EinsumException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.memory.Bytes;
import kron4j.plan.Costs;
import kron4j.plan.EinsumPlan;
import kron4j.plan.EinsumSpec;

/**
 * Sums of products over named axes, in NumPy's {@code einsum} notation.
 *
 * <pre>{@code
 * Tensor c = Einsum.einsum("bij,bjk->bik", a, b);             // batched matrix product
 * Tensor t = Einsum.einsum("ii->", m);                        // trace
 * Tensor y = Einsum.einsum("...i,oij,...j->...o", x, w, x);   // bilinear form
 * System.out.println(Einsum.explain("bij,bjk->bik", a, b));   // order, kernels, operations, memory
 * }</pre>
 *
 * <p>Every axis of an operand has a label, and equal labels name the same index. The result is the sum, over all labels
 * that it lacks, of the product of the operands. A label twice in one operand takes the diagonal, twice in the output
 * it writes one. Axes of size 1 broadcast against the same label of another operand. {@code ...} stands for axes that
 * broadcast right-aligned. Without {@code ->} the output is the ellipsis, then the labels that occur once, in ascending
 * order of code points.
 *
 * <p>Contractions of two operands run as GEMMs that read the layouts as they are where possible; more operands are
 * contracted in the order with the fewest operations. The result is always a new tensor. Operands: any dtype but bool
 * (integers wrap around in their own dtype), one dtype and one device; any strides. Plans are cached by equation and
 * layouts.
 *
 * <p>A label that only one operand has, or along which the others are constant (broadcast views), is summed over before
 * the products are taken. With infinities a result may therefore be infinite where the sum of all products is NaN, or
 * NaN where it is infinite.
 *
 * <p>Complex operands are never conjugated. Gradient: that of each operand is an einsum of the result's gradient with the
 * other operands (complex: their conjugates), without a memory limit, and differentiable itself.
 */
public final class Einsum {
    /** A memory limit that limits nothing. */
    public static final long UNLIMITED = EinsumPlan.UNLIMITED;

    /** The ellipsis in the sublist form. */
    public static final int ELLIPSIS = EinsumSpec.ELLIPSIS;

    private static final PlanCache<EinsumPlan> PLANS = new PlanCache<>();

    private Einsum() {}

    /**
     * Computes an einsum: {@code einsum("ij,jk->ik", a, b)} is the matrix product.
     *
     * @param equation the labels of each operand, then optionally {@code ->} and those of the output
     * @param operands one for each term
     * @return row-major, owned by the current scope
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     */
    public static Tensor einsum(String equation, Tensor... operands) {
        return einsum(1, equation, operands);
    }

    /**
     * Computes an einsum times a factor, which costs no extra pass.
     *
     * @param alpha the factor; an integer for integer operands
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term
     * @return row-major, owned by the current scope
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     */
    public static Tensor einsum(double alpha, String equation, Tensor... operands) {
        return einsum(UNLIMITED, alpha, equation, operands);
    }

    /**
     * Computes an einsum times a factor within a memory limit: contracts slice by slice where the whole would take
     * more.
     *
     * @param memoryLimit the most bytes that the result and temporaries take together, as the device's allocator rounds
     *     them up (by an eighth at most on the CPU, a 64th on a card); of halves, float32 copies count where there are any,
     *     and a GEMM on the CPU takes 16 MiB more
     * @param alpha the factor; an integer for integer operands
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term
     * @return row-major, owned by the current scope
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     * @throws kron4j.DeviceMemoryException if the result alone takes more, before anything is computed
     */
    public static Tensor einsum(long memoryLimit, double alpha, String equation, Tensor... operands) {
        return run(memoryLimit, alpha, equation, shapes -> EinsumSpec.of(equation, shapes), operands);
    }

    /**
     * Computes an einsum of complex operands times a complex factor, which costs no extra pass.
     *
     * @param alpha the factor
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term, complex
     * @return row-major, owned by the current scope
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     * @throws kron4j.DTypeException if the operands are real
     */
    public static Tensor einsum(Complex alpha, String equation, Tensor... operands) {
        return einsum(UNLIMITED, alpha, equation, operands);
    }

    /**
     * Computes an einsum of complex operands times a complex factor within a memory limit, as
     * {@link #einsum(long, double, String, Tensor...)}.
     *
     * @param memoryLimit the most bytes that the result and temporaries take together
     * @param alpha the factor
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term, complex
     * @return row-major, owned by the current scope
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     * @throws kron4j.DTypeException if the operands are real
     * @throws kron4j.DeviceMemoryException if the result alone takes more, before anything is computed
     */
    public static Tensor einsum(long memoryLimit, Complex alpha, String equation, Tensor... operands) {
        return run(memoryLimit, alpha, equation, shapes -> EinsumSpec.of(equation, shapes), operands);
    }

    /** Computes an einsum of operands of which some are conjugated. */
    static Tensor einsum(boolean[] conjugated, String equation, Tensor... operands) {
        return run(UNLIMITED, 1, equation, shapes -> EinsumSpec.of(equation, shapes), conjugated, operands);
    }

    /**
     * Computes an einsum in the sublist form.
     *
     * @param operands one or more
     * @param labels for each operand a number from 0 for each axis, or {@link #ELLIPSIS}
     * @param output the numbers of the output's axes
     * @return row-major, owned by the current scope
     * @throws EinsumException if the labels do not fit the operands, naming the place
     */
    public static Tensor einsum(Tensor[] operands, int[][] labels, int[] output) {
        return run(
                UNLIMITED,
                1,
                Arrays.deepToString(labels) + Arrays.toString(output),
                shapes -> EinsumSpec.of(labels, output, shapes),
                operands);
    }

    /**
     * Computes an einsum in the sublist form with an implicit output: the ellipsis, then the numbers that occur once,
     * ascending.
     *
     * @param operands one or more
     * @param labels for each operand a number from 0 for each axis, or {@link #ELLIPSIS}
     * @return row-major, owned by the current scope
     * @throws EinsumException if the labels do not fit the operands, naming the place
     */
    public static Tensor einsum(Tensor[] operands, int[][] labels) {
        return run(UNLIMITED, 1, Arrays.deepToString(labels), shapes -> EinsumSpec.of(labels, shapes), operands);
    }

    /**
     * How an einsum would be computed.
     *
     * @param table one line for each kernel call: what it contracts, by which kernel, its operations
     * @param shape the shape of the result
     * @param flops operations, a multiply and an add counted as two
     * @param directFlops operations of one loop nest over all labels
     * @param outputBytes bytes of the result, as the allocator rounds them up
     * @param peakBytes the most bytes that the result and temporaries take together
     */
    public record Explanation(
            String table, Shape shape, double flops, double directFlops, long outputBytes, long peakBytes) {
        private static Explanation of(EinsumPlan plan, long around) {
            String text = around == 0 ? "" : ", in float32, with copies of " + Bytes.text(around);
            return new Explanation(
                    plan + text,
                    plan.outputShape(),
                    plan.flops(),
                    plan.directFlops(),
                    plan.outputBytes(),
                    plan.peakBytes() + around);
        }

        /** {@return the table} */
        @Override
        public String toString() {
            return table;
        }
    }

    /**
     * Plans an einsum without computing it: order, kernels, operations and memory.
     *
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term
     * @return what {@link #einsum} would do
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     */
    public static Explanation explain(String equation, Tensor... operands) {
        return explain(UNLIMITED, equation, operands);
    }

    /**
     * Plans an einsum within a memory limit without computing it.
     *
     * @param memoryLimit the most bytes, as for {@link #einsum(long, double, String, Tensor...)}
     * @param equation as for {@link #einsum(String, Tensor...)}
     * @param operands one for each term
     * @return what {@link #einsum(long, double, String, Tensor...)} would do
     * @throws EinsumException if the equation is malformed or does not fit the operands, naming the place
     */
    public static Explanation explain(long memoryLimit, String equation, Tensor... operands) {
        Function<Shape[], EinsumSpec> spec = shapes -> EinsumSpec.of(equation, shapes);
        EinsumPlan plan = plan(memoryLimit, equation, spec, operands);
        if (!isInFloat32(plan, operands)) {
            return Explanation.of(plan, 0);
        }
        long copies = copies(plan, operands);
        Layout[] layouts =
                Arrays.stream(operands).map(t -> Layout.contiguous(t.shape())).toArray(Layout[]::new);
        int bytes = operands[0].dtype().computed().bytes();
        return Explanation.of(
                plan(rest(memoryLimit, copies, plan), equation, spec, layouts, bytes, costs(operands)), copies);
    }

    private static Costs costs(Tensor... operands) {
        return operands[0].device().backend().costs(operands[0].dtype());
    }

    /** Whether halves would be rounded on the way. */
    private static boolean isInFloat32(EinsumPlan plan, Tensor... operands) {
        return operands.length > 0 && operands[0].dtype().isHalf() && !plan.roundsOnce();
    }

    /** {@return the bytes of operands in float32 and of the rounded result} */
    private static long copies(EinsumPlan plan, Tensor... operands) {
        Costs costs = costs(operands);
        long bytes = plan.outputBytes();
        for (Tensor t : operands) {
            bytes += costs.block(t.size() * t.dtype().computed().bytes());
        }
        return bytes;
    }

    /**
     * {@return what a memory limit leaves}
     *
     * @throws DeviceMemoryException if that is nothing
     */
    private static long rest(long memoryLimit, long copies, EinsumPlan plan) {
        if (memoryLimit == UNLIMITED) {
            return UNLIMITED;
        }
        if (copies >= memoryLimit) {
            throw new DeviceMemoryException(
                    plan.text() + ": float32 copies of the operands and the rounded result take "
                            + Bytes.text(copies) + ", the memory limit is " + Bytes.text(memoryLimit)
                            + "; raise it, or contract fewer operands at a time");
        }
        return memoryLimit - copies;
    }

    private static EinsumPlan plan(
            long memoryLimit, String equation, Function<Shape[], EinsumSpec> spec, Tensor... operands) {
        if (operands.length == 0) {
            return EinsumPlan.of(spec.apply(new Shape[0]), List.of(), 1, memoryLimit, Costs.CPU);
        }
        Layout[] layouts = new Layout[operands.length];
        Arrays.setAll(layouts, k -> operands[k].layout());
        return plan(memoryLimit, equation, spec, layouts, operands[0].dtype().bytes(), costs(operands));
    }

    private static EinsumPlan plan(
            long memoryLimit,
            String equation,
            Function<Shape[], EinsumSpec> spec,
            Layout[] layouts,
            int bytes,
            Costs costs) {
        return PLANS.get(PlanCache.Key.of(equation, layouts, bytes, memoryLimit, costs.ordinal()), () -> {
            Shape[] shapes = Arrays.stream(layouts).map(Layout::shape).toArray(Shape[]::new);
            return EinsumPlan.of(spec.apply(shapes), List.of(layouts), bytes, memoryLimit, costs);
        });
    }

    private static Tensor run(
            long memoryLimit, Number alpha, String equation, Function<Shape[], EinsumSpec> spec, Tensor... operands) {
        return run(memoryLimit, alpha, equation, spec, new boolean[operands.length], operands);
    }

    private static Tensor run(
            long memoryLimit,
            Number alpha,
            String equation,
            Function<Shape[], EinsumSpec> spec,
            boolean[] conjugated,
            Tensor... operands) {
        EinsumPlan plan = plan(memoryLimit, equation, spec, operands);
        if (!isInFloat32(plan, operands)) {
            return run(alpha, plan, conjugated, operands);
        }
        Contractions.checkedDType(plan.text(), alpha, operands);
        long limit = rest(memoryLimit, copies(plan, operands), plan);
        return Operands.inFloat32(x -> run(alpha, plan(limit, equation, spec, x), conjugated, x), operands);
    }

    private static Tensor run(Number alpha, EinsumPlan plan, boolean[] conjugated, Tensor... operands) {
        return Tape.record(
                "einsum",
                computed(alpha, plan, conjugated, operands),
                r -> {
                    for (int k = 0; k < operands.length; k++) {
                        int operand = k;
                        Shape shape = operands[k].shape();
                        Tensor[] others = IntStream.range(0, operands.length)
                                .filter(i -> i != operand)
                                .mapToObj(i -> operands[i])
                                .toArray(Tensor[]::new);
                        r.gradient(
                                operands[k],
                                others,
                                (g, s) -> adjoint(alpha, plan.spec(), conjugated, operand, shape, g, s));
                    }
                },
                operands);
    }

    /**
     * The gradient of operand k is an einsum of that of the result with the others' conjugates; of a conjugated operand that is conjugated as a whole. A
     * label that operand k repeats is repeated in its output, which writes a diagonal; one that was broadcast from size 1 is summed over; one that has its
     * size nowhere else gets an operand of ones.
     */
    private static Tensor adjoint(
            Number alpha, EinsumSpec spec, boolean[] conjugated, int k, Shape shape, Tensor g, Tensor[] others) {
        long[] sizes = spec.sizes();
        List<Tensor> operands = new ArrayList<>(List.of(g));
        List<int[]> labels = new ArrayList<>(List.of(spec.output()));
        boolean[] flags = new boolean[1 + others.length + sizes.length];
        flags[0] = conjugated[k];
        for (int i = 0; i < others.length; i++) {
            int other = i < k ? i : i + 1;
            operands.add(others[i]);
            labels.add(spec.input(other));
            flags[i + 1] = conjugated[other] == conjugated[k];
        }
        int[] own = spec.input(k);
        int[] output = IntStream.range(0, own.length)
                .filter(axis -> shape.at(axis) == sizes[own[axis]])
                .map(axis -> own[axis])
                .toArray();
        for (int label : IntStream.of(output).distinct().toArray()) {
            if (IntStream.range(0, operands.size())
                    .noneMatch(i -> spans(operands.get(i), labels.get(i), label, sizes))) {
                operands.add(Operands.scalar("einsum", g, 1).expand(sizes[label]));
                labels.add(new int[] {label});
            }
        }
        int[][] in = labels.toArray(int[][]::new);
        String text = "gradient of " + Arrays.deepToString(in) + Arrays.toString(output);
        Number factor = conjugated[k] ? alpha : Numbers.conj(alpha);
        Tensor[] all = operands.toArray(Tensor[]::new);
        boolean[] flagged = Arrays.copyOf(flags, all.length);
        return run(UNLIMITED, factor, text, shapes -> EinsumSpec.of(in, output, shapes), flagged, all)
                .reshape(shape);
    }

    private static boolean spans(Tensor operand, int[] labels, int label, long[] sizes) {
        return IntStream.range(0, labels.length)
                .anyMatch(axis -> labels[axis] == label && operand.shape().at(axis) == sizes[label]);
    }

    private static Tensor computed(Number alpha, EinsumPlan plan, boolean[] conjugated, Tensor... operands) {
        DType dtype = Contractions.checkedDType(plan.text(), alpha, operands);
        View[] views = new View[operands.length];
        Arrays.setAll(views, k -> operands[k].view());
        boolean[] flags = dtype.isComplex() ? conjugated : new boolean[operands.length];
        Tensor result = Operands.empty(operands[0], dtype, plan.outputShape());
        try {
            View out = result.view();
            if (plan.isEmpty() || plan.writesDiagonal()) {
                out.storage().backend().fill(0L, out);
            }
            for (EinsumPlan.Piece piece : plan.pieces()) {
                Contractions.run(piece.program(), alpha, views, flags, out, piece.offsets(), piece.accumulate());
            }
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }
}
