package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;

/** Sums of complex elements. */
final class ComplexAccumulator extends Accumulator {
    private final double[] re;
    private final double[] im;

    ComplexAccumulator(int size) {
        super(ReduceOp.SUM);
        re = new double[size];
        im = new double[size];
    }

    @Override
    void clear() {
        Arrays.fill(re, 0);
        Arrays.fill(im, 0);
    }

    @Override
    void truth(Tile tile, int n) {
        throw new AssertionError(op);
    }

    @Override
    void fold(Tile tile, int from, int n, int line, long position) {
        re[line] += Folds.sum(tile.doubles, from, n);
        im[line] += Folds.sum(tile.imaginary, from, n);
    }

    @Override
    void foldRows(Tile tile, int n) {
        BinaryKernels.doubles(BinaryOp.ADD, re, tile.doubles, re, n);
        BinaryKernels.doubles(BinaryOp.ADD, im, tile.imaginary, im, n);
    }

    @Override
    void take(int line, int from) {
        re[line] = re[from];
        im[line] = im[from];
    }

    @Override
    void combine(int line, Accumulator other, int from) {
        ComplexAccumulator later = (ComplexAccumulator) other;
        re[line] += later.re[from];
        im[line] += later.im[from];
    }

    @Override
    void write(Tile tile, int n) {
        System.arraycopy(re, 0, tile.doubles, 0, n);
        System.arraycopy(im, 0, tile.imaginary, 0, n);
    }
}
