package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.reference.Einsums;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Plans of any einsum of any views, under any limit, give the sum of products, with the operations and the memory that they say. */
class PlainRunTest {
    private static final int LOOPS = 6000;

    @Test
    void plansGiveTheSumOfProducts() {
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 400; seed++) {
            for (EinsumPlan plan : new Case(new Random(seed)).check("case " + seed)) {
                plan.slices().forEach(s -> seen.add(s.contracted() ? "slices that add up" : "slices"));
                plan.program().steps().forEach(step -> seen.add(kind(step)));
            }
        }
        Set<String> all = Set.of(
                "slices", "slices that add up", "GEMM", "GEMMs that add up", "copy", "sum of products", "addition");
        assertEquals(all, seen);
    }

    private static String kind(Step step) {
        if (step instanceof Step.Gemm gemm) {
            return gemm.loops().isEmpty() ? "GEMM" : "GEMMs that add up";
        }
        return step instanceof Step.SumProduct sum ? sum.isCopy() ? "copy" : "sum of products" : "addition";
    }

    private static final class Case {
        private final Random random;
        private final long[] sizes;
        private final int[][] labels;
        private final int[] output;
        private final Layout[] layouts;
        private final double[][] memory;
        private final NDArray[] values;

        Case(Random random) {
            this.random = random;
            sizes = new long[2 + random.nextInt(4)];
            long most = LOOPS;
            for (int l = 0; l < sizes.length; l++) {
                sizes[l] = 1L + random.nextInt((int) Math.min(most, 24));
                most /= sizes[l];
            }
            boolean pair = random.nextBoolean();
            labels = pair ? new int[2][] : new int[1 + random.nextInt(4)][];
            layouts = new Layout[labels.length];
            memory = new double[labels.length][];
            values = new NDArray[labels.length];
            output = pair ? contraction() : anything();
            for (int k = 0; k < labels.length; k++) {
                operand(k, Arrays.stream(labels[k]).mapToLong(l -> sizes[l]).toArray());
            }
        }

        /** Two operands that share some labels with one another and some with the result, which is returned. */
        private int[] contraction() {
            int[] users = random.ints(sizes.length, 0, 4)
                    .map(kind -> new int[] {3, 5, 6, 7}[kind])
                    .toArray();
            int[][] terms = new int[3][];
            for (int op = 0; op < 3; op++) {
                int bit = 1 << op;
                List<Integer> own = new ArrayList<>(IntStream.range(0, sizes.length)
                        .filter(l -> (users[l] & bit) != 0)
                        .boxed()
                        .toList());
                if (random.nextInt(3) == 0) {
                    Collections.shuffle(own, random);
                }
                terms[op] = own.stream().mapToInt(l -> l).toArray();
            }
            labels[0] = terms[0];
            labels[1] = terms[1];
            return terms[2];
        }

        private int[] anything() {
            Set<Integer> used = new TreeSet<>();
            for (int k = 0; k < labels.length; k++) {
                labels[k] = random.ints(random.nextInt(5), 0, sizes.length).toArray();
                if (random.nextInt(4) > 0) {
                    labels[k] = Arrays.stream(labels[k]).distinct().toArray();
                }
                Arrays.stream(labels[k]).forEach(used::add);
            }
            List<Integer> kept = new ArrayList<>(used);
            kept.removeIf(l -> random.nextBoolean());
            Collections.shuffle(kept, random);
            if (!kept.isEmpty() && random.nextInt(12) == 0) {
                kept.add(kept.get(0));
            }
            return kept.stream().mapToInt(l -> l).toArray();
        }

        /** A view in the midst of memory that must not be read: axes in any order in memory, stepped, flipped or broadcast. */
        private void operand(int k, long[] shape) {
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, shape.length).boxed().toList());
            if (random.nextInt(4) == 0) {
                Collections.shuffle(order, random);
            }
            long[] stored = order.stream().mapToLong(axis -> shape[axis]).toArray();
            int[] kinds = random.ints(shape.length, 0, 20).toArray();
            for (int i = 0; i < stored.length; i++) {
                stored[i] =
                        kinds[i] == 0 ? 1 : kinds[i] == 1 ? 2 * stored[i] : kinds[i] == 2 ? stored[i] + 3 : stored[i];
            }
            Layout view = Layout.contiguous(Shape.of(stored));
            for (int i = 0; i < stored.length; i++) {
                long size = shape[order.get(i)];
                view = switch (kinds[i]) {
                    case 1 -> view.slice(i, 0, 2 * size, 2);
                    case 2 -> view.slice(i, 2, size + 2, 1);
                    case 3 -> view.slice(i, size - 1, -size - 1, -1);
                    default -> view;
                };
            }
            int[] back = IntStream.range(0, shape.length).map(order::indexOf).toArray();
            Layout layout = view.permute(back).expand(Shape.of(shape));
            layouts[k] = layout;
            memory[k] = new double[(int) Arrays.stream(stored).reduce(1, (x, y) -> x * y)];
            Arrays.fill(memory[k], Double.NaN);
            values[k] = NDArray.generate(shape, index -> {
                int at = (int) layout.offset();
                for (int axis = 0; axis < index.length; axis++) {
                    at += (int) (index[axis] * layout.stride(axis));
                }
                memory[k][at] = Double.isNaN(memory[k][at]) ? random.nextInt(-3, 4) : memory[k][at];
                return memory[k][at];
            });
        }

        List<EinsumPlan> check(String name) {
            Costs costs = random.nextInt(4) == 0 ? Costs.GPU : Costs.CPU;
            Shape[] shapes = Arrays.stream(layouts).map(Layout::shape).toArray(Shape[]::new);
            EinsumSpec spec = EinsumSpec.of(labels, output, shapes);
            EinsumPlan free = EinsumPlan.of(spec, List.of(layouts), 8, EinsumPlan.UNLIMITED, costs);
            check(name, free, costs);
            long temporaries = free.peakBytes() - free.outputBytes();
            if (temporaries == 0) {
                return List.of(free);
            }
            long limit = free.outputBytes() + (long) (random.nextDouble() * temporaries);
            EinsumPlan capped = EinsumPlan.of(spec, List.of(layouts), 8, limit, costs);
            assertTrue(capped.peakBytes() <= limit, name);
            check(name + " in " + limit, capped, costs);
            return List.of(free, capped);
        }

        private void check(String name, EinsumPlan plan, Costs costs) {
            Supplier<String> text = () -> name + ": " + plan;
            PlainRun run = new PlainRun(plan, layouts, memory);
            NDArray expected = Einsums.einsum(labels, output, values);
            assertArrayEquals(expected.data(), run.result().data(), text);
            assertEquals(plan.outputBytes() + run.peakBytes(costs), plan.peakBytes(), text);
            if (run.kernels() == 1 && layouts.length != 2 && !plan.isEmpty()) {
                assertEquals(run.flops(), plan.directFlops(), text);
            }
            if (plan.slices().stream().allMatch(s -> s.size() % s.chunk() == 0)) {
                assertEquals(run.flops(), plan.flops(), text);
            }
        }
    }
}
