package kron4j;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.backend.Storage;

/** Copies Java scalars and (nested) arrays to and from storages, through a small buffer. */
final class HostArrays {
    private static final int CHUNK = 1 << 18;

    private HostArrays() {}

    /** Makes a tensor on the current device of a scalar or nested array, or of a flat array if a shape is given. */
    static Tensor tensor(Object values, long... shape) {
        Shape nested = shape(values);
        Shape wanted = shape.length == 0 ? nested : Shape.of(shape);
        if (shape.length > 0 && (nested.rank() != 1 || wanted.size() != nested.size())) {
            throw new ShapeException("Tensor.of: values of shape " + nested + " for shape " + wanted
                    + ": give a flat array of " + wanted.size() + " elements");
        }
        return Tensor.make(Device.current(), dtype(values), wanted, out -> write(values, out.storage()));
    }

    static Tensor tensor(DType dtype, ByteBuffer values, Shape shape) {
        if (values.remaining() % dtype.bytes() != 0 || values.remaining() / dtype.bytes() != shape.size()) {
            throw new ShapeException("Tensor.of: " + values.remaining() + " bytes remain in the buffer, shape " + shape
                    + " of " + dtype + " takes " + shape.size() + " times " + dtype.bytes());
        }
        ByteBuffer source = values.duplicate().order(ByteOrder.nativeOrder());
        return Tensor.make(
                Device.current(), dtype, shape, out -> out.storage().backend().upload(source, out.storage(), 0));
    }

    /** {@return a copy on another device, by way of the host} */
    static Tensor move(Tensor t, Device device) {
        ByteBuffer host = buffer(t);
        return Tensor.make(device, t.dtype(), t.shape(), out -> device.backend().upload(host, out.storage(), 0));
    }

    /** {@return the dtype for the leaves of this scalar or array; bytes are int8} */
    static DType dtype(Object value) {
        Class<?> type = value.getClass();
        while (type.isArray()) {
            type = type.getComponentType();
        }
        for (DType dtype : DType.values()) {
            Leaf leaf = Leaf.of(dtype);
            // Arrays of boxed numbers may hold null.
            if (type == leaf.type()
                    || (type == leaf.boxed() && !value.getClass().isArray())) {
                return dtype;
            }
        }
        throw new DTypeException("Tensor.of: no dtype for " + value.getClass().getSimpleName()
                + "; give float, double, int, long, byte, boolean or Complex, or arrays of them, nested to any depth");
    }

    /** {@return the shape of a rectangular nested array} */
    static Shape shape(Object value) {
        List<Long> dims = new ArrayList<>();
        Object level = value;
        while (level != null && level.getClass().isArray()) {
            int n = Array.getLength(level);
            dims.add((long) n);
            level = n > 0 && isNested(level) ? ((Object[]) level)[0] : null;
        }
        Class<?> type = value.getClass();
        int depth = 0;
        for (; type.isArray(); type = type.getComponentType()) {
            depth++;
        }
        while (dims.size() < depth) {
            dims.add(0L);
        }
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        checkRectangular(value, shape, 0);
        return shape;
    }

    private static boolean isNested(Object level) {
        return level instanceof Object[] && !(level instanceof Complex[]);
    }

    private static void checkRectangular(Object level, Shape shape, int depth) {
        if (depth == shape.rank()) {
            return;
        }
        if (level == null || Array.getLength(level) != shape.at(depth)) {
            throw new ShapeException("Tensor.of: nested array is ragged: expected shape " + shape + ", got "
                    + (level == null ? "null" : "length " + Array.getLength(level)) + " at depth " + depth);
        }
        if (isNested(level)) {
            for (Object row : (Object[]) level) {
                checkRectangular(row, shape, depth + 1);
            }
        } else if (level instanceof Complex[] row && Arrays.asList(row).contains(null)) {
            throw new TensorException(
                    "Tensor.of: an element is null in the array of shape " + shape + "; give new Complex(re, im)");
        }
    }

    /** Writes a scalar or nested array in row-major order, from the storage's start. */
    static void write(Object value, Storage target) {
        if (value.getClass().isArray()) {
            writeRows(value, target, 0);
        } else {
            Object one = Array.newInstance(Leaf.of(target.dtype()).type(), 1);
            Array.set(one, 0, value);
            writeRows(one, target, 0);
        }
    }

    private static long writeRows(Object level, Storage target, long element) {
        if (isNested(level)) {
            long at = element;
            for (Object row : (Object[]) level) {
                at = writeRows(row, target, at);
            }
            return at;
        }
        int length = Array.getLength(level);
        int width = target.dtype().bytes();
        Leaf leaf = Leaf.of(target.dtype());
        ByteBuffer chunk = chunk(length, width);
        for (int done = 0; done < length; ) {
            int n = Math.min(chunk.capacity() / width, length - done);
            chunk.clear();
            leaf.put().run(chunk, level, done, n);
            chunk.position(0).limit(n * width);
            target.backend().upload(chunk, target, (element + done) * width);
            done += n;
        }
        return element + length;
    }

    /** {@return the elements of a tensor of this dtype in row-major order, as a Java array} */
    static Object read(Tensor t, DType expected) {
        if (t.dtype() != expected) {
            throw new DTypeException("reading: the tensor of shape " + t.shape() + " is " + t.dtype() + ", not "
                    + expected + "; " + remedy(t, "read it as such, or convert it with to(DType)"));
        }
        if (t.size() > Integer.MAX_VALUE - 8) {
            throw new ShapeException("reading: shape " + t.shape() + " has " + t.size()
                    + " elements, more than a Java array; read it in slices");
        }
        try (Tensor flat = t.contiguous()) {
            Object array = Array.newInstance(Leaf.of(expected).type(), (int) t.size());
            readRun(flat.storage(), flat.layout().offset(), array);
            return array;
        }
    }

    static byte[] bytes(Tensor t) {
        boolean fits = Leaf.of(t.dtype()).type() == byte.class;
        return (byte[]) read(t, fits ? t.dtype() : DType.INT8);
    }

    static float[] floats(Tensor t) {
        try (Tensor wide = t.to(t.dtype().computed())) {
            return (float[]) read(wide, DType.FLOAT32);
        }
    }

    static double[] doubles(Tensor t) {
        if (!t.dtype().fits(DType.FLOAT64)) {
            throw new DTypeException("reading: " + t.dtype() + " does not fit a double exactly (shape " + t.shape()
                    + "); " + remedy(t, "use toLongArray or itemLong, or to(DType.FLOAT64)"));
        }
        try (Tensor wide = t.to(DType.FLOAT64)) {
            return (double[]) read(wide, DType.FLOAT64);
        }
    }

    /** {@return the real and imaginary parts in turn} */
    static double[] parts(Tensor t) {
        if (!t.dtype().fits(DType.COMPLEX128)) {
            throw new DTypeException("reading: " + t.dtype() + " does not fit a complex number exactly (shape "
                    + t.shape() + "); use toLongArray, or to(DType.COMPLEX128)");
        }
        try (Tensor wide = t.to(DType.COMPLEX128);
                Tensor pairs = Tensor.view(wide, wide.view().pairs())) {
            return (double[]) read(pairs, DType.FLOAT64);
        }
    }

    static long[] longs(Tensor t) {
        if (!t.dtype().fits(DType.INT64)) {
            throw new DTypeException("reading: " + t.dtype() + " of shape " + t.shape()
                    + " does not fit a long exactly; "
                    + remedy(t, "use toDoubleArray or item, or to(DType.INT64)"));
        }
        try (Tensor wide = t.to(DType.INT64)) {
            return (long[]) read(wide, DType.INT64);
        }
    }

    private static String remedy(Tensor t, String ofReal) {
        return t.dtype().isComplex() ? "use toComplexArray or itemComplex, or take real, imag or abs" : ofReal;
    }

    /** {@return the tensor itself, if it has one element} */
    static Tensor one(Tensor t) {
        if (t.size() != 1) {
            throw new ShapeException(
                    "item: shape " + t.shape() + " has " + t.size() + " elements, not 1; select one, or read an array");
        }
        return t;
    }

    /** {@return the elements in row-major order as bytes in native order} */
    static ByteBuffer buffer(Tensor t) {
        if (t.size() > Integer.MAX_VALUE / t.dtype().bytes()) {
            throw new ShapeException("toBuffer: shape " + t.shape() + " of " + t.dtype()
                    + " takes more than the 2^31-1 bytes of a buffer; read it in slices");
        }
        try (Tensor flat = t.contiguous()) {
            int width = t.dtype().bytes();
            ByteBuffer host = ByteBuffer.allocateDirect((int) t.size() * width).order(ByteOrder.nativeOrder());
            if (t.size() > 0) {
                t.device().backend().download(flat.storage(), flat.layout().offset() * width, host);
            }
            return host.flip();
        }
    }

    private static void readRun(Storage source, long from, Object array) {
        int length = Array.getLength(array);
        int width = source.dtype().bytes();
        Leaf leaf = Leaf.of(source.dtype());
        ByteBuffer chunk = chunk(length, width);
        for (int done = 0; done < length; ) {
            int n = Math.min(chunk.capacity() / width, length - done);
            chunk.position(0).limit(n * width);
            source.backend().download(source, (from + done) * width, chunk);
            chunk.flip();
            leaf.get().run(chunk, array, done, n);
            done += n;
        }
    }

    private static ByteBuffer chunk(int elements, int width) {
        return ByteBuffer.allocate((int) Math.min(CHUNK, elements * (long) width))
                .order(ByteOrder.nativeOrder());
    }
}
