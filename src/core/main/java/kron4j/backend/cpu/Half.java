package kron4j.backend.cpu;

import kron4j.DType;

/** The dtypes of two bytes, whose elements Java has as shorts. */
enum Half {
    FLOAT16 {
        @Override
        void widen(short[] halves, float[] floats, int from, int end) {
            Loops.BEST.fromFloat16(halves, floats, from, end);
        }

        @Override
        void narrow(float[] floats, short[] halves, int from, int end) {
            Loops.BEST.toFloat16(floats, halves, from, end);
        }
    },
    BFLOAT16 {
        @Override
        void widen(short[] halves, float[] floats, int from, int end) {
            Loops.BEST.fromBfloat16(halves, floats, from, end);
        }

        @Override
        void narrow(float[] floats, short[] halves, int from, int end) {
            Loops.BEST.toBfloat16(floats, halves, from, end);
        }
    };

    /** Of a dtype that {@link DType#isHalf is one}. */
    static Half of(DType dtype) {
        return valueOf(dtype.name());
    }

    /** Converts the elements [from, end). */
    abstract void widen(short[] halves, float[] floats, int from, int end);

    /** Converts the elements [from, end). */
    abstract void narrow(float[] floats, short[] halves, int from, int end);
}
