package kron4j.spark;

import java.util.Iterator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;

/** The triangle R of X = Q R with n columns: [rows, upper triangle]. A block at a time below the R so far, then a tree of pairs (Demmel et al. 2012, TSQR). */
record TallQr(int n) implements Summary {
    @Override
    public double[] of(Iterator<Tensor> blocks) {
        Tensor r = Tensor.zeros(DType.FLOAT64, n, n);
        long rows = 0;
        while (blocks.hasNext()) {
            try (TensorScope scope = r.device().openScope()) {
                Tensor x = scope.adopt(blocks.next());
                Tensor before = r;
                r = scope.keep(below(before, rows, x));
                before.close();
                rows += x.shape().at(0);
            }
        }
        return packed(rows, r);
    }

    /** Returns the R of {@code r}, the first {@code rows} of which are not zero, over {@code x}. */
    private Tensor below(Tensor r, long rows, Tensor x) {
        Tensor begun = rows == 0 && x.shape().at(0) >= n ? x : Indexing.concat(0, r, x);
        return Linalg.qr(begun).r();
    }

    @Override
    public double[] merge(double[] left, double[] right) {
        return TaskDevice.compute(device -> packed(
                (long) (left[0] + right[0]),
                Linalg.qr(Indexing.concat(0, triangle(left), triangle(right))).r()));
    }

    private double[] packed(long rows, Tensor r) {
        double[] result = new double[(int) size()];
        result[0] = rows;
        Triangle.pack(r.toDoubleArray(), n, result, 1);
        return result;
    }

    Tensor triangle(double[] summary) {
        return Tensor.of(Triangle.unpack(summary, 1, n), n, n);
    }

    @Override
    public long size() {
        return 1 + Triangle.size(n);
    }
}
