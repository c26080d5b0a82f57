package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.plan.KronPlan.Factor;
import kron4j.plan.KronPlan.Group;
import kron4j.plan.KronPlan.Step;
import org.junit.jupiter.api.Test;

class KronPlanTest {
    private static Factor factor(long rows, long cols) {
        return new Factor(rows, cols, false);
    }

    private static Factor identity(long k) {
        return new Factor(k, k, true);
    }

    private static double flops(KronPlan plan, long lead, long post) {
        return plan.steps(lead, post).stream().mapToDouble(Step::flops).sum();
    }

    /** The least over all orders of the groups. */
    private static double fewestFlops(List<Group> groups, long[] sizes, boolean[] done) {
        double best = Double.POSITIVE_INFINITY;
        boolean all = true;
        for (int g = 0; g < sizes.length; g++) {
            if (!done[g]) {
                all = false;
                double others = 2;
                for (int i = 0; i < sizes.length; i++) {
                    others *= i == g ? 1 : sizes[i];
                }
                double own = others * groups.get(g).rows() * groups.get(g).cols();
                done[g] = true;
                sizes[g] = groups.get(g).rows();
                best = Math.min(best, own + fewestFlops(groups, sizes, done));
                sizes[g] = groups.get(g).cols();
                done[g] = false;
            }
        }
        return all ? 0 : best;
    }

    @Test
    void ordersRectangularFactorsOptimally() {
        SplittableRandom r = new SplittableRandom(1);
        for (int i = 0; i < 200; i++) {
            List<Factor> factors = new ArrayList<>();
            int n = r.nextInt(1, 6);
            for (int j = 0; j < n; j++) {
                factors.add(factor(r.nextInt(1, 60), r.nextInt(1, 60)));
            }
            KronPlan plan = KronPlan.of(factors);
            long[] sizes = plan.groups().stream().mapToLong(Group::cols).toArray();
            double best = fewestFlops(plan.groups(), sizes, new boolean[sizes.length]);
            assertEquals(best, flops(plan, 1, 1), 1e-12 * best);
            assertEquals(7 * 3 * best, flops(plan, 7, 3), 1e-12 * 21 * best);
        }
    }

    @Test
    void joinsSmallNeighboursAndSkipsIdentities() {
        List<Factor> factors = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            factors.add(factor(2, 2));
        }
        KronPlan plan = KronPlan.of(factors);
        assertTrue(plan.groups().size() <= 4, plan::toString);
        assertTrue(plan.groups().stream().allMatch(g -> g.rows() * g.cols() <= 1024), plan::toString);
        assertEquals(1024, plan.rows());
        KronPlan apart = KronPlan.of(List.of(factor(64, 64), factor(64, 64)));
        assertEquals(2, apart.groups().size());
        KronPlan mixed = KronPlan.of(List.of(identity(2), identity(3), factor(2, 2), identity(5)));
        assertEquals(List.of(1), mixed.order());
        assertEquals(
                List.of(new Group(0, 2, 6, 6, true), new Group(2, 3, 2, 2, false), new Group(3, 4, 5, 5, true)),
                mixed.groups());
        assertEquals(List.of(new Step(1, 42, 2, 2, 15)), mixed.steps(7, 3));
        assertEquals(List.of(), KronPlan.of(List.of(identity(4))).steps(1, 1));
    }

    @Test
    void transposesStepForStep() {
        KronPlan plan = KronPlan.of(List.of(factor(100, 50), identity(3), factor(40, 90)));
        KronPlan transposed = plan.transposed();
        assertEquals(plan.rows(), transposed.cols());
        assertEquals(plan.cols(), transposed.rows());
        assertEquals(plan, transposed.transposed());
    }

    @Test
    void needsOneBufferForSquareFactors() {
        List<Step> steps = KronPlan.of(List.of(factor(50, 50), factor(50, 50), factor(50, 50)))
                .steps(1, 2);
        assertArrayEquals(new long[] {250_000, 0}, KronPlan.workspace(steps));
        assertArrayEquals(new long[] {0, 0}, KronPlan.workspace(steps.subList(0, 1)));
        List<Step> shrinking = KronPlan.of(List.of(factor(1, 50), factor(1, 50), factor(1, 50)))
                .steps(1, 1);
        assertArrayEquals(new long[] {50, 2500}, KronPlan.workspace(shrinking));
    }

    @Test
    void readsMatricesAsTheyLie() {
        Layout rows = Layout.contiguous(Shape.of(4, 6));
        assertEquals(new GemmPlan.Matrix(0, 6, false), KronPlan.matrix(rows).orElseThrow());
        assertEquals(
                new GemmPlan.Matrix(0, 6, true),
                KronPlan.matrix(rows.transpose(0, 1)).orElseThrow());
        assertEquals(
                new GemmPlan.Matrix(8, 6, false),
                KronPlan.matrix(rows.slice(0, 1, 3, 1).slice(1, 2, 4, 1)).orElseThrow());
        assertEquals(
                new GemmPlan.Matrix(0, 12, false),
                KronPlan.matrix(rows.slice(0, 0, 4, 2)).orElseThrow());
        assertFalse(KronPlan.matrix(rows.slice(1, 0, 6, 2)).isPresent());
        assertFalse(KronPlan.matrix(rows.slice(0, 3, -5, -1)).isPresent());
        assertFalse(
                KronPlan.matrix(rows.slice(0, 0, 1, 1).expand(Shape.of(4, 6))).isPresent());
        assertTrue(KronPlan.matrix(rows.slice(0, 0, 1, 1)).isPresent());
        assertTrue(KronPlan.matrix(rows.slice(1, 0, 1, 1)).isPresent());
    }

    @Test
    void multipliesBatchesOfViewsWithoutCopies() {
        Step step = new Step(0, 3, 2, 4, 5);
        GemmPlan plan = step.gemm(Layout.contiguous(Shape.of(2, 4)), Layout.contiguous(Shape.of(3, 4, 5)))
                .orElseThrow();
        assertEquals(List.of(new GemmPlan.Batch(3, 0, 20, 10)), plan.batches());
        assertEquals(step.flops(), plan.flops());
        Step rows = new Step(0, 12, 2, 5, 1);
        GemmPlan one = rows.gemm(Layout.contiguous(Shape.of(2, 5)), Layout.contiguous(Shape.of(3, 4, 5)))
                .orElseThrow();
        assertEquals(new GemmPlan.Matrix(0, 5, true), one.b());
        assertEquals(1, one.batchSize());
        assertFalse(rows.gemm(
                        Layout.contiguous(Shape.of(2, 5)),
                        Layout.contiguous(Shape.of(5, 12)).transpose(0, 1).slice(1, 4, -6, -1))
                .isPresent());
    }

    @Test
    void foldsWithTheSmallestIntermediates() {
        SplittableRandom r = new SplittableRandom(2);
        for (int i = 0; i < 50; i++) {
            long[] sizes = r.longs(r.nextInt(2, 7), 1, 20).toArray();
            int[][] split = KronPlan.fold(sizes);
            assertEquals(fewest(sizes, 0, sizes.length), cost(sizes, split, 0, sizes.length));
        }
    }

    @Test
    void explainsItsPasses() {
        KronPlan plan = KronPlan.of(List.of(factor(100, 50), identity(3), factor(2, 2), factor(4, 4)));
        assertEquals("""
                  [100,50] (x) I_3 (x) [8,8] of 2, [2400,1200] as a matrix that is not formed
                    step 0: factor 2, [150,8,7] -> [150,8,7], 150 strided-batched GEMMs, 1.344e+05 flops
                    step 1: factor 0, [1,50,168] -> [1,100,168], one GEMM, 1.680e+06 flops
                    total: 1.814e+06 flops (4.032e+07 if formed), workspace 65.6 KiB (formed: 22.0 MiB)\
                  """, plan.explain(1, 7, 8));
    }

    @Test
    void explainsPassesOfSeveralFactors() {
        KronPlan plan = KronPlan.of(
                List.of(factor(30, 20), identity(1), factor(10, 30), factor(20, 25), factor(16, 20), identity(3)));
        assertEquals(6, plan.groups().size());
        String text = plan.explain(5, 2, 4, List.of(2, 1));
        assertTrue(
                text.contains("  pass 0: factors 3 to 4, [3000,500,6] -> [3000,320,6], in tiles, 5.760e+08 flops"),
                text);
        assertTrue(
                text.contains("  pass 1: factor 2, [100,30,1920] -> [100,10,1920], in tiles, 1.152e+08 flops"), text);
        assertTrue(text.contains("workspace 22.0 MiB"), text);
    }

    @Test
    void saysHowLargeTheProductWouldBe() {
        String text = KronPlan.of(List.of(identity(1L << 40), factor(2, 2))).explain(1, 1, 8);
        assertTrue(text.endsWith("(9.671e+24 if formed), workspace 0 B (formed: 32.0 YiB)"), text);
    }

    /** Joining saves a pass over the data, which pays unless the data is large and the operations that it adds many. */
    @Test
    void joinsWhereAPassCostsMore() {
        assertEquals(List.of(32L), sides(factor(8, 4), factor(4, 8)));
        assertEquals(List.of(8L, 4L, 1000L), sides(factor(8, 4), factor(4, 8), identity(1000)));
        assertEquals(List.of(1L, 32L, 1000L), sides(factor(1, 32), factor(32, 1), identity(1000)));
        assertEquals(List.of(16L, 1000L), sides(factor(4, 4), factor(4, 4), identity(1000)));
        assertEquals(List.of(1000L, 32L), sides(identity(1000), factor(16, 16), factor(2, 2)));
        assertEquals(List.of(1024L), sides(factor(1024, 1), factor(1, 1)));
        assertEquals(List.of(1025L, 1L), sides(factor(1025, 1), factor(1, 1)));
        assertEquals(List.of(1L), sides(factor(1, 1), factor(1, 1024)));
        assertEquals(List.of(1L, 1L), sides(factor(1, 1), factor(1, 1025)));
    }

    private static List<Long> sides(Factor... factors) {
        return KronPlan.of(List.of(factors)).groups().stream().map(Group::rows).toList();
    }

    private static double product(long[] sizes, int from, int to) {
        double product = 1;
        for (int i = from; i < to; i++) {
            product *= sizes[i];
        }
        return product;
    }

    private static double cost(long[] sizes, int[][] split, int from, int to) {
        return to - from == 1
                ? 0
                : product(sizes, from, to)
                        + cost(sizes, split, from, split[from][to])
                        + cost(sizes, split, split[from][to], to);
    }

    private static double fewest(long[] sizes, int from, int to) {
        if (to - from == 1) {
            return 0;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int k = from + 1; k < to; k++) {
            best = Math.min(best, fewest(sizes, from, k) + fewest(sizes, k, to));
        }
        return best + product(sizes, from, to);
    }
}
