package kron4j.backend.cpu;

import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.Halves;

/** Casts numbers to the elements of a dtype as Java does, in the kind of tile of {@link Kind#wide(DType)}; nonzero is true. */
enum Cast {
    TO_FLOAT32 {
        @Override
        Number of(Number value) {
            return value.floatValue();
        }

        @Override
        void of(double[] x, Tile out, int n) {
            System.arraycopy(x, 0, out.doubles, 0, n);
        }

        @Override
        void of(long[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = (float) x[i];
            }
        }
    },
    TO_FLOAT64 {
        @Override
        Number of(Number value) {
            return value.doubleValue();
        }

        @Override
        void of(double[] x, Tile out, int n) {
            System.arraycopy(x, 0, out.doubles, 0, n);
        }

        @Override
        void of(long[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = x[i];
            }
        }
    },
    TO_FLOAT16 {
        @Override
        Number of(Number value) {
            return Halves.fromFloat16(Halves.toFloat16(real(value)));
        }

        @Override
        void of(double[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = Halves.fromFloat16(Halves.toFloat16(x[i]));
            }
        }

        @Override
        void of(long[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = Halves.fromFloat16(Halves.toFloat16(Halves.toDouble(x[i])));
            }
        }
    },
    TO_BFLOAT16 {
        @Override
        Number of(Number value) {
            return Halves.fromBfloat16(Halves.toBfloat16(real(value)));
        }

        @Override
        void of(double[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = Halves.fromBfloat16(Halves.toBfloat16(x[i]));
            }
        }

        @Override
        void of(long[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.doubles[i] = Halves.fromBfloat16(Halves.toBfloat16(Halves.toDouble(x[i])));
            }
        }
    },
    TO_INT32 {
        @Override
        Number of(Number value) {
            return value.intValue();
        }

        @Override
        void of(double[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.longs[i] = (int) x[i];
            }
        }
    },
    TO_INT64 {
        @Override
        Number of(Number value) {
            return value.longValue();
        }

        @Override
        void of(double[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.longs[i] = (long) x[i];
            }
        }
    },
    TO_INT8 {
        @Override
        Number of(Number value) {
            return value.byteValue();
        }

        @Override
        void of(double[] x, Tile out, int n) {
            TO_INT32.of(x, out, n);
        }
    },
    TO_UINT8 {
        @Override
        Number of(Number value) {
            return value.byteValue() & 0xff;
        }

        @Override
        void of(double[] x, Tile out, int n) {
            TO_INT32.of(x, out, n);
        }
    },
    TO_COMPLEX {
        @Override
        Number of(Number value) {
            return Complex.of(value);
        }

        @Override
        void of(double[] x, Tile out, int n) {
            throw new AssertionError("the backend writes parts");
        }
    },
    TO_BOOL {
        @Override
        Number of(Number value) {
            return value.doubleValue() != 0 ? 1 : 0;
        }

        @Override
        void of(double[] x, Tile out, int n) {
            for (int i = 0; i < n; i++) {
                out.longs[i] = x[i] != 0 ? 1 : 0;
            }
        }
    };

    static Cast to(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> TO_FLOAT32;
            case FLOAT16 -> TO_FLOAT16;
            case BFLOAT16 -> TO_BFLOAT16;
            case COMPLEX64, COMPLEX128 -> TO_COMPLEX;
            case FLOAT64 -> TO_FLOAT64;
            case INT32 -> TO_INT32;
            case INT64 -> TO_INT64;
            case INT8 -> TO_INT8;
            case UINT8 -> TO_UINT8;
            case BOOL -> TO_BOOL;
        };
    }

    /** A number as a double, from which rounding to a half is rounding the number. */
    private static double real(Number value) {
        return value instanceof Long ? Halves.toDouble(value.longValue()) : value.doubleValue();
    }

    abstract Number of(Number value);

    abstract void of(double[] x, Tile out, int n);

    /** High bits that do not fit are cut off by the store. */
    void of(long[] x, Tile out, int n) {
        System.arraycopy(x, 0, out.longs, 0, n);
    }
}
