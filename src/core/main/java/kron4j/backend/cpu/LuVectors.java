package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/** No step has a fused multiply-add, which would round otherwise than plain Java. */
final class LuVectors extends LuLanes {
    private static final int LANES = DoubleVectors.SPECIES.length();

    @Override
    int count() {
        return LANES;
    }

    @Override
    boolean factor(double[] a, int rows, int cols, int[] pivots) {
        double[] places = new double[LANES];
        int steps = Math.min(rows, cols);
        for (int k = 0; k < steps; k++) {
            int column = k * rows * LANES;
            if (!findPivots(a, column, k, rows, places)) {
                return false;
            }
            for (int lane = 0; lane < LANES; lane++) {
                int place = (int) places[lane];
                pivots[lane * steps + k] = place + 1;
                if (place != k) {
                    swap(a, k * LANES + lane, place * LANES + lane, rows * LANES, cols);
                }
            }
            divide(a, column, k, rows);
            for (int j = k + 1; j < cols; j++) {
                subtract(a, column, j * rows * LANES, k, rows);
            }
        }
        return true;
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    private static DoubleVector all(double x) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, x);
    }

    /** The magnitude for choosing pivots: NaN and infinity come first. */
    private static DoubleVector size(DoubleVector x) {
        return x.abs().blend(all(Double.POSITIVE_INFINITY), x.compare(NE, x));
    }

    private static boolean findPivots(double[] a, int column, int k, int rows, double[] places) {
        DoubleVector largest = size(at(a, column + k * LANES));
        DoubleVector place = all(k);
        for (int i = k + 1; i < rows; i++) {
            DoubleVector candidate = size(at(a, column + i * LANES));
            VectorMask<Double> larger = candidate.compare(GT, largest);
            largest = largest.blend(candidate, larger);
            place = place.blend(all(i), larger);
        }
        place.intoArray(places, 0);
        return !largest.compare(EQ, all(0)).anyTrue();
    }

    private static void swap(double[] a, int one, int other, int step, int n) {
        for (int j = 0; j < n; j++) {
            double kept = a[j * step + one];
            a[j * step + one] = a[j * step + other];
            a[j * step + other] = kept;
        }
    }

    private static void divide(double[] a, int column, int k, int rows) {
        DoubleVector diagonal = at(a, column + k * LANES);
        for (int i = k + 1; i < rows; i++) {
            at(a, column + i * LANES).div(diagonal).intoArray(a, column + i * LANES);
        }
    }

    private static void subtract(double[] a, int column, int from, int k, int rows) {
        DoubleVector factor = at(a, from + k * LANES);
        for (int i = k + 1; i < rows; i++) {
            at(a, from + i * LANES).sub(factor.mul(at(a, column + i * LANES))).intoArray(a, from + i * LANES);
        }
    }
}
