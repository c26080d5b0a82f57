package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToLongFunction;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.ops.Creation;
import org.junit.jupiter.api.Test;

/** Long runs of integers of every width, with each other, with numbers and converted, beside plain loops; the ends of the range are among them. */
class IntegerRunsTest {
    private static final int N = 5003;

    private static final List<DType> DTYPES = List.of(DType.INT8, DType.UINT8, DType.INT32, DType.INT64);

    private static final Map<BinaryOp, LongBinaryOperator> BINARY = Map.of(
            BinaryOp.ADD, Long::sum,
            BinaryOp.SUBTRACT, (x, y) -> x - y,
            BinaryOp.MULTIPLY, (x, y) -> x * y,
            BinaryOp.MAXIMUM, Math::max,
            BinaryOp.MINIMUM, Math::min);

    private static final Map<UnaryOp, LongUnaryOperator> UNARY = Map.of(
            UnaryOp.NEGATIVE, x -> -x,
            UnaryOp.ABS, Math::abs,
            UnaryOp.SIGN, Long::signum,
            UnaryOp.SQUARE, x -> x * x,
            UnaryOp.RELU, x -> Math.max(x, 0),
            UnaryOp.FLOOR, x -> x);

    private static long wrapped(DType dtype, long x) {
        return switch (dtype) {
            case INT8 -> (byte) x;
            case UINT8 -> x & 0xff;
            case INT32 -> (int) x;
            default -> x;
        };
    }

    private static long[] numbers(Random random, DType dtype) {
        return LongStream.range(0, N)
                .map(i -> wrapped(
                        dtype, i % 7 == 0 ? 0 : i % 11 == 0 ? Long.MIN_VALUE >> random.nextInt(64) : random.nextLong()))
                .toArray();
    }

    private static Tensor of(DType dtype, long[] x) {
        return Tensor.of(x).to(dtype);
    }

    private static long[] values(Tensor t) {
        return t.to(DType.INT64).toLongArray();
    }

    @Test
    void runsAreThoseOfSingleNumbers() {
        Random random = new Random(11);
        for (DType dtype : DTYPES) {
            long[] x = numbers(random, dtype);
            long[] y = numbers(random, dtype);
            try (TensorScope scope = Device.cpu().openScope()) {
                View a = of(dtype, x).view();
                View b = of(dtype, y).view();
                BINARY.forEach((op, f) -> {
                    Tensor out = Tensor.zeros(dtype, N);
                    Pointwise.binary(op, a, b, out.view());
                    check(i -> wrapped(dtype, f.applyAsLong(x[i], y[i])), out, op + " " + dtype);
                    long number = y[11];
                    Pointwise.binary(op, a, number, false, out.view());
                    check(i -> wrapped(dtype, f.applyAsLong(x[i], number)), out, op + " of number " + dtype);
                    Pointwise.binary(op, a, number, true, out.view());
                    check(i -> wrapped(dtype, f.applyAsLong(number, x[i])), out, op + " of number first " + dtype);
                });
                UNARY.forEach((op, f) -> {
                    Tensor out = Tensor.zeros(dtype, N);
                    Pointwise.unary(op, a, out.view());
                    check(i -> wrapped(dtype, f.applyAsLong(x[i])), out, op + " " + dtype);
                });
            }
        }
    }

    @Test
    void bytesAndTruthValuesKeepTheirBits() {
        Random random = new Random(12);
        for (DType dtype : DTYPES) {
            long[] x = numbers(random, dtype);
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor a = of(dtype, x);
                check(i -> x[i] != 0 ? 1 : 0, a.to(DType.BOOL), dtype + " to bool");
                check(i -> x[i] != 0 ? 1 : 0, a.to(DType.BOOL).to(DType.UINT8), dtype + " to bool to uint8");
                check(i -> (byte) x[i], a.to(DType.INT8), dtype + " to int8");
                check(i -> x[i] & 0xff, a.to(DType.UINT8), dtype + " to uint8");
            }
        }
    }

    @Test
    void fullTensorsHaveTheirNumberEverywhere() {
        for (DType dtype : DTYPES) {
            try (TensorScope scope = Device.cpu().openScope()) {
                check(i -> 100, Creation.full(dtype, 100, N), dtype + " full");
                Tensor part = Tensor.zeros(dtype, N + 7).slice(0, 3, N + 3);
                Pointwise.fill(9L, part.view());
                check(i -> 9, part, dtype + " part");
            }
        }
    }

    private static void check(IntToLongFunction expected, Tensor found, String what) {
        assertArrayEquals(IntStream.range(0, N).mapToLong(expected).toArray(), values(found), what);
    }
}
