package kron4j.bench.reference;

import java.util.Random;
import java.util.stream.IntStream;

/** An LU factorisation with partial pivoting, in plain Java. */
final class Lu {
    /** From here on rows are eliminated side by side. */
    private static final int LARGE = 400;

    private final double[][] rows;
    private final int[] order;
    private final int n;
    private final double norm;
    private double sign = 1;

    Lu(double[][] a) {
        n = a.length;
        rows = a;
        order = IntStream.range(0, n).toArray();
        double squares = 0;
        for (double[] row : a) {
            for (double v : row) {
                squares += v * v;
            }
        }
        norm = Math.sqrt(squares);
        for (int k = 0; k < n; k++) {
            pivot(k);
            double[] pivot = rows[k];
            int column = k;
            IntStream below = IntStream.range(k + 1, n);
            (n < LARGE ? below : below.parallel()).forEach(i -> eliminate(rows[i], pivot, column));
        }
    }

    private void pivot(int k) {
        int best = k;
        for (int i = k + 1; i < n; i++) {
            if (Math.abs(rows[i][k]) > Math.abs(rows[best][k])) {
                best = i;
            }
        }
        if (best != k) {
            double[] row = rows[k];
            rows[k] = rows[best];
            rows[best] = row;
            int at = order[k];
            order[k] = order[best];
            order[best] = at;
            sign = -sign;
        }
    }

    private static void eliminate(double[] row, double[] pivot, int k) {
        double factor = row[k] / pivot[k];
        for (int j = k + 1; j < row.length; j++) {
            row[j] -= factor * pivot[j];
        }
        row[k] = factor;
    }

    double sign() {
        double result = sign;
        for (int i = 0; i < n; i++) {
            result *= Math.signum(rows[i][i]);
        }
        return result;
    }

    double logAbs() {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.log(Math.abs(rows[i][i]));
        }
        return sum;
    }

    double[] solve(double[] b) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = b[order[i]];
            for (int j = 0; j < i; j++) {
                sum -= rows[i][j] * x[j];
            }
            x[i] = sum;
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = x[i];
            for (int j = i + 1; j < n; j++) {
                sum -= rows[i][j] * x[j];
            }
            x[i] = sum / rows[i][i];
        }
        return x;
    }

    /** The Frobenius norms of the matrix and of its inverse multiplied; the latter from random right sides. */
    double condition() {
        Random random = new Random(n);
        double squares = 0;
        int samples = 8;
        for (int sample = 0; sample < samples; sample++) {
            double[] b = new double[n];
            for (int i = 0; i < n; i++) {
                b[i] = random.nextBoolean() ? 1 : -1;
            }
            squares += squares(solve(b)) / samples;
        }
        return norm * Math.sqrt(squares);
    }

    static double squares(double[] x) {
        double sum = 0;
        for (double v : x) {
            sum += v * v;
        }
        return sum;
    }
}
