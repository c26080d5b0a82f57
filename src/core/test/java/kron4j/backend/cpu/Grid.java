package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.Backends;
import kron4j.backend.Halves;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.reference.NDArray;

/** Makes views of any layout for tests, and reads them element by element. */
final class Grid {
    static final Backend CPU = Backends.get("cpu");

    private Grid() {}

    /** A view of that shape whose axes are permuted, reversed and have gaps in memory, as {@code random} chooses; content undefined. */
    static View scattered(DType dtype, Shape shape, Random random) {
        int rank = shape.rank();
        long[] strides = new long[rank];
        boolean[] done = new boolean[rank];
        long step = 1L + random.nextInt(2);
        long offset = random.nextInt(3);
        for (int i = 0; i < rank; i++) {
            int axis = random.nextInt(rank);
            while (done[axis]) {
                axis = (axis + 1) % rank;
            }
            done[axis] = true;
            long size = Math.max(1, shape.at(axis));
            strides[axis] = random.nextBoolean() ? step : -step;
            offset += strides[axis] < 0 ? (size - 1) * step : 0;
            step *= size + random.nextInt(2);
        }
        return new View(CPU.allocate(dtype, offset + step + 1), Layout.of(shape, strides, offset));
    }

    static View contiguous(DType dtype, long... shape) {
        Layout layout = Layout.contiguous(Shape.of(shape));
        return new View(CPU.allocate(dtype, layout.size()), layout);
    }

    /** Row-major element {@code e} is {@code values[e]}, cast to the dtype. */
    static View set(View view, double... values) {
        Storage storage = view.storage();
        ByteBuffer bytes = download(storage);
        for (int e = 0; e < values.length; e++) {
            int at = (int) at(view, e);
            double v = values[e];
            switch (storage.dtype()) {
                case FLOAT32 -> bytes.putFloat(4 * at, (float) v);
                case FLOAT64 -> bytes.putDouble(8 * at, v);
                case FLOAT16 -> bytes.putShort(2 * at, Halves.toFloat16((float) v));
                case BFLOAT16 -> bytes.putShort(2 * at, Halves.toBfloat16((float) v));
                case COMPLEX64 -> bytes.putFloat(8 * at, (float) v).putFloat(8 * at + 4, 0);
                case COMPLEX128 -> bytes.putDouble(16 * at, v).putDouble(16 * at + 8, 0);
                case INT32 -> bytes.putInt(4 * at, (int) v);
                case INT64 -> bytes.putLong(8 * at, (long) v);
                case INT8, UINT8 -> bytes.put(at, (byte) v);
                case BOOL -> bytes.put(at, (byte) (v != 0 ? 1 : 0));
            }
        }
        CPU.upload(bytes, storage, 0);
        return view;
    }

    /** The elements in row-major order. */
    static double[] get(View view) {
        ByteBuffer bytes = download(view.storage());
        double[] values = new double[(int) view.shape().size()];
        for (int e = 0; e < values.length; e++) {
            int at = (int) at(view, e);
            values[e] = switch (view.dtype()) {
                case FLOAT32 -> bytes.getFloat(4 * at);
                case FLOAT64 -> bytes.getDouble(8 * at);
                case FLOAT16 -> Halves.fromFloat16(bytes.getShort(2 * at));
                case BFLOAT16 -> Halves.fromBfloat16(bytes.getShort(2 * at));
                case COMPLEX64 -> bytes.getFloat(8 * at);
                case COMPLEX128 -> bytes.getDouble(16 * at);
                case INT32 -> bytes.getInt(4 * at);
                case INT64 -> bytes.getLong(8 * at);
                case INT8, BOOL -> bytes.get(at);
                case UINT8 -> bytes.get(at) & 0xff;
            };
        }
        return values;
    }

    /** The numbers that the dtype makes of these. */
    static double[] wrapped(DType dtype, double... values) {
        return NDArray.of(values, values.length).wrapped(dtype).data();
    }

    static void free(View... views) {
        for (View v : views) {
            v.storage().release();
        }
    }

    private static ByteBuffer download(Storage storage) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(
                        (int) (storage.size() * storage.dtype().bytes()))
                .order(ByteOrder.nativeOrder());
        CPU.download(storage, 0, bytes);
        bytes.clear();
        return bytes;
    }

    /** Where in its storage the row-major element {@code e} lies. */
    static long at(View view, long e) {
        long at = view.layout().offset();
        for (int i = view.layout().rank() - 1; i >= 0; i--) {
            at += e % view.shape().at(i) * view.layout().stride(i);
            e /= view.shape().at(i);
        }
        return at;
    }
}
