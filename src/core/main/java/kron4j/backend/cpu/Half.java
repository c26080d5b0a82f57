package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.backend.Halves;

/** The dtypes of two bytes, whose elements Java has as shorts. */
enum Half {
    FLOAT16(0x7c00) {
        @Override
        float wide(short half) {
            return Halves.fromFloat16(half);
        }

        @Override
        short narrow(float value) {
            return Halves.toFloat16(value);
        }
    },
    BFLOAT16(0x7f80) {
        @Override
        float wide(short half) {
            return Halves.fromBfloat16(half);
        }

        @Override
        short narrow(float value) {
            return Halves.toBfloat16(value);
        }
    };

    private final int infinity;

    Half(int infinity) {
        this.infinity = infinity;
    }

    /** Of a dtype that {@link DType#isHalf is one}. */
    static Half of(DType dtype) {
        return valueOf(dtype.name());
    }

    /** The bits of infinity; without their sign, those of NaN are greater, and all others less. */
    int infinity() {
        return infinity;
    }

    abstract float wide(short half);

    abstract short narrow(float value);
}
