package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * The arithmetic of kernels, and their loops over tiles. Storages convert at the border, so a new dtype is a new {@link Cursor}, not a new kernel.
 */
enum Kind {
    /** float32, for loops that the JIT vectorises; all else in float32 is computed in {@link #DOUBLE}. */
    FLOAT {
        @Override
        Kind wide() {
            return DOUBLE;
        }

        @Override
        Kind of(UnaryOp op) {
            return op.isPredicate() || Loops.BEST.hasFloats(op) ? this : DOUBLE;
        }

        @Override
        Kind of(BinaryOp op) {
            return op.isPredicate() || Loops.BEST.hasFloats(op) ? this : DOUBLE;
        }

        @Override
        float[] elements(Tile tile) {
            return tile.floats;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Arrays.fill(tile.floats, 0, n, value.floatValue());
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            multiply(alpha.floatValue(), x.floats, out.floats, n);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            if (op.isPredicate()) {
                Truths.test(op, tiles[1].floats, tiles[0], n);
            } else {
                Loops.BEST.floats(op, tiles[1].floats, tiles[0].floats, n);
            }
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            if (op.isPredicate()) {
                Loops.BEST.test(op, x.floats, y.floats, out, n);
            } else {
                Loops.BEST.floats(op, x.floats, y.floats, out.floats, n);
            }
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Loops.BEST.choose(condition, a.floats, b.floats, out.floats, n);
        }
    },
    DOUBLE {
        @Override
        double[] elements(Tile tile) {
            return tile.doubles;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Arrays.fill(tile.doubles, 0, n, value.doubleValue());
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            multiply(alpha.doubleValue(), x.doubles, out.doubles, n);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            if (op.isPredicate()) {
                Truths.test(op, tiles[1].doubles, tiles[0], n);
            } else {
                Loops.BEST.doubles(op, tiles[1].doubles, tiles[0].doubles, tiles, n);
            }
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            if (op.isPredicate()) {
                Loops.BEST.test(op, x.doubles, y.doubles, out, n);
            } else {
                Loops.BEST.doubles(op, x.doubles, y.doubles, out.doubles, n);
            }
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Loops.BEST.choose(condition, a.doubles, b.doubles, out, n);
        }
    },
    /** int64, int32, int8 and uint8 (which wrap when stored), and bool as 0 or 1 (nonzero is stored as 1). */
    LONG {
        @Override
        long[] elements(Tile tile) {
            return tile.longs;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Arrays.fill(tile.longs, 0, n, value.longValue());
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            multiply(alpha.longValue(), x.longs, out.longs, n);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            if (op.isPredicate()) {
                Truths.test(op, tiles[1].longs, tiles[0], n);
            } else {
                UnaryKernels.longs(op, tiles[1].longs, tiles[0].longs, n);
            }
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            if (op.isPredicate()) {
                Loops.BEST.test(op, x.longs, y.longs, out, n);
            } else {
                BinaryKernels.longs(op, x.longs, y.longs, out.longs, n);
            }
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Loops.BEST.choose(condition, a.longs, b.longs, out, n);
        }
    },
    /** int32, for loops that vectors do; all else is computed in {@link #LONG}. */
    INT {
        @Override
        Kind wide() {
            return LONG;
        }

        @Override
        Kind of(UnaryOp op) {
            return IntegerKernels.has(op) ? this : LONG;
        }

        @Override
        Kind of(BinaryOp op) {
            return IntegerKernels.has(op) ? this : LONG;
        }

        @Override
        int[] elements(Tile tile) {
            return tile.ints;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Arrays.fill(tile.ints, 0, n, value.intValue());
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            throw new AssertionError(this);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            IntegerKernels.ints(op, tiles[1].ints, tiles[0], n);
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            IntegerKernels.ints(op, x.ints, y.ints, out, n);
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Loops.BEST.choose(condition, a.ints, b.ints, out.ints, n);
        }
    },
    /** int8, and truth values, as they are; all else is computed in {@link #LONG}. */
    BYTE {
        @Override
        Kind wide() {
            return LONG;
        }

        @Override
        Kind of(UnaryOp op) {
            return IntegerKernels.has(op) ? this : LONG;
        }

        @Override
        Kind of(BinaryOp op) {
            return IntegerKernels.has(op) ? this : LONG;
        }

        @Override
        boolean isOfBytes() {
            return true;
        }

        @Override
        byte[] elements(Tile tile) {
            return tile.bytes;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Arrays.fill(tile.bytes, 0, n, value.byteValue());
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            throw new AssertionError(this);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            IntegerKernels.bytes(op, tiles[1].bytes, (byte) 0, tiles[0], n);
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            IntegerKernels.bytes(op, x.bytes, y.bytes, (byte) 0, out, n);
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Loops.BEST.choose(condition, a.bytes, b.bytes, out.bytes, n);
        }
    },
    /** uint8 as it is: {@link #BYTE} in another order. */
    UNSIGNED {
        @Override
        Kind wide() {
            return LONG;
        }

        @Override
        Kind of(UnaryOp op) {
            return BYTE.of(op) == BYTE ? this : LONG;
        }

        @Override
        Kind of(BinaryOp op) {
            return BYTE.of(op) == BYTE ? this : LONG;
        }

        @Override
        boolean isOfBytes() {
            return true;
        }

        @Override
        byte[] elements(Tile tile) {
            return tile.bytes;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            BYTE.fill(tile, n, value);
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            throw new AssertionError(this);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            IntegerKernels.bytes(op, tiles[1].bytes, Truths.UNSIGNED, tiles[0], n);
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            IntegerKernels.bytes(op, x.bytes, y.bytes, Truths.UNSIGNED, out, n);
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            BYTE.select(condition, a, b, out, n);
        }
    },
    /** float16 and bfloat16 as they are; all else is computed in {@link #FLOAT}. */
    SHORT {
        @Override
        Kind wide() {
            return FLOAT.wide();
        }

        @Override
        Kind of(UnaryOp op) {
            return FLOAT.of(op);
        }

        @Override
        Kind of(BinaryOp op) {
            return FLOAT.of(op);
        }

        @Override
        short[] elements(Tile tile) {
            return tile.shorts;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            throw new AssertionError(this);
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            throw new AssertionError(this);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            throw new AssertionError(this);
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            throw new AssertionError(this);
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Truths.choose(condition, a.shorts, b.shorts, out.shorts, n);
        }
    },
    /** complex128 and complex64, computed in double: real parts in doubles, imaginary ones beside them. */
    COMPLEX {
        @Override
        double[] elements(Tile tile) {
            return tile.doubles;
        }

        @Override
        void fill(Tile tile, int n, Number value) {
            Complex c = Complex.of(value);
            Arrays.fill(tile.doubles, 0, n, c.re());
            Arrays.fill(tile.imaginary, 0, n, c.im());
        }

        @Override
        void copy(Tile from, Tile to, int n) {
            super.copy(from, to, n);
            System.arraycopy(from.imaginary, 0, to.imaginary, 0, n);
        }

        @Override
        void spread(Tile tile, int n, int times) {
            super.spread(tile, n, times);
            Tile.spread(tile.imaginary, n, times);
        }

        @Override
        void repeat(Tile tile, int n, int times) {
            super.repeat(tile, n, times);
            Tile.repeat(tile.imaginary, n, times);
        }

        @Override
        void scale(Number alpha, Tile x, Tile out, int n) {
            ComplexKernels.scale(Complex.of(alpha), x, out, n);
        }

        @Override
        void compute(UnaryOp op, Tile[] tiles, int n) {
            if (op.isPredicate()) {
                ComplexKernels.areZero(tiles[1], tiles[0].bytes, n);
            } else if (ComplexCurves.has(op)) {
                ComplexCurves.compute(op, tiles, n);
            } else {
                ComplexKernels.unary(op, tiles[1], tiles[0], n);
            }
        }

        @Override
        void compute(BinaryOp op, Tile x, Tile y, Tile out, int n) {
            if (op.isPredicate()) {
                ComplexKernels.test(op, x, y, out.bytes, n);
            } else {
                ComplexKernels.binary(op, x, y, out, n);
            }
        }

        @Override
        void select(byte[] condition, Tile a, Tile b, Tile out, int n) {
            Truths.choose(condition, a.doubles, b.doubles, out.doubles, n);
            Truths.choose(condition, a.imaginary, b.imaginary, out.imaginary, n);
        }
    };

    /** The kind of a dtype's own arithmetic. */
    static Kind of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> FLOAT;
            case FLOAT64 -> DOUBLE;
            case FLOAT16, BFLOAT16 -> FLOAT;
            case COMPLEX64, COMPLEX128 -> COMPLEX;
            case INT32, INT64, INT8, UINT8, BOOL -> LONG;
        };
    }

    /** The kind that holds a dtype's elements in their own width, and moves halves as they are, whatever NaN they have. */
    static Kind narrow(DType dtype) {
        return switch (dtype) {
            case INT32 -> INT;
            case INT8, BOOL -> BYTE;
            case UINT8 -> UNSIGNED;
            case FLOAT16, BFLOAT16 -> SHORT;
            case FLOAT64, FLOAT32, COMPLEX64, COMPLEX128, INT64 -> of(dtype);
        };
    }

    /** The kind in which an operation on elements of a dtype is computed: sums of truth values, say, need more than a byte. */
    static Kind of(DType dtype, UnaryOp op) {
        return (dtype == DType.BOOL && !op.isPredicate() ? LONG : narrow(dtype)).of(op);
    }

    /** As {@link #of(DType, UnaryOp)}. */
    static Kind of(DType dtype, BinaryOp op) {
        return (dtype == DType.BOOL && !op.isPredicate() ? LONG : narrow(dtype)).of(op);
    }

    /** As {@link #of(DType)}, but with double for all floating dtypes. */
    static Kind wide(DType dtype) {
        return of(dtype).wide();
    }

    /** The kind that holds all numbers of this one and computes everything. */
    Kind wide() {
        return this;
    }

    /** The kind in which an operation on numbers of this one is computed. */
    Kind of(UnaryOp op) {
        return this;
    }

    /** The kind in which an operation on numbers of this one is computed. */
    Kind of(BinaryOp op) {
        return this;
    }

    /** Whether elements are bytes. */
    boolean isOfBytes() {
        return false;
    }

    /** The array that holds the tile's elements. */
    abstract Object elements(Tile tile);

    abstract void fill(Tile tile, int n, Number value);

    void copy(Tile from, Tile to, int n) {
        System.arraycopy(elements(from), 0, elements(to), 0, n);
    }

    /** Repeats each of the first {@code n} elements of the tile {@code times} times, in place. */
    void spread(Tile tile, int n, int times) {
        Tile.spread(elements(tile), n, times);
    }

    /** Repeats the first {@code n} elements of the tile as a whole until there are {@code times} copies. */
    void repeat(Tile tile, int n, int times) {
        Tile.repeat(elements(tile), n, times);
    }

    /** {@code out = alpha * x}. */
    abstract void scale(Number alpha, Tile x, Tile out, int n);

    /** {@code tiles[0] = op(tiles[1])}, or, of a predicate, its truth as 0 or 1 in bytes; the last two tiles are scratch. */
    abstract void compute(UnaryOp op, Tile[] tiles, int n);

    /** {@code out = op(x, y)}, or, of a predicate, its truth as 0 or 1 in bytes. */
    abstract void compute(BinaryOp op, Tile x, Tile y, Tile out, int n);

    /** {@code out = condition ? a : b}. */
    abstract void select(byte[] condition, Tile a, Tile b, Tile out, int n);

    private static void multiply(float alpha, float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = alpha * x[i];
        }
    }

    private static void multiply(double alpha, double[] x, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = alpha * x[i];
        }
    }

    private static void multiply(long alpha, long[] x, long[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = alpha * x[i];
        }
    }
}
