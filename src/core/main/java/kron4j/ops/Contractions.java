package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
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
     * An operand whose axes have labels.
     *
     * @param conjugated whether its conjugate is meant: a flag of the kernels, no copy where they take it
     */
    record Labelled(Tensor tensor, int[] labels, boolean conjugated) {
        Labelled(Tensor tensor, int... labels) {
            this(tensor, labels, false);
        }

        private Labelled with(Tensor other) {
            return new Labelled(other, labels, conjugated);
        }

        /** {@return the flag, which is off for real numbers} */
        boolean isConjugated() {
            return conjugated && tensor.dtype().isComplex();
        }
    }

    /**
     * {@return the operands' common dtype}
     *
     * @param operation the name for exceptions
     * @throws DTypeException if they cannot be contracted and scaled by alpha
     */
    static DType checkedDType(String operation, Number alpha, Tensor... operands) {
        Operands.sameDevice(operation, operands);
        DType dtype = Operands.sameDType(operation, operands);
        if (!dtype.isNumber()) {
            throw new DTypeException(
                    operation + ": " + dtype + " has no sums of products; convert the operands with to(DType.INT64)");
        }
        if (alpha instanceof Complex && !dtype.isComplex()) {
            throw new DTypeException(operation + ": the complex factor " + alpha + " with operands of " + dtype
                    + "; convert them with to(DType.COMPLEX64) or to(DType.COMPLEX128)");
        }
        if (dtype.isInteger() && alpha.doubleValue() != Math.rint(alpha.doubleValue())) {
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
    static Tensor pair(String operation, Labelled a, Labelled b, int labels, int[] out, Shape shape) {
        Tensor result = computed(operation, a, b, labels, out, shape);
        return Tape.record(
                operation,
                result,
                r -> {
                    long[] sizes = new long[labels];
                    Arrays.fill(sizes, 1);
                    sized(sizes, a);
                    sized(sizes, b);
                    r.products();
                    r.gradient(a.tensor, b.tensor, adjoint(operation, a, b, sizes, out));
                    r.gradient(b.tensor, a.tensor, adjoint(operation, b, a, sizes, out));
                },
                a.tensor,
                b.tensor);
    }

    /** As the other, of operands that are not conjugated. */
    static Tensor pair(
            String operation, Tensor a, int[] labelsA, Tensor b, int[] labelsB, int labels, int[] out, Shape shape) {
        return pair(operation, new Labelled(a, labelsA), new Labelled(b, labelsB), labels, out, shape);
    }

    /**
     * Computes the gradient of the operand {@code own}: it contracts the result's gradient with the other operand's
     * conjugate; of a conjugated operand that is conjugated as a whole.
     */
    private static BinaryOperator<Tensor> adjoint(
            String operation, Labelled own, Labelled other, long[] sizes, int[] out) {
        long[] natural = Arrays.stream(out).mapToLong(l -> sizes[l]).toArray();
        Shape shape = own.tensor.shape();
        boolean whole = own.isConjugated();
        boolean conjugated = whole == other.isConjugated();
        int[] labels = other.labels;
        // An axis of size 1 that was broadcast is summed over.
        int[] kept = IntStream.range(0, own.labels.length)
                .filter(axis -> shape.at(axis) == sizes[own.labels[axis]])
                .map(axis -> own.labels[axis])
                .toArray();
        return (g, y) -> pair(
                operation,
                new Labelled(g.reshape(natural), out, whole),
                new Labelled(y, labels, conjugated),
                sizes.length,
                kept,
                shape);
    }

    private static Tensor computed(String operation, Labelled a, Labelled b, int labels, int[] out, Shape shape) {
        DType dtype = checkedDType(operation, 1, a.tensor, b.tensor);
        View[] views = {a.tensor.view(), b.tensor.view()};
        long[] sizes = new long[labels];
        Arrays.fill(sizes, 1);
        boolean empty = sized(sizes, a);
        empty = sized(sizes, b) || empty;
        Tensor result = Operands.empty(a.tensor, dtype, shape);
        try {
            View to = result.view();
            if (empty) {
                to.storage().backend().fill(0L, to);
                return result;
            }
            Layout[] layouts = {a.tensor.layout(), b.tensor.layout()};
            Costs costs = a.tensor.device().backend().costs(dtype);
            int[] lengths = {costs.ordinal(), a.labels.length, b.labels.length, out.length};
            PlanCache.Key key = PlanCache.Key.of(PAIR, layouts, numbers(lengths, a.labels, b.labels, out));
            Program program = PROGRAMS.get(
                    key,
                    () -> Program.of(
                            costs,
                            sizes,
                            term(a.labels, layouts[0]),
                            term(b.labels, layouts[1]),
                            Term.contiguous(out, sizes)));
            if (dtype.isHalf() && !program.roundsOnce()) {
                try (Tensor x = Tape.plain(a.tensor).to(dtype.computed());
                        Tensor y = Tape.plain(b.tensor).to(dtype.computed());
                        Tensor wide = computed(operation, a.with(x), b.with(y), labels, out, shape)) {
                    to.storage().backend().copy(wide.view(), to);
                }
                return result;
            }
            boolean[] conjugated = {a.isConjugated(), b.isConjugated()};
            run(program, 1, views, conjugated, to, new long[3], false);
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

    private static boolean sized(long[] sizes, Labelled operand) {
        boolean empty = false;
        for (int axis = 0; axis < operand.labels.length; axis++) {
            int label = operand.labels[axis];
            long d = operand.tensor.shape().at(axis);
            sizes[label] = d == 1 ? sizes[label] : d;
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
     * @param conjugated whether the conjugates of the operands are meant
     * @param offsets added to the views' own: one of each operand, then that of the output
     * @param accumulate whether to add to the output
     */
    static void run(
            Program program,
            Number alpha,
            View[] operands,
            boolean[] conjugated,
            View out,
            long[] offsets,
            boolean accumulate) {
        Run run = new Run(program, alpha, operands, conjugated, out, offsets, accumulate);
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
        private static final Number ONE = 1.0;

        private final Program program;
        private final Number alpha;
        private final Backend backend;
        private final boolean accumulate;
        private final View[] slots;
        /** Slots that hold the conjugates of what they stand for. */
        private final boolean[] conjugated;

        private final long[] offsets;
        private final Storage[] temporaries;
        private final List<Storage> conjugates = new ArrayList<>(0);

        Run(
                Program program,
                Number alpha,
                View[] operands,
                boolean[] conjugated,
                View out,
                long[] offsets,
                boolean accumulate) {
            this.program = program;
            this.alpha = Numbers.factor(alpha);
            this.backend = out.storage().backend();
            this.accumulate = accumulate;
            int n = operands.length;
            temporaries = new Storage[program.temporaries().length];
            slots = new View[n + 1 + temporaries.length];
            this.conjugated = Arrays.copyOf(conjugated, slots.length);
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
                View plain = conjugated[add.from()] ? conjugate(from) : from;
                if (accumulate) {
                    backend.binary(BinaryOp.ADD, to, plain, to);
                } else {
                    backend.copy(plain, to);
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
            conjugates.forEach(Storage::release);
            conjugates.clear();
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
                    step.plan()
                            .shifted(left, right, offsets[step.target()])
                            .conjugated(conjugated[step.left()], conjugated[step.right()]),
                    step.scaled() ? alpha : ONE,
                    slots[step.left()],
                    slots[step.right()],
                    beta,
                    slots[step.target()]);
        }

        /** Conjugates the result where all operands are conjugates, else copies of those that are. */
        private void sumProduct(Step.SumProduct step) {
            View to = view(step.target(), kept(step), step.targetStrides());
            boolean whole = true;
            for (int slot : step.reads()) {
                whole &= conjugated[slot];
            }
            List<View> from = new ArrayList<>(step.reads().length);
            for (int i = 0; i < step.reads().length; i++) {
                View view = view(step.reads()[i], step.dims(), step.strides()[i]);
                from.add(!whole && conjugated[step.reads()[i]] ? conjugate(view) : view);
            }
            Number factor = step.scaled() ? alpha : ONE;
            if (step.isCopy() && factor.equals(ONE)) {
                backend.copy(from.get(0), to);
            } else {
                backend.sumProduct(whole ? Numbers.conj(factor) : factor, from, step.reduced(), to);
            }
            if (whole && step.target() == program.operands()) {
                backend.unary(UnaryOp.CONJUGATE, to, to);
            } else {
                conjugated[step.target()] = whole;
            }
        }

        /** A conjugated copy of the view's elements, each once, until the end of the step. */
        private View conjugate(View view) {
            Layout layout = view.layout();
            long[] sizes = new long[layout.rank()];
            Arrays.setAll(sizes, i -> layout.stride(i) == 0 ? 1 : layout.shape().at(i));
            Shape shape = Shape.of(sizes);
            Storage storage = backend.allocate(view.dtype(), shape.size());
            conjugates.add(storage);
            View copy = new View(storage, Layout.contiguous(shape));
            backend.unary(UnaryOp.CONJUGATE, view.with(Layout.of(shape, layout.strides(), layout.offset())), copy);
            return copy.with(copy.layout().expand(layout.shape()));
        }

        private static long[] kept(Step.SumProduct step) {
            return Arrays.copyOf(step.dims(), step.dims().length - step.reduced());
        }

        private View view(int slot, long[] dims, long[] strides) {
            return slots[slot].with(Layout.of(Shape.of(dims), strides, offsets[slot]));
        }
    }
}
