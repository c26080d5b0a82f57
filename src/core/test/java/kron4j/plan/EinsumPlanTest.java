package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kron4j.DeviceMemoryException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.reference.Einsums;
import org.junit.jupiter.api.Test;

class EinsumPlanTest {
    private static Layout l(long... dims) {
        return Layout.contiguous(Shape.of(dims));
    }

    private static EinsumPlan plan(String equation, Layout... operands) {
        Shape[] shapes = Arrays.stream(operands).map(Layout::shape).toArray(Shape[]::new);
        return EinsumPlan.of(EinsumSpec.of(equation, shapes), List.of(operands), 8, EinsumPlan.UNLIMITED, Costs.CPU);
    }

    /** The plan is this one GEMM (in either order of the operands), nothing copied. */
    private static void isOneGemm(String expected, EinsumPlan plan) {
        List<Step> steps = plan.program().steps();
        assertEquals(1, steps.size(), plan::toString);
        Step.Gemm gemm = assertInstanceOf(Step.Gemm.class, steps.get(0), plan::toString);
        assertTrue(gemm.loops().isEmpty());
        assertTrue(plan.toString().contains(" gemm " + expected + " "), plan::toString);
        assertEquals(0, plan.program().peak(n -> n));
    }

    @Test
    void bilinearPoolingIsOneStridedBatchedGemm() {
        EinsumPlan plan = plan("ahwm,ahwn->amn", l(2, 4, 5, 3), l(2, 4, 5, 6));
        isOneGemm("m=3 n=6 k=20 batch=2", plan);
        Step.Gemm gemm = (Step.Gemm) plan.program().steps().get(0);
        assertEquals(
                new GemmPlan(
                        3,
                        6,
                        20,
                        new GemmPlan.Matrix(0, 3, true),
                        new GemmPlan.Matrix(0, 6, false),
                        new GemmPlan.Matrix(0, 6, false),
                        List.of(new GemmPlan.Batch(2, 60, 120, 18))),
                gemm.plan());
    }

    @Test
    void readsTransposedAndInterleavedLayoutsAsTheyAre() {
        isOneGemm("m=16 n=24 k=32 batch=8", plan("bij,bjk->bik", l(8, 16, 32), l(8, 32, 24)));
        isOneGemm("m=16 n=24 k=32 batch=8", plan("bij,bkj->bik", l(8, 16, 32), l(8, 24, 32)));
        isOneGemm("m=9 n=7 k=64 batch=32", plan("bhqd,bhkd->bhqk", l(2, 16, 9, 64), l(2, 16, 7, 64)));
        isOneGemm("m=9 n=7 k=64 batch=2*16", plan("bqhd,bkhd->bhqk", l(2, 9, 16, 64), l(2, 7, 16, 64)));
        isOneGemm(
                "m=9 n=7 k=64 batch=2*16",
                plan(
                        "bhqd,bhkd->bhqk",
                        l(2, 9, 16, 64).transpose(1, 2),
                        l(2, 7, 16, 64).transpose(1, 2)));
        isOneGemm("m=9 n=64 k=7 batch=2*16", plan("bhqk,bkhd->bqhd", l(2, 16, 9, 7), l(2, 7, 16, 64)));
        isOneGemm("m=70 n=100 k=50", plan("ij,jk->ki", l(100, 50), l(50, 70)));
        isOneGemm("m=72 n=156 k=110", plan("abcd,cdef->abef", l(8, 9, 10, 11), l(10, 11, 12, 13)));
        isOneGemm("m=800 n=30 k=20", plan("bij,jk->bik", l(8, 100, 20), l(20, 30)));
    }

    @Test
    void readsBroadcastOperandsWithStrideZero() {
        Layout shared = l(1, 32, 24).expand(Shape.of(8, 32, 24));
        isOneGemm("m=128 n=24 k=32", plan("bij,bjk->bik", l(8, 16, 32), shared));
        isOneGemm("m=16 n=24 k=32 batch=8", plan("ij,bjk->bik", l(16, 32), l(8, 32, 24)));
    }

    @Test
    void copiesWhatNoGemmCanRead() {
        Layout windows = l(16, 28, 28).unfold(1, 3, 1).unfold(2, 3, 1);
        assertEquals("""
                einsum "nhwij,kij->nhwk": result [16,26,26,8], 1.56e+06 flops (one loop nest: 1.56e+06), peak memory 1.4 MiB
                  1  nhwij->nhwij     copy                  0.00 flops
                  2  nhwij,kij->nhwk  gemm m=10816 n=8 k=9  1.56e+06 flops""", plan("nhwij,kij->nhwk", windows, l(8, 3, 3)).toString());
        Layout flipped = l(60, 50).slice(1, 49, -51, -1);
        List<Step> steps = plan("ij,jk->ik", flipped, l(50, 70)).program().steps();
        assertEquals(2, steps.size());
        assertTrue(((Step.SumProduct) steps.get(0)).isCopy());
    }

    @Test
    void sumsWithoutGemmWhereThereIsNoMatrix() {
        for (String equation : List.of("abc,abc->b", "abc,abc->abc", "abc,abc->cba")) {
            List<Step> steps =
                    plan(equation, l(10, 20, 30), l(10, 20, 30)).program().steps();
            assertEquals(1, steps.size(), equation);
            assertInstanceOf(Step.SumProduct.class, steps.get(0), equation);
        }
        List<Step> trace = plan("ii->", l(50, 50)).program().steps();
        Step.SumProduct sum = (Step.SumProduct) trace.get(0);
        assertEquals(51, sum.strides()[0][0]);
        assertEquals(1, sum.dims().length);
    }

    @Test
    void printsEachStep() {
        assertEquals(
                """
                einsum "ab,bc,cd,de->ae": result [100,50], 3.90e+04 flops (one loop nest: 6.00e+07), peak memory 42.6 KiB
                  1  bc,cd->bd  gemm m=5 n=3 k=200   6.00e+03 flops
                  2  ab,bd->ad  gemm m=100 n=3 k=5   3.00e+03 flops
                  3  ad,de->ae  gemm m=100 n=50 k=3  3.00e+04 flops""",
                plan("ab,bc,cd,de->ae", l(100, 5), l(5, 200), l(200, 3), l(3, 50))
                        .toString());
        assertEquals(
                "einsum \"ij,jk->ik\": result [2,3], a label has size 0: zeros",
                plan("ij,jk->ik", l(2, 0), l(0, 3)).toString());
    }

    @Test
    void namesEveryKernel() {
        for (String row : List.of(
                "a,b,c,d->abcd: a,d->ad gemm m=2 n=5 k=1",
                "a,a,a->: a,a,a-> sum of products",
                "ab,ab->ab: ab,ab->ab product",
                "ab->b: ab->b sum")) {
            String equation = row.substring(0, row.indexOf(':'));
            Map<Character, Long> sizes = Map.of('a', 2L, 'b', 3L, 'c', 4L, 'd', 5L);
            Layout[] operands = Arrays.stream(
                            equation.substring(0, equation.indexOf('-')).split(","))
                    .map(term ->
                            l(term.chars().mapToLong(c -> sizes.get((char) c)).toArray()))
                    .toArray(Layout[]::new);
            String text = plan(equation, operands).toString();
            assertTrue(text.replaceAll(" +", " ").contains(" 1 " + row.substring(row.indexOf(':') + 2) + " "), text);
        }
    }

    @Test
    void slicesUnderAMemoryCap() {
        EinsumSpec spec = EinsumSpec.of(
                "ai,bi,aj,bj->ij", Shape.of(64, 32), Shape.of(64, 32), Shape.of(64, 32), Shape.of(64, 32));
        List<Layout> operands = List.of(l(64, 32), l(64, 32), l(64, 32), l(64, 32));
        EinsumPlan free = EinsumPlan.of(spec, operands, 8, EinsumPlan.UNLIMITED, Costs.CPU);
        long cap = free.outputBytes() + (free.peakBytes() - free.outputBytes()) / 5;
        EinsumPlan capped = EinsumPlan.of(spec, operands, 8, cap, Costs.CPU);
        assertTrue(capped.peakBytes() <= cap);
        assertTrue(capped.flops() < 4 * free.flops(), capped::toString);
        DeviceMemoryException e = assertThrows(
                DeviceMemoryException.class, () -> EinsumPlan.of(spec, operands, 8, 32 * 32 * 8 - 1, Costs.CPU));
        assertEquals(
                "einsum \"ai,bi,aj,bj->ij\": the result [32,32] takes 8.0 KiB, the memory limit is 8.0 KiB; raise it, or"
                        + " compute parts of the result",
                e.getMessage());
    }

    /** 2^61 elements, of which views of one element are products, take 2^64 bytes. */
    @Test
    void aResultOfMoreBytesThanALongHoldsIsNotSmall() {
        Layout[] operands = {l(1).expand(Shape.of(1L << 31)), l(1).expand(Shape.of(1L << 30))};
        EinsumPlan plan = plan("i,j->ij", operands);
        assertEquals(Long.MAX_VALUE, plan.outputBytes());
        assertEquals(Long.MAX_VALUE, plan.peakBytes());
        EinsumSpec spec = EinsumSpec.of("i,j->ij", operands[0].shape(), operands[1].shape());
        assertThrows(DeviceMemoryException.class, () -> EinsumPlan.of(spec, List.of(operands), 8, 1L << 40, Costs.GPU));
    }

    /** Cutting a label of the intermediate result costs no operations; the label that is summed needs no memory to add up in. */
    @Test
    void cutsALabelOfTheIntermediateResult() {
        Layout[] operands = {l(100, 48), l(48, 100), l(100, 96)};
        EinsumPlan free = plan("xi,iy,yj->xj", operands);
        long temporary = 8 * 48 * 96;
        assertEquals(free.outputBytes() + temporary, free.peakBytes());
        EinsumSpec spec = EinsumSpec.of("xi,iy,yj->xj", Shape.of(100, 48), Shape.of(48, 100), Shape.of(100, 96));
        for (int parts = 2; parts <= 16; parts *= 2) {
            EinsumPlan cut =
                    EinsumPlan.of(spec, List.of(operands), 8, free.outputBytes() + temporary / parts, Costs.CPU);
            assertEquals(free.outputBytes() + temporary / parts, cut.peakBytes());
            assertEquals(free.flops(), cut.flops());
            String slices = "\n  slices of i: " + parts + " of " + 48 / parts + ", added up\n";
            assertTrue(cut.toString().contains(slices), cut::toString);
        }
    }

    /** What is left of a label that its chunks do not divide may be contracted by other kernels with other temporaries. */
    @Test
    void theLimitHoldsForShorterSlicesToo() {
        for (String equation : new String[] {"ab,bc,cba->a", "aba,abc,bbc->b", "ab,bc,cd,da->ac"}) {
            for (long n = 3; n < 18; n += 2) {
                Map<Character, Long> sizes = Map.of('a', 7L, 'b', n, 'c', 5L, 'd', n - 2);
                Layout[] operands = Arrays.stream(
                                equation.substring(0, equation.indexOf('-')).split(","))
                        .map(term -> l(
                                term.chars().mapToLong(c -> sizes.get((char) c)).toArray()))
                        .toArray(Layout[]::new);
                EinsumSpec spec = EinsumSpec.of(
                        equation, Arrays.stream(operands).map(Layout::shape).toArray(Shape[]::new));
                EinsumPlan free = EinsumPlan.of(spec, List.of(operands), 8, EinsumPlan.UNLIMITED, Costs.CPU);
                for (long limit = free.outputBytes(); limit <= free.peakBytes(); limit += 8) {
                    long most = limit;
                    EinsumPlan plan = EinsumPlan.of(spec, List.of(operands), 8, limit, Costs.CPU);
                    plan.pieces()
                            .forEach(piece -> assertTrue(
                                    plan.outputBytes() + piece.program().peak(e -> Costs.CPU.block(8 * e)) <= most,
                                    plan::toString));
                }
            }
        }
    }

    /** The contractions of the TCCG benchmark at their full sizes: all become GEMMs, most with at most the one copy that they need. */
    @Test
    void plansTheBenchmarkContractions() throws IOException {
        int withoutCopies = 0;
        for (String line : Einsums.benchmark()) {
            String[] fields = line.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)");
            if (fields[0].equals("id")) {
                continue;
            }
            Map<Character, Long> sizes = new HashMap<>();
            for (String size : fields[4].split(" ")) {
                sizes.put(size.charAt(0), Long.parseLong(size.substring(2)));
            }
            String equation = fields[5].replace("\"", "");
            Layout[] operands = Arrays.stream(
                            equation.substring(0, equation.indexOf('-')).split(","))
                    .map(term ->
                            l(term.chars().mapToLong(c -> sizes.get((char) c)).toArray()))
                    .toArray(Layout[]::new);
            EinsumPlan plan = plan(equation, operands);
            long copies = plan.program().steps().stream()
                    .filter(step -> step instanceof Step.SumProduct)
                    .peek(step -> assertTrue(((Step.SumProduct) step).isCopy(), plan::toString))
                    .count();
            withoutCopies += copies == 0 ? 1 : 0;
            assertTrue(plan.program().steps().stream().anyMatch(step -> step instanceof Step.Gemm), plan::toString);
            assertEquals(plan.directFlops(), plan.flops(), plan::toString);
        }
        assertTrue(withoutCopies >= 17, "without copies: " + withoutCopies);
    }
}
