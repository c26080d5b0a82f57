package kron4j.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedPlan;
import kron4j.memory.Bytes;

/**
 * Runs several elementwise operations in one pass over the memory: each operand is read once, each result written once, and nothing
 * in between. On a CUDA device that is one kernel launch.
 *
 * <pre>{@code
 * Tensor y = Fused.of(x -> Elementwise.tanh(x[0].multiply(x[1]).add(x[2])), a, b, c);
 *
 * Fused gate = Fused.compile(x -> Elementwise.sigmoid(x[0]).multiply(x[1]));   // recorded once for each shape
 * Tensor z = gate.apply(a, b);
 * }</pre>
 *
 * <p>The steps are written with the operations themselves: those of {@link Elementwise}, arithmetic of {@link Tensor}, {@code
 * where}, comparisons, views of any kind, {@code sum}, {@code mean}, {@code max} and {@code min}. They are called with operands that
 * stand for the real ones and hold no values; what they ask for is recorded and planned. A reduction ends a pass; what is
 * computed from it begins another. {@link #explain} shows the passes. All other operations (products of matrices, choices by
 * index, random draws, concatenation, reading values) throw {@link TensorException}: compute those outside.
 *
 * <p><b>Values.</b> Elementwise results are those of the operations one by one, bit for bit, for float32 and float64. What is float16
 * or bfloat16 is computed in float32 throughout and rounded once at the end, conversions in between included. Sums are added up in an
 * order of their own, with the accuracy of {@link Reduce#sum}. Steps with integers, complex numbers or two precisions, and operands
 * without elements, are computed one by one, as outside.
 *
 * <p><b>Gradient.</b> The steps' gradient is recorded and fused in the same way, to any order. Kept for it are the operands, and those results
 * that it reads; what else it needs of the forward is computed again.
 *
 * <p>The result belongs to the current scope, as that of any operation.
 */
public final class Fused {
    private final String operation;
    private final Optional<FusedKernel> kernel;
    private final Function<Tensor[], Tensor[]> steps;
    private final PlanCache<FusedSteps> recorded = new PlanCache<>();

    private Fused(String operation, Optional<FusedKernel> kernel, Function<Tensor[], Tensor[]> steps) {
        this.operation = operation;
        this.kernel = kernel;
        this.steps = steps;
    }

    // ---- at once ----

    /**
     * {@return {@code steps.apply(a)}, computed in one pass}
     *
     * @param steps called once with an operand that stands for {@code a}
     * @param a any strides; not modified
     */
    public static Tensor of(UnaryOperator<Tensor> steps, Tensor a) {
        return of((Tensor[] x) -> steps.apply(x[0]), a);
    }

    /**
     * {@return {@code steps.apply(a, b)}, computed in one pass}
     *
     * @param steps called once with operands that stand for {@code a} and {@code b}
     * @param a any strides; not modified
     * @param b any strides; not modified; on the same device
     */
    public static Tensor of(BinaryOperator<Tensor> steps, Tensor a, Tensor b) {
        return of((Tensor[] x) -> steps.apply(x[0], x[1]), a, b);
    }

    /**
     * {@return {@code steps.apply(operands)}, computed in one pass} The steps are recorded at each call; {@link #compile} records them
     * once.
     *
     * @param steps called once with operands that stand for the given ones; uses no other tensors
     * @param operands at least one; any strides; not modified; on one device
     * @throws TensorException if the steps are not elementwise, or use tensors that are not operands
     */
    public static Tensor of(Function<Tensor[], Tensor> steps, Tensor... operands) {
        return run("Fused.of", x -> new Tensor[] {steps.apply(x)}, operands)[0];
    }

    /**
     * {@return the results of the steps, computed together: those of one shape in one pass}
     *
     * @param steps called once with operands that stand for the given ones; uses no other tensors
     * @param operands at least one; any strides; not modified; on one device
     * @throws TensorException if the steps are not elementwise, or use tensors that are not operands
     */
    public static List<Tensor> all(Function<Tensor[], Tensor[]> steps, Tensor... operands) {
        return List.of(run("Fused.all", steps, operands));
    }

    /**
     * Runs steps that update operands by {@link InPlace}, in one pass.
     *
     * <pre>{@code
     * Fused.run(x -> {
     *     InPlace.multiply(x[0], 0.9);
     *     InPlace.add(x[0], x[1]);
     * }, a, b);
     * }</pre>
     *
     * @param steps called once with operands that stand for the given ones; uses no other tensors
     * @param operands at least one; on one device; those that the steps update are changed, with what {@link InPlace} says of targets
     * @throws TensorException if the steps are not elementwise, or use tensors that are not operands
     */
    public static void run(Consumer<Tensor[]> steps, Tensor... operands) {
        run("Fused.run", updating(steps), operands);
    }

    private static Function<Tensor[], Tensor[]> updating(Consumer<Tensor[]> steps) {
        return x -> {
            steps.accept(x);
            return new Tensor[0];
        };
    }

    private static Tensor[] run(String operation, Function<Tensor[], Tensor[]> steps, Tensor... operands) {
        requireOperands(operation, operands);
        return FusedSteps.record(operation, Optional.empty(), steps, operands).run(operation, steps, operands);
    }

    private static void requireOperands(String operation, Tensor... operands) {
        if (operands.length == 0) {
            throw new ShapeException(operation + ": no operands; it needs at least one");
        }
        for (Tensor t : operands) {
            t.view();
        }
        Operands.sameDevice(operation, operands);
    }

    // ---- again and again ----

    /**
     * {@return steps that are recorded once for each combination of operands' shapes and dtypes, and run without being called again}
     *
     * @param steps a function of its operands alone: numbers and other state that it reads stay as they were when it was recorded
     */
    public static Fused compile(Function<Tensor[], Tensor> steps) {
        return new Fused("Fused.apply", Optional.empty(), x -> new Tensor[] {steps.apply(x)});
    }

    /** Steps that a device may have a loop of its own for. */
    static Fused compile(FusedKernel kernel, Function<Tensor[], Tensor> steps) {
        return new Fused("Fused.apply", Optional.of(kernel), x -> new Tensor[] {steps.apply(x)});
    }

    /**
     * {@return steps with several results; see {@link #compile}}
     *
     * @param steps a function of its operands alone
     */
    public static Fused compileAll(Function<Tensor[], Tensor[]> steps) {
        return new Fused("Fused.applyAll", Optional.empty(), steps);
    }

    /**
     * {@return steps that update operands by {@link InPlace}; see {@link #compile}}
     *
     * @param steps updates operands, and depends on nothing but operands
     */
    public static Fused compileRun(Consumer<Tensor[]> steps) {
        return new Fused("Fused.applyAll", Optional.empty(), updating(steps));
    }

    /**
     * {@return the first result of the steps}
     *
     * @param operands at least one; any strides; not modified; on one device
     * @throws TensorException if the steps have no results
     */
    public Tensor apply(Tensor... operands) {
        Tensor[] results = results(operands);
        if (results.length == 0) {
            throw new TensorException("Fused.apply: the steps update operands and have no result; call applyAll");
        }
        return results[0];
    }

    /**
     * {@return the results of the steps}
     *
     * @param operands at least one; any strides; on one device
     */
    public List<Tensor> applyAll(Tensor... operands) {
        return List.of(results(operands));
    }

    /**
     * {@return the results of the steps for each of several lists of operands} They are those of {@link #applyAll} for one list after the other. Lists for which
     * the steps are one pass, without a reduction and a gradient to be recorded, are computed together: on a card some 50 lists of row-major operands are one launch.
     *
     * @param lists each of one or more operands, any strides, all on one device
     */
    public List<List<Tensor>> applyEach(List<Tensor[]> lists) {
        if (lists.isEmpty()) {
            return List.of();
        }
        lists.forEach(operands -> requireOperands(operation, operands));
        Operands.sameDevice(operation, lists.stream().map(each -> each[0]).toArray(Tensor[]::new));
        return new FusedCalls(
                        operation, steps, lists.stream().map(this::recorded).toList(), lists)
                .run();
    }

    private Tensor[] results(Tensor... operands) {
        requireOperands(operation, operands);
        return recorded(operands).run(operation, steps, operands);
    }

    private FusedSteps recorded(Tensor... operands) {
        int length = 0;
        for (Tensor t : operands) {
            length += 2 + t.rank();
        }
        long[] key = new long[length];
        int at = 0;
        for (Tensor t : operands) {
            key[at++] = t.dtype().ordinal();
            key[at++] = t.rank();
            for (int axis = 0; axis < t.rank(); axis++) {
                key[at++] = t.shape().at(axis);
            }
        }
        return recorded.get(
                PlanCache.Key.of(operation, new Layout[0], key),
                () -> FusedSteps.record(operation, kernel, steps, operands));
    }

    // ---- what is done ----

    /**
     * {@return the passes as text: for each its shape, what it loads, its steps, the values that it holds at a time, and the bytes
     * that it reads and writes}
     *
     * @param steps as for {@link #of(Function, Tensor...)}
     * @param operands at least one
     */
    public static String explain(Function<Tensor[], Tensor> steps, Tensor... operands) {
        requireOperands("Fused.explain", operands);
        return FusedSteps.record("Fused.explain", Optional.empty(), x -> new Tensor[] {steps.apply(x)}, operands)
                .plan()
                .map(plan -> text(plan, operands))
                .orElse(
                        "not fused: integers, complex numbers, two precisions or no elements; the steps run one by one\n");
    }

    private static String text(FusedPlan plan, Tensor... operands) {
        List<DType> dtypes = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < operands.length; i++) {
            dtypes.add(operands[i].dtype());
            names.add("x" + i);
            sizes.add(operands[i].size());
        }
        for (int b = 0; b < plan.buffers().size(); b++) {
            dtypes.add(plan.buffers().get(b).dtype());
            names.add(b < plan.results() ? "result" : "t" + b);
            sizes.add(plan.buffers().get(b).shape().size());
        }
        StringBuilder text = new StringBuilder();
        for (int p = 0; p < plan.passes().size(); p++) {
            FusedPlan.Pass pass = plan.passes().get(p);
            text.append("pass ")
                    .append(p + 1)
                    .append(" of ")
                    .append(plan.passes().size());
            text.append(" over ")
                    .append(pass.shape())
                    .append(" in ")
                    .append(pass.program().computed());
            text.append('\n');
            List<String> loads = new ArrayList<>();
            long read = 0;
            for (FusedPlan.Load load : pass.loads()) {
                loads.add(names.get(load.source()));
                read += Math.min(sizes.get(load.source()), load.layout().size())
                        * dtypes.get(load.source()).bytes();
            }
            pass.program()
                    .describe(loads)
                    .forEach(line -> text.append("  ").append(line).append('\n'));
            long written = 0;
            for (int r = 0; r < pass.targets().size(); r++) {
                int target = operands.length + pass.targets().get(r);
                String value = pass.program().name(pass.program().results().get(r), loads);
                text.append("  ").append(names.get(target)).append(" = ");
                text.append(pass.reduction()
                        .map(op ->
                                Operands.name(op) + " of " + value + " over the last " + pass.reducedRank() + " axes")
                        .orElse(value));
                text.append('\n');
                written += sizes.get(target) * dtypes.get(target).bytes();
            }
            text.append("  ").append(pass.program().steps().size()).append(" steps, ");
            text.append(pass.program().places().count()).append(" values at a time, ");
            text.append(Bytes.text(read)).append(" read, ");
            text.append(Bytes.text(written)).append(" written\n");
        }
        return text.toString();
    }
}
