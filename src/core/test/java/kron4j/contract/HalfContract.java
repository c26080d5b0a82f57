package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DeviceMemoryException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.BinaryOp;
import kron4j.backend.Halves;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.ops.Creation;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Scatter;
import kron4j.ops.Softmax;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** float16 and bfloat16: what is computed from them is what float32 gives, rounded once. */
public class HalfContract extends Contract {
    private static final int PATTERNS = 1 << 16;

    static DType[] halves() {
        return DTypes.halves();
    }

    /** All elements that a half dtype has, by their bits. */
    private static Tensor patterns(DType dtype) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * PATTERNS).order(ByteOrder.nativeOrder());
        IntStream.range(0, PATTERNS).forEach(bits -> bytes.putShort((short) bits));
        return Tensor.of(dtype, bytes.flip(), Shape.of(PATTERNS));
    }

    /** The number that the bits stand for, from the definition of the format. */
    private static double value(DType dtype, int bits) {
        int fraction = dtype == DType.FLOAT16 ? 10 : 7;
        int bias = dtype == DType.FLOAT16 ? 15 : 127;
        int exponent = (bits & 0x7fff) >> fraction;
        double significand = bits & (1 << fraction) - 1;
        double magnitude;
        if (exponent == 2 * bias + 1) {
            magnitude = significand == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else {
            double whole = exponent == 0 ? significand : significand + (1 << fraction);
            magnitude = whole * Math.pow(2, Math.max(1, exponent) - bias - fraction);
        }
        return bits >= 0x8000 ? -magnitude : magnitude;
    }

    private static double[] values(DType dtype) {
        return IntStream.range(0, PATTERNS)
                .mapToDouble(bits -> value(dtype, bits))
                .toArray();
    }

    /** The elements' bits; all NaN alike. */
    private static int[] bits(Tensor t) {
        ByteBuffer bytes = t.toBuffer();
        int[] bits = new int[(int) t.size()];
        for (int i = 0; i < bits.length; i++) {
            int own = bytes.getShort(2 * i) & 0xffff;
            bits[i] = Double.isNaN(value(t.dtype(), own)) ? -1 : own;
        }
        return bits;
    }

    private static Tensor wide(Tensor t) {
        return t.to(DType.FLOAT32);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void everyPatternIsReadAndConvertedExactly(DType dtype) {
        Tensor all = patterns(dtype);
        NDArray expected = NDArray.of(values(dtype), PATTERNS);
        same(expected, all);
        for (DType other : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            same(expected, all.to(other));
            assertArrayEquals(bits(all), bits(all.to(other).to(dtype)), other.toString());
        }
        assertArrayEquals(
                IntStream.range(0, PATTERNS).toArray(), copied(all).toArray(), "copies keep even the payloads of NaN");
    }

    @ParameterizedTest
    @MethodSource("halves")
    void whatOnlyMovesElementsKeepsTheirBits(DType dtype) {
        Tensor all = patterns(dtype);
        Tensor numbers = Tensor.arange(DType.INT64, 0, PATTERNS);
        Tensor backwards = numbers.flip(0).contiguous();
        int[] expected = IntStream.range(0, PATTERNS).toArray();
        Tensor odd = Elementwise.remainder(numbers, 2).to(DType.BOOL);
        Tensor row = all.flip(0).contiguous();
        assertArrayEquals(expected, stored(Elementwise.where(odd, all, all)), "where");
        assertArrayEquals(expected, stored(Indexing.take(row, backwards, 0)), "take");
        assertArrayEquals(expected, stored(Indexing.take(row.unsqueeze(1), backwards, 0)), "take of rows");
        assertArrayEquals(expected, stored(Indexing.gather(row, backwards, 0)), "gather");
        Tensor twice = all.unsqueeze(1).expand(PATTERNS, 2).contiguous();
        assertArrayEquals(
                expected,
                stored(Indexing.gather(twice, Elementwise.remainder(numbers, 2).unsqueeze(1), 1)),
                "expand and gather");
        assertArrayEquals(
                expected, stored(Indexing.concat(0, all.slice(0, 0, 9), all.slice(0, 9, PATTERNS))), "concat");
        assertArrayEquals(expected, stored(Scatter.put(all.multiply(0), backwards, row)), "put");
    }

    private static int[] stored(Tensor t) {
        ByteBuffer bytes = t.toBuffer();
        return IntStream.range(0, PATTERNS)
                .map(i -> bytes.getShort(2 * i) & 0xffff)
                .toArray();
    }

    private static IntStream copied(Tensor all) {
        Tensor turned =
                all.reshape(256, 256).transpose().contiguous().transpose().contiguous();
        ByteBuffer bytes = turned.toBuffer();
        return IntStream.range(0, PATTERNS).map(i -> bytes.getShort(2 * i) & 0xffff);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void conversionsToExactDtypesAreThoseOfFloat64(DType dtype) {
        Tensor all = patterns(dtype);
        Tensor wide = all.to(DType.FLOAT64);
        for (DType exact : new DType[] {DType.INT32, DType.INT64, DType.INT8, DType.UINT8, DType.BOOL}) {
            same(NDArray.of(wide.to(exact)), all.to(exact));
        }
        for (DType other : DTypes.halves()) {
            assertArrayEquals(bits(wide.to(other)), bits(all.to(other)), other.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void floatsAreReadExactly(DType dtype) {
        float[] expected = new float[PATTERNS];
        IntStream.range(0, PATTERNS).forEach(bits -> expected[bits] = (float) value(dtype, bits));
        assertArrayEquals(expected, patterns(dtype).toFloatArray());
        assertArrayEquals(
                Arrays.copyOf(expected, 3),
                patterns(dtype).slice(0, 0, 3).flip(0).flip(0).toFloatArray());
    }

    /** NaN whose payload lies in bits that a half has not. */
    @ParameterizedTest
    @MethodSource("halves")
    void everyNanStaysOne(DType dtype) {
        int[] payloads = {1, 0x1fff, 0xffff, 0x400000, 0x7fffff};
        ByteBuffer bytes = ByteBuffer.allocate(8 * payloads.length).order(ByteOrder.nativeOrder());
        for (int payload : payloads) {
            for (int sign : new int[] {0, 0x80000000}) {
                int bits = sign | 0x7f800000 | payload;
                bytes.putInt(bits);
                float value = Float.intBitsToFloat(bits);
                short half = dtype == DType.FLOAT16 ? Halves.toFloat16(value) : Halves.toBfloat16(value);
                assertTrue(Double.isNaN(value(dtype, half & 0xffff)), Integer.toHexString(bits));
            }
        }
        Tensor nans = Tensor.of(DType.FLOAT32, bytes.flip(), Shape.of(2L * payloads.length));
        assertTrue(Arrays.stream(nans.to(dtype).toDoubleArray()).allMatch(Double::isNaN));
    }

    /** 0.9998 and more would round to 1. */
    @ParameterizedTest
    @MethodSource("halves")
    void uniformNumbersAreBelowOne(DType dtype) {
        Tensor u = Random.uniform(3, dtype, 100_000);
        double below = 1 - dtype.epsilon() / 2;
        Tensor wide = Random.uniform(3, DType.FLOAT32, 100_000).to(dtype);
        same(NDArray.scalar(1), Reduce.max(wide));
        same(NDArray.of(Elementwise.minimum(wide, below)), u);
    }

    /** Between each two neighbours: the middle goes to the even one, all else to the nearer one, be it by the last bit of a double. */
    @ParameterizedTest
    @MethodSource("halves")
    void roundsOnceToTheNearestTiesToEven(DType dtype) {
        double[] inputs = new double[5 * PATTERNS];
        double[] outputs = new double[inputs.length];
        int n = 0;
        int infinity = dtype == DType.FLOAT16 ? 0x7c00 : 0x7f80;
        for (int bits = 0; bits < infinity; bits++) {
            double below = value(dtype, bits);
            double above = bits + 1 == infinity ? 2 * below - value(dtype, bits - 1) : value(dtype, bits + 1);
            double middle = (below + above) / 2;
            double top = value(dtype, bits + 1);
            double[] between = {middle, Math.nextDown(middle), Math.nextUp(middle), Math.nextUp(below)};
            double[] rounded = {bits % 2 == 0 ? below : top, below, top, below};
            for (int i = 0; i < between.length; i++) {
                inputs[n] = between[i];
                outputs[n++] = rounded[i];
                inputs[n] = -between[i];
                outputs[n++] = -rounded[i];
            }
            if (n + 8 > inputs.length) {
                check(dtype, inputs, outputs, n);
                n = 0;
            }
        }
        check(dtype, inputs, outputs, n);
        for (int i = 0; i < n; i++) {
            assertEquals(outputs[i], DTypes.rounded(dtype, inputs[i]), "the reference of other suites");
        }
    }

    private static void check(DType dtype, double[] inputs, double[] outputs, int n) {
        NDArray expected = NDArray.of(Arrays.copyOf(outputs, n), n);
        Tensor from = Tensor.of(Arrays.copyOf(inputs, n));
        same(expected, from.to(dtype));
        Tensor floats = from.to(DType.FLOAT32);
        same(NDArray.of(floats.to(DType.FLOAT64).to(dtype)), floats.to(dtype));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void integersRoundOnce(DType dtype) {
        long ulp = dtype == DType.FLOAT16 ? 2 : 16; // of numbers from 2048
        long big = 1L << 60;
        long step = big >> 7; // between neighbours of bfloat16
        long[] whole = {
            2048, 2048 + ulp / 2, 2048 + ulp / 2 + 1, -2048 - ulp - ulp / 2, big, big + step / 2, big + step / 2 + 1
        };
        double infinite = Double.POSITIVE_INFINITY;
        double[] expected = dtype == DType.FLOAT16
                ? new double[] {2048, 2048, 2050, -2052, infinite, infinite, infinite}
                : new double[] {2048, 2048, 2064, -2080, big, big, big + step};
        same(NDArray.of(expected, expected.length), Tensor.of(whole).to(dtype));
        Tensor narrow = Tensor.of(new int[] {2048, (int) (2048 + ulp / 2 + 1), 70_000});
        same(
                NDArray.of(
                        dtype == DType.FLOAT16
                                ? new double[] {2048, 2050, infinite}
                                : new double[] {2048, 2064, 70_144},
                        3),
                narrow.to(dtype));
        same(
                NDArray.of(new double[] {1 + dtype.epsilon()}, 1),
                Creation.full(dtype, 1 + dtype.epsilon() / 2 + 1e-12, 1));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void functionsOfEveryPatternAreThoseOfFloat32Rounded(DType dtype) {
        Tensor all = patterns(dtype);
        Tensor wide = wide(all);
        Set<UnaryOp> computed = EnumSet.complementOf(EnumSet.of(UnaryOp.CONJUGATE)); // a real number itself
        for (UnaryOp op : computed) {
            Tensor expected = applied(op, wide);
            Tensor result = applied(op, all);
            if (op.isPredicate()) {
                same(NDArray.of(expected), result);
            } else {
                assertEquals(dtype, result.dtype());
                assertArrayEquals(bits(expected.to(dtype)), bits(result), op.name());
            }
        }
    }

    private static Tensor applied(UnaryOp op, Tensor a) {
        View in = a.view();
        return Tensor.make(
                a.device(),
                op.resultOf(a.dtype()),
                a.shape(),
                out -> in.storage().backend().unary(op, in, out));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void operationsOnTwoAreThoseOfFloat32Rounded(DType dtype) {
        SplittableRandom random = random(1);
        Tensor all = patterns(dtype);
        Tensor other = Indexing.gather(all, Random.permutation(7, PATTERNS), 0);
        NDArray some = NDArray.random(random, 6, 1, 5);
        Tensor[][] pairs = {
            {all, other},
            {strided(random, some, DType.FLOAT32).to(dtype), strided(random, NDArray.random(random, 3, 5), dtype)}
        };
        for (Tensor[] pair : pairs) {
            Tensor[] floats = {wide(pair[0]), wide(pair[1])};
            for (BinaryOp op : BinaryOp.values()) {
                Tensor expected = applied(op, floats[0], floats[1]);
                Tensor result = applied(op, pair[0], pair[1]);
                if (op.isPredicate()) {
                    same(NDArray.of(expected), result);
                } else {
                    assertArrayEquals(bits(expected.to(dtype)), bits(result), op.name());
                }
            }
            Tensor condition = Elementwise.less(pair[0], 0);
            assertArrayEquals(
                    bits(Elementwise.where(condition, floats[0], floats[1]).to(dtype)),
                    bits(Elementwise.where(condition, pair[0], pair[1])));
        }
    }

    private static Tensor applied(BinaryOp op, Tensor a, Tensor b) {
        Shape shape = Shape.broadcast(op.name(), a.shape(), b.shape());
        View x = a.view().with(a.layout().expand(shape));
        View y = b.view().with(b.layout().expand(shape));
        return Tensor.make(
                a.device(),
                op.isPredicate() ? DType.BOOL : a.dtype(),
                shape,
                out -> x.storage().backend().binary(op, x, y, out));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void printsTheFewestDigitsThatNameAHalf(DType dtype) {
        Tensor some = Tensor.of(new float[] {0.1f, -0.0f, 1f / 3, Float.NaN, -2049, Float.NEGATIVE_INFINITY})
                .to(dtype);
        String digits = dtype == DType.FLOAT16 ? "0.3333, NaN, -2048.0" : "0.334, NaN, -2050.0";
        assertTrue(some.toString().contains("[0.1, -0.0, " + digits + ", -Infinity]"), some.toString());
    }

    @ParameterizedTest
    @MethodSource("halves")
    void scalarsAreFloat32(DType dtype) {
        Tensor all = patterns(dtype);
        Tensor wide = wide(all);
        double third = 1.0 / 3;
        assertArrayEquals(bits(Elementwise.multiply(wide, third).to(dtype)), bits(Elementwise.multiply(all, third)));
        assertArrayEquals(bits(Elementwise.subtract(third, wide).to(dtype)), bits(Elementwise.subtract(third, all)));
        assertArrayEquals(bits(Elementwise.power(wide, third).to(dtype)), bits(Elementwise.power(all, third)));
        same(NDArray.of(Elementwise.less(wide, third)), Elementwise.less(all, third));
    }

    /** 4096 times 1/8 stagnates at 256 (float16) or 32 (bfloat16) if each sum is rounded. */
    @ParameterizedTest
    @MethodSource("halves")
    void sumsAddUpInFloat32(DType dtype) {
        for (long[] shape : new long[][] {{4096}, {3, 4096}, {4096, 3}, {2, 64, 64}, {64, 2, 64}}) {
            int axis = shape.length == 1 ? 0 : shape[0] == 4096 ? 0 : shape[0] == 3 ? 1 : -1;
            Tensor eighths = Creation.full(dtype, 0.125, shape);
            Tensor sum = axis >= 0
                    ? Reduce.sum(eighths, axis)
                    : shape[0] == 2 ? Reduce.sum(eighths, 1, 2) : Reduce.sum(eighths, 0, 2);
            assertEquals(dtype, sum.dtype());
            same(NDArray.full(512, sum.shape().dims()), sum);
        }
        Tensor mean = Reduce.mean(Creation.full(dtype, 30_000, 1000));
        same(NDArray.scalar(dtype == DType.FLOAT16 ? 30_000 : 29_952), mean);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void reductionsAreThoseOfFloat32Rounded(DType dtype) {
        SplittableRandom random = random(3);
        Tensor x = strided(random, NDArray.random(random, 5, 33, 70), dtype);
        Tensor wide = wide(x);
        int[][] choices = {{}, {0}, {1}, {2}, {0, 2}, {1, 2}};
        for (int[] axes : choices) {
            double half = dtype.epsilon() / 2;
            close(NDArray.of(Reduce.sum(wide, axes)), Reduce.sum(x, axes), 200 * half);
            same(NDArray.of(Reduce.max(wide, axes)), Reduce.max(x, axes));
            same(NDArray.of(Reduce.min(wide, axes)), Reduce.min(x, axes));
            assertArrayEquals(bits(Reduce.prod(wide, axes).to(dtype)), bits(Reduce.prod(x, axes)));
            assertEquals(dtype, Reduce.prod(x, axes).dtype());
        }
        same(NDArray.of(Reduce.argmax(wide, 1)), Reduce.argmax(x, 1));
        same(NDArray.of(Reduce.argmin(wide)), Reduce.argmin(x));
        same(NDArray.of(Reduce.any(wide, 2)), Reduce.any(x, 2));
    }

    /** Products of whole numbers that float32 adds up exactly: each element is the exact sum, rounded. */
    @ParameterizedTest
    @MethodSource("halves")
    void contractionsAddUpInFloat32(DType dtype) {
        SplittableRandom random = random(5);
        NDArray a = NDArray.integers(random, -9, 10, 37, 300);
        NDArray b = NDArray.integers(random, -9, 10, 300, 21);
        NDArray c = NDArray.integers(random, -9, 10, 21, 5);
        Tensor x = strided(random, a, dtype);
        Tensor y = strided(random, b, dtype);
        Tensor z = strided(random, c, dtype);
        Tensor[] wide = {wide(x), wide(y), wide(z)};
        Tensor product = MatMul.matmul(wide[0], wide[1]);
        assertArrayEquals(bits(product.to(dtype)), bits(MatMul.matmul(x, y)), "matmul");
        assertArrayEquals(
                bits(MatMul.matmul(product, wide[2]).to(dtype)), bits(Einsum.einsum("ij,jk,kl->il", x, y, z)), "chain");
        assertArrayEquals(
                bits(Einsum.einsum(0.25, "ij,jk->k", wide[0], wide[1]).to(dtype)),
                bits(Einsum.einsum(0.25, "ij,jk->k", x, y)),
                "scaled sums");
        Tensor row = x.select(0, 3);
        assertArrayEquals(
                bits(MatMul.dot(wide[0].select(0, 3), wide[1].select(1, 2)).to(dtype)),
                bits(MatMul.dot(row, y.select(1, 2))),
                "dot");
        Tensor small = strided(random, NDArray.integers(random, -9, 10, 3, 2), dtype);
        assertArrayEquals(
                bits(Kron.kron(wide(small), wide(small), wide(small), wide(small))
                        .to(dtype)),
                bits(Kron.kron(small, small, small, small)),
                "kron");
        Tensor data = strided(random, NDArray.integers(random, -9, 10, 5, 8), dtype);
        assertArrayEquals(
                bits(KroneckerOperator.of(wide(small), wide(small), wide(small))
                        .applyToRows(wide(data))
                        .to(dtype)),
                bits(KroneckerOperator.of(small, small, small).applyToRows(data)),
                "operator");
        Tensor[] many = {small, small, small, small, small};
        assertArrayEquals(
                bits(Einsum.einsum(
                                "ij,ij,ij,ij,ij->ij",
                                Arrays.stream(many).map(HalfContract::wide).toArray(Tensor[]::new))
                        .to(dtype)),
                bits(Einsum.einsum("ij,ij,ij,ij,ij->ij", many)),
                "product of five");
    }

    /** Products of factors are not rounded before the multiplication: here each has more digits than a half, and the sum cancels the leading ones. */
    @ParameterizedTest
    @MethodSource("halves")
    void operatorsRoundOnlyTheirResults(DType dtype) {
        double e = dtype.epsilon();
        Tensor near = Tensor.of(new double[][] {{1 + e, 1}, {1, 1 - e / 2}}).to(dtype);
        Tensor data = Tensor.of(new double[][] {{1}, {-1}, {-1}, {1}}).to(dtype);
        NDArray expected = NDArray.of(new double[] {e * e, e * e / 2, e * e / 2, e * e / 4}, 4, 1);
        KroneckerOperator k = KroneckerOperator.of(near, near);
        same(expected, k.apply(data));
        same(expected, k.applyRight(data.transpose()).transpose());
        same(expected, k.applyToRows(data.transpose()).transpose());
        Tensor recorded = near.detach().requiresGrad();
        same(expected, KroneckerOperator.of(recorded, near).apply(data).detach());
    }

    /** A chain runs on float32 copies, which count. */
    @ParameterizedTest
    @MethodSource("halves")
    void aMemoryLimitCountsTheFloat32Copies(DType dtype) {
        SplittableRandom random = random(6);
        Tensor[] operands = {
            strided(random, NDArray.integers(random, -3, 4, 40, 60), dtype),
            strided(random, NDArray.integers(random, -3, 4, 60, 50), dtype),
            strided(random, NDArray.integers(random, -3, 4, 50, 30), dtype)
        };
        String equation = "ij,jk,kl->il";
        Tensor expected = Einsum.einsum(equation, operands);
        long copies = 4 * (40 * 60 + 60 * 50 + 50 * 30) + 2 * 40 * 30;
        Einsum.Explanation free = Einsum.explain(equation, operands);
        assertTrue(free.peakBytes() >= copies + 4 * (40 * 30 + 60 * 30), free.toString());
        long limit = free.peakBytes() - 4000;
        assertTrue(Einsum.explain(limit, equation, operands).peakBytes() <= limit);
        assertArrayEquals(bits(expected), bits(Einsum.einsum(limit, 1, equation, operands)));
        refused(
                DeviceMemoryException.class,
                () -> Einsum.einsum(copies / 2, 1, equation, operands),
                "float32 copies of the operands",
                "raise it");
    }

    @ParameterizedTest
    @MethodSource("halves")
    void compositionsRoundOnlyTheirResults(DType dtype) {
        SplittableRandom random = random(4);
        Tensor x = strided(random, NDArray.random(random, 6, 40).map(v -> 3 * v), dtype);
        Tensor wide = wide(x);
        assertArrayEquals(bits(Softmax.softmax(wide, 1).to(dtype)), bits(Softmax.softmax(x, 1)), "softmax");
        assertArrayEquals(bits(Softmax.logSoftmax(wide, 0).to(dtype)), bits(Softmax.logSoftmax(x, 0)), "logSoftmax");
        assertArrayEquals(bits(Reduce.var(wide, 1).to(dtype)), bits(Reduce.var(x, 1)), "var");
        assertArrayEquals(bits(Reduce.std(wide, 1).to(dtype)), bits(Reduce.std(x, 1)), "std");
        assertArrayEquals(bits(Reduce.norm(wide).to(dtype)), bits(Reduce.norm(x)), "norm");
        assertArrayEquals(bits(Reduce.norm(wide, 3, true, 0).to(dtype)), bits(Reduce.norm(x, 3, true, 0)), "norm 3");
        assertArrayEquals(bits(Reduce.logsumexp(wide, 0).to(dtype)), bits(Reduce.logsumexp(x, 0)), "logsumexp");
        Tensor y = strided(random, NDArray.random(random, 40), dtype);
        assertArrayEquals(
                bits(Elementwise.lerp(wide, wide(y), 0.3).to(dtype)), bits(Elementwise.lerp(x, y, 0.3)), "lerp");
        Tensor labels = Tensor.of(new long[] {1, 2, 3, 4, 5, 0});
        assertArrayEquals(
                bits(Softmax.crossEntropy(wide, labels).to(dtype)),
                bits(Softmax.crossEntropy(x, labels)),
                "crossEntropy");
        same(NDArray.scalar(1000), Reduce.norm(Tensor.of(new float[] {600, 800}).to(dtype)));
    }
}
