package kron4j.backend.cpu;

import static kron4j.ops.Einsum.einsum;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Random;
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
}
