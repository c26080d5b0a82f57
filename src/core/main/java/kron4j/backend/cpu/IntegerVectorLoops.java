package kron4j.backend.cpu;

import kron4j.backend.BinaryOp;

/** The loops over integers and truth values by vectors; as {@link VectorLoops}, loaded where the module is. */
class IntegerVectorLoops extends Loops {
    private final TurnVectors turns = new TurnVectors();
    private final NetworkLoops networks = new NetworkVectorLoops();
    private final LogicVectorLoops logic = new LogicVectorLoops();
    private final ByteVectorLoops ofBytes = new ByteVectorLoops();

    @Override
    void test(BinaryOp op, float[] x, float[] y, Tile out, int n) {
        if (!TruthVectors.NARROWS) {
            super.test(op, x, y, out, n);
        } else if (!TruthVectors.test(op, x, y, out.bytes, n)) {
            logic.test(op, x, y, out, n);
        }
    }

    @Override
    void test(BinaryOp op, double[] x, double[] y, Tile out, int n) {
        if (!TruthVectors.NARROWS) {
            super.test(op, x, y, out, n);
        } else if (!TruthVectors.test(op, x, y, out, n)) {
            logic.test(op, x, y, out, n);
        }
    }

    @Override
    void test(BinaryOp op, int[] x, int[] y, Tile out, int n) {
        if (!TruthVectors.NARROWS) {
            super.test(op, x, y, out, n);
        } else if (!TruthVectors.test(op, x, y, out.bytes, n)) {
            logic.test(op, x, y, out, n);
        }
    }

    @Override
    void test(BinaryOp op, long[] x, long[] y, Tile out, int n) {
        if (!TruthVectors.NARROWS) {
            super.test(op, x, y, out, n);
        } else if (!TruthVectors.test(op, x, y, out, n)) {
            logic.test(op, x, y, out, n);
        }
    }

    @Override
    void test(BinaryOp op, byte[] x, byte[] y, byte flip, Tile out, int n) {
        TruthVectors.test(op, x, y, flip, out.bytes, n);
    }

    @Override
    void infinite(float[] x, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            logic.infinite(x, out, n);
        } else {
            super.infinite(x, out, n);
        }
    }

    @Override
    void finite(float[] x, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            logic.finite(x, out, n);
        } else {
            super.finite(x, out, n);
        }
    }

    @Override
    void infinite(double[] x, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            logic.infinite(x, out, n);
        } else {
            super.infinite(x, out, n);
        }
    }

    @Override
    void finite(double[] x, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            logic.finite(x, out, n);
        } else {
            super.finite(x, out, n);
        }
    }

    @Override
    void choose(byte[] condition, float[] a, float[] b, float[] out, int n) {
        if (TruthVectors.NARROWS) {
            TruthVectors.choose(condition, a, b, out, n);
        } else {
            super.choose(condition, a, b, out, n);
        }
    }

    @Override
    void choose(byte[] condition, double[] a, double[] b, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            TruthVectors.choose(condition, a, b, out, n);
        } else {
            super.choose(condition, a, b, out, n);
        }
    }

    @Override
    void choose(byte[] condition, long[] a, long[] b, Tile out, int n) {
        if (TruthVectors.NARROWS) {
            TruthVectors.choose(condition, a, b, out, n);
        } else {
            super.choose(condition, a, b, out, n);
        }
    }

    @Override
    void choose(byte[] condition, int[] a, int[] b, int[] out, int n) {
        if (TruthVectors.NARROWS) {
            TruthVectors.choose(condition, a, b, out, n);
        } else {
            super.choose(condition, a, b, out, n);
        }
    }

    @Override
    void choose(byte[] condition, byte[] a, byte[] b, byte[] out, int n) {
        TruthVectors.choose(condition, a, b, out, n);
    }

    @Override
    NetworkLoops networks() {
        return networks;
    }

    @Override
    void maximum(int[] x, int[] y, int[] z, int n) {
        IntegerVectors.maximum(x, y, z, n);
    }

    @Override
    void minimum(int[] x, int[] y, int[] z, int n) {
        IntegerVectors.minimum(x, y, z, n);
    }

    @Override
    void maximum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        IntegerVectors.maximum(x, y, flip, z, n);
    }

    @Override
    void minimum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        IntegerVectors.minimum(x, y, flip, z, n);
    }

    @Override
    void convert(int[] x, float[] z, int n) {
        IntegerVectors.convert(x, z, n);
    }

    @Override
    void convert(byte[] x, int mask, float[] z, int n) {
        if (TruthVectors.NARROWS) {
            IntegerVectors.convert(x, mask, z, n);
        } else {
            super.convert(x, mask, z, n);
        }
    }

    @Override
    void convert(byte[] x, int mask, int[] z, int n) {
        if (TruthVectors.NARROWS) {
            IntegerVectors.convert(x, mask, z, n);
        } else {
            super.convert(x, mask, z, n);
        }
    }

    @Override
    void convert(byte[] x, int mask, long[] z, int n) {
        if (TruthVectors.NARROWS) {
            ofBytes.convert(x, mask, z, n);
        } else {
            super.convert(x, mask, z, n);
        }
    }

    @Override
    boolean narrow(float[] x, byte[] z, int n) {
        return TruthVectors.NARROWS && ofBytes.narrow(x, z, n);
    }

    @Override
    void convert(float[] x, int[] z, int n) {
        if (IntegerVectors.areNear(x, n)) {
            IntegerVectors.truncate(x, z, n);
        } else {
            super.convert(x, z, n);
        }
    }

    @Override
    void convert(double[] x, int[] z, int n) {
        if (IntegerVectors.areNear(x, n)) {
            IntegerVectors.truncate(x, z, n);
        } else {
            super.convert(x, z, n);
        }
    }

    @Override
    void narrow(int[] x, byte[] z, int n) {
        if (TruthVectors.NARROWS) {
            TruthVectors.narrow(x, z, n);
        } else {
            super.narrow(x, z, n);
        }
    }

    @Override
    long sum(long[] x, int from, int n) {
        return FoldVectors.sum(x, from, n);
    }

    @Override
    long sum(int[] x, int from, int n) {
        return TruthVectors.NARROWS ? FoldVectors.sum(x, from, n) : super.sum(x, from, n);
    }

    @Override
    long sum(byte[] x, int mask, int from, int n) {
        return TruthVectors.NARROWS ? FoldVectors.sum(x, mask, from, n) : super.sum(x, mask, from, n);
    }

    @Override
    long max(long[] x, int from, int n) {
        return FoldVectors.max(x, from, n);
    }

    @Override
    boolean areWithin(long[] x, int n, long size) {
        return FoldVectors.areWithin(x, n, size);
    }

    @Override
    long min(long[] x, int from, int n) {
        return FoldVectors.min(x, from, n);
    }

    @Override
    int max(int[] x, int from, int n) {
        return FoldVectors.max(x, from, n);
    }

    @Override
    int min(int[] x, int from, int n) {
        return FoldVectors.min(x, from, n);
    }

    @Override
    int max(byte[] x, byte flip, int from, int n) {
        return FoldVectors.max(x, flip, from, n);
    }

    @Override
    int min(byte[] x, byte flip, int from, int n) {
        return FoldVectors.min(x, flip, from, n);
    }

    @Override
    void turn(int[] rows, int x, int pitch, int[] tile, int y, int[] places, int n) {
        if (TurnVectors.FIT) {
            turns.ints(rows, x, pitch, tile, y, places, n);
            turns.ints(rows, x + 4 * pitch, pitch, tile, y + 4, places, n);
        } else {
            super.turn(rows, x, pitch, tile, y, places, n);
        }
    }

    @Override
    void turn(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        if (TurnVectors.FIT) {
            turns.longs(rows, x, pitch, tile, y, places, n);
            turns.longs(rows, x + 4 * pitch, pitch, tile, y + 4, places, n);
        } else {
            super.turn(rows, x, pitch, tile, y, places, n);
        }
    }

    @Override
    void turnPairs(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        if (TurnVectors.FIT) {
            turns.pairs(rows, x, pitch, tile, y, places, n);
        } else {
            super.turnPairs(rows, x, pitch, tile, y, places, n);
        }
    }
}
