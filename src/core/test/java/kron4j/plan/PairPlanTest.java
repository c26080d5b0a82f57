package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;
import org.junit.jupiter.api.Test;

/** What two operands become: which is copied, how, and the GEMM that is left. */
class PairPlanTest {
    private static Layout l(long... dims) {
        return Layout.contiguous(Shape.of(dims));
    }

    private static Layout flipped(Layout layout, int axis) {
        long size = layout.shape().at(axis);
        return layout.slice(axis, size - 1, -size - 1, -1);
    }

    private static List<Step> steps(String equation, Layout... operands) {
        Shape[] shapes = Arrays.stream(operands).map(Layout::shape).toArray(Shape[]::new);
        return EinsumPlan.of(EinsumSpec.of(equation, shapes), List.of(operands), 8, EinsumPlan.UNLIMITED, Costs.CPU)
                .program()
                .steps();
    }

    private static GemmPlan gemm(List<Step> steps, int at) {
        return assertInstanceOf(Step.Gemm.class, steps.get(at), steps::toString).plan();
    }

    /** The steps of what the first step copies, in the order in which it writes, outermost first. */
    private static List<Long> copied(List<Step> steps) {
        Step.SumProduct copy = assertInstanceOf(Step.SumProduct.class, steps.get(0), steps::toString);
        assertTrue(copy.isCopy());
        assertEquals(1, copy.targetStrides()[copy.targetStrides().length - 1]);
        return Arrays.stream(copy.strides()[0]).boxed().toList();
    }

    @Test
    void copiesTheOperandThatNoGemmReadsWithoutTurningIt() {
        List<Step> left = steps("ij,jk->ik", flipped(l(60, 50), 0), l(50, 70));
        assertEquals(List.of(-50L, 1L), copied(left));
        assertEquals(new Matrix(0, 50, false), gemm(left, 1).a());
        List<Step> right = steps("ij,jk->ik", l(60, 50), flipped(l(50, 70), 0));
        assertEquals(List.of(-70L, 1L), copied(right));
        assertEquals(new Matrix(0, 70, false), gemm(right, 1).b());
        List<Step> turned = steps("ji,jk->ik", flipped(l(50, 60), 0), l(50, 70));
        assertEquals(List.of(-60L, 1L), copied(turned));
        assertEquals(new Matrix(0, 60, true), gemm(turned, 1).a());
        assertEquals(List.of(2, 2, 2), List.of(left.size(), right.size(), turned.size()));
    }

    @Test
    void bothOperandsMayBeCopied() {
        List<Step> steps = steps("ij,jk->ik", flipped(l(60, 50), 1), flipped(l(50, 70), 0));
        assertEquals(3, steps.size());
        assertEquals(
                new GemmPlan(
                        60,
                        70,
                        50,
                        new Matrix(0, 50, false),
                        new Matrix(0, 70, false),
                        new Matrix(0, 70, false),
                        List.of()),
                gemm(steps, 2));
    }

    /** No GEMM writes a batch that is innermost: the result is copied. */
    @Test
    void theResultMayBeCopied() {
        List<Step> steps = steps("bij,bjk->ikb", l(3, 60, 50), l(3, 50, 70));
        assertEquals(2, steps.size());
        assertEquals(List.of(new Batch(3, 3000, 3500, 4200)), gemm(steps, 0).batches());
        assertTrue(((Step.SumProduct) steps.get(1)).isCopy());
    }

    @Test
    void batchesGoOutermostFirstAsTheResultLies() {
        GemmPlan plan = gemm(steps("bqhd,bkhd->hbqk", l(2, 9, 16, 64), l(2, 7, 16, 64)), 0);
        assertEquals(List.of(new Batch(16, 64, 64, 126), new Batch(2, 9216, 7168, 63)), plan.batches());
    }

    /** A copy of short pieces of rows would bring the same lines of memory as reading them. */
    @Test
    void readsThinViewsAsTheyLie() {
        Layout thin = l(10_000_000, 8).slice(1, 0, 2, 1);
        List<Step> steps = steps("ij,jk->ik", thin, l(2, 16));
        assertEquals(1, steps.size(), steps::toString);
        assertEquals(new Matrix(0, 8, false), gemm(steps, 0).a());
    }

    @Test
    void noGemmForProductsOfElements() {
        for (String equation : List.of("ab,a->ab", "a,ab->ab", "ab,b->ab", "ab,ab->ba", "a,a->a")) {
            long[][] dims = Arrays.stream(
                            equation.substring(0, equation.indexOf('-')).split(","))
                    .map(term -> term.chars().mapToLong(c -> c == 'a' ? 3 : 5).toArray())
                    .toArray(long[][]::new);
            List<Step> steps = steps(equation, l(dims[0]), l(dims[1]));
            assertEquals(1, steps.size());
            assertInstanceOf(Step.SumProduct.class, steps.get(0), equation);
        }
        gemm(steps("a,b->ab", l(3), l(5)), 0);
        gemm(steps("a,a->", l(3), l(3)), 0);
    }

    /** The second operand is copied so that its rows lie as the GEMM wants them; the GEMMs of the shorter axis add up. */
    @Test
    void sumsTheLargerOfTwoAxesThatDoNotFuse() {
        List<Step> steps = steps("aib,bka->ik", l(3, 40, 50), l(50, 60, 3));
        Step.Gemm gemm = assertInstanceOf(Step.Gemm.class, steps.get(steps.size() - 1), steps::toString);
        assertEquals(50, gemm.plan().k());
        assertEquals(List.of(new Step.Loop(3, 2000, 3000)), gemm.loops());
        assertEquals(List.of(1L, 3L), copied(steps));
    }
}
