package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Reduce;
import org.junit.jupiter.api.Test;

/** Reductions of pieces of arrays in every loop there is, and what is built of them. */
class FoldsTest {
    private static final List<Loops> ALL = List.of(new Loops(), Loops.BEST);

    @Test
    void integersFoldExactlyOverTheirWholeRange() {
        Random random = new Random(1);
        long[] longs = random.longs(1024).toArray();
        int[] ints = random.ints(1024).toArray();
        byte[] bytes = new byte[1024];
        random.nextBytes(bytes);
        for (Loops loops : ALL) {
            for (int n : new int[] {1, 3, 8, 31, 32, 33, 64, 100, 1000}) {
                for (int from : new int[] {0, 1, 24}) {
                    long[] some = Arrays.copyOfRange(longs, from, from + n);
                    assertEquals(Arrays.stream(some).sum(), loops.sum(longs, from, n));
                    assertEquals(Arrays.stream(some).max().getAsLong(), loops.max(longs, from, n));
                    assertEquals(Arrays.stream(some).min().getAsLong(), loops.min(longs, from, n));
                    int[] few = Arrays.copyOfRange(ints, from, from + n);
                    assertEquals(Arrays.stream(few).asLongStream().sum(), loops.sum(ints, from, n));
                    assertEquals(Arrays.stream(few).max().getAsInt(), loops.max(ints, from, n));
                    assertEquals(Arrays.stream(few).min().getAsInt(), loops.min(ints, from, n));
                    for (int mask : new int[] {-1, 0xff}) {
                        int start = from;
                        int[] wide = IntStream.range(0, n)
                                .map(i -> bytes[start + i] & mask)
                                .toArray();
                        byte flip = mask == -1 ? 0 : Truths.UNSIGNED;
                        assertEquals(Arrays.stream(wide).sum(), loops.sum(bytes, mask, from, n));
                        int max = (loops.max(bytes, flip, from, n) ^ flip) & mask;
                        int min = (loops.min(bytes, flip, from, n) ^ flip) & mask;
                        assertEquals(Arrays.stream(wide).max().getAsInt(), max);
                        assertEquals(Arrays.stream(wide).min().getAsInt(), min);
                    }
                }
            }
        }
    }

    @Test
    void firstExtremesOfDoublesAreFoundAmongTiesZerosAndNaN() {
        double[] x = new double[40];
        Arrays.fill(x, -1);
        x[7] = -0.0;
        x[9] = 0.0;
        assertEquals(7, Folds.argmax(x, 0, 40));
        assertEquals(9, Folds.argmax(x, 8, 30));
        assertEquals(0, Folds.argmin(x, 0, 40));
        x[20] = Double.NaN;
        x[30] = Double.NaN;
        assertEquals(20, Folds.argmax(x, 3, 37));
        assertEquals(20, Folds.argmin(x, 3, 37));
        assertEquals(30, Folds.argmin(x, 21, 19));
        for (Loops loops : ALL) {
            assertEquals(Double.NaN, loops.max(x, 3, 37));
            assertEquals(0.0, loops.max(x, 3, 10));
            assertEquals(-1, loops.min(x, 3, 10));
        }
    }

    @Test
    void sumsAndProductsOfComplexElementsAgreeAlongEveryAxis() {
        try (TensorScope scope = Device.cpu().openScope()) {
            for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
                Tensor re =
                        kron4j.ops.Random.uniform(3, dtype.realPart(), 70, 90).add(0.5);
                Tensor im =
                        kron4j.ops.Random.uniform(4, dtype.realPart(), 70, 90).subtract(0.5);
                Tensor z = ComplexNumbers.complex(re, im);
                double[] all = z.toComplexArray();
                for (int axis = 0; axis < 2; axis++) {
                    double[] sums = Reduce.sum(z, axis).toComplexArray();
                    double[] products = Reduce.prod(z, axis).toComplexArray();
                    int lines = axis == 0 ? 90 : 70;
                    int length = 160 - lines;
                    for (int line = 0; line < lines; line++) {
                        double[] sum = new double[2];
                        double[] product = {1, 0};
                        double size = 1;
                        for (int i = 0; i < length; i++) {
                            int at = 2 * (axis == 0 ? i * 90 + line : line * 90 + i);
                            double a = all[at];
                            double b = all[at + 1];
                            sum[0] += a;
                            sum[1] += b;
                            double real = product[0] * a - product[1] * b;
                            product[1] = product[0] * b + product[1] * a;
                            product[0] = real;
                            size *= Math.hypot(a, b);
                        }
                        double eps = length * dtype.epsilon();
                        assertEquals(sum[0], sums[2 * line], eps * 1.1 * length);
                        assertEquals(sum[1], sums[2 * line + 1], eps * 1.1 * length);
                        assertEquals(product[0], products[2 * line], 4 * eps * size);
                        assertEquals(product[1], products[2 * line + 1], 4 * eps * size);
                    }
                }
            }
        }
    }

    @Test
    void aProductWithOneInfiniteFactorAmongOnesIsThatFactor() {
        double[] parts = new double[128];
        for (int i = 0; i < 128; i += 2) {
            parts[i] = 1;
        }
        parts[40] = Double.POSITIVE_INFINITY;
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor z = ComplexNumbers.viewAsComplex(Tensor.of(parts).reshape(64, 2));
            double[] product = Reduce.prod(z).toComplexArray();
            assertEquals(Double.POSITIVE_INFINITY, product[0]);
            assertEquals(0, product[1]);
        }
    }
}
