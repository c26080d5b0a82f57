package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Function;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.InPlace;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** Small complex matrices that are factored side by side have the bits of those that are factored alone. */
class ComplexLanesTest {
    /** The most matrices side by side: no two odd ones are in one group. */
    private static final int LANES = 8;

    private static final int COUNT = 9 * LANES + 3;

    /** Numbers with exchanges of rows; some matrices are singular, or have NaN, infinity, or parts that need scaling. */
    private static Tensor matrices(DType dtype, int n) {
        Tensor a = Random.normal(n, dtype, COUNT, n, n);
        double[] factors = {1e-200, 1e-30, 1e30, 1e200};
        for (int i = 0; i < factors.length; i++) {
            Tensor scaled = a.select(0, LANES * i + 1);
            InPlace.assign(scaled, scaled.multiply(factors[i]));
        }
        InPlace.fill(a.get(4 * LANES, 0, n - 1), Double.NaN);
        InPlace.fill(a.get(5 * LANES, n - 1, 0), Double.POSITIVE_INFINITY);
        InPlace.fill(a.select(0, 6 * LANES + 2), 0);
        InPlace.fill(a.get(7 * LANES, 0, 0), new Complex(0, 1e-310));
        return a;
    }

    private static void assertSameAlone(Function<Tensor, List<Tensor>> function, Tensor a, String name) {
        List<Tensor> together = function.apply(a);
        for (int i = 0; i < COUNT; i++) {
            List<Tensor> alone = function.apply(a.slice(0, i, i + 1));
            for (int k = 0; k < alone.size(); k++) {
                assertEquals(
                        alone.get(k).toBuffer(),
                        together.get(k).slice(0, i, i + 1).toBuffer(),
                        name + " " + a.shape() + " " + a.dtype() + " " + i);
            }
        }
    }

    @Test
    void matricesSideBySideHaveTheBitsOfThoseAlone() {
        for (DType dtype : List.of(DType.COMPLEX64, DType.COMPLEX128)) {
            for (int n : new int[] {1, 2, 3, 5, 8, 13, 16}) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    Tensor a = matrices(dtype, n);
                    Tensor b = Random.normal(3, dtype, n, 3);
                    for (Tensor x :
                            List.of(a, a.transpose(1, 2), a.slice(2, 0, n).flip(1))) {
                        assertSameAlone(
                                t -> List.of(
                                        Linalg.slogdet(t).sign(),
                                        Linalg.slogdet(t).logAbs()),
                                x,
                                "slogdet");
                        assertSameAlone(
                                t -> List.of(
                                        Linalg.solveEx(t, b).result(),
                                        Linalg.solveEx(t, b).info()),
                                x,
                                "solve");
                        assertSameAlone(t -> List.of(Linalg.inverseEx(t).result()), x, "inverse");
                        assertSameAlone(t -> List.of(Linalg.det(t)), x, "det");
                    }
                }
            }
        }
    }
}
