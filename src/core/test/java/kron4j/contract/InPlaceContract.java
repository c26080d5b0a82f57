package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import org.junit.jupiter.api.Test;

/** Updates in place whose operand and target share memory: what NumPy gives, or refused. */
public class InPlaceContract extends Contract {
    private static final Map<String, BiConsumer<Tensor, Tensor>> UPDATES = new LinkedHashMap<>();

    static {
        UPDATES.put("assign", InPlace::assign);
        UPDATES.put("add", InPlace::add);
        UPDATES.put("subtract", InPlace::subtract);
        UPDATES.put("multiply", InPlace::multiply);
        UPDATES.put("divide", InPlace::divide);
    }

    @Test
    void aNeighbourIsReadAsItWas() {
        for (DType dtype : NUMBERS) {
            for (int n : new int[] {2, 9, 1000, 100_000}) {
                Tensor b = Tensor.ones(dtype, n);
                InPlace.add(b.slice(0, 1, n), b.slice(0, 0, n - 1));
                assertEquals(1, value(b.get(0)));
                assertEquals(2, value(b.slice(0, 1, n).min()), dtype + " of " + n);
                assertEquals(2, value(b.slice(0, 1, n).max()), dtype + " of " + n);
                InPlace.assign(b, Tensor.arange(DType.INT64, 0, n).to(dtype));
                InPlace.assign(b.slice(0, 0, n - 1), b.slice(0, 1, n));
                InPlace.assign(b, b.flip(0));
                assertEquals(value(Tensor.of(n - 1L).to(dtype)), value(b.get(0)));
                assertEquals(1, value(b.get(n - 1)));
            }
        }
    }

    private static double value(Tensor one) {
        return one.to(DType.FLOAT64).item();
    }

    /** Two random views of one storage: as if the operand had been copied before. */
    @Test
    void anyViewsOfOneStorage() {
        SplittableRandom random = random(1);
        for (int i = 0; i < 300; i++) {
            long[] shape = new long[random.nextInt(1, 4)];
            for (int axis = 0; axis < shape.length; axis++) {
                shape[axis] = random.nextInt(1, 5);
            }
            DType dtype = NUMBERS[random.nextInt(NUMBERS.length)];
            Tensor initial = Elementwise.remainder(Tensor.arange(DType.INT64, 0, 2000), 127)
                    .add(1)
                    .to(dtype);
            Tensor plain = initial.copy();
            Tensor shared = plain.copy();
            Layout to = nested(random, shape);
            Layout from = random.nextInt(8) == 0
                    ? to
                    : nested(random, random.nextBoolean() ? shape : new long[] {shape[shape.length - 1]});
            UPDATES.forEach((name, update) -> {
                update.accept(plain.viewAs(to), plain.copy().viewAs(from));
                update.accept(shared.viewAs(to), shared.viewAs(from));
                assertArrayEquals(
                        plain.to(DType.FLOAT64).toDoubleArray(),
                        shared.to(DType.FLOAT64).toDoubleArray(),
                        () -> name + ": " + to + " by " + from);
                InPlace.assign(plain, initial);
                InPlace.assign(shared, plain);
            });
        }
    }

    /** Of distinct elements: each axis steps over all that the ones before it reach. */
    private static Layout nested(SplittableRandom random, long... shape) {
        long[] strides = new long[shape.length];
        long reach = 1;
        long offset = random.nextInt(20);
        boolean forward = random.nextBoolean();
        for (int i = 0; i < shape.length; i++) {
            int axis = forward ? i : shape.length - 1 - i;
            strides[axis] = reach * random.nextInt(1, 3);
            reach = strides[axis] * shape[axis];
            if (random.nextInt(3) == 0) {
                offset += strides[axis] * (shape[axis] - 1);
                strides[axis] = -strides[axis];
            }
        }
        return Layout.of(Shape.of(shape), strides, offset);
    }

    @Test
    void matricesByThemselvesTurnedAndByTheirRows() {
        Tensor a = Tensor.of(new double[][] {{1, 2}, {3, 4}});
        InPlace.add(a, a.transpose());
        assertArrayEquals(new double[] {2, 5, 5, 8}, a.toDoubleArray());
        InPlace.subtract(a, a.get(0));
        assertArrayEquals(new double[] {0, 0, 3, 3}, a.toDoubleArray());
        InPlace.divide(a, a.get(1, 1));
        assertArrayEquals(new double[] {0, 0, 1, 1}, a.toDoubleArray());
        InPlace.multiply(a.diagonal(), a.get(1));
        assertArrayEquals(new double[] {0, 0, 1, 1}, a.toDoubleArray());
    }

    @Test
    void valuesThatDoNotBroadcastToTheTargetAreRefused() {
        Tensor target = Tensor.ones(DType.FLOAT32, 3);
        for (Tensor value : List.of(Tensor.ones(DType.FLOAT32, 2, 3), Tensor.ones(DType.FLOAT32, 1, 3))) {
            UPDATES.forEach((name, update) -> refused(
                    ShapeException.class,
                    () -> update.accept(target, value),
                    "InPlace." + name + ": the value of shape " + value.shape(),
                    "the target of shape [3]"));
        }
        UPDATES.forEach((name, update) -> refused(
                ShapeException.class,
                () -> update.accept(target, Tensor.ones(DType.FLOAT32, 2)),
                "InPlace." + name + ": shapes [3], [2] do not broadcast"));
        assertEquals(3, target.sum().item());
    }

    @Test
    void targetsThatCoincideWithThemselvesAreRefused() {
        Tensor b = Tensor.ones(DType.FLOAT32, 6);
        Map<String, Tensor> views = new LinkedHashMap<>();
        views.put("[3,6]", b.expand(3, 6));
        views.put("[5,2]", b.unfold(0, 2, 1));
        views.put("[2,4]", b.unfold(0, 4, 2));
        views.forEach((shape, view) -> {
            String[] parts = {
                "the target of shape " + shape + " is a view in which several elements lie in one place", "copy()"
            };
            UPDATES.forEach((name, update) -> refused(
                    ShapeException.class,
                    () -> update.accept(view, Tensor.of(2f)),
                    "InPlace." + name + ": ",
                    parts[0],
                    parts[1]));
            refused(ShapeException.class, () -> InPlace.fill(view, 2), "InPlace.fill: ", parts[0]);
            refused(ShapeException.class, () -> InPlace.add(view, 2), "InPlace.add: ", parts[0]);
            refused(ShapeException.class, () -> InPlace.multiply(view, 2), "InPlace.multiply: ", parts[0]);
        });
        assertEquals(6, b.sum().item());
        InPlace.fill(b.unfold(0, 2, 2), 3);
        InPlace.fill(b.expand(1, 6).slice(1, 0, 1).expand(1, 1), 5);
        InPlace.fill(b.slice(0, 0, 0).expand(3, 0), 7);
        assertEquals(5 + 5 * 3, b.sum().item());
    }
}
