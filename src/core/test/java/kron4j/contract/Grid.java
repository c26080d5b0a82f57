package kron4j.contract;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.Halves;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.reference.NDArray;

/** Views for tests of the backend: made, read and written element by element, with layouts that are anything but contiguous. */
public final class Grid {
    private Grid() {}

    /** A storage whose elements are {@code values}, converted to the dtype. */
    public static Storage storage(Backend backend, DType dtype, double... values) {
        Storage storage = backend.allocate(dtype, values.length);
        ByteBuffer bytes = ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.nativeOrder());
        for (double x : values) {
            switch (dtype) {
                case FLOAT32 -> bytes.putFloat((float) x);
                case FLOAT64 -> bytes.putDouble(x);
                case FLOAT16 -> bytes.putShort(Halves.toFloat16((float) x));
                case BFLOAT16 -> bytes.putShort(Halves.toBfloat16((float) x));
                case COMPLEX64 -> bytes.putFloat((float) x).putFloat((float) (1 - x));
                case COMPLEX128 -> bytes.putDouble(x).putDouble(1 - x);
                case INT32 -> bytes.putInt((int) x);
                case INT64 -> bytes.putLong((long) x);
                case INT8, UINT8 -> bytes.put((byte) x);
                case BOOL -> bytes.put((byte) (x != 0 ? 1 : 0));
            }
        }
        backend.upload(bytes.flip(), storage, 0);
        return storage;
    }

    /** All elements of a storage. */
    public static double[] values(Storage storage) {
        DType dtype = storage.dtype();
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(storage.size() * dtype.bytes()))
                .order(ByteOrder.nativeOrder());
        storage.backend().download(storage, 0, bytes);
        bytes.flip();
        double[] values = new double[(int) storage.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (dtype) {
                case FLOAT32 -> bytes.getFloat();
                case FLOAT64 -> bytes.getDouble();
                case FLOAT16 -> Halves.fromFloat16(bytes.getShort());
                case BFLOAT16 -> Halves.fromBfloat16(bytes.getShort());
                case COMPLEX64, COMPLEX128 -> throw new AssertionError(dtype);
                case INT32 -> bytes.getInt();
                case INT64 -> bytes.getLong();
                case INT8, BOOL -> bytes.get();
                case UINT8 -> bytes.get() & 0xff;
            };
        }
        return values;
    }

    /** The real parts of all elements of a storage, and the imaginary ones. */
    public static double[][] parts(Storage storage) {
        if (!storage.dtype().isComplex()) {
            return new double[][] {values(storage), new double[(int) storage.size()]};
        }
        double[] pairs = values(storage.as(storage.dtype().realPart()));
        double[][] parts = new double[2][pairs.length / 2];
        for (int i = 0; i < pairs.length; i++) {
            parts[i % 2][i / 2] = pairs[i];
        }
        return parts;
    }

    /** Sums and products as the dtype holds them. */
    public static double[] wrapped(DType dtype, double... exact) {
        return NDArray.of(exact, exact.length).wrapped(dtype).data();
    }

    /** The elements of a view in row-major order. */
    public static double[] read(View v) {
        double[] all = values(v.storage());
        double[] read = new double[(int) v.shape().size()];
        for (int i = 0; i < read.length; i++) {
            read[i] = all[(int) position(v.layout(), i)];
        }
        return read;
    }

    /** Where the element of a row-major index lies. */
    public static long position(Layout layout, long index) {
        long at = layout.offset();
        long rest = index;
        for (int axis = layout.rank() - 1; axis >= 0; axis--) {
            at += rest % layout.shape().at(axis) * layout.stride(axis);
            rest /= layout.shape().at(axis);
        }
        return at;
    }

    /** A layout of the shape with permuted axes, gaps and negative strides, over memory of its own from an offset on. */
    public static Layout scattered(Shape shape, Random random) {
        int rank = shape.rank();
        Integer[] order = new Integer[rank];
        java.util.Arrays.setAll(order, i -> i);
        if (random.nextBoolean()) {
            java.util.Collections.shuffle(java.util.Arrays.asList(order), random);
        }
        boolean gaps = random.nextBoolean();
        boolean turned = random.nextInt(3) == 0;
        long[] strides = new long[rank];
        long step = gaps && random.nextInt(3) == 0 ? 2 : 1;
        long offset = random.nextInt(3);
        for (int i = rank - 1; i >= 0; i--) {
            int axis = order[i];
            long n = Math.max(1, shape.at(axis));
            strides[axis] = step;
            if (turned && random.nextBoolean()) {
                strides[axis] = -step;
                offset += (n - 1) * step;
            }
            step *= n;
            step += gaps && random.nextBoolean() ? random.nextInt(4) : 0;
        }
        return Layout.of(shape, strides, offset);
    }

    /** A view with random integers in [-range, range] (0 or 1 for bool; of complex ones both parts), everywhere in its storage. */
    public static View random(Backend backend, DType dtype, Layout layout, int range, Random random) {
        int parts = dtype.isComplex() ? 2 : 1;
        double[] values = new double[parts * ((int) layout.highest() + 3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = dtype == DType.BOOL ? random.nextInt(2) : random.nextInt(2 * range + 1) - range;
        }
        return new View(storage(backend, dtype.realPart(), values).as(dtype), layout);
    }

    /** A shape of the rank with sizes in [1, limit]. */
    public static Shape shape(int rank, int limit, Random random) {
        long[] sizes = new long[rank];
        java.util.Arrays.setAll(sizes, i -> 1 + random.nextInt(limit));
        return Shape.of(sizes);
    }
}
