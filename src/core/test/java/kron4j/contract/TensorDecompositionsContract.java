package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Kron;
import kron4j.ops.TensorDecompositions;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Products of tensor decompositions beside sums of products over all indices. */
public class TensorDecompositionsContract extends GradientContract {

    private static Tensor[] strided(SplittableRandom r, DType dtype, NDArray... arrays) {
        return Arrays.stream(arrays).map(a -> strided(r, a, dtype)).toArray(Tensor[]::new);
    }

    private static NDArray cp(NDArray... f) {
        long[] shape = Arrays.stream(f).mapToLong(a -> a.shape()[0]).toArray();
        return NDArray.generate(shape, i -> {
            double sum = 0;
            for (long c = 0; c < f[0].shape()[1]; c++) {
                double product = 1;
                for (int k = 0; k < f.length; k++) {
                    product *= f[k].get(i[k], c);
                }
                sum += product;
            }
            return sum;
        });
    }

    private static NDArray mttkrp(NDArray x, int axis, NDArray... f) {
        double[] result = new double[(int) (x.shape()[axis] * f[0].shape()[1])];
        NDArray.forEach(x.shape(), i -> {
            for (long c = 0; c < f[0].shape()[1]; c++) {
                double product = x.get(i);
                for (int k = 0; k < f.length; k++) {
                    product *= k == axis ? 1 : f[k].get(i[k], c);
                }
                result[(int) (i[axis] * f[0].shape()[1] + c)] += product;
            }
        });
        return NDArray.of(result, x.shape()[axis], f[0].shape()[1]);
    }

    @Test
    void reconstruct() {
        SplittableRandom r = random(1);
        for (DType dtype : FLOATING) {
            NDArray[] f = {NDArray.random(r, 4, 3), NDArray.random(r, 2, 3), NDArray.random(r, 5, 3)};
            // Entries below 1: three products and two sums of each of at most 30 terms.
            double tolerance = 30 * 6 * dtype.epsilon();
            close(cp(f), TensorDecompositions.cp(strided(r, dtype, f)), tolerance);
            close(cp(f[0], f[1]), TensorDecompositions.cp(strided(r, dtype, f[0], f[1])), tolerance);
            close(cp(f[2]), TensorDecompositions.cp(strided(r, dtype, f[2])), tolerance);
            NDArray core = NDArray.random(r, 3, 3, 3);
            NDArray expected = KronReference.kron(KronReference.kron(f[0], f[1]), f[2])
                    .matmul2d(core.reshape(27, 1))
                    .reshape(4, 2, 5);
            close(
                    expected,
                    TensorDecompositions.tucker(strided(r, core, dtype), strided(r, dtype, f)),
                    27 * 6 * dtype.epsilon());
            Tensor x = strided(r, core, dtype);
            for (int axis = 0; axis < 3; axis++) {
                x = TensorDecompositions.modeProduct(x, strided(r, f[axis], dtype), axis == 2 ? -1 : axis);
            }
            close(expected, x, 27 * 6 * dtype.epsilon());
        }
        NDArray[] whole = {NDArray.integers(r, -3, 4, 3, 2), NDArray.integers(r, -3, 4, 2, 2)};
        same(cp(whole), TensorDecompositions.cp(strided(r, DType.INT32, whole)));
        same(cp(whole), TensorDecompositions.cp(strided(r, DType.FLOAT16, whole)));
    }

    @Test
    void multiplyByKhatriRao() {
        SplittableRandom r = random(2);
        for (DType dtype : FLOATING) {
            NDArray[] f = {
                NDArray.random(r, 4, 3), NDArray.random(r, 2, 3), NDArray.random(r, 5, 3), NDArray.random(r, 3, 3)
            };
            NDArray x = NDArray.random(r, 4, 2, 5, 3);
            for (int axis = 0; axis < 4; axis++) {
                close(
                        mttkrp(x, axis, f),
                        TensorDecompositions.mttkrp(strided(r, x, dtype), axis - 4, strided(r, dtype, f)),
                        60 * 8 * dtype.epsilon());
            }
            NDArray one = NDArray.random(r, 4);
            close(
                    mttkrp(one, 0, f[0]),
                    TensorDecompositions.mttkrp(strided(r, one, dtype), 0, f[0].toTensor(dtype)),
                    0);
        }
        NDArray[] f = {NDArray.integers(r, -2, 3, 2, 2), NDArray.integers(r, -2, 3, 3, 2)};
        NDArray x = NDArray.integers(r, -2, 3, 2, 3);
        for (DType dtype : new DType[] {DType.INT64, DType.FLOAT16, DType.BFLOAT16, DType.UINT8}) {
            same(mttkrp(x, 1, f), TensorDecompositions.mttkrp(strided(r, x, dtype), 1, strided(r, dtype, f)));
        }
        // i times i is -1: nothing is conjugated.
        Tensor i = ComplexNumbers.complex(Tensor.zeros(DType.FLOAT64, 1, 1), Tensor.ones(DType.FLOAT64, 1, 1));
        assertEquals(-1, TensorDecompositions.mttkrp(i, 0, i, i).itemComplex().re());
    }

    @Test
    void powers() {
        SplittableRandom r = random(3);
        NDArray a = NDArray.integers(r, 1, 4, 2, 3);
        NDArray expected = a;
        for (int k = 1; k <= 5; k++) {
            same(expected, Kron.kronPower(strided(r, a, DType.FLOAT64), k));
            same(expected, Kron.kronPower(strided(r, a, DType.INT32), k));
            expected = KronReference.kron(expected, a);
        }
        assertArrayEquals(
                new long[] {0, 8},
                Kron.kronPower(Tensor.ones(DType.FLOAT32, 0, 2), 3).shape().dims());
        assertEquals(8, Kron.kronPower(Tensor.of(new double[] {2}), 3).item());
        refused(
                ShapeException.class,
                () -> Kron.kronPower(Tensor.ones(DType.FLOAT32, 2, 2), 0),
                "kronPower: k is 0 for a of shape [2,2]");
    }

    @Test
    void empty() {
        Tensor none = Tensor.ones(DType.FLOAT64, 0, 3);
        Tensor some = Tensor.ones(DType.FLOAT64, 2, 3);
        assertEquals(Shape.of(2, 0), TensorDecompositions.cp(some, none).shape());
        assertEquals(
                Shape.of(0, 2),
                TensorDecompositions.tucker(Tensor.ones(DType.FLOAT64, 3, 3), none, some)
                        .shape());
        same(
                NDArray.of(new double[6], 2, 3),
                TensorDecompositions.mttkrp(Tensor.ones(DType.FLOAT64, 0, 2), 1, none, some));
        same(
                NDArray.of(new double[4], 2, 2),
                TensorDecompositions.cp(Tensor.ones(DType.FLOAT64, 2, 0), Tensor.ones(DType.FLOAT64, 2, 0)));
        Tensor infinite = Tensor.of(new double[][] {{Double.POSITIVE_INFINITY, Double.NaN, 1}});
        double[] products = TensorDecompositions.mttkrp(Tensor.ones(DType.FLOAT64, 1, 2), 1, infinite, some)
                .toDoubleArray();
        assertArrayEquals(new double[] {Double.POSITIVE_INFINITY, Double.NaN, 1}, Arrays.copyOf(products, 3));
    }

    @Test
    void refuseWhatDoesNotFit() {
        Tensor a = Tensor.ones(DType.FLOAT64, 2, 3);
        Tensor b = Tensor.ones(DType.FLOAT64, 4, 3);
        Tensor x = Tensor.ones(DType.FLOAT64, 2, 4);
        refused(ShapeException.class, TensorDecompositions::cp, "cp: no factors");
        refused(
                ShapeException.class,
                () -> TensorDecompositions.cp(a, a.transpose()),
                "cp: factors must be matrices with equally many columns, got [2,3], [3,2]");
        refused(
                ShapeException.class,
                () -> TensorDecompositions.mttkrp(x, 0, b, a),
                "mttkrp: x of shape [2,4] needs a factor [size of the axis, r] for each axis, got [4,3], [2,3]");
        refused(ShapeException.class, () -> TensorDecompositions.mttkrp(x, 2, a, b), "mttkrp: axis 2 is out of range");
        refused(DTypeException.class, () -> TensorDecompositions.mttkrp(x.to(DType.FLOAT32), 0, a, b), "mttkrp: ");
        refused(
                ShapeException.class,
                () -> TensorDecompositions.tucker(x, a, b),
                "tucker: a core of shape [2,4] needs a matrix");
        refused(
                DTypeException.class,
                () -> TensorDecompositions.tucker(Tensor.ones(DType.INT32, 3, 3), a.to(DType.INT32), b.to(DType.INT32)),
                "tucker: needs a floating dtype");
        refused(
                ShapeException.class,
                () -> TensorDecompositions.modeProduct(x, a, 1),
                "modeProduct: axis 1 of x [2,4] needs a matrix u with 4 columns, got shape [2,3]");
    }

    @Test
    void gradients() {
        NDArray[] f = {uniform(1, 2, 2), uniform(2, 3, 2), uniform(3, 2, 2)};
        smooth("cp", TensorDecompositions::cp, f);
        smooth(
                "mttkrp",
                t -> TensorDecompositions.mttkrp(t[0], 1, t[1], t[2], t[3]),
                uniform(4, 2, 3, 2),
                f[0],
                f[1],
                f[2]);
        complex("mttkrp", t -> TensorDecompositions.mttkrp(t[0], 0, t[1], t[2]), uniform(4, 2, 3), f[0], f[1]);
        once("tucker", t -> TensorDecompositions.tucker(t[0], t[1], t[2]), uniform(4, 2, 2), f[0], f[1]);
        once("modeProduct", t -> TensorDecompositions.modeProduct(t[0], t[1], 1), uniform(4, 3, 2, 2), f[1]);
        once("kronPower", t -> Kron.kronPower(t[0], 3), uniform(4, 1, 2));
    }

    @Test
    void replayed() {
        if (device().equals(Device.cpu())) {
            return;
        }
        Tensor x = Tensor.ones(DType.FLOAT32, 2, 3, 2);
        Tensor[] f = {
            Tensor.ones(DType.FLOAT32, 2, 2), Tensor.ones(DType.FLOAT32, 3, 2), Tensor.ones(DType.FLOAT32, 2, 2)
        };
        Tensor[] results = new Tensor[2];
        try (DeviceGraph graph = device().capture(() -> {
            results[0] = TensorDecompositions.mttkrp(x, 0, f);
            results[1] = TensorDecompositions.cp(f);
        })) {
            graph.replay();
            assertArrayEquals(new double[] {6, 6, 6, 6}, results[0].toDoubleArray());
            assertEquals(24, results[1].sum().item());
        }
    }
}
