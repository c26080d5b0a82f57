package kron4j.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Tensor;

/**
 * The independent reference: doubles with one index per axis, everything done the slow and obvious way by looking up each element of the result.
 * Shares no code with the library (only {@link #of(Tensor)} and {@link #toTensor} touch it).
 */
public final class NDArray {
    private final long[] shape;
    private final double[] data;

    private NDArray(long[] shape, double[] data) {
        this.shape = shape;
        this.data = data;
    }

    /** The value of the element at an index. */
    public interface Element {
        double at(long[] index);
    }

    // ---- making ----

    public static NDArray of(double[] data, long... shape) {
        if (data.length != count(shape)) {
            throw new IllegalArgumentException(data.length + " values for " + Arrays.toString(shape));
        }
        return new NDArray(shape.clone(), data.clone());
    }

    public static NDArray scalar(double value) {
        return of(new double[] {value});
    }

    public static NDArray generate(long[] shape, Element element) {
        double[] data = new double[count(shape)];
        int[] next = {0};
        forEach(shape, index -> data[next[0]++] = element.at(index));
        return new NDArray(shape.clone(), data);
    }

    public static NDArray full(double value, long... shape) {
        return generate(shape, index -> value);
    }

    /** 0, 1, 2, ... in row-major order. */
    public static NDArray counting(long... shape) {
        double[] data = new double[count(shape)];
        Arrays.setAll(data, i -> i);
        return new NDArray(shape.clone(), data);
    }

    /** Uniform in [-1, 1), rounded to float so that both floating dtypes hold the values exactly. */
    public static NDArray random(SplittableRandom random, long... shape) {
        return generate(shape, index -> (float) (2 * random.nextDouble() - 1));
    }

    /** Uniform integers in [low, high). */
    public static NDArray integers(SplittableRandom random, int low, int high, long... shape) {
        return generate(shape, index -> random.nextInt(low, high));
    }

    /** A tensor's values, whatever its dtype and layout (int64 beyond 2^53 is rounded). */
    public static NDArray of(Tensor t) {
        double[] values = t.dtype() == DType.INT64
                ? Arrays.stream(t.toLongArray()).asDoubleStream().toArray()
                : t.toDoubleArray();
        return of(values, t.shape().dims());
    }

    // ---- what it is ----

    public long[] shape() {
        return shape.clone();
    }

    public int rank() {
        return shape.length;
    }

    public int size() {
        return data.length;
    }

    public double get(long... index) {
        if (index.length != shape.length) {
            throw new IllegalArgumentException(Arrays.toString(index) + " in " + Arrays.toString(shape));
        }
        long at = 0;
        for (int axis = 0; axis < shape.length; axis++) {
            if (index[axis] < 0 || index[axis] >= shape[axis]) {
                throw new IndexOutOfBoundsException(Arrays.toString(index) + " in " + Arrays.toString(shape));
            }
            at = at * shape[axis] + index[axis];
        }
        return data[(int) at];
    }

    /** The elements in row-major order. */
    public double[] data() {
        return data.clone();
    }

    /** Largest magnitude, 0 if empty. */
    public double scale() {
        return Arrays.stream(data).map(Math::abs).max().orElse(0);
    }

    /** Calls {@code body} with every index in row-major order; the array must not be kept. */
    public static void forEach(long[] shape, Consumer<long[]> body) {
        long[] index = new long[shape.length];
        for (int left = count(shape); left > 0; left--) {
            body.accept(index);
            for (int axis = shape.length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) {
                index[axis] = 0;
            }
        }
    }

    private static int count(long[] shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }

    // ---- to tensors ----

    /** A contiguous tensor on the current device; values are converted as Java casts do. */
    public Tensor toTensor(DType dtype) {
        return tensor(dtype, toArray(dtype, data), shape).reshape(shape);
    }

    /** The values as an integer dtype holds them: whole, and modulo its range; rounded in a half one, and as they are in other floating ones. */
    public NDArray wrapped(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> this;
            case FLOAT16, BFLOAT16 -> map(v -> DTypes.rounded(dtype, v));
            case INT32 -> map(v -> (int) (long) v);
            case INT64 -> map(v -> (long) v);
            case INT8 -> map(v -> (byte) (long) v);
            case UINT8 -> map(v -> (long) v & 0xff);
            case BOOL -> map(v -> v != 0 ? 1 : 0);
        };
    }

    /** A contiguous tensor of elements as {@link #toArray} gives them. */
    public static Tensor tensor(DType dtype, Object elements, long... shape) {
        Tensor made = Tensor.of(elements, shape);
        if (made.dtype() == dtype) {
            return made;
        }
        try (made) {
            return made.to(dtype);
        }
    }

    /** The values as a Java array of the dtype's element type. */
    public static Object toArray(DType dtype, double[] values) {
        switch (dtype) {
            case FLOAT64:
                return values.clone();
            case FLOAT32:
            case FLOAT16:
            case BFLOAT16:
                float[] floats = new float[values.length];
                IntStream.range(0, values.length).forEach(i -> floats[i] = (float) values[i]);
                return floats;
            case INT32:
                return Arrays.stream(values).mapToInt(v -> (int) v).toArray();
            case INT64:
                return Arrays.stream(values).mapToLong(v -> (long) v).toArray();
            case INT8:
            case UINT8:
                byte[] bytes = new byte[values.length];
                IntStream.range(0, values.length).forEach(i -> bytes[i] = (byte) values[i]);
                return bytes;
            case BOOL:
                boolean[] flags = new boolean[values.length];
                IntStream.range(0, values.length).forEach(i -> flags[i] = values[i] != 0);
                return flags;
            default:
                throw new AssertionError(dtype);
        }
    }

    // ---- views, by index arithmetic ----

    public NDArray reshape(long... newShape) {
        return of(data, newShape);
    }

    public NDArray permute(int... axes) {
        long[] to = new long[rank()];
        Arrays.setAll(to, i -> shape[axes[i]]);
        return generate(to, index -> {
            long[] from = new long[index.length];
            for (int i = 0; i < axes.length; i++) {
                from[axes[i]] = index[i];
            }
            return get(from);
        });
    }

    public NDArray transpose(int axis0, int axis1) {
        int[] axes = IntStream.range(0, rank()).toArray();
        axes[axis0] = axis1;
        axes[axis1] = axis0;
        return permute(axes);
    }

    public NDArray expand(long... to) {
        return generate(to, index -> {
            long[] from = new long[shape.length];
            for (int i = 0; i < shape.length; i++) {
                from[i] = shape[i] == 1 ? 0 : index[i + to.length - shape.length];
            }
            return get(from);
        });
    }

    /** The elements at these positions of one axis, in this order. */
    public NDArray pick(int axis, long... positions) {
        return generate(with(axis, positions.length), index -> {
            long[] from = index.clone();
            from[axis] = positions[(int) index[axis]];
            return get(from);
        });
    }

    /** Python's {@code [start:stop:step]} by walking. */
    public NDArray slice(int axis, long start, long stop, long step) {
        long n = shape[axis];
        long first = start < 0 ? start + n : start;
        long last = stop < 0 ? stop + n : stop;
        if (step > 0) {
            first = Math.max(0, first);
            last = Math.min(n, last);
        } else {
            first = Math.min(n - 1, first);
            last = Math.max(-1, last);
        }
        List<Long> positions = new ArrayList<>();
        for (long i = first; step > 0 ? i < last : i > last; i += step) {
            positions.add(i);
        }
        return pick(axis, positions.stream().mapToLong(Long::longValue).toArray());
    }

    public NDArray select(int axis, long position) {
        return pick(axis, position).reshape(without(axis));
    }

    public NDArray diagonal(int k, int axis0, int axis1) {
        long rows = shape[axis0];
        long columns = shape[axis1];
        long n = 0;
        for (long i = 0; i < rows; i++) {
            n += i + k >= 0 && i + k < columns ? 1 : 0;
        }
        List<Integer> others = new ArrayList<>();
        for (int axis = 0; axis < rank(); axis++) {
            if (axis != axis0 && axis != axis1) {
                others.add(axis);
            }
        }
        long[] to = new long[rank() - 1];
        for (int i = 0; i < others.size(); i++) {
            to[i] = shape[others.get(i)];
        }
        to[rank() - 2] = n;
        return generate(to, index -> {
            long[] from = new long[rank()];
            for (int i = 0; i < others.size(); i++) {
                from[others.get(i)] = index[i];
            }
            from[axis0] = index[index.length - 1] + Math.max(0, -k);
            from[axis1] = index[index.length - 1] + Math.max(0, k);
            return get(from);
        });
    }

    public NDArray unfold(int axis, long size, long step) {
        long windows = 0;
        for (long i = 0; i + size <= shape[axis]; i += step) {
            windows++;
        }
        long[] to = Arrays.copyOf(with(axis, windows), rank() + 1);
        to[rank()] = size;
        return generate(to, index -> {
            long[] from = Arrays.copyOf(index, rank());
            from[axis] = index[axis] * step + index[rank()];
            return get(from);
        });
    }

    private long[] with(int axis, long size) {
        long[] changed = shape.clone();
        changed[axis] = size;
        return changed;
    }

    private long[] without(int axis) {
        return IntStream.range(0, rank())
                .filter(i -> i != axis)
                .mapToLong(i -> shape[i])
                .toArray();
    }

    // ---- arithmetic ----

    public NDArray map(DoubleUnaryOperator f) {
        return new NDArray(shape, Arrays.stream(data).map(f).toArray());
    }

    /** Elementwise with NumPy's broadcasting. */
    public NDArray zip(NDArray other, DoubleBinaryOperator f) {
        long[] to = broadcast(shape, other.shape);
        NDArray a = expand(to);
        NDArray b = other.expand(to);
        return generate(to, index -> f.applyAsDouble(a.get(index), b.get(index)));
    }

    public static long[] broadcast(long[] a, long[] b) {
        long[] to = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= to.length; i++) {
            long m = i <= a.length ? a[a.length - i] : 1;
            long n = i <= b.length ? b[b.length - i] : 1;
            to[to.length - i] = m == 1 ? n : m;
        }
        return to;
    }

    /** {@code f} of the elements along the axes (in row-major order of the array); no axes given means all. */
    public NDArray reduce(ToDoubleFunction<double[]> f, boolean keepDims, int... axes) {
        boolean[] reduced = new boolean[rank()];
        for (int axis : axes) {
            reduced[axis] = true;
        }
        if (axes.length == 0) {
            Arrays.fill(reduced, true);
        }
        long[] outer = shape.clone();
        long[] inner = shape.clone();
        for (int i = 0; i < rank(); i++) {
            outer[i] = reduced[i] ? 1 : outer[i];
            inner[i] = reduced[i] ? inner[i] : 1;
        }
        NDArray kept = generate(outer, o -> {
            double[] group = new double[count(inner)];
            int[] next = {0};
            forEach(inner, i -> {
                long[] at = new long[rank()];
                Arrays.setAll(at, axis -> o[axis] + i[axis]);
                group[next[0]++] = get(at);
            });
            return f.applyAsDouble(group);
        });
        return keepDims
                ? kept
                : kept.reshape(IntStream.range(0, rank())
                        .filter(i -> !reduced[i])
                        .mapToLong(i -> shape[i])
                        .toArray());
    }

    public NDArray matmul2d(NDArray other) {
        return generate(new long[] {shape[0], other.shape[1]}, index -> {
            double sum = 0;
            for (long k = 0; k < shape[1]; k++) {
                sum += get(index[0], k) * other.get(k, index[1]);
            }
            return sum;
        });
    }

    @Override
    public String toString() {
        return Arrays.toString(shape) + " " + Arrays.toString(data);
    }
}
