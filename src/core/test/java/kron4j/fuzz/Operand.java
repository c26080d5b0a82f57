package kron4j.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.reference.NDArray;

/** A tensor of any layout, and what its elements are by the reference. */
record Operand(NDArray values, Tensor tensor) {
    /** These values in a layout of any kind that can hold them: axes in any order, steps, turned axes, gaps, an offset, nothing twice. */
    static Operand of(Draw draw, NDArray numbers, DType dtype) {
        NDArray values = numbers.wrapped(dtype);
        Tensor tensor = draw.below(3) == 0
                ? values.toTensor(dtype)
                : scattered(draw, NDArray.toArray(dtype, values.data()), dtype, values.shape());
        return new Operand(values, tensor);
    }

    /** As {@link #of}, or a view in which elements share their place: stride 0, windows. The values are then repeated accordingly. */
    static Operand any(Draw draw, NDArray values, DType dtype) {
        int kind = values.rank() == 0 ? 0 : draw.below(6);
        if (kind == 4) {
            return broadcast(draw, values, dtype);
        }
        return kind == 5 ? windows(draw, values, dtype) : of(draw, values, dtype);
    }

    private static Operand broadcast(Draw draw, NDArray values, DType dtype) {
        long[] shape = values.shape();
        int axis = draw.below(shape.length);
        if (shape[axis] == 0) {
            return of(draw, values, dtype);
        }
        Operand thin = of(draw, values.pick(axis, 0), dtype);
        return new Operand(thin.values.expand(shape), thin.tensor.expand(shape));
    }

    /** Axis d of the result are the windows of an axis, axis d+1 (or the last) what is in them. */
    private static Operand windows(Draw draw, NDArray values, DType dtype) {
        long[] shape = values.shape();
        int last = shape.length - 1;
        if (last < 1 || shape[last] == 0) {
            return broadcast(draw, values, dtype);
        }
        int axis = draw.below(last);
        int step = draw.between(1, 2);
        if (shape[axis] == 0) {
            return of(draw, values, dtype);
        }
        long[] line = Arrays.copyOf(shape, last);
        line[axis] = (shape[axis] - 1) * step + shape[last];
        SplittableRandom from = draw.elements();
        double[] pool = values.data();
        NDArray base = NDArray.generate(line, i -> pool.length == 0 ? 0 : pool[from.nextInt(pool.length)]);
        Operand whole = of(draw, base, dtype);
        return new Operand(whole.values.unfold(axis, shape[last], step), whole.tensor.unfold(axis, shape[last], step));
    }

    /** From an array of the dtype's elements; what lies in the gaps is -77 (true for bool). */
    static Tensor scattered(Draw draw, Object elements, DType dtype, long... shape) {
        int n = shape.length;
        int[] order = IntStream.range(0, n).toArray();
        boolean gaps = draw.below(2) == 1;
        long[] strides = new long[n];
        long span = 1;
        long offset = gaps ? draw.below(4) : 0;
        for (int i = n - 1; i >= 0; i--) {
            int j = i - draw.below(i + 1);
            int axis = order[j];
            order[j] = order[i];
            strides[axis] = span * (gaps ? draw.between(1, 3) : 1);
            span = strides[axis] * Math.max(1, shape[axis]) + (gaps ? draw.below(2) : 0);
            if (draw.below(2) == 1 && shape[axis] > 0) {
                offset += strides[axis] * (shape[axis] - 1);
                strides[axis] = -strides[axis];
            }
        }
        int length = (int) (offset + span + 4);
        Object storage = java.lang.reflect.Array.newInstance(elements.getClass().getComponentType(), length);
        fill(storage, dtype);
        long start = offset;
        int[] next = {0};
        NDArray.forEach(shape, index -> {
            long at = start;
            for (int axis = 0; axis < n; axis++) {
                at += index[axis] * strides[axis];
            }
            System.arraycopy(elements, next[0]++, storage, (int) at, 1);
        });
        try (Tensor base = NDArray.tensor(dtype, storage, length)) {
            return base.viewAs(Layout.of(Shape.of(shape), strides, offset));
        }
    }

    private static void fill(Object storage, DType dtype) {
        switch (dtype) {
            case FLOAT64 -> Arrays.fill((double[]) storage, -77);
            case FLOAT32 -> Arrays.fill((float[]) storage, -77);
            case INT32 -> Arrays.fill((int[]) storage, -77);
            case INT64 -> Arrays.fill((long[]) storage, -77);
            case INT8, UINT8 -> Arrays.fill((byte[]) storage, (byte) -77);
            case BOOL -> Arrays.fill((boolean[]) storage, true);
            case COMPLEX64, COMPLEX128 -> Arrays.fill((Complex[]) storage, new Complex(-77, 78));
        }
    }
}
