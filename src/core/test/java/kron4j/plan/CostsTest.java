package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kron4j.plan.GemmPlan.Matrix;
import org.junit.jupiter.api.Test;

class CostsTest {
    private static GemmPlan gemm(long m, long n, long k, Matrix a) {
        return new GemmPlan(m, n, k, a, new Matrix(0, n, false), new Matrix(0, n, false), List.of());
    }

    private static double[] extent(double left, double right, double contracted, double batch) {
        double[] extent = {1, 1, 1, 1, 1, 1, 1, 1};
        extent[Axis.LEFT] = left;
        extent[Axis.RIGHT] = right;
        extent[Axis.CONTRACTED] = contracted;
        extent[Axis.BATCH] = batch;
        return extent;
    }

    @Test
    void gemmsTakeTheirArithmeticOrTheirMemory() {
        GemmPlan cube = gemm(100, 100, 100, new Matrix(0, 100, false));
        double arithmetic = 0.03 * 102 * 102 * 100;
        assertEquals(2 * 500 + 3 * (45 + arithmetic), Costs.CPU.gemm(cube, 3, 2), 1e-6);
        GemmPlan outer = gemm(1000, 2000, 1, new Matrix(0, 1, false));
        double elements = 1000 + 2000 + 2 * 1000 * 2000;
        assertEquals(500 + 45 + 0.15 * elements, Costs.CPU.gemm(outer, 1, 1), 1e-6);
    }

    /** A row of the memory of an operand that is shorter than the 8 elements that come together brings all of them. */
    @Test
    void shortRowsBringWhatLiesBesideThem() {
        double rest = 500 + 45 + 0.15 * (2 * 2000 + 2 * 1000 * 2000);
        Costs cpu = Costs.CPU;
        assertEquals(rest + 0.15 * 1000 * 2, cpu.gemm(gemm(1000, 2000, 2, new Matrix(0, 2, false)), 1, 1), 1e-6);
        assertEquals(rest + 0.15 * 1000 * 5, cpu.gemm(gemm(1000, 2000, 2, new Matrix(0, 5, false)), 1, 1), 1e-6);
        assertEquals(rest + 0.15 * 1000 * 8, cpu.gemm(gemm(1000, 2000, 2, new Matrix(0, 50, false)), 1, 1), 1e-6);
        assertEquals(rest + 0.15 * 1000 * 2, cpu.gemm(gemm(1000, 2000, 2, new Matrix(0, 1500, true)), 1, 1), 1e-6);
        double eight = 500 + 45 + 0.15 * (8 * 2000 + 2 * 1000 * 2000);
        assertEquals(eight + 0.15 * 1000 * 8, cpu.gemm(gemm(1000, 2000, 8, new Matrix(0, 50, false)), 1, 1), 1e-6);
    }

    @Test
    void oneNestCostsByItsVolume() {
        double volume = 20 * 30 * 40 * 5;
        assertEquals(2000 + 1.5 * volume, Costs.CPU.sumProduct(extent(20, 30, 40, 5), true), 1e-6);
        assertEquals(2000 + 0.3 * 20 * 30 * 5, Costs.CPU.sumProduct(extent(20, 30, 1, 5), false), 1e-6);
        assertEquals(4000 + 0.004 * 200 * 300 * 4, Costs.GPU.sumProduct(extent(200, 1, 300, 4), true), 1e-6);
        assertEquals(4000 + 0.004 * 200 * 300 * 4, Costs.GPU.sumProduct(extent(1, 200, 300, 4), true), 1e-6);
        assertEquals(4000 + 0.003 * 2000 * 3000, Costs.GPU.sumProduct(extent(2000, 3000, 1, 1), false), 1e-6);
        assertEquals(2000 + 1.0 * 77, Costs.CPU.copy(77), 1e-6);
    }

    /** Sums of products of complex numbers take as long as several of real ones, and GEMMs of 2 x 2 less. */
    @Test
    void smallComplexProductsAreGemms() {
        GemmPlan small = gemm(2, 2, 2, new Matrix(0, 2, false));
        double[] extent = extent(2, 2, 2, 1000);
        assertTrue(Costs.COMPLEX_ON_CPU.gemm(small, 1000, 1) < Costs.COMPLEX_ON_CPU.sumProduct(extent, true));
        assertTrue(Costs.CPU.gemm(small, 1000, 1) > Costs.CPU.sumProduct(extent, true));
    }

    /** On a card a contraction in shared memory takes whole tiles of 32 rows and columns; a GEMM that copies nothing goes before it. */
    @Test
    void cardsContractInTiles() {
        double arithmetic = 0.0001 * (300 + 32) * (200 + 32) * 500;
        assertEquals(5000 + 4000 + 3 * arithmetic, Costs.GPU.sumProduct(extent(300, 200, 500, 3), true), 1e-6);
        double memory = 0.003 * (1000 * 4 + 4 * 2000 + 2 * 1000 * 2000);
        assertEquals(5000 + 4000 + 2 * memory, Costs.GPU.sumProduct(extent(1000, 2000, 4, 2), true), 1e-6);
        double[] aloneToo = extent(1000, 2000, 1, 2);
        aloneToo[Axis.A] = 2;
        aloneToo[Axis.B] = 2;
        assertEquals(5000 + 4000 + 2 * memory, Costs.GPU.sumProduct(aloneToo, true), 1e-6);
    }
}
