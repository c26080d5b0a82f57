package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.Compositions;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedPlan;
import kron4j.backend.FusedProgram;
import kron4j.backend.Storage;
import kron4j.backend.Tracer;
import kron4j.backend.View;

/**
 * Steps that were recorded for operands of certain dtypes and shapes: their plan and those of their gradients. Equal plans may have different gradients:
 * {@code detach} is in none of them.
 */
final class FusedSteps {
    /** Steps that are not fused: run them one by one. */
    private static final FusedSteps ONE_BY_ONE = new FusedSteps(null, Optional.empty());

    private final FusedPlan plan;
    private final Optional<FusedKernel> kernel;
    private final boolean onePass;
    /** By the operands that gradients are wanted of. */
    private final Map<BitSet, FusedSteps> gradients = new HashMap<>();

    private FusedSteps(FusedPlan plan, Optional<FusedKernel> kernel) {
        this.plan = plan;
        this.kernel = kernel;
        this.onePass = plan != null && isOnePass(plan);
    }

    Optional<FusedPlan> plan() {
        return Optional.ofNullable(plan);
    }

    /** What the recorded operands of a call look like. */
    record Operand(DType dtype, Shape shape) {
        static Operand of(Tensor t) {
            return new Operand(t.dtype(), t.shape());
        }
    }

    /**
     * Records the steps, with gradients not recorded.
     *
     * @param kernel what the device may compute them by
     */
    static FusedSteps record(
            String operation, Optional<FusedKernel> kernel, Function<Tensor[], Tensor[]> steps, Tensor... operands) {
        return NoGrad.of(() -> traced(
                operation,
                kernel,
                steps,
                Arrays.stream(operands).map(Operand::of).toList()));
    }

    private static FusedSteps traced(
            String operation,
            Optional<FusedKernel> kernel,
            Function<Tensor[], Tensor[]> steps,
            List<Operand> operands) {
        if (operands.stream().anyMatch(o -> o.shape().size() == 0)) {
            return ONE_BY_ONE;
        }
        Tracer tracer = new Tracer(operation);
        Device device = Device.of(tracer);
        try (TensorScope scope = device.openScope()) {
            Tensor[] handles = new Tensor[operands.size()];
            for (int i = 0; i < handles.length; i++) {
                handles[i] = Tensor.empty(
                        device, operands.get(i).dtype(), operands.get(i).shape());
                tracer.operand(handles[i].storage(), handles[i].shape());
            }
            List<View> results = new ArrayList<>();
            for (Tensor t : steps.apply(handles.clone())) {
                if (!t.device().equals(device)) {
                    throw foreign(operation, "the result of shape " + t.shape() + " was not computed from operands");
                }
                results.add(t.view());
            }
            return new FusedSteps(tracer.plan(results), kernel);
        } catch (Tracer.NotFusible e) {
            return ONE_BY_ONE;
        } catch (DeviceException e) {
            throw foreign(operation, e.getMessage());
        }
    }

    private static TensorException foreign(String operation, String fact) {
        return new TensorException(
                operation + ": the steps use a tensor that is no operand (" + fact + "); pass it as an operand");
    }

    /** Runs the steps: in the plan's passes, or one by one where they cannot be fused or the device has no such kernels. */
    Tensor[] run(String operation, Function<Tensor[], Tensor[]> steps, Tensor... operands) {
        if (plan == null || updatesShared(operands)) {
            return oneByOne(steps, operands);
        }
        BitSet wanted = new BitSet();
        if (Tape.records(operands)) {
            for (int i = 0; i < operands.length; i++) {
                wanted.set(i, Tape.records(operands[i]));
            }
        }
        FusedSteps adjoint = wanted.isEmpty() ? null : gradient(operation, steps, wanted, operands);
        Tensor[] results = adjoint == ONE_BY_ONE ? null : computed(operation, operands);
        if (results == null) {
            return oneByOne(steps, operands);
        }
        if (adjoint != null) {
            recordGradient(operation, steps, wanted, adjoint, operands, results);
        }
        return results;
    }

    private static Tensor[] oneByOne(Function<Tensor[], Tensor[]> steps, Tensor... operands) {
        try (TensorScope scope = operands[0].device().openScope()) {
            Tensor[] results = steps.apply(operands.clone());
            Tensor[] own = new Tensor[results.length];
            Set<Storage> shared = new HashSet<>();
            for (Tensor t : operands) {
                shared.add(t.storage());
            }
            for (int i = 0; i < own.length; i++) {
                Tensor t = results[i];
                own[i] = scope.keep(shared.add(t.storage()) ? t.viewAs(t.layout()) : t.copy());
            }
            return own;
        }
    }

    // ---- gradients ----

    private static void recordGradient(
            String operation,
            Function<Tensor[], Tensor[]> steps,
            BitSet wanted,
            FusedSteps adjoint,
            Tensor[] operands,
            Tensor[] results) {
        Tensor[] differentiable =
                Arrays.stream(results).filter(t -> t.dtype().isDifferentiable()).toArray(Tensor[]::new);
        List<Operand> weights = Arrays.stream(differentiable).map(Operand::of).toList();
        Tensor[] targets = wanted.stream().mapToObj(i -> operands[i]).toArray(Tensor[]::new);
        int n = operands.length;
        int m = differentiable.length;
        int[] read = adjoint.reads(n, n + m);
        Tensor[] needed = Arrays.copyOf(operands, n + read.length);
        for (int i = 0; i < read.length; i++) {
            needed[n + i] = differentiable[read[i] - n];
        }
        Tape.record(
                operation,
                differentiable,
                r -> r.products().gradients(targets, needed, (g, saved) -> {
                    Tensor[] all = Arrays.copyOf(saved, n + 2 * m);
                    for (int i = 0; i < m; i++) {
                        Operand like = weights.get(i);
                        Tensor weight = g[i] != null
                                ? g[i]
                                : Tensor.zeros(like.dtype()).expand(like.shape().dims());
                        all[n + i] = Tape.plain(weight); // stands for a result that is not read
                        all[n + m + i] = weight;
                    }
                    for (int i = 0; i < read.length; i++) {
                        all[read[i]] = Tape.plain(saved[n + i]);
                    }
                    return adjoint.run(operation, adjointOf(steps, wanted, n), all);
                }),
                operands);
    }

    /** The operands from {@code from} to {@code to} that a pass loads. */
    private int[] reads(int from, int to) {
        return plan.passes().stream()
                .flatMap(p -> p.loads().stream())
                .mapToInt(FusedPlan.Load::source)
                .filter(k -> k >= from && k < to)
                .distinct()
                .sorted()
                .toArray();
    }

    private FusedSteps gradient(
            String operation, Function<Tensor[], Tensor[]> steps, BitSet wanted, Tensor... operands) {
        synchronized (gradients) {
            FusedSteps known = gradients.get(wanted);
            if (known != null) {
                return known;
            }
        }
        List<Operand> all = new ArrayList<>();
        for (Tensor t : operands) {
            all.add(Operand.of(t));
        }
        List<Operand> results = new ArrayList<>();
        for (FusedPlan.Buffer b : plan.buffers().subList(0, plan.results())) {
            if (b.dtype().isDifferentiable()) {
                results.add(new Operand(b.dtype(), b.shape()));
            }
        }
        all.addAll(results);
        all.addAll(results);
        FusedSteps made;
        try {
            Optional<FusedKernel> backward =
                    kernel.filter(k -> k.wanted() == 0).map(k -> k.backward((int) wanted.toLongArray()[0]));
            made = traced(operation, backward, adjointOf(steps, wanted, operands.length), all);
        } catch (TensorException e) {
            made = ONE_BY_ONE; // a gradient with steps of another kind
        }
        synchronized (gradients) {
            gradients.put(wanted, made);
        }
        return made;
    }

    /** The steps from operands, results and the gradients of results to the gradients of the wanted operands. */
    private static Function<Tensor[], Tensor[]> adjointOf(
            Function<Tensor[], Tensor[]> steps, BitSet wanted, int operands) {
        return all -> {
            Tensor[] x = Arrays.copyOf(all, operands);
            boolean again = Tape.records(all);
            wanted.stream()
                    .forEach(i ->
                            x[i] = Tape.records(x[i]) ? x[i] : x[i].detach().requiresGrad());
            List<Tensor> from = new ArrayList<>();
            List<Tensor> weights = new ArrayList<>();
            int next = operands;
            int results = (all.length - operands) / 2;
            for (Tensor y : steps.apply(x.clone())) {
                if (y.dtype().isDifferentiable()) {
                    useKnown(all[next], y, x);
                    Tensor weight = all[results + next++];
                    if (Tape.records(y)) {
                        from.add(y);
                        weights.add(weight);
                    }
                }
            }
            List<Tensor> targets = wanted.stream().mapToObj(i -> x[i]).toList();
            if (from.isEmpty()) {
                return targets.stream().map(Creation::zerosLike).toArray(Tensor[]::new);
            }
            return Gradients.vjp(again ? Graph.DIFFERENTIABLE : Graph.FREE, from, weights, targets)
                    .toArray(Tensor[]::new);
        };
    }

    /** Lets what is recorded next read a result instead of computing it again. A result of halves is rounded, what is computed is not. */
    private static void useKnown(Tensor known, Tensor y, Tensor... operands) {
        boolean recording = y.device().backend() instanceof Tracer;
        boolean whole = y.layout().isContiguous() && y.size() == y.storage().size();
        if (recording
                && whole
                && !y.dtype().isHalf()
                && Arrays.stream(operands).noneMatch(x -> x.storage() == y.storage())) {
            y.device().backend().copy(known.view(), y.view());
        }
    }

    // ---- running ----

    /** Runs the passes; null if the device has no kernels for them. */
    private Tensor[] computed(String operation, Tensor... operands) {
        Device device = Operands.sameDevice(operation, operands);
        try (TensorScope scope = device.openScope()) {
            View[] sources = new View[operands.length + plan.buffers().size()];
            for (int i = 0; i < operands.length; i++) {
                sources[i] = operands[i].view();
            }
            plan.updates().forEach((i, b) -> requireUpdatable(operation, operands[i], operands));
            boolean inPlace = isInPlace(operands);
            Tensor[] made = new Tensor[plan.buffers().size()];
            for (int b = 0; b < made.length; b++) {
                FusedPlan.Buffer buffer = plan.buffers().get(b);
                if (!inPlace
                        || b < plan.results()
                        || b >= plan.results() + plan.updates().size()) {
                    made[b] = Tensor.empty(device, buffer.dtype(), buffer.shape());
                    sources[operands.length + b] = made[b].view();
                }
            }
            if (inPlace) {
                plan.updates().forEach((i, b) -> sources[operands.length + b] = sources[i]);
            }
            Tensor[] results = Arrays.copyOf(made, plan.results());
            if (kernel.isPresent() && device.backend().fusedKernel(kernel.get(), views(operands), views(results))) {
                return keep(scope, results);
            }
            for (FusedPlan.Pass pass : plan.passes()) {
                List<View> loads = loads(pass, sources, operands);
                List<View> targets = targets(pass, sources, operands.length);
                if (!device.backend().fused(pass.program(), pass.reduction(), pass.reducedRank(), loads, targets)) {
                    return null;
                }
            }
            if (!inPlace) {
                plan.updates().forEach((i, b) -> device.backend().copy(made[b].view(), operands[i].view()));
            }
            return keep(scope, results);
        }
    }

    private static Tensor[] keep(TensorScope scope, Tensor... results) {
        for (Tensor t : results) {
            scope.keep(t);
        }
        return results;
    }

    private static List<View> views(Tensor... tensors) {
        return Arrays.stream(tensors).map(Tensor::view).toList();
    }

    /** One pass with certain operands: what it reads and writes, and the results among it. */
    record Call(FusedProgram program, List<View> loads, List<View> targets, Tensor[] results) {}

    /** Whether recorded steps change an operand. */
    boolean updates(int operand) {
        return plan.updates().containsKey(operand);
    }

    /** Whether one pass computes everything and reads updated operands only where it writes them. */
    boolean isOnePass() {
        return onePass;
    }

    private static boolean isOnePass(FusedPlan plan) {
        if (plan.passes().size() != 1 || plan.passes().get(0).reduction().isPresent()) {
            return false;
        }
        FusedPlan.Pass pass = plan.passes().get(0);
        return pass.loads().stream()
                .filter(load -> plan.updates().containsKey(load.source()))
                .allMatch(load -> load.layout().equals(Layout.contiguous(pass.shape())));
    }

    /** The one pass, if updated operands share memory with no others. */
    Call call(String operation, Tensor... operands) {
        View[] sources = new View[operands.length + plan.buffers().size()];
        for (int i = 0; i < operands.length; i++) {
            sources[i] = operands[i].view();
        }
        plan.updates().forEach((i, b) -> {
            requireUpdatable(operation, operands[i], operands);
            sources[operands.length + b] = sources[i];
        });
        Tensor[] results = new Tensor[plan.results()];
        for (int b = 0; b < results.length; b++) {
            FusedPlan.Buffer buffer = plan.buffers().get(b);
            results[b] = Tensor.empty(operands[0].device(), buffer.dtype(), buffer.shape());
            sources[operands.length + b] = results[b].view();
        }
        FusedPlan.Pass pass = plan.passes().get(0);
        return new Call(
                pass.program(), loads(pass, sources, operands), targets(pass, sources, operands.length), results);
    }

    private static List<View> loads(FusedPlan.Pass pass, View[] sources, Tensor... operands) {
        List<View> loads = new ArrayList<>();
        for (FusedPlan.Load load : pass.loads()) {
            loads.add(loaded(sources, operands, load));
        }
        return loads;
    }

    private static List<View> targets(FusedPlan.Pass pass, View[] sources, int operands) {
        List<View> targets = new ArrayList<>();
        for (int b : pass.targets()) {
            targets.add(sources[operands + b]);
        }
        return targets;
    }

    private static View loaded(View[] sources, Tensor[] operands, FusedPlan.Load load) {
        View source = sources[load.source()];
        Optional<Layout> layout = Compositions.of(load.layout(), source.layout());
        return layout.map(source::with)
                .orElseGet(() -> operands[load.source()].copy().view().with(load.layout()));
    }

    private static void requireUpdatable(String operation, Tensor target, Tensor... operands) {
        InPlace.requireUpdatable(operation, target);
        Tape.requireUpdatable(operation, target, operands);
    }

    /** Whether a step may read, or write again, what another one wrote to a different operand. */
    private boolean updatesShared(Tensor... operands) {
        for (int i : plan.updates().keySet()) {
            View target = operands[i].view();
            for (int k = 0; k < operands.length; k++) {
                if (k != i && target.overlaps(operands[k].view())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether updated operands can be written while they are read: in one pass, in which no other element is read at their places. */
    private boolean isInPlace(Tensor... operands) {
        if (plan.updates().isEmpty() || plan.passes().size() > 1) {
            return false;
        }
        FusedPlan.Pass pass = plan.passes().get(0);
        View[] sources = Arrays.stream(operands).map(Tensor::view).toArray(View[]::new);
        for (int i : plan.updates().keySet()) {
            View target = sources[i];
            for (FusedPlan.Load load : pass.loads()) {
                View source = sources[load.source()];
                Optional<Layout> layout = Compositions.of(load.layout(), source.layout());
                if (layout.isEmpty()) {
                    return false;
                }
                View read = source.with(layout.get());
                if (!read.equals(target) && read.overlaps(target)) {
                    return false;
                }
            }
        }
        return true;
    }
}
