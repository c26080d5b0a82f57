package kron4j.backend.cpu;

import static kron4j.ops.Einsum.einsum;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KronApplyTest {
    /** One pass over several rows; sides that are no multiples of a vector; more than a tile has, in passes with pieces of columns. */
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(7, 1, new int[][] {{8, 8}, {8, 8}, {6, 8}}),
                Arguments.of(3, 5, new int[][] {{11, 7}, {3, 13}, {5, 17}, {7, 6}}),
                Arguments.of(2, 1, new int[][] {{17, 20}, {16, 16}, {20, 15}, {16, 19}}),
                Arguments.of(1, 31, new int[][] {{9, 32}, {32, 31}, {26, 32}}));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithAContractionForEachFactor(int lead, int post, int[][] sizes) {
        try (TensorScope scope = Device.of("cpu").openScope()) {
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
                Tensor[] factors = new Tensor[sizes.length];
                long n = 1;
                for (int i = 0; i < sizes.length; i++) {
                    Tensor f =
                            Random.uniform(i, dtype, sizes[i][1], sizes[i][0]).transpose();
                    factors[i] = i % 2 == 0 ? f : f.copy();
                    n *= sizes[i][1];
                }
                Tensor x = Random.uniform(9, dtype, lead, n, post);
                Tensor steps = x;
                long before = lead;
                for (Tensor f : factors) {
                    Tensor data = steps.reshape(before, f.shape().at(1), -1);
                    steps = einsum("ij,ljp->lip", f, data);
                    before *= f.shape().at(0);
                }
                double[] expected = steps.reshape(-1).to(DType.FLOAT64).toDoubleArray();
                double[] actual = KroneckerOperator.of(factors)
                        .apply(x)
                        .reshape(-1)
                        .to(DType.FLOAT64)
                        .toDoubleArray();
                // All terms are positive: each sum of at most 32 has a relative error of 32 eps, in either way.
                double eps = dtype == DType.FLOAT32 ? 0x1p-23 : 0x1p-52;
                for (int i = 0; i < expected.length; i++) {
                    expected[i] /= actual[i];
                    actual[i] = 1;
                }
                assertArrayEquals(actual, expected, 64 * eps * sizes.length);
            }
        }
    }

    /** As the forward, and fewer columns behind a factor than a vector has. */
    static Stream<Arguments> gradients() {
        return Stream.concat(
                cases(),
                Stream.of(Arguments.of(5, 3, new int[][] {{30, 20}, {19, 11}}), Arguments.of(300, 1, new int[][] {
                    {32, 32}, {3, 2}
                })));
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void hasTheGradientsOfTheContractions(int lead, int post, int[][] sizes) {
        try (TensorScope scope = Device.of("cpu").openScope()) {
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
                Tensor[] leaves = new Tensor[sizes.length + 1];
                long m = (long) lead * post;
                long n = 1;
                for (int i = 0; i < sizes.length; i++) {
                    leaves[i] =
                            Random.uniform(i, dtype, sizes[i][0], sizes[i][1]).requiresGrad();
                    m *= sizes[i][0];
                    n *= sizes[i][1];
                }
                int last = sizes.length;
                leaves[last] = Random.uniform(9, dtype, lead, n, post).requiresGrad();
                Tensor slopes = Random.uniform(10, dtype, m);
                Tensor steps = leaves[last];
                long before = lead;
                for (int i = 0; i < last; i++) {
                    steps = einsum("ij,ljp->lip", leaves[i], steps.reshape(before, sizes[i][1], -1));
                    before *= sizes[i][0];
                }
                Tensor[] factors = Arrays.copyOf(leaves, last);
                Tensor all = KroneckerOperator.of(factors).apply(leaves[last]);
                List<Tensor> expected = Gradients.vjp(steps.reshape(-1), slopes, leaves);
                List<Tensor> actual = Gradients.vjp(all.reshape(-1), slopes, leaves);
                KroneckerOperator constant = KroneckerOperator.of(
                        Arrays.stream(factors).map(Tensor::detach).toArray(Tensor[]::new));
                Tensor ofX = constant.apply(leaves[last]).reshape(-1);
                Tensor ofFactors = KroneckerOperator.of(factors)
                        .apply(leaves[last].detach())
                        .reshape(-1);
                double eps = dtype == DType.FLOAT32 ? 0x1p-23 : 0x1p-52;
                // All terms are positive. A sum in float32 or by the library's products has some thousand terms in a
                // row at most.
                double tolerance = 64 * eps * sizes.length + 2048 * eps;
                for (int i = 0; i <= last; i++) {
                    assertClose(expected.get(i), actual.get(i), tolerance);
                }
                assertClose(
                        expected.get(last),
                        Gradients.vjp(ofX, slopes, leaves[last]).get(0),
                        tolerance);
                assertClose(
                        expected.get(0),
                        Gradients.vjp(ofFactors, slopes, leaves[0]).get(0),
                        tolerance);
            }
        }
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        double[] ratios = actual.to(DType.FLOAT64)
                .divide(expected.to(DType.FLOAT64))
                .reshape(-1)
                .toDoubleArray();
        double[] ones = new double[ratios.length];
        Arrays.fill(ones, 1);
        assertArrayEquals(ones, ratios, tolerance);
    }

    @Test
    void explainsItsPasses() {
        assumeTrue(Loops.BEST.products(DType.FLOAT32) != null, "no vectors");
        try (TensorScope scope = Device.of("cpu").openScope()) {
            Tensor f = Tensor.zeros(DType.FLOAT32, 20, 24);
            KroneckerOperator k = KroneckerOperator.of(f, f, f, f);
            String text = k.explain(Shape.of(7, 24 * 24 * 24 * 24, 2));
            assertTrue(text.contains("  pass 0: factors 2 to 3, [4032,576,2] -> [4032,400,2], in tiles,"), text);
            assertTrue(text.contains("  pass 2: factor 0, [7,24,16000] -> [7,20,16000], in tiles,"), text);
            assertTrue(k.explain(Shape.of(24 * 24 * 24 * 24, 40)).contains("  step 0: factor 3"));
        }
    }
}
