package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Convolution;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

public class ConvTransposeContract extends Contract {
    @Test
    void scattersEveryTapForAnyStrideAndPadding() {
        SplittableRandom r = random(1);
        for (int i = 0; i < 80; i++) {
            long n = r.nextInt(1, 3);
            long cin = r.nextInt(1, 4);
            long cout = r.nextInt(1, 4);
            int kh = r.nextInt(1, 5);
            int kw = r.nextInt(1, 5);
            NDArray x = NDArray.integers(r, -4, 5, n, cin, r.nextInt(2, 6), r.nextInt(2, 6));
            NDArray kernel = NDArray.integers(r, -4, 5, cin, cout, kh, kw);
            int[] stride = {r.nextInt(1, 5), r.nextInt(1, 5)};
            int[] padding = {r.nextInt(0, (kh + 1) / 2 + 1), r.nextInt(0, (kw + 1) / 2 + 1)};
            NDArray expected = reference(x, kernel, stride, padding);
            for (DType dtype : FLOATING) {
                Tensor result =
                        Convolution.convTranspose2d(strided(r, x, dtype), strided(r, kernel, dtype), stride, padding);
                same(expected.map(v -> v + 0.0), result.add(0));
            }
        }
    }

    private static NDArray reference(NDArray x, NDArray kernel, int[] s, int[] p) {
        long[] in = x.shape();
        long[] k = kernel.shape();
        long[] shape = {in[0], k[1], (in[2] - 1) * s[0] - 2L * p[0] + k[2], (in[3] - 1) * s[1] - 2L * p[1] + k[3]};
        return NDArray.generate(shape, o -> {
            double sum = 0;
            for (long c = 0; c < in[1]; c++) {
                for (long i = 0; i < in[2]; i++) {
                    for (long j = 0; j < in[3]; j++) {
                        long row = o[2] + p[0] - s[0] * i;
                        long col = o[3] + p[1] - s[1] * j;
                        if (row >= 0 && row < k[2] && col >= 0 && col < k[3]) {
                            sum += x.get(o[0], c, i, j) * kernel.get(c, o[1], row, col);
                        }
                    }
                }
            }
            return sum;
        });
    }

    @Test
    void isTheKroneckerProductWhereTheStrideIsTheKernelSize() {
        SplittableRandom r = random(2);
        NDArray a = NDArray.random(r, 3, 4);
        NDArray b = NDArray.random(r, 2, 5);
        same(
                KronReference.kron(a, b),
                Convolution.convTranspose2d(
                        strided(r, a, DType.FLOAT64), strided(r, b, DType.FLOAT64), new int[] {2, 5}, new int[] {0, 0
                        }));
    }

    @Test
    void sumsChannelsInFullPrecision() {
        SplittableRandom r = random(3);
        NDArray x = NDArray.random(r, 1, 64, 3, 3);
        NDArray kernel = NDArray.random(r, 64, 2, 2, 2);
        Tensor result = Convolution.convTranspose2d(x.toTensor(DType.FLOAT64), kernel.toTensor(DType.FLOAT64), 1, 1);
        // 64 channels and 4 taps of products below 1.
        close(reference(x, kernel, new int[] {1, 1}, new int[] {1, 1}), result, 256 * 256 * 0x1p-52);
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor x = Tensor.ones(DType.FLOAT64, 1, 2, 3, 3);
        Tensor k = Tensor.ones(DType.FLOAT64, 3, 2, 2, 2);
        Tensor m = Tensor.ones(DType.FLOAT64, 2, 2);
        refused(
                ShapeException.class,
                () -> Convolution.convTranspose2d(x, k, 1, 0),
                "convTranspose2d: shapes [1,2,3,3] and [3,2,2,2] do not fit");
        refused(ShapeException.class, () -> Convolution.convTranspose2d(x, m, 1, 0), "do not fit");
        refused(
                ShapeException.class,
                () -> Convolution.convTranspose2d(m, m, 0, 0),
                "convTranspose2d: stride 0 and padding 0 on axis -2 of shapes [2,2] and [2,2]");
        refused(ShapeException.class, () -> Convolution.convTranspose2d(m, m, 1, -1), "padding -1");
        Tensor one = Tensor.ones(DType.FLOAT64, 1, 1);
        refused(
                ShapeException.class,
                () -> Convolution.convTranspose2d(one.expand((1L << 34) + 1, 1), one, 1 << 30, 0),
                "stride 1073741824 on axis -2 of shapes [17179869185,1] and [1,1] gives a size of more than 2^63-1");
        refused(ShapeException.class, () -> Convolution.convTranspose2d(m, m, 1, 2), "give a size of -1");
        refused(
                ShapeException.class,
                () -> Convolution.convTranspose2d(m, m, new int[] {1}, new int[] {0, 0}),
                "strides [1] and paddings [0, 0] need two numbers each");
        refused(
                DTypeException.class,
                () -> Convolution.convTranspose2d(m, Tensor.ones(DType.FLOAT32, 2, 2), 1, 0),
                "convTranspose2d: operands have dtypes float64 [2,2], float32 [2,2]");
    }
}
