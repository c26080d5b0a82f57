package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.Costs;
import kron4j.plan.Program;
import kron4j.plan.Step;
import kron4j.plan.Term;

/** Contractions by the programs of plans. */
final class Contractions {
    private static final String PAIR = "pair";
    private static final PlanCache<Program> PROGRAMS = new PlanCache<>();

    private Contractions() {}

    /**
     * {@return the operands' common dtype}
     *
     * @param operation the name for exceptions
     * @throws DTypeException if they cannot be contracted and scaled by alpha
     */
    static DType checkedDType(String operation, double alpha, Tensor... operands) {
        Operands.sameDevice(operation, operands);
        DType dtype = Operands.sameDType(operation, operands);
        if (!dtype.isNumber()) {
            throw new DTypeException(
                    operation + ": " + dtype + " has no sums of products; convert the operands with to(DType.INT64)");
        }
        if (dtype.isInteger() && alpha != Math.rint(alpha)) {
            throw new DTypeException(operation + ": the factor " + alpha + " is not an integer, the operands are "
                    + dtype + "; convert them with to(DType.FLOAT64)");
        }
        return dtype;
    }

    /**
     * Contracts two operands whose axes have labels. Each label of an operand is one of the other operand or of the
     * result; sizes are equal, or 1 against n where the caller allows it.
     *
     * @param labels the number of labels
     * @param out the labels of the natural result
     * @param shape the result's shape, with as many elements as the natural one
     * @return row-major, recorded
     */
    static Tensor pair(
            String operation,
            double alpha,
            Tensor a,
            int[] labelsA,
            Tensor b,
            int[] labelsB,
            int labels,
            int[] out,
            Shape shape) {
        Tensor result = computed(operation, alpha, a, labelsA, b, labelsB, labels, out, shape);
        return Tape.record(
                operation,
                result,
                r -> {
                    long[] sizes = new long[labels];
                    Arrays.fill(sizes, 1);
                    sized(sizes, labelsA, a.shape());
                    sized(sizes, labelsB, b.shape());
                    r.gradient(a, b, adjoint(operation, alpha, labelsA, a.shape(), labelsB, sizes, out));
                    r.gradient(b, a, adjoint(operation, alpha, labelsB, b.shape(), labelsA, sizes, out));
                },
                a,
                b);
    }

    /**
     * Computes the gradient of the operand with labels {@code own}: it contracts the result's gradient with the other
     * operand.
     */
    private static BinaryOperator<Tensor> adjoint(
            String operation, double alpha, int[] own, Shape shape, int[] other, long[] sizes, int[] out) {
        long[] natural = Arrays.stream(out).mapToLong(l -> sizes[l]).toArray();
        // An axis of size 1 that was broadcast is summed over.
        int[] kept = IntStream.range(0, own.length)
                .filter(axis -> shape.at(axis) == sizes[own[axis]])
                .map(axis -> own[axis])
                .toArray();
        return (g, y) -> pair(operation, alpha, g.reshape(natural), out, y, other, sizes.length, kept, shape);
    }

    private static Tensor computed(
            String operation,
            double alpha,
            Tensor a,
            int[] labelsA,
            Tensor b,
            int[] labelsB,
            int labels,
            int[] out,
            Shape shape) {
        DType dtype = checkedDType(operation, alpha, a, b);
        View[] views = {a.view(), b.view()};
        long[] sizes = new long[labels];
        Arrays.fill(sizes, 1);
        boolean empty = sized(sizes, labelsA, a.shape());
        empty = sized(sizes, labelsB, b.shape()) || empty;
        Tensor result = Operands.empty(a, dtype, shape);
        try {
            View to = result.view();
            if (empty) {
                to.storage().backend().fill(0L, to);
                return result;
            }
            Layout[] layouts = {a.layout(), b.layout()};
            Costs costs = a.device().backend().costs();
            int[] lengths = {costs.ordinal(), labelsA.length, labelsB.length, out.length};
            PlanCache.Key key = PlanCache.Key.of(PAIR, layouts, numbers(lengths, labelsA, labelsB, out));
            Program program = PROGRAMS.get(
                    key,
                    () -> Program.of(
                            costs,
                            sizes,
                            term(labelsA, layouts[0]),
                            term(labelsB, layouts[1]),
                            Term.contiguous(out, sizes)));
            if (dtype.isHalf() && !program.roundsOnce()) {
                try (Tensor x = Tape.plain(a).to(dtype.computed());
                        Tensor y = Tape.plain(b).to(dtype.computed());
                        Tensor wide = computed(operation, alpha, x, labelsA, y, labelsB, labels, out, shape)) {
                    to.storage().backend().copy(wide.view(), to);
                }
                return result;
            }
            run(program, alpha, views, to, new long[3], false);
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private static long[] numbers(int[]... lists) {
        int length = 0;
        for (int[] list : lists) {
            length += list.length;
        }
        long[] numbers = new long[length];
        int i = 0;
        for (int[] list : lists) {
            for (int n : list) {
                numbers[i++] = n;
            }
        }
        return numbers;
    }

    private static boolean sized(long[] sizes, int[] labels, Shape shape) {
        boolean empty = false;
        for (int axis = 0; axis < labels.length; axis++) {
            long d = shape.at(axis);
            sizes[labels[axis]] = d == 1 ? sizes[labels[axis]] : d;
            empty |= d == 0;
        }
        return empty;
    }

    private static Term term(int[] labels, Layout layout) {
        return Term.of(labels, layout.shape().dims(), layout.strides());
    }

    /**
     * Runs a program.
     *
     * @param offsets added to the views' own: one of each operand, then that of the output
     * @param accumulate whether to add to the output
     */
    static void run(Program program, double alpha, View[] operands, View out, long[] offsets, boolean accumulate) {
        Run run = new Run(program, alpha, operands, out, offsets, accumulate);
        try {
            for (int i = 0; i < program.steps().size(); i++) {
                run.step(program.steps().get(i));
                run.release(i);
            }
        } finally {
            run.release(Integer.MAX_VALUE);
        }
    }

    private static final class Run {
        private final Program program;
        private final double alpha;
        private final Backend backend;
        private final boolean accumulate;
        private final View[] slots;
        private final long[] offsets;
        private final Storage[] temporaries;

        Run(Program program, double alpha, View[] operands, View out, long[] offsets, boolean accumulate) {
            this.program = program;
            this.alpha = alpha;
            this.backend = out.storage().backend();
            this.accumulate = accumulate;
            int n = operands.length;
            temporaries = new Storage[program.temporaries().length];
            slots = new View[n + 1 + temporaries.length];
            this.offsets = new long[slots.length];
            for (int k = 0; k <= n; k++) {
                slots[k] = k < n ? operands[k] : out;
                this.offsets[k] = slots[k].layout().offset() + offsets[k];
            }
        }

        void step(Step step) {
            allocate(step.target());
            if (step instanceof Step.Gemm gemm) {
                gemm(gemm);
            } else if (step instanceof Step.SumProduct sum) {
                sumProduct(sum);
            } else if (step instanceof Step.Add add) {
                View from = view(add.from(), add.dims(), add.strides());
                View to = view(add.target(), add.dims(), add.targetStrides());
                if (accumulate) {
                    backend.binary(BinaryOp.ADD, to, from, to);
                } else {
                    backend.copy(from, to);
                }
            }
        }

        private void allocate(int slot) {
            int t = slot - program.operands() - 1;
            if (t >= 0 && slots[slot] == null) {
                long size = program.temporaries()[t];
                temporaries[t] = backend.allocate(slots[0].dtype(), size);
                slots[slot] = new View(temporaries[t], Layout.contiguous(Shape.of(size)));
            }
        }

        void release(int afterStep) {
            for (int t = 0; t < temporaries.length; t++) {
                if (temporaries[t] != null && program.lastUse()[t] <= afterStep) {
                    temporaries[t].release();
                    temporaries[t] = null;
                }
            }
        }

        private void gemm(Step.Gemm step) {
            double beta = accumulate && step.target() == program.operands() ? 1 : 0;
            loops(step, 0, offsets[step.left()], offsets[step.right()], beta);
        }

        private double loops(Step.Gemm step, int depth, long left, long right, double beta) {
            if (depth == step.loops().size()) {
                call(step, left, right, beta);
                return 1;
            }
            Step.Loop loop = step.loops().get(depth);
            double next = beta;
            for (long i = 0; i < loop.size(); i++) {
                next = loops(step, depth + 1, left + i * loop.strideA(), right + i * loop.strideB(), next);
            }
            return next;
        }

        private void call(Step.Gemm step, long left, long right, double beta) {
            backend.gemm(
                    step.plan().shifted(left, right, offsets[step.target()]),
                    step.scaled() ? alpha : 1,
                    slots[step.left()],
                    slots[step.right()],
                    beta,
                    slots[step.target()]);
        }

        private void sumProduct(Step.SumProduct step) {
            View to = view(step.target(), kept(step), step.targetStrides());
            List<View> from = new ArrayList<>(step.reads().length);
            for (int i = 0; i < step.reads().length; i++) {
                from.add(view(step.reads()[i], step.dims(), step.strides()[i]));
            }
            double factor = step.scaled() ? alpha : 1;
            if (step.isCopy() && factor == 1) {
                backend.copy(from.get(0), to);
            } else {
                backend.sumProduct(factor, from, step.reduced(), to);
            }
        }

        private static long[] kept(Step.SumProduct step) {
            return Arrays.copyOf(step.dims(), step.dims().length - step.reduced());
        }

        private View view(int slot, long[] dims, long[] strides) {
            return slots[slot].with(Layout.of(Shape.of(dims), strides, offsets[slot]));
        }
    }
}
