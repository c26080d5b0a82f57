package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;
import kron4j.ops.Shapes;
import org.junit.jupiter.api.Test;

/** ANY and ALL along lines and across rows where one element decides, or none does, in every dtype and around the lengths of vectors, pieces and blocks. */
class TruthFoldsTest {
    private static final DType[] DTYPES = {
        DType.FLOAT32,
        DType.FLOAT64,
        DType.FLOAT16,
        DType.BFLOAT16,
        DType.INT32,
        DType.INT64,
        DType.INT8,
        DType.UINT8,
        DType.BOOL
    };

    private static final int[][] SHAPES = {
        {3, 8}, {2, 63}, {3, 64}, {2, 65}, {70, 129}, {1, 4097}, {2, 40_000}, {1, 131_073}, {140, 17}, {9, 1000}
    };

    /** A number that is true though few of its bits are set, or none but the sign's. */
    private static double few(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> -Float.MIN_VALUE;
            case FLOAT64 -> Double.NaN;
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            case INT8 -> Byte.MIN_VALUE;
            case UINT8 -> 128;
            default -> 1;
        };
    }

    private static Tensor tensor(DType dtype, double[] values, int rows, int columns) {
        return Tensor.of(values).to(dtype).reshape(rows, columns);
    }

    private static void check(Tensor a, double[] values, int rows, int columns, String what) {
        for (int axis = 0; axis < 2; axis++) {
            int kept = axis == 0 ? columns : rows;
            Tensor any = Reduce.any(a, axis).to(DType.INT32);
            Tensor all = Reduce.all(a, axis).to(DType.INT32);
            int[] anyOf = any.toIntArray();
            int[] allOf = all.toIntArray();
            for (int k = 0; k < kept; k++) {
                int some = 0;
                int each = 1;
                for (int i = 0; i < (axis == 0 ? rows : columns); i++) {
                    double v = axis == 0 ? values[i * columns + k] : values[k * columns + i];
                    some |= v != 0 ? 1 : 0;
                    each &= v != 0 ? 1 : 0;
                }
                assertEquals(some, anyOf[k], what + " any, axis " + axis + " at " + k);
                assertEquals(each, allOf[k], what + " all, axis " + axis + " at " + k);
            }
        }
    }

    @Test
    void oneElementDecides() {
        Random random = new Random(4);
        for (DType dtype : DTYPES) {
            for (int[] shape : SHAPES) {
                for (int round = 0; round < 4; round++) {
                    int n = shape[0] * shape[1];
                    boolean dense = round % 2 == 0;
                    double[] values = new double[n];
                    for (int i = 0; i < n; i++) {
                        values[i] = dense ? few(dtype) : i % 3 == 0 ? -0.0 : 0;
                    }
                    for (int k = 0; k < round; k++) {
                        int place = k == 0 ? (round == 2 ? n - 1 : 0) : random.nextInt(n);
                        values[place] = dense ? 0 : few(dtype);
                    }
                    try (TensorScope scope = Device.cpu().openScope()) {
                        String what = dtype + " " + shape[0] + "x" + shape[1] + " round " + round;
                        check(tensor(dtype, values, shape[0], shape[1]), values, shape[0], shape[1], what);
                    }
                }
            }
        }
    }

    @Test
    void viewsAreFoldedWhereTheirElementsAre() {
        try (TensorScope scope = Device.cpu().openScope()) {
            // Zeros in a frame of ones, and the other way round.
            Tensor inside = Elementwise.multiply(Creation.full(DType.FLOAT32, 0, 18, 283), -1);
            Tensor framed = Shapes.pad(inside, 1, new long[][] {{1, 1}, {7, 10}});
            for (Tensor zeros : new Tensor[] {framed, Elementwise.subtract(1, framed)}) {
                double frame = framed == zeros ? 1 : 0;
                Tensor view = zeros.slice(0, 1, 19).slice(1, 7, 290);
                for (Tensor same :
                        new Tensor[] {view, view.flip(1), view.flip(0), view.transpose(), view.slice(1, 0, 283, 2)}) {
                    for (int axis = 0; axis < 2; axis++) {
                        Tensor found = frame == 1 ? Reduce.any(same, axis) : Reduce.all(same, axis);
                        double count = found.to(DType.FLOAT64).sum().toDoubleArray()[0];
                        assertEquals(frame == 1 ? 0 : same.shape().at(1 - axis), count, same + " axis " + axis);
                    }
                }
            }
        }
    }
}
