package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Random;
import kron4j.DType;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;
import kron4j.reference.DTypes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of halves in pieces of any size: of whole numbers, so that float32 adds them up exactly. */
class HalfGemmTest {
    static DType[] halves() {
        return DTypes.halves();
    }

    @ParameterizedTest
    @MethodSource("halves")
    void piecesMakeTheWhole(DType dtype) {
        Random random = new Random(1);
        for (int round = 0; round < 60; round++) {
            int m = 1 + random.nextInt(40);
            int n = 1 + random.nextInt(40);
            int k = 1 + random.nextInt(60);
            boolean transA = random.nextBoolean();
            boolean transB = random.nextBoolean();
            long strideA = random.nextInt(3) == 0 ? 0 : m * k + 3;
            long strideB = random.nextInt(3) == 0 ? 0 : k * n + 1;
            int leadingA = (transA ? m : k) + (strideA == 0 ? 2 : 0);
            int leadingC = n + random.nextInt(3);
            List<Batch> batches = random.nextBoolean()
                    ? List.of()
                    : List.of(
                            new Batch(3, 0, strideB, 2L * m * leadingC), new Batch(2, strideA, 0, (long) m * leadingC));
            GemmPlan plan = new GemmPlan(
                    m,
                    n,
                    k,
                    new Matrix(random.nextInt(3), leadingA, transA),
                    new Matrix(random.nextInt(3), transB ? k : n, transB),
                    new Matrix(random.nextInt(3), leadingC, false),
                    batches);
            View[] halves = new View[4];
            View[] floats = new View[3];
            int size = 8 * 64 * 64;
            for (int i = 0; i < 3; i++) {
                double[] values = random.ints(size, -4, 5).asDoubleStream().toArray();
                halves[i] = Grid.set(Grid.contiguous(dtype, size), values);
                floats[i] = Grid.set(Grid.contiguous(DType.FLOAT32, size), values);
            }
            halves[3] = Grid.set(Grid.contiguous(dtype, size), Grid.get(halves[2]));
            double beta = random.nextInt(3) - 1;
            long room = 1L + random.nextInt(4000);
            HalfGemm.run(plan, 0.5, halves[0], halves[1], beta, halves[2], room, 1 + random.nextInt(20));
            HalfGemm.run(plan, 0.5, halves[0], halves[1], beta, halves[3]);
            Gemm.run(plan, 0.5, floats[0], floats[1], beta, floats[2]);
            double[] expected = Grid.wrapped(dtype, Grid.get(floats[2]));
            assertArrayEquals(expected, Grid.get(halves[2]), plan.toString());
            assertArrayEquals(expected, Grid.get(halves[3]), plan.toString());
            Grid.free(halves);
            Grid.free(floats);
        }
    }
}
