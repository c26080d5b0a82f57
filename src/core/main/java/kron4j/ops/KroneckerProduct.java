package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;
import kron4j.ops.KroneckerFactors.Factor;
import kron4j.plan.GemmPlan;
import kron4j.plan.KronPlan;

/**
 * The multiplication by a {@link KroneckerOperator}.
 *
 * @param plan the groups and steps
 * @param operands the matrices that the GEMMs read, by group of the plan
 */
record KroneckerProduct(KronPlan plan, List<Factor> operands) {
    /**
     * Plans, and multiplies out the groups; the products belong to the current scope.
     *
     * @param factors one or more
     * @return the multiplication
     */
    static KroneckerProduct of(List<Factor> factors) {
        KronPlan plan = KronPlan.of(factors.stream()
                .map(f -> new KronPlan.Factor(f.rows(), f.cols(), f.matrix().isEmpty()))
                .toList());
        List<Factor> operands = new ArrayList<>();
        try {
            for (KronPlan.Group g : plan.groups()) {
                operands.add(operand(g, factors.subList(g.from(), g.to())));
            }
            return new KroneckerProduct(plan, operands);
        } catch (RuntimeException | Error e) {
            operands.forEach(Factor::close);
            throw e;
        }
    }

    /** Makes the group a matrix that GEMM can read: a product of halves in float32, which must not be rounded before the multiplication. */
    private static Factor operand(KronPlan.Group group, List<Factor> factors) {
        if (group.identity()) {
            return Factor.identity(group.rows());
        }
        Tensor[] matrices = factors.stream().flatMap(f -> f.matrix().stream()).toArray(Tensor[]::new);
        if (matrices.length == 1) {
            boolean readable = matrices[0].rank() > 2
                    || KronPlan.matrix(matrices[0].layout()).isPresent();
            return Factor.of(readable ? matrices[0].viewAs(matrices[0].layout()) : Kron.kron(matrices));
        }
        try (TensorScope scope = matrices[0].device().openScope()) {
            List<Tensor> wide =
                    Arrays.stream(matrices).map(m -> m.to(m.dtype().computed())).toList();
            return Factor.of(scope.keep(KroneckerFactors.product(2, wide)));
        }
    }

    KroneckerProduct transposed() {
        List<Factor> swapped =
                operands.stream().map(f -> f.with(m -> m.transpose(-2, -1))).toList();
        return new KroneckerProduct(plan.transposed(), swapped);
    }

    /** Multiplies {@code [lead, N, post]} to {@code [lead, M, post]}, shaped as {@code shape}. */
    Tensor multiply(Tensor x, long lead, long post, Shape shape) {
        Device device = x.device();
        Tensor[] matrices = operands.stream().flatMap(f -> f.matrix().stream()).toArray(Tensor[]::new);
        if (x.size() == 0 || shape.size() == 0) {
            return zeros(x, matrices, shape);
        }
        List<KronPlan.Step> steps = plan.steps(lead, post);
        if (steps.isEmpty()) {
            return x.reshape(shape);
        }
        boolean wide = Arrays.stream(matrices).anyMatch(m -> m.dtype() != x.dtype());
        if (wide || (x.dtype().isHalf() && steps.size() > 1)) {
            return inFloat32(x, lead, post, shape);
        }
        if (Tape.records(x) || Tape.records(matrices)) {
            return recordedAtOnce(x, matrices, lead, post, shape).orElseGet(() -> recorded(steps, x, shape));
        }
        try (TensorScope scope = device.openScope()) {
            Tensor result = Tensor.empty(device, x.dtype(), shape);
            if (fused(x.view(), lead, post, result.view())) {
                return scope.keep(result);
            }
            View from = x.view();
            KronPlan.Step first = steps.get(0);
            if (first.gemm(operand(first).layout(), from.layout()).isEmpty()) {
                from = x.copy().view();
            }
            long[] sizes = KronPlan.workspace(steps);
            View[] buffers = new View[2];
            for (int i = 0; i < 2; i++) {
                buffers[i] = sizes[i] == 0
                        ? result.view()
                        : Tensor.empty(device, x.dtype(), Shape.of(sizes[i])).view();
            }
            for (int i = 0; i < steps.size(); i++) {
                KronPlan.Step step = steps.get(i);
                int left = steps.size() - 1 - i;
                View target = left == 0 ? result.view() : buffers[(left + 1) % 2];
                View to = target.with(Layout.contiguous(Shape.of(step.lead(), step.m(), step.post())));
                run(step, from, to);
                from = to;
            }
            return scope.keep(result);
        }
    }

    /**
     * Multiplies {@code [batch.., lead, N, post]} to {@code [all.., lead, M, post]}, shaped as {@code [all.., core..]}, where
     * leading axes broadcast against those of the matrices: a contraction for each group.
     */
    Tensor multiplyBatched(Tensor x, Shape batch, long lead, long post, Shape core) {
        if (x.dtype().isHalf()) {
            try (TensorScope scope = x.device().openScope()) {
                List<Factor> wide = operands.stream()
                        .map(f -> f.with(m -> m.to(m.dtype().computed())))
                        .toList();
                Tensor data = x.to(x.dtype().computed());
                return scope.keep(new KroneckerProduct(plan, wide)
                        .multiplyBatched(data, batch, lead, post, core)
                        .to(x.dtype()));
            }
        }
        try (TensorScope scope = x.device().openScope()) {
            Shape all = batch;
            Tensor data = x;
            for (KronPlan.Step step : plan.steps(lead, post)) {
                Tensor factor = operands.get(step.group()).matrix().orElseThrow();
                Tensor columns = data.reshape(all.concat(Shape.of(step.lead(), step.n(), step.post())));
                all = Shape.broadcast("KroneckerOperator", all, Matrices.batch(factor));
                int axes = all.rank();
                data = Contractions.pair(
                        "KroneckerOperator",
                        factor,
                        labels(axes, factor.rank() - 2, axes, axes + 1),
                        columns,
                        labels(axes, columns.rank() - 3, axes + 2, axes + 1, axes + 3),
                        axes + 4,
                        labels(axes, axes, axes + 2, axes, axes + 3),
                        all.concat(Shape.of(step.lead(), step.m(), step.post())));
            }
            return scope.keep(data.reshape(all.concat(core)));
        }
    }

    /** Labels of an operand: the last {@code own} of the leading axes, and others. */
    private static int[] labels(int axes, int own, int... others) {
        return IntStream.concat(IntStream.range(axes - own, axes), Arrays.stream(others))
                .toArray();
    }

    /** Multiplies halves, which must not be rounded between the steps. */
    private Tensor inFloat32(Tensor x, long lead, long post, Shape shape) {
        try (TensorScope scope = x.device().openScope()) {
            List<Factor> wide = operands.stream()
                    .map(f -> f.with(m -> m.to(m.dtype().computed())))
                    .toList();
            Tensor data = x.to(x.dtype().computed());
            return scope.keep(new KroneckerProduct(plan, wide)
                    .multiply(data, lead, post, shape)
                    .to(x.dtype()));
        }
    }

    /** Makes the product where there is nothing to multiply. */
    private static Tensor zeros(Tensor x, Tensor[] matrices, Shape shape) {
        x.view();
        Tensor[] all = Stream.concat(Stream.of(x), Arrays.stream(matrices)).toArray(Tensor[]::new);
        return Tape.record(
                "KroneckerOperator",
                zeros(x.device(), x.dtype(), shape),
                r -> {
                    for (Tensor each : all) {
                        Shape own = each.shape();
                        r.gradient(each, g -> zeros(g.device(), g.dtype(), own));
                    }
                },
                all);
    }

    private static Tensor zeros(Device device, DType dtype, Shape shape) {
        return Tensor.make(device, dtype, shape, out -> device.backend().fill(0L, out));
    }

    /** Applies all factors at once, if the device has a kernel for them. */
    private boolean fused(View x, long lead, long post, View out) {
        Optional<AtOnce> all = AtOnce.of(this, lead, post);
        Optional<View> data = all.flatMap(a -> a.operand(x));
        return data.isPresent()
                && out.storage()
                        .backend()
                        .kronApply(all.get().factors(), data.get(), all.get().result(out));
    }

    /** Explains the passes over data of this dtype. */
    String explain(long lead, long post, DType dtype) {
        boolean batched = operands.stream().flatMap(f -> f.matrix().stream()).anyMatch(m -> m.rank() > 2);
        boolean empty = lead == 0 || post == 0 || plan.rows() == 0 || plan.cols() == 0;
        List<Integer> together = batched || empty || plan.order().isEmpty()
                ? List.of()
                : AtOnce.of(this, lead, post)
                        .map(a -> a.passes(dtype.computed()))
                        .orElse(List.of());
        return plan.explain(lead, post, dtype.bytes(), together);
    }

    /**
     * All factors but identities at the ends.
     *
     * @param before the product of the sizes of all axes before them
     * @param after the product of the sizes of all axes behind them
     */
    private record AtOnce(List<View> factors, long before, long after) {
        /** Finds them if there are two or more, without identities between. */
        static Optional<AtOnce> of(KroneckerProduct product, long lead, long post) {
            List<KronPlan.Group> groups = product.plan.groups();
            int from = 0;
            int to = groups.size();
            long before = lead;
            long after = post;
            while (groups.get(from).identity()) {
                before *= groups.get(from++).rows();
            }
            while (groups.get(to - 1).identity()) {
                after *= groups.get(--to).rows();
            }
            List<View> factors = new ArrayList<>();
            for (Factor f : product.operands.subList(from, to)) {
                f.matrix().ifPresent(m -> factors.add(m.view()));
            }
            return to - from < 2 || factors.size() < to - from
                    ? Optional.empty()
                    : Optional.of(new AtOnce(factors, before, after));
        }

        Optional<View> operand(View x) {
            return x.layout()
                    .reshape(Shape.of(before, x.shape().size() / before / after, after))
                    .map(x::with);
        }

        List<Integer> passes(DType dtype) {
            long size = factors.stream().mapToLong(f -> f.shape().at(1)).reduce(1, Math::multiplyExact);
            Backend backend = factors.get(0).storage().backend();
            return backend.kronPasses(factors, Shape.of(before, size, after), dtype);
        }

        /** A new tensor's view as a kernel writes it. */
        View result(View out) {
            long size = out.shape().size() / before / after;
            return out.with(Layout.contiguous(Shape.of(before, size, after)));
        }
    }

    /**
     * Applies all factors at once, with gradients that take one pass, if the device has kernels for both. Nothing between the factors is kept: to be
     * differentiated again, it is computed again step by step.
     */
    private Optional<Tensor> recordedAtOnce(Tensor x, Tensor[] matrices, long lead, long post, Shape shape) {
        Optional<AtOnce> all = AtOnce.of(this, lead, post);
        Optional<View> data = all.flatMap(a -> a.operand(x.view()));
        Backend backend = x.device().backend();
        if (data.isEmpty() || !backend.kronAppliesBack(all.get().factors(), data.get())) {
            return Optional.empty();
        }
        Tensor result = Tensor.make(
                x.device(),
                x.dtype(),
                shape,
                out -> backend.kronApply(
                        all.get().factors(), data.get(), all.get().result(out)));
        KronPlan planned = plan;
        boolean ofX = Tape.records(x);
        Shape own = x.shape();
        Tensor[] operands = Stream.concat(Stream.of(x), Arrays.stream(matrices)).toArray(Tensor[]::new);
        return Optional.of(Tape.record(
                "KroneckerOperator",
                result,
                r -> {
                    if (Tape.records(matrices)) {
                        r.gradients(
                                operands,
                                operands,
                                (g, s) -> of(planned, Arrays.copyOfRange(s, 1, s.length))
                                        .gradients(s[0], g[0], lead, post, ofX));
                    } else {
                        r.gradient(
                                x,
                                matrices,
                                (g, s) -> of(planned, s).transposed().multiply(g, lead, post, own));
                    }
                },
                operands));
    }

    /** The multiplication by other matrices. */
    private static KroneckerProduct of(KronPlan plan, Tensor... matrices) {
        Iterator<Tensor> rest = Arrays.asList(matrices).iterator();
        return new KroneckerProduct(
                plan,
                plan.groups().stream()
                        .map(g -> g.identity() ? Factor.identity(g.rows()) : Factor.of(rest.next()))
                        .toList());
    }

    /** Computes the gradients of x, if that is wanted, and of the matrices. */
    private Tensor[] gradients(Tensor x, Tensor g, long lead, long post, boolean ofX) {
        if (Tape.isRecording()) {
            return gradientsByStep(x, g, lead, post);
        }
        AtOnce all = AtOnce.of(this, lead, post).orElseThrow();
        Tensor[] results = Stream.concat(Stream.of(x), operands.stream().flatMap(f -> f.matrix().stream()))
                .map(t -> Operands.empty(t, t.dtype(), t.shape()))
                .toArray(Tensor[]::new);
        List<View> views = Arrays.stream(results).map(Tensor::view).toList();
        x.device()
                .backend()
                .kronApplyBack(
                        all.factors(),
                        all.operand(x.view()).orElseThrow(),
                        all.result(g.contiguous().view()),
                        ofX ? Optional.of(all.result(views.get(0))) : Optional.empty(),
                        views.subList(1, views.size()));
        return results;
    }

    private Tensor[] gradientsByStep(Tensor x, Tensor g, long lead, long post) {
        List<KronPlan.Step> steps = plan.steps(lead, post);
        List<Tensor> data = new ArrayList<>(List.of(x));
        for (KronPlan.Step step : steps.subList(0, steps.size() - 1)) {
            data.add(product(step, data.get(data.size() - 1)));
        }
        Tensor[] ofGroups = new Tensor[operands.size()];
        Tensor slope = g;
        for (int i = steps.size() - 1; i >= 0; i--) {
            KronPlan.Step step = steps.get(i);
            Tensor factor = operands.get(step.group()).matrix().orElseThrow();
            Tensor rows = slope.reshape(step.lead(), step.m(), step.post());
            Tensor columns = data.get(i).reshape(step.lead(), step.n(), step.post());
            ofGroups[step.group()] =
                    pair(rows, new int[] {2, 0, 3}, columns, new int[] {2, 1, 3}, factor.shape(), 0, 1);
            slope = pair(factor, new int[] {0, 1}, rows, new int[] {2, 0, 3}, columns.shape(), 2, 1, 3);
        }
        return Stream.concat(
                        Stream.of(slope.reshape(x.shape())),
                        Arrays.stream(ofGroups).filter(Objects::nonNull))
                .toArray(Tensor[]::new);
    }

    /** Applies the factors step by step, each with its gradients, which keep the data between steps. */
    private Tensor recorded(List<KronPlan.Step> steps, Tensor x, Shape shape) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor data = x;
            for (KronPlan.Step step : steps) {
                data = product(step, data);
            }
            return scope.keep(data.reshape(shape));
        }
    }

    private Tensor product(KronPlan.Step step, Tensor data) {
        return pair(
                operands.get(step.group()).matrix().orElseThrow(),
                new int[] {0, 1},
                data.reshape(step.lead(), step.n(), step.post()),
                new int[] {2, 1, 3},
                Shape.of(step.lead(), step.m(), step.post()),
                2,
                0,
                3);
    }

    private static Tensor pair(Tensor a, int[] labelsA, Tensor b, int[] labelsB, Shape shape, int... labels) {
        return Contractions.pair("KroneckerOperator", a, labelsA, b, labelsB, 4, labels, shape);
    }

    private void run(KronPlan.Step step, View from, View to) {
        View factor = operand(step);
        GemmPlan gemm = step.gemm(factor.layout(), from.layout()).orElseThrow();
        View left = step.dataIsLeft() ? from : factor;
        View right = step.dataIsLeft() ? factor : from;
        to.storage().backend().gemm(gemm, 1, left, right, 0, to);
    }

    private View operand(KronPlan.Step step) {
        return operands.get(step.group()).matrix().orElseThrow().view();
    }
}
