package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.IntToLongFunction;
import java.util.function.LongBinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Convolution;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** int8 and uint8; the numbers are those that NumPy 2.4 gives, where nothing else is said. */
public class ByteContract extends Contract {
    private static final DType[] BYTES = {DType.INT8, DType.UINT8};

    private static final long[] A = {0, 1, 7, 100, 128, 200, 255};
    private static final long[] B = {255, 200, 128, 100, 7, 1, 0};

    private static Tensor tensor(DType dtype, long... values) {
        return Tensor.of(values).to(dtype);
    }

    private static void is(DType dtype, Tensor actual, long... expected) {
        assertEquals(dtype, actual.dtype());
        assertArrayEquals(expected, actual.toLongArray());
    }

    @Test
    void castsCutOffAndTakeTheLowBits() {
        double[] x = {300.7, -1.5, 255.9, 256, -128.9, -129, 127.9, 128, Double.NaN, 65543, -0.0, 1e-300};
        long[] unsigned = {44, 255, 255, 0, 128, 127, 127, 128, 0, 7, 0, 0};
        long[] signed = {44, -1, -1, 0, -128, 127, 127, -128, 0, 7, 0, 0};
        for (DType from : FLOATING) {
            is(DType.UINT8, Tensor.of(x).to(from).to(DType.UINT8), unsigned);
            is(DType.INT8, Tensor.of(x).to(from).to(DType.INT8), signed);
            // NumPy leaves these to the processor; here it is Java's cast to int, and then to byte.
            Tensor far = Tensor.of(new double[] {1e10, -1e10, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
                    .to(from);
            is(DType.INT8, far.to(DType.INT8), -1, 0, -1, 0);
            is(DType.UINT8, far.to(DType.UINT8), 255, 0, 255, 0);
        }
        Tensor wide = Tensor.of(new long[] {-1, 255, 256, 128, (1L << 40) + 129, Long.MIN_VALUE, Long.MAX_VALUE});
        for (Tensor t : new Tensor[] {wide, wide.to(DType.INT32)}) {
            is(DType.UINT8, t.to(DType.UINT8), 255, 255, 0, 128, 129, 0, 255);
            is(DType.INT8, t.to(DType.INT8), -1, -1, 0, -128, -127, 0, -1);
        }
    }

    @Test
    void bytesBecomeWhatTheyStandFor() {
        long[] all = new long[256];
        long[] signed = new long[256];
        for (int i = 0; i < 256; i++) {
            all[i] = i;
            signed[i] = (byte) i;
        }
        Tensor u = tensor(DType.UINT8, all);
        Tensor s = tensor(DType.INT8, all);
        for (DType to :
                new DType[] {DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64}) {
            assertArrayEquals(all, u.to(to).to(DType.INT64).toLongArray());
            assertArrayEquals(signed, s.to(to).to(DType.INT64).toLongArray());
        }
        is(DType.INT8, u.to(DType.INT8), signed);
        is(DType.UINT8, s.to(DType.UINT8), all);
        for (Tensor t : new Tensor[] {u, s}) {
            Tensor truth = t.to(DType.BOOL);
            assertEquals(255, truth.sum().itemLong());
            is(t.dtype(), truth.to(t.dtype()).slice(0, 0, 3), 0, 1, 1);
            assertEquals(255, Reduce.sum(Elementwise.notEqual(t, 0)).itemLong());
        }
        assertEquals(200, u.get(200).item());
        assertEquals(-56, s.get(200).itemLong());
        assertArrayEquals(new byte[] {-2, -1}, u.slice(0, 254, 256).toByteArray());
        assertArrayEquals(new byte[] {-2, -1}, s.slice(0, 254, 256).toByteArray());
    }

    @Test
    void javasBytesAreInt8() {
        Tensor t = Tensor.of(new byte[][] {{1, -2}, {3, -128}});
        assertEquals(DType.INT8, t.dtype());
        assertEquals(DType.INT8, Tensor.of((byte) 5).dtype());
        assertArrayEquals(new long[] {1, -2, 3, -128}, t.toLongArray());
        assertArrayEquals(new byte[] {1, 3, -2, -128}, t.transpose().toByteArray());
        assertEquals("[[1, -2], [3, -128]]", text(t));
        assertEquals("[[1, 254], [3, 128]]", text(t.to(DType.UINT8)));
        refused(DTypeException.class, () -> Tensor.of(1).toByteArray(), "is int32, not int8");
        assertArrayEquals(
                new byte[] {-56, -56}, Tensor.full(DType.UINT8, 200, 2).toByteArray());
        byte[] many = new byte[300_001];
        many[262_144] = 7;
        many[300_000] = -7;
        assertArrayEquals(many, Tensor.of(many).toByteArray());
    }

    /** The elements as {@code toString} shows them, on one line. */
    private static String text(Tensor t) {
        String all = t.toString();
        return all.substring(all.indexOf("[[")).replaceAll("\\s+", " ");
    }

    @Test
    void arithmeticWrapsAround() {
        Map<BinaryOperator<Tensor>, long[][]> binary = Map.of(
                Elementwise::add,
                new long[][] {{255, 201, 135, 200, 135, 201, 255}, {-1, -55, -121, -56, -121, -55, -1}},
                Elementwise::subtract,
                new long[][] {{1, 57, 135, 0, 121, 199, 255}, {1, 57, -121, 0, 121, -57, -1}},
                Elementwise::multiply,
                new long[][] {{0, 200, 128, 16, 128, 200, 0}, {0, -56, -128, 16, -128, -56, 0}},
                Elementwise::maximum,
                new long[][] {{255, 200, 128, 100, 128, 200, 255}, {0, 1, 7, 100, 7, 1, 0}},
                Elementwise::minimum,
                new long[][] {{0, 1, 7, 100, 7, 1, 0}, {-1, -56, -128, 100, -128, -56, -1}});
        binary.forEach((tested, expected) -> {
            is(DType.UINT8, tested.apply(tensor(DType.UINT8, A), tensor(DType.UINT8, B)), expected[0]);
            is(DType.INT8, tested.apply(tensor(DType.INT8, A), tensor(DType.INT8, B)), expected[1]);
        });
        Map<UnaryOperator<Tensor>, long[][]> unary = Map.of(
                Elementwise::negative,
                new long[][] {{0, 255, 249, 156, 128, 56, 1}, {0, -1, -7, -100, -128, 56, 1}},
                Elementwise::abs,
                new long[][] {A, {0, 1, 7, 100, -128, 56, 1}},
                Elementwise::sign,
                new long[][] {{0, 1, 1, 1, 1, 1, 1}, {0, 1, 1, 1, -1, -1, -1}},
                Elementwise::square,
                new long[][] {{0, 1, 49, 16, 0, 64, 1}, {0, 1, 49, 16, 0, 64, 1}},
                Elementwise::relu,
                new long[][] {A, {0, 1, 7, 100, 0, 0, 0}},
                t -> t.pow(3),
                new long[][] {{0, 1, 87, 64, 0, 0, 255}, {0, 1, 87, 64, 0, 0, -1}},
                t -> Elementwise.clamp(t, 5, 100),
                new long[][] {{5, 5, 7, 100, 100, 100, 100}, {5, 5, 7, 100, 5, 5, 5}});
        unary.forEach((tested, expected) -> {
            is(DType.UINT8, tested.apply(tensor(DType.UINT8, A)), expected[0]);
            is(DType.INT8, tested.apply(tensor(DType.INT8, A)), expected[1]);
        });
        Tensor place = tensor(DType.UINT8, A);
        InPlace.subtract(place, tensor(DType.UINT8, B));
        is(DType.UINT8, place, 1, 57, 135, 0, 121, 199, 255);
    }

    @Test
    void divisionRoundsDownAndHasNoZero() {
        Tensor u = tensor(DType.UINT8, A);
        Tensor s = tensor(DType.INT8, A);
        Tensor du = tensor(DType.UINT8, 3, 7, 2, 5, 100, 9, 127);
        Tensor ds = tensor(DType.INT8, 3, -7, 2, -5, -1, 9, -128);
        is(DType.UINT8, u.divide(du), 0, 0, 3, 20, 1, 22, 2);
        is(DType.UINT8, Elementwise.remainder(u, du), 0, 1, 1, 0, 28, 2, 1);
        is(DType.INT8, s.divide(ds), 0, -1, 3, -20, -128, -7, 0);
        is(DType.INT8, Elementwise.remainder(s, ds), 0, -6, 1, 0, 0, 7, -1);
        is(DType.UINT8, Elementwise.divide(u, 255), 0, 0, 0, 0, 0, 0, 1);
        for (Tensor t : new Tensor[] {u, s}) {
            refused(TensorException.class, () -> du.to(t.dtype()).divide(t), "division by zero in " + t.dtype());
            refused(TensorException.class, () -> t.divide(0), "division by zero in " + t.dtype());
        }
        is(DType.UINT8, Elementwise.power(u, u.slice(0, 0, 1)), 1, 1, 1, 1, 1, 1, 1);
        is(DType.UINT8, Elementwise.power(tensor(DType.UINT8, 3), tensor(DType.UINT8, 255)), 171);
        refused(
                TensorException.class,
                () -> Elementwise.power(s, tensor(DType.INT8, 255)),
                "power: negative exponent -1 in int8");
    }

    @Test
    void comparisonsKnowTheSign() {
        Tensor u = tensor(DType.UINT8, A);
        Tensor s = tensor(DType.INT8, A);
        is(DType.BOOL, Elementwise.less(u, tensor(DType.UINT8, B)), 1, 1, 1, 0, 0, 0, 0);
        is(DType.BOOL, Elementwise.less(s, tensor(DType.INT8, B)), 0, 0, 0, 0, 1, 1, 1);
        is(DType.BOOL, Elementwise.greater(u, 127), 0, 0, 0, 0, 1, 1, 1);
        is(DType.BOOL, Elementwise.less(s, 0), 0, 0, 0, 0, 1, 1, 1);
        is(DType.BOOL, Elementwise.equal(u, 255), 0, 0, 0, 0, 0, 0, 1);
        is(DType.UINT8, Elementwise.where(Elementwise.greater(u, 127), u, 5), 5, 5, 5, 5, 128, 200, 255);
        is(DType.BOOL, Elementwise.logicalNot(u), 1, 0, 0, 0, 0, 0, 0);
    }

    /** Every pair of bytes, in rows that are no whole vectors, and those with a number or a column. */
    @Test
    void everyPairOfBytes() {
        Map<BinaryOperator<Tensor>, LongBinaryOperator> numbers = Map.of(
                Elementwise::add, (x, y) -> x + y,
                Elementwise::subtract, (x, y) -> x - y,
                Elementwise::multiply, (x, y) -> x * y,
                Elementwise::maximum, Math::max,
                Elementwise::minimum, Math::min);
        Map<BinaryOperator<Tensor>, LongBinaryOperator> truths = Map.of(
                Elementwise::equal, (x, y) -> x == y ? 1 : 0,
                Elementwise::notEqual, (x, y) -> x != y ? 1 : 0,
                Elementwise::less, (x, y) -> x < y ? 1 : 0,
                Elementwise::lessEqual, (x, y) -> x <= y ? 1 : 0,
                Elementwise::greater, (x, y) -> x > y ? 1 : 0,
                Elementwise::greaterEqual, (x, y) -> x >= y ? 1 : 0);
        int rows = 257;
        int columns = 1283;
        for (DType dtype : BYTES) {
            long[] x = new long[rows * columns];
            long[] y = new long[x.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = stored(dtype, i);
                y[i] = stored(dtype, i >> 8);
            }
            Tensor a = Tensor.of(x, rows, columns).to(dtype);
            Tensor b = Tensor.of(y, rows, columns).to(dtype);
            Tensor column = b.slice(1, 3, 4);
            Tensor row = b.slice(0, 5, 6);
            numbers.forEach((tested, expected) -> {
                is(dtype, tested.apply(a, b), expected(i -> stored(dtype, expected.applyAsLong(x[i], y[i])), x.length));
                is(
                        dtype,
                        tested.apply(a, column),
                        expected(
                                i -> stored(dtype, expected.applyAsLong(x[i], y[i / columns * columns + 3])),
                                x.length));
                is(
                        dtype,
                        tested.apply(row, a),
                        expected(
                                i -> stored(dtype, expected.applyAsLong(y[5 * columns + i % columns], x[i])),
                                x.length));
                is(
                        dtype,
                        tested.apply(column, row),
                        expected(
                                i -> stored(
                                        dtype,
                                        expected.applyAsLong(
                                                y[i / columns * columns + 3], y[5 * columns + i % columns])),
                                x.length));
            });
            truths.forEach((tested, expected) -> {
                is(DType.BOOL, tested.apply(a, b), expected(i -> expected.applyAsLong(x[i], y[i]), x.length));
                is(
                        DType.BOOL,
                        tested.apply(column, a),
                        expected(i -> expected.applyAsLong(y[i / columns * columns + 3], x[i]), x.length));
            });
            for (long c : new long[] {0, 1, 2, 101, dtype == DType.INT8 ? -128 : 255}) {
                is(dtype, a.add(c), expected(i -> stored(dtype, x[i] + c), x.length));
                is(dtype, a.subtract(c), expected(i -> stored(dtype, x[i] - c), x.length));
                is(dtype, Elementwise.subtract(c, a), expected(i -> stored(dtype, c - x[i]), x.length));
                is(dtype, a.multiply(c), expected(i -> stored(dtype, x[i] * c), x.length));
                is(dtype, Elementwise.maximum(a, c), expected(i -> Math.max(x[i], c), x.length));
            }
            is(dtype, Elementwise.negative(a), expected(i -> stored(dtype, -x[i]), x.length));
            is(dtype, Elementwise.abs(a), expected(i -> stored(dtype, Math.abs(x[i])), x.length));
        }
    }

    /** Lines that end in the middle of a vector, of bytes that are all large, or all small, but one. */
    @Test
    void extremesAndSumsOfLongLines() {
        for (DType dtype : BYTES) {
            long least = stored(dtype, dtype == DType.INT8 ? 128 : 0);
            long most = stored(dtype, dtype == DType.INT8 ? 127 : 255);
            for (int length : new int[] {1024, 1027, 70_001}) {
                long[] x = new long[3 * length];
                long[] sums = new long[3];
                for (int i = 0; i < x.length; i++) {
                    x[i] = i < length ? least : i < 2 * length ? most : stored(dtype, i * 37);
                    sums[i / length] += x[i];
                }
                x[length - 1] = least + 3;
                x[length] = most - 3;
                sums[0] += 3;
                sums[1] -= 3;
                Tensor a = Tensor.of(x, 3, length).to(dtype);
                is(dtype, Reduce.max(a, 1), least + 3, most, most);
                is(dtype, Reduce.min(a, 1), least, most - 3, least);
                is(dtype, Reduce.max(a.slice(0, 0, 1)), least + 3);
                is(dtype, Reduce.min(a.slice(0, 1, 2)), most - 3);
                is(DType.INT64, Reduce.sum(a, 1), sums);
                is(DType.INT64, Reduce.sum(a.transpose().contiguous(), 0), sums);
                is(DType.INT64, a.to(DType.INT64), x);
                is(dtype, a.to(DType.FLOAT32).add(0.75).to(dtype), fractions(x));
            }
        }
    }

    /** Of numbers with 3/4 more: below 0 fractions are cut off towards 0. */
    private static long[] fractions(long[] x) {
        return expected(i -> x[i] < 0 ? x[i] + 1 : x[i], x.length);
    }

    private static long stored(DType dtype, long value) {
        return dtype == DType.INT8 ? (byte) value : value & 0xff;
    }

    private static long[] expected(IntToLongFunction element, int size) {
        long[] all = new long[size];
        Arrays.setAll(all, element);
        return all;
    }

    @Test
    void numbersHaveToFit() {
        Tensor u = tensor(DType.UINT8, A);
        refused(DTypeException.class, () -> u.add(256), "256 is not a value of uint8", "to(DType)");
        refused(DTypeException.class, () -> u.add(-1), "-1 is not a value of uint8");
        refused(DTypeException.class, () -> u.multiply(0.5), "0.5 is not a value of uint8");
        refused(DTypeException.class, () -> Tensor.full(DType.INT8, 128, 2), "full: 128 is not a value of int8");
        refused(DTypeException.class, () -> Tensor.arange(DType.UINT8, 0, 257), "256 is not a value of uint8");
        assertEquals(255, Tensor.arange(DType.UINT8, 0, 256).max().itemLong());
        is(DType.INT8, Tensor.full(DType.INT8, -128, 2), -128, -128);
        is(DType.UINT8, u.add(255), 255, 0, 6, 99, 127, 199, 254);
    }

    @Test
    void sumsAreInt64AndMeansFloat64() {
        Tensor u = tensor(DType.UINT8, A);
        Tensor s = tensor(DType.INT8, A);
        is(DType.INT64, Reduce.sum(u), 691);
        is(DType.INT64, Reduce.sum(s), -77);
        is(DType.INT64, Reduce.prod(u.slice(0, 1, 7)), 4_569_600_000L);
        is(DType.INT64, Reduce.prod(s.slice(0, 1, 7)), -5_017_600);
        assertEquals(691 / 7.0, Reduce.mean(u).item());
        assertEquals(-11.0, Reduce.mean(s).item());
        is(DType.UINT8, u.max(), 255);
        is(DType.INT8, s.max(), 100);
        is(DType.INT8, s.min(), -128);
        is(DType.INT64, Reduce.argmin(s), 4);
        is(DType.INT64, Reduce.argmax(u), 6);
        for (DType dtype : BYTES) {
            long most = dtype == DType.UINT8 ? 255 : 127;
            Tensor many = Tensor.full(dtype, most, 3, 100_001);
            is(DType.INT64, many.sum(1), 100_001 * most, 100_001 * most, 100_001 * most);
            is(DType.INT64, many.transpose().sum(), 300_003 * most);
        }
    }

    /** Adding and multiplying modulo 2^32 and then modulo 256 is adding and multiplying modulo 256. */
    @Test
    void productsWrapAround() {
        SplittableRandom random = random(1);
        int[][] sizes = {{2, 3, 2}, {1, 700, 1}, {70, 33, 65}, {5, 3000, 6}, {130, 9, 140}};
        for (int[] s : sizes) {
            Tensor x = bits(random, 2, s[0], s[1]);
            Tensor y = bits(random, 2, s[1], s[2]);
            Tensor z = bits(random, 2, s[1]);
            for (DType dtype : BYTES) {
                wraps(dtype, MatMul::matmul, x, y);
                wraps(dtype, MatMul::matmul, x.transpose(-1, -2).copy().transpose(-1, -2), y.flip(-1));
                wraps(dtype, (a, b) -> Einsum.einsum(3, "bij,bjk->ik", a, b), x, y);
                wraps(dtype, (a, b) -> Einsum.einsum("bij->b", a), x, y);
                wraps(dtype, (a, b) -> Einsum.einsum("bij,bj->bi", a, b), x, z);
                wraps(dtype, (a, b) -> Einsum.einsum("bij,bj,bj,bik->k", a, b, b, a), x, z);
            }
        }
        Tensor a = bits(random, 5, 7);
        Tensor b = bits(random, 3, 40);
        for (DType dtype : BYTES) {
            wraps(dtype, Kron::kron, a, b);
            wraps(dtype, (x, y) -> Kron.kronSum(x, y), a.slice(1, 0, 5), b.slice(1, 0, 3));
            wraps(
                    dtype,
                    (x, y) -> Convolution.convTranspose2d(x, y, new int[] {2, 1}, new int[] {0, 1}),
                    a.reshape(1, 1, 5, 7),
                    b.slice(1, 0, 4).reshape(1, 1, 3, 4));
        }
        Tensor m = Tensor.of(new long[][] {{0, 40, 80}, {120, 160, 200}});
        is(DType.UINT8, m.to(DType.UINT8).matmul(m.to(DType.UINT8).transpose()).reshape(4), 64, 128, 128, 128);
        is(DType.INT8, m.to(DType.INT8).matmul(m.to(DType.INT8).transpose()).reshape(4), 64, -128, -128, -128);
    }

    private static Tensor bits(SplittableRandom random, long... shape) {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return Tensor.of(random.ints(n, 0, 256).toArray()).reshape(shape);
    }

    private static void wraps(DType dtype, BinaryOperator<Tensor> product, Tensor a, Tensor b) {
        Tensor actual = product.apply(a.to(dtype), b.to(dtype));
        Tensor wide = product.apply(a, b);
        assertEquals(wide.shape(), actual.shape());
        is(dtype, actual.reshape(-1), wide.reshape(-1).to(dtype).toLongArray());
    }

    @Test
    void indexAndAreIndexed() {
        Tensor u = tensor(DType.UINT8, A);
        Tensor squares = Elementwise.square(Tensor.arange(DType.INT64, 0, 256));
        assertArrayEquals(
                new long[] {0, 1, 49, 10_000, 16_384, 40_000, 65_025},
                Indexing.take(squares, u, 0).toLongArray());
        is(DType.INT8, Indexing.take(u.to(DType.INT8), tensor(DType.INT8, -1, 4), 0), -1, -128);
        is(DType.UINT8, Indexing.takeEx(u, Tensor.of(new long[] {9, 4}), 0), 255, 128);
        is(DType.INT8, Indexing.takeEx(u.to(DType.INT8), Tensor.of(new long[] {9, 4}), 0), -128, -128);
        is(DType.UINT8, Indexing.concat(0, u, u).slice(0, 5, 9), 200, 255, 0, 1);
        same(
                NDArray.generate(new long[] {3, 3}, i -> i[0] == i[1] ? 1 : 0),
                Indexing.oneHot(Tensor.arange(DType.UINT8, 0, 3), 3, DType.INT8));
    }

    @Test
    void whatBytesDoNotHaveIsRefusedWithTheRemedy() {
        Tensor u = tensor(DType.UINT8, A);
        Tensor s = tensor(DType.INT8, A);
        refused(DTypeException.class, () -> u.add(s), "operands have dtypes uint8 [7], int8 [7]");
        refused(DTypeException.class, () -> u.multiply(u.to(DType.FLOAT32)), "uint8 [7], float32 [7]");
        for (DType dtype : BYTES) {
            Tensor square = Tensor.ones(dtype, 3, 3);
            refused(DTypeException.class, () -> Elementwise.sqrt(square), dtype.toString(), "to(DType");
            refused(DTypeException.class, () -> Linalg.slogdet(square), dtype + " [3,3]", "to(DType.FLOAT64)");
            refused(DTypeException.class, () -> Linalg.inverse(square), dtype + " [3,3]", "to(DType.FLOAT64)");
            refused(DTypeException.class, () -> Linalg.svd(square), dtype + " [3,3]", "to(DType.FLOAT64)");
            refused(DTypeException.class, () -> square.requiresGrad(), dtype.toString());
            refused(
                    DTypeException.class,
                    () -> Einsum.einsum(0.5, "ij,jk->ik", square, square),
                    "the factor 0.5 is not an integer, the operands are " + dtype);
        }
    }
}
