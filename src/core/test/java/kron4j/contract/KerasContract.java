package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Keras;
import kron4j.reference.Einsums;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Keras' products on any device; {@link EinsumContract} replays the shared cases. */
public class KerasContract extends Contract {
    private static final double EXACT = 1e-9;

    private static Tensor ones(long... shape) {
        return Tensor.ones(DType.FLOAT64, shape);
    }

    @Test
    void dotShapes() {
        assertEquals(
                Shape.of(1, 2, 3, 8, 7, 5),
                Keras.dot(ones(1, 2, 3, 4), ones(8, 7, 4, 5)).shape());
        assertEquals(Shape.of(2, 4), Keras.dot(ones(3), ones(2, 3, 4)).shape());
        refused(
                ShapeException.class,
                () -> Keras.dot(ones(3, 4, 5, 2), ones(2, 5, 3, 7)),
                "Keras.dot: shapes [3,4,5,2] and [2,5,3,7]: sizes must be equal, but are 2 and 3 for the matrices [60,2],"
                        + " [3,70]");
        refused(
                ShapeException.class,
                () -> Keras.dot(ones(3), ones(3, 4)),
                "need two axes or more (x one if y has three)");
    }

    @Test
    void batchDotNowAndBefore() {
        SplittableRandom random = random(5);
        NDArray a = NDArray.integers(random, -4, 5, 10, 12, 4, 5);
        NDArray b = NDArray.integers(random, -4, 5, 10, 12, 5, 8);
        for (DType dtype : NUMBERS) {
            Tensor x = strided(random, a, dtype);
            Tensor y = strided(random, b, dtype);
            close(Einsums.einsum("abij,acjk->abick", a, b), Keras.batchDot(x, y), EXACT);
            close(Einsums.einsum("abij,abjk->abik", a, b), Keras.batchDotLegacy(x, y), EXACT);
        }
        NDArray rows = NDArray.integers(random, -4, 5, 6, 7);
        Tensor r = rows.toTensor(DType.FLOAT64);
        NDArray expected = Einsums.einsum("ij,ij->i", rows, rows).reshape(6, 1);
        close(expected, Keras.batchDot(r, r), EXACT);
        close(expected, Keras.batchDotLegacy(r, r, 1), EXACT);
        close(expected, Keras.batchDot(r, r, -1), EXACT);
    }

    @Test
    void batchDotNamesWhatIsWrong() {
        Tensor x = ones(2, 3, 4);
        refused(
                ShapeException.class,
                () -> Keras.batchDot(x, ones(3)),
                "Keras.batchDot: shapes [2,3,4] and [3] need two axes or more");
        refused(
                ShapeException.class,
                () -> Keras.batchDot(x, ones(5, 4, 3)),
                "Keras.batchDot: shapes [2,3,4] and [5,4,3]: batch sizes 2 and 5 differ");
        refused(
                ShapeException.class,
                () -> Keras.batchDot(x, ones(2, 5, 6)),
                "Keras.batchDot: shapes [2,3,4] and [2,5,6] with axes [2, 1]: sizes 4 and 5 differ");
        refused(ShapeException.class, () -> Keras.batchDot(x, x, -3), "axis 0 is the batch and cannot be summed over");
        refused(
                ShapeException.class,
                () -> Keras.batchDot(x, x, 1, 1, 1),
                "expected none, one, or one for each operand");
        refused(
                ShapeException.class,
                () -> Keras.batchDotLegacy(ones(7, 3, 4, 5), ones(7, 2, 3, 4), 2, 3),
                "Keras.batchDotLegacy: shapes [7,3,4,5] and [7,2,3,4]: leading sizes must be equal");
        refused(ShapeException.class, () -> Keras.batchDotLegacy(ones(), x), "a scalar has no batch axis");
    }
}
