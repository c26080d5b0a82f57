package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;
import kron4j.plan.LuPlan;
import kron4j.plan.PadeApproximant;

/**
 * Exponentials of matrices one after the other, as {@code ops.Exponential} computes those of a batch. Up to a size in double precision by loops of ours, above by products
 * of the library. Whether a matrix is taken as its transpose does not matter. Belongs to one thread.
 */
final class Exponentials implements AutoCloseable {
    /** From here on the time is that of products, which the steps of tensors share among cores. */
    static final int MOST = 256;

    /** Up to here products of ours take less time than calls. */
    private static final int OURS = 32;

    private static final int MOST_HALVINGS = 32;

    private final Entries a;
    private final Entries results;
    private final int n;
    private final int length;
    private final List<PadeApproximant> approximants;
    private final double[][] coefficients;
    /** So many halvings are undone that 4 to the power of them is in range. */
    private final int range;
    /** Null where the library multiplies. */
    private final RowProducts products;

    private final double[] sums;
    private final int[] rows;
    private final Storage pivots;
    private final SquareMatrix x;
    /** {@code x^2}, {@code x^4} and so on. */
    private final SquareMatrix[] powers = new SquareMatrix[4];

    private final SquareMatrix innerEven;
    private final SquareMatrix innerOdd;
    private final SquareMatrix even;
    private final SquareMatrix odd;

    Exponentials(CpuBackend backend, Entries a, Entries results) {
        this.a = a;
        this.results = results;
        n = a.size(-1);
        length = a.width() * n * n;
        int bytes = a.dtype().bytes() / a.width();
        approximants = PadeApproximant.of(bytes);
        coefficients = approximants.stream().map(PadeApproximant::coefficients).toArray(double[][]::new);
        range = bytes > Float.BYTES ? 500 : 60;
        DType doubles = a.width() > 1 ? DType.COMPLEX128 : DType.FLOAT64;
        products = n * a.width() <= OURS ? Loops.BEST.rowProducts(doubles) : null;
        sums = new double[a.width() * n];
        rows = new int[n];
        pivots = backend.allocate(DType.INT32, n);
        x = matrix(backend);
        for (int i = 0; i < powers.length; i++) {
            powers[i] = matrix(backend);
        }
        innerEven = matrix(backend);
        innerOdd = matrix(backend);
        even = matrix(backend);
        odd = matrix(backend);
    }

    /** Products of ours write three rows more. */
    private SquareMatrix matrix(CpuBackend backend) {
        double[] values = products == null ? new double[length] : (double[]) products.allocate(n * (n + 3));
        return new SquareMatrix(backend, a, n, values);
    }

    /** Computes the exponential of an entry; NaN if it is not finite or would be halved too often. */
    void compute(long index) {
        a.read(a.at(index), x.replaced(), 0, n * n);
        double norm = norm(x);
        int halvings = norm < Double.POSITIVE_INFINITY ? approximate(norm) : MOST_HALVINGS + 1;
        if (halvings > MOST_HALVINGS) {
            Arrays.fill(even.replaced(), 0, length, Double.NaN);
        }
        SquareMatrix result = even;
        SquareMatrix free = odd;
        for (int i = 0; i < halvings && halvings <= MOST_HALVINGS; i++) {
            multiply(result, result, free);
            SquareMatrix before = result;
            result = free;
            free = before;
        }
        // Zeros divided by pivots below 0 become 0 instead of -0.
        add(result.changed(), 0, length);
        results.write(results.at(index), result.array(), 0, n * n);
    }

    private static void add(double[] values, double summand, int length) {
        for (int i = 0; i < length; i++) {
            values[i] += summand;
        }
    }

    /** Returns the largest sum of a column's sizes, of complex numbers of their parts'. */
    private double norm(SquareMatrix of) {
        double[] values = of.array();
        int line = sums.length;
        Arrays.fill(sums, 0);
        for (int from = 0; from < length; from += line) {
            addSizes(values, from, sums);
        }
        double most = 0;
        for (int j = 0; j < line; j += a.width()) {
            most = Math.max(most, a.width() == 1 ? sums[j] : sums[j] + sums[j + 1]);
        }
        return most;
    }

    private static void addSizes(double[] values, int from, double[] sums) {
        for (int j = 0; j < sums.length; j++) {
            sums[j] += Math.abs(values[from + j]);
        }
    }

    /** Leaves in {@link #even} the exponential of x halved so many times as it returns. */
    private int approximate(double norm) {
        PadeApproximant approximant = PadeApproximant.of(approximants, norm);
        double[] b = coefficients[approximants.indexOf(approximant)];
        double reach = approximant.reach();
        // Halved so often that the norm is in reach; the powers then say which halvings were too many.
        int most = (int) Math.max(0, Math.ceil(log2(norm / reach)));
        if (most > 0) {
            times(x, Math.pow(2, -most));
        }
        int degree = approximant.degree();
        multiply(x, x, powers[0]);
        for (int i = 1; i < Math.min(degree / 2, degree > 9 ? 3 : 4); i++) {
            multiply(powers[i / 2], powers[(i - 1) / 2], powers[i]);
        }
        int undone = most == 0 ? 0 : undo(reach, most);
        if (most - undone > MOST_HALVINGS) {
            return most - undone;
        }
        if (degree > 9) {
            high(b);
        } else {
            low(b, degree / 2);
        }
        multiply(x, odd, innerOdd);
        sides(even.changed(), innerOdd.changed(), length);
        solve(innerOdd, even);
        return most - undone;
    }

    private static double log2(double of) {
        return Math.log(of) * (1 / Math.log(2));
    }

    /** Undoes the halvings that norms of the fourth and the sixth power spare. */
    private int undo(double reach, int most) {
        double root4 = Math.sqrt(Math.sqrt(norm(powers[1])));
        double root6 = Math.pow(norm(powers[2]), 1 / 6.0);
        double spared = Math.floor(log2(reach / Math.max(root4, root6)));
        int undone = (int) Math.min(Math.min(Math.max(spared, 0), range), most);
        if (undone > 0) {
            double factor = Math.pow(2, undone);
            times(x, factor);
            for (int i = 0; i < 3; i++) {
                for (int k = 0; k <= i; k++) {
                    times(powers[i], factor * factor);
                }
            }
        }
        return undone;
    }

    private void times(SquareMatrix matrix, double factor) {
        double[] values = matrix.changed();
        for (int i = 0; i < length; i++) {
            values[i] *= factor;
        }
    }

    /** The even part of p at x, and the odd one divided by x. */
    private void low(double[] b, int count) {
        Arrays.fill(even.replaced(), 0, length, 0);
        Arrays.fill(odd.replaced(), 0, length, 0);
        addPowers(even.changed(), odd.changed(), b, 0, count);
    }

    /** As {@link #low} of degree 13, with the higher powers as products by the sixth. */
    private void high(double[] b) {
        Arrays.fill(innerEven.replaced(), 0, length, 0);
        Arrays.fill(innerOdd.replaced(), 0, length, 0);
        addPowers(innerEven.changed(), innerOdd.changed(), b, 3, 3);
        multiply(powers[2], innerEven, even);
        multiply(powers[2], innerOdd, odd);
        addPowers(even.changed(), odd.changed(), b, 0, 3);
    }

    /** Adds the first powers by the coefficients {@code 2 skipped + 2} and so on, and the next ones; the first two times the identity if none is skipped. */
    private void addPowers(double[] evens, double[] odds, double[] b, int skipped, int count) {
        for (int i = 0; i < count; i++) {
            int next = 2 * (skipped + i + 1);
            add(evens, odds, powers[i].array(), b[next], b[next + 1], length);
        }
        for (int i = 0; i < length && skipped == 0; i += a.width() * (n + 1)) {
            evens[i] += b[0];
            odds[i] += b[1];
        }
    }

    private static void add(double[] evens, double[] odds, double[] power, double even, double odd, int length) {
        for (int i = 0; i < length; i++) {
            evens[i] += even * power[i];
            odds[i] += odd * power[i];
        }
    }

    /** Makes of {@code even} and {@code odd} their sum and their difference. */
    private static void sides(double[] even, double[] odd, int length) {
        for (int i = 0; i < length; i++) {
            double right = even[i] + odd[i];
            odd[i] = even[i] - odd[i];
            even[i] = right;
        }
    }

    /** {@code right := left^-1 right}; the left one is destroyed. */
    private void solve(SquareMatrix left, SquareMatrix right) {
        if (n <= LuPlan.SMALL) {
            a.small().factor(left.changed(), n, n, rows);
            a.small().solve(left.array(), n, rows, right.changed(), n);
            return;
        }
        Matrix lu = left.changedMemory();
        Matrix b = right.changedMemory();
        Matrix exchanges = new Matrix((CpuStorage) pivots, 0, 1);
        OpenBlas.oneThreadEach(() -> {
            a.lapack().getrf(n, n, lu, exchanges);
            a.lapack().getrs(false, n, n, lu, exchanges, b);
        });
    }

    private void multiply(SquareMatrix left, SquareMatrix right, SquareMatrix product) {
        if (products == null) {
            a.lapack().multiply(n, left.memory(), right.memory(), product.replacedMemory());
        } else {
            products.multiply(1, left.array(), 0, n, n, right.array(), 0, n, n, product.replaced(), 0, n);
        }
    }

    @Override
    public void close() {
        pivots.release();
        for (SquareMatrix matrix : List.of(x, innerEven, innerOdd, even, odd)) {
            matrix.close();
        }
        for (SquareMatrix power : powers) {
            power.close();
        }
    }
}
