package kron4j.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.FusedProgram.Special;
import kron4j.backend.FusedProgram.Step;
import kron4j.backend.Traced.Source;
import kron4j.backend.Traced.Use;

/**
 * Passes over tensors that compute recorded results. A pass runs one program on each element of a shape. What is reduced ends a pass; what is computed
 * from it begins another one and reads it. Values that several passes need, other than reduced ones, are computed in each.
 *
 * @param buffers the tensors that are made, in row-major order: first the results, then what is only needed in between
 * @param results number of buffers that are results
 * @param updates for each updated operand its index, and the buffer that it becomes
 */
public record FusedPlan(List<Pass> passes, List<Buffer> buffers, int results, Map<Integer, Integer> updates) {
    /** Most results of a pass. */
    private static final int MOST_RESULTS = 8;

    /** A tensor that the plan makes. */
    public record Buffer(DType dtype, Shape shape) {}

    /**
     * Reads of an operand, or of a buffer that an earlier pass wrote.
     *
     * @param source index of the operand, or the number of operands plus that of the buffer
     * @param layout which elements, counted in the source's row-major order, in the pass's shape
     */
    public record Load(int source, Layout layout) {}

    /**
     * One pass.
     *
     * @param shape that of the elements for which the program runs
     * @param reduction how the elements along the last axes are combined, if they are
     * @param targets the buffers of the program's results
     */
    public record Pass(
            FusedProgram program,
            Shape shape,
            int reducedRank,
            Optional<ReduceOp> reduction,
            List<Load> loads,
            List<Integer> targets) {}

    /**
     * Plans what was recorded.
     *
     * @param wanted the results
     * @param operands what was recorded for each operand at first
     * @param contents what each operand holds at the end
     */
    static FusedPlan of(List<Use> wanted, List<Traced> operands, List<Traced> contents) {
        Planner planner = new Planner(operands, contents);
        while (true) {
            try {
                return planner.plan(wanted);
            } catch (Planner.NeedsMemory e) {
                planner.kept.add(e.value);
            }
        }
    }

    private static final class Planner {
        private final List<Traced> operands;
        private final List<Traced> contents;
        /** Values that are made for themselves because no strides have the places at which others read them. */
        private final Set<Traced> kept = new LinkedHashSet<>();

        private final Map<Traced, Integer> bufferOf = new HashMap<>();
        private final List<Buffer> buffers = new ArrayList<>();
        private final List<Pass> passes = new ArrayList<>();

        Planner(List<Traced> operands, List<Traced> contents) {
            this.operands = operands;
            this.contents = contents;
        }

        private static final class NeedsMemory extends RuntimeException {
            private static final long serialVersionUID = 1L;
            private final transient Traced value;

            NeedsMemory(Traced value) {
                super(null, null, false, false);
                this.value = value;
            }
        }

        FusedPlan plan(List<Use> wanted) {
            bufferOf.clear();
            buffers.clear();
            passes.clear();
            List<Traced> targets = new ArrayList<>();
            for (Use use : wanted) {
                targets.add(target(use));
            }
            Map<Integer, Integer> updates = new TreeMap<>();
            for (int i = 0; i < operands.size(); i++) {
                if (!contents.get(i).equals(operands.get(i))) {
                    updates.put(i, targets.size());
                    targets.add(target(new Use(
                            contents.get(i), Layout.contiguous(operands.get(i).shape()))));
                }
            }
            int results = targets.size() - updates.size();
            for (Traced target : targets) {
                add(target, target.dtype());
            }
            Set<Traced> before = new LinkedHashSet<>();
            Set<Traced> seen = new HashSet<>();
            for (Traced target : targets) {
                collect(target, seen, before);
            }
            before.removeAll(targets);
            List<Traced> ordered = new ArrayList<>(before);
            targets.stream().filter(t -> t.isReduction()).forEach(ordered::add);
            ordered.sort((x, y) -> Long.compare(x.order(), y.order()));
            for (Traced value : ordered) {
                bufferOf.computeIfAbsent(value, v -> add(v, v.dtype().computed()));
                emit(List.of(value));
            }
            Map<Shape, List<Traced>> groups = new LinkedHashMap<>();
            for (Traced target : targets) {
                if (!target.isReduction()) {
                    groups.computeIfAbsent(target.shape(), s -> new ArrayList<>())
                            .add(target);
                }
            }
            for (List<Traced> group : groups.values()) {
                for (int from = 0; from < group.size(); from += MOST_RESULTS) {
                    emit(List.copyOf(group.subList(from, Math.min(group.size(), from + MOST_RESULTS))));
                }
            }
            return new FusedPlan(List.copyOf(passes), List.copyOf(buffers), results, updates);
        }

        /** A value of its own for a result, so that each has a buffer. */
        private Traced target(Use use) {
            Traced value = use.value();
            boolean whole = use.layout().equals(Layout.contiguous(value.shape()));
            if (whole
                    && value.op() == Source.SAME
                    && value.dtype() == value.uses().get(0).value().dtype()) {
                return target(value.uses().get(0));
            }
            boolean reduced = whole && value.isReduction() && !bufferOf.containsKey(value);
            Traced target = reduced
                    ? value
                    : Traced.of(Source.SAME, value.dtype(), use.layout().shape(), use);
            bufferOf.put(target, bufferOf.size());
            return target;
        }

        private int add(Traced value, DType dtype) {
            buffers.add(new Buffer(dtype, value.shape()));
            return buffers.size() - 1;
        }

        /** The reduced and kept values that a value is computed from, and these in turn. */
        private void collect(Traced from, Set<Traced> seen, Set<Traced> found) {
            List<Traced> open = new ArrayList<>(List.of(from));
            while (!open.isEmpty()) {
                Traced value = open.remove(open.size() - 1);
                if (!seen.add(value)) {
                    continue;
                }
                if (value.isReduction() || kept.contains(value)) {
                    found.add(value);
                }
                value.uses().forEach(u -> open.add(u.value()));
            }
        }

        private void emit(List<Traced> targets) {
            passes.add(new Lowering(targets).pass());
        }

        /** One pass in the making. */
        private final class Lowering {
            private final List<Traced> targets;
            /** What is read of each value, later values first. */
            private final TreeMap<Long, Map<Layout, Traced>> reads = new TreeMap<>(java.util.Comparator.reverseOrder());

            private final Map<Load, Integer> loads = new LinkedHashMap<>();
            private final List<Boolean> truths = new ArrayList<>();
            private final Map<Long, Integer> constants = new LinkedHashMap<>();
            private final Map<Step, Integer> steps = new LinkedHashMap<>();

            Lowering(List<Traced> targets) {
                this.targets = targets;
            }

            Pass pass() {
                Traced first = targets.get(0);
                Use all = first.isReduction() ? first.uses().get(0) : new Use(first, Layout.contiguous(first.shape()));
                Shape shape = all.layout().shape();
                if (first.isReduction()) {
                    demand(all);
                } else {
                    targets.forEach(t -> demandParts(t, Layout.contiguous(shape)));
                }
                List<Map.Entry<Layout, Traced>> order = new ArrayList<>();
                while (!reads.isEmpty()) {
                    for (Map.Entry<Layout, Traced> read :
                            reads.pollFirstEntry().getValue().entrySet()) {
                        order.add(read);
                        if (source(read.getValue()) < 0) {
                            demandParts(read.getValue(), read.getKey());
                        }
                    }
                }
                Map<Use, Integer> numbers = new HashMap<>();
                DType[] precision = new DType[1];
                for (int i = order.size() - 1; i >= 0; i--) {
                    Use use = new Use(order.get(i).getValue(), order.get(i).getKey());
                    check(use.value().dtype(), precision);
                    numbers.put(use, number(use, numbers));
                }
                List<Integer> results = new ArrayList<>();
                for (Traced t : targets) {
                    check(t.dtype(), precision);
                    results.add(first.isReduction() ? numbers.get(all) : made(t, Layout.contiguous(shape), numbers));
                }
                return finished(precision[0] == null ? DType.FLOAT32 : precision[0], shape, first, results);
            }

            private Pass finished(DType precision, Shape shape, Traced first, List<Integer> results) {
                if (first.isReduction() && loads.isEmpty()) {
                    throw new Tracer.NotFusible("a reduction of a constant is computed by itself");
                }
                int loaded = loads.size();
                int constant = constants.size();
                List<Step> numbered = new ArrayList<>();
                for (Step step : steps.keySet()) {
                    List<Integer> operands = step.operands().stream()
                            .map(v -> renumbered(v, loaded, constant))
                            .toList();
                    numbered.add(new Step(step.op(), operands, step.truth()));
                }
                FusedProgram program = new FusedProgram(
                        precision,
                        truths,
                        constants.keySet().stream()
                                .map(Double::longBitsToDouble)
                                .toList(),
                        numbered,
                        results.stream()
                                .map(v -> renumbered(v, loaded, constant))
                                .toList());
                return new Pass(
                        program,
                        shape,
                        first.isReduction() ? shape.rank() - first.shape().rank() : 0,
                        first.isReduction() ? Optional.of((ReduceOp) first.op()) : Optional.empty(),
                        List.copyOf(loads.keySet()),
                        targets.stream().map(bufferOf::get).toList());
            }

            /** While a pass is made, numbers are 3 n for loads, 3 n + 1 for constants, 3 n + 2 for steps. */
            private static int renumbered(int number, int loads, int constants) {
                int index = number / 3;
                return switch (number % 3) {
                    case 0 -> index;
                    case 1 -> loads + index;
                    default -> loads + constants + index;
                };
            }

            private void check(DType dtype, DType[] precision) {
                if (!dtype.isNumber()) {
                    return;
                }
                if (precision[0] != null && precision[0] != dtype.computed()) {
                    throw new Tracer.NotFusible("two precisions are computed step by step");
                }
                precision[0] = dtype.computed();
            }

            /** Notes that elements are read. */
            private void demand(Use use) {
                reads.computeIfAbsent(use.value().order(), o -> new LinkedHashMap<>())
                        .put(use.layout(), use.value());
            }

            private void demandParts(Traced value, Layout at) {
                for (Use use : value.uses()) {
                    demand(composed(value, use, at));
                }
            }

            private Use composed(Traced value, Use use, Layout at) {
                if (use.value().op() == Source.CONSTANT) {
                    return new Use(use.value(), Layout.contiguous(Shape.SCALAR));
                }
                Optional<Layout> layout =
                        at.equals(Layout.contiguous(use.layout().shape()))
                                ? Optional.of(use.layout())
                                : Compositions.of(at, use.layout());
                if (layout.isEmpty()) {
                    throw new NeedsMemory(value);
                }
                return new Use(use.value(), layout.get());
            }

            /** Where a value is loaded from, or -1. */
            private int source(Traced value) {
                if (value.op() == Source.OPERAND) {
                    return value.number().intValue();
                }
                Integer buffer = bufferOf.get(value);
                return buffer != null && (value.isReduction() || kept.contains(value)) ? operands.size() + buffer : -1;
            }

            private int number(Use use, Map<Use, Integer> numbers) {
                Traced value = use.value();
                int source = source(value);
                if (source >= 0) {
                    return 3
                            * loads.computeIfAbsent(new Load(source, use.layout()), l -> {
                                truths.add(!value.dtype().isNumber());
                                return loads.size();
                            });
                }
                return made(value, use.layout(), numbers);
            }

            private int made(Traced value, Layout at, Map<Use, Integer> numbers) {
                if (value.op() == Source.CONSTANT) {
                    boolean truth = !value.dtype().isNumber();
                    int number = 3
                                    * constants.computeIfAbsent(
                                            Double.doubleToLongBits(
                                                    value.number().doubleValue()),
                                            b -> constants.size())
                            + 1;
                    return truth ? step(Special.TO_TRUTH, List.of(number), true) : number;
                }
                List<Integer> parts = value.uses().stream()
                        .map(u -> numbers.get(composed(value, u, at)))
                        .toList();
                return value.op() == Source.SAME
                        ? parts.get(0)
                        : step(value.op(), parts, !value.dtype().isNumber());
            }

            private int step(Enum<?> op, List<Integer> operands, boolean truth) {
                return 3 * steps.computeIfAbsent(new Step(op, operands, truth), s -> steps.size()) + 2;
            }
        }
    }
}
