package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import kron4j.backend.PerThread;

/** Powers of floats by vectors of doubles, rounded once: {@code e^(y log |x|)} where x is not 0 and both are finite, else one by one. */
final class PowerVectorLoops {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();
    private static final FloatVector ZERO = FloatVector.broadcast(FloatVectors.SPECIES, 0);
    private static final FloatVector GREATEST = FloatVector.broadcast(FloatVectors.SPECIES, Float.MAX_VALUE);
    private static final PerThread<double[]> LOGARITHMS = new PerThread<>(() -> new double[HalfRuns.PIECE]);

    private PowerVectorLoops() {}

    static void power(float[] x, float[] y, float[] z, int n) {
        double[] logarithms = LOGARITHMS.get();
        log(x, logarithms, n);
        exp(logarithms, y, z, n);
        int whole = n - n % LANES;
        if (!arePlain(x, y, whole) || !arePlain(x, y, whole, n)) {
            settle(x, y, z, n);
        }
    }

    private static void settle(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            float size = Math.abs(x[i]);
            if (!(size > 0 && size <= Float.MAX_VALUE && Math.abs(y[i]) <= Float.MAX_VALUE)) {
                z[i] = (float) BinaryKernels.power(x[i], y[i]);
            } else if (x[i] < 0) {
                z[i] = ofNegative(z[i], y[i]);
            }
        }
    }

    /** The power of a negative number, given that of its absolute value: odd exponents are below 2^24, which {@code int} holds. */
    private static float ofNegative(float power, float exponent) {
        return exponent != (float) Math.rint(exponent)
                ? Float.NaN
                : ((int) exponent & 1) != 0 && Math.abs(exponent) < 1 << 24 ? -power : power;
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static boolean arePlain(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector v = at(x, i);
            if (!v.compare(GT, ZERO)
                    .and(v.compare(LE, GREATEST))
                    .and(at(y, i).abs().compare(LE, GREATEST))
                    .allTrue()) {
                return false;
            }
        }
        return true;
    }

    private static boolean arePlain(float[] x, float[] y, int from, int n) {
        for (int i = from; i < n; i++) {
            if (!(x[i] > 0 && x[i] <= Float.MAX_VALUE && Math.abs(y[i]) <= Float.MAX_VALUE)) {
                return false;
            }
        }
        return true;
    }

    private static void log(float[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.log(PairVectors.load(x, i).abs()).intoArray(z, i);
        }
    }

    private static void exp(double[] logarithms, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVector logarithm = DoubleVector.fromArray(DoubleVectors.SPECIES, logarithms, i);
            PairVectors.store(DoubleVectors.exp(PairVectors.load(y, i).mul(logarithm)), z, i);
        }
    }
}
