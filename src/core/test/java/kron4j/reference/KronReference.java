package kron4j.reference;

import java.util.Arrays;

/** Kronecker products the obvious way: every element of the result is looked up. */
public final class KronReference {
    private KronReference() {}

    public static NDArray eye(long n) {
        return NDArray.generate(new long[] {n, n}, i -> i[0] == i[1] ? 1 : 0);
    }

    public static NDArray kron(NDArray a, NDArray b) {
        int rank = Math.max(a.rank(), b.rank());
        NDArray x = padded(a, rank);
        NDArray y = padded(b, rank);
        long[] p = y.shape();
        long[] shape = x.shape();
        for (int d = 0; d < rank; d++) {
            shape[d] *= p[d];
        }
        return NDArray.generate(shape, index -> {
            long[] i = new long[rank];
            long[] j = new long[rank];
            for (int d = 0; d < rank; d++) {
                i[d] = index[d] / p[d];
                j[d] = index[d] % p[d];
            }
            return x.get(i) * y.get(j);
        });
    }

    /** Leading axes broadcast, the last two multiply. */
    public static NDArray batchedKron(NDArray a, NDArray b) {
        long[] p = b.shape();
        long rows = p[b.rank() - 2];
        long cols = p[b.rank() - 1];
        long[] batch = NDArray.broadcast(Arrays.copyOf(a.shape(), a.rank() - 2), Arrays.copyOf(p, b.rank() - 2));
        int n = batch.length;
        long[] shape = Arrays.copyOf(batch, n + 2);
        shape[n] = a.shape()[a.rank() - 2] * rows;
        shape[n + 1] = a.shape()[a.rank() - 1] * cols;
        return NDArray.generate(
                shape, i -> at(a, i, i[n] / rows, i[n + 1] / cols) * at(b, i, i[n] % rows, i[n + 1] % cols));
    }

    /** The entry (row, col) of the matrix that broadcasts to the leading axes of {@code index}. */
    private static double at(NDArray a, long[] index, long row, long col) {
        long[] shape = a.shape();
        int batch = a.rank() - 2;
        long[] own = new long[a.rank()];
        for (int d = 0; d < batch; d++) {
            long i = index[index.length - 2 - batch + d];
            own[d] = shape[d] == 1 ? 0 : i;
        }
        own[batch] = row;
        own[batch + 1] = col;
        return a.get(own);
    }

    private static NDArray padded(NDArray a, int rank) {
        long[] shape = new long[rank];
        Arrays.fill(shape, 1);
        System.arraycopy(a.shape(), 0, shape, rank - a.rank(), a.rank());
        return a.reshape(shape);
    }
}
