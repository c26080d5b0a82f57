package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Transposed operands give the bits that copies of them give. */
class TurnedTest {
    /** Less than a block, more than one along each axis, and with a leading axis. */
    private static final long[][] SHAPES = {{70, 90}, {130, 700}, {600, 140}, {3, 200, 40}};

    private static Tensor numbers(int seed, DType dtype, long... shape) {
        if (dtype.isComplex()) {
            return Random.normal(seed, dtype, shape);
        }
        Tensor numbers = Random.normal(seed, DType.FLOAT32, shape).multiply(3);
        return dtype == DType.BOOL ? Elementwise.greater(numbers, 0) : numbers.to(dtype);
    }

    private static Tensor turned(Tensor t) {
        return t.rank() == 2 ? t.transpose() : t.permute(0, 2, 1);
    }

    private static byte[] bytes(Tensor t) {
        ByteBuffer buffer = t.toBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void check(Function<Tensor[], Tensor> f, Tensor... operands) {
        Tensor[] copies = Arrays.stream(operands).map(Tensor::copy).toArray(Tensor[]::new);
        Tensor expected = f.apply(copies);
        Tensor actual = f.apply(operands);
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(bytes(expected), bytes(actual), () -> expected.dtype() + " " + expected.shape());
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "BOOL")
    void asOfCopies(DType dtype) {
        for (long[] shape : SHAPES) {
            int last = shape.length - 1;
            long[] other = shape.clone();
            other[last] = shape[last - 1];
            other[last - 1] = shape[last];
            long[] wider = other.clone();
            wider[last] += 3;
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor x = numbers(1, dtype, shape);
                Tensor stored = numbers(2, dtype, other);
                Tensor mask = numbers(3, DType.BOOL, other);
                List<Tensor> layouts = List.of(
                        turned(stored),
                        turned(stored.flip(last)),
                        turned(stored.flip(last - 1)),
                        turned(numbers(4, dtype, wider).slice(last, 2, wider[last] - 1)));
                for (Tensor y : layouts) {
                    check(t -> t[0].add(t[1]), x, y);
                    check(t -> t[0].multiply(t[1]), y, x);
                    check(t -> t[0].subtract(t[1]), y, layouts.get(1));
                    check(t -> t[0].multiply(3), y);
                    check(t -> Elementwise.square(t[0]), y);
                    check(t -> Elementwise.equal(t[0], t[1]), x, y);
                    Tensor turned = turned(mask);
                    Function<Tensor[], Tensor> choice = t -> Elementwise.where(t[0], t[1], t[2]);
                    check(choice, turned, x, y);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "UINT8", "INT32", "INT64"})
    void aZeroAmongDivisorsIsStillAnError(DType dtype) {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor x = Tensor.ones(dtype, 80, 90);
            Tensor y = Elementwise.greater(numbers(1, DType.FLOAT32, 90, 80), 0).to(dtype);
            assertThrows(TensorException.class, () -> Elementwise.remainder(x, y.transpose()));
        }
    }
}
