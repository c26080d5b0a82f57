package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.DTypeException;

/** The floating dtypes in plain Java, which computes in double whatever they are in memory. */
enum Real {
    SINGLE(Float.MIN_NORMAL) {
        @Override
        double get(ByteBuffer bytes, int element) {
            return bytes.getFloat(element * Float.BYTES);
        }

        @Override
        void put(ByteBuffer bytes, int element, double value) {
            bytes.putFloat(element * Float.BYTES, (float) value);
        }

        @Override
        void read(ByteBuffer bytes, int element, double[] target, int from, int n) {
            for (int i = 0; i < n; i++) {
                target[from + i] = bytes.getFloat((element + i) * Float.BYTES);
            }
        }
    },
    DOUBLE(Double.MIN_NORMAL) {
        @Override
        double get(ByteBuffer bytes, int element) {
            return bytes.getDouble(element * Double.BYTES);
        }

        @Override
        void put(ByteBuffer bytes, int element, double value) {
            bytes.putDouble(element * Double.BYTES, value);
        }

        @Override
        void read(ByteBuffer bytes, int element, double[] target, int from, int n) {
            bytes.asDoubleBuffer().get(element, target, from, n);
        }

        @Override
        void write(ByteBuffer bytes, int element, double[] source, int from, int n) {
            bytes.asDoubleBuffer().put(element, source, from, n);
        }
    };

    private final double leastNormal;

    Real(double leastNormal) {
        this.leastNormal = leastNormal;
    }

    static Real of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> SINGLE;
            case FLOAT64 -> DOUBLE;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128, INT32, INT64, INT8, UINT8, BOOL -> throw unsupported(dtype);
        };
    }

    static DTypeException unsupported(DType dtype) {
        return new DTypeException("linalg: no kernel for " + dtype + "; convert with to(DType.FLOAT64)");
    }

    /** The smallest positive number of full precision. */
    double leastNormal() {
        return leastNormal;
    }

    /** An element, counted from the buffer's start. */
    abstract double get(ByteBuffer bytes, int element);

    abstract void put(ByteBuffer bytes, int element, double value);

    /** Reads {@code n} neighbours. */
    void read(ByteBuffer bytes, int element, double[] target, int from, int n) {
        for (int i = 0; i < n; i++) {
            target[from + i] = get(bytes, element + i);
        }
    }

    /** Writes {@code n} neighbours. */
    void write(ByteBuffer bytes, int element, double[] source, int from, int n) {
        for (int i = 0; i < n; i++) {
            put(bytes, element + i, source[from + i]);
        }
    }
}
