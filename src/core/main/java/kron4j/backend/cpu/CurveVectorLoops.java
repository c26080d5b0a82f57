package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;

/** The loops over {@link FloatCurveVectors}. */
final class CurveVectorLoops {
    private static final int LANES = FloatVectors.SPECIES.length();

    private CurveVectorLoops() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    static void atan(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.atan(at(x, i)).intoArray(z, i);
        }
    }

    /** The first pass of erf. */
    static void logOfRest(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.logOfRest(at(x, i)).intoArray(z, i);
        }
    }

    /** The last pass of erf, from the exponentials of the first one. */
    static void erf(float[] x, float[] rest, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.erf(at(x, i), at(rest, i)).intoArray(z, i);
        }
    }

    static void round(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.round(at(x, i)).intoArray(z, i);
        }
    }

    static void floor(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.floor(at(x, i)).intoArray(z, i);
        }
    }

    static void ceil(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.ceil(at(x, i)).intoArray(z, i);
        }
    }

    static void sign(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.sign(at(x, i)).intoArray(z, i);
        }
    }

    static void rsqrt(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.rsqrt(at(x, i)).intoArray(z, i);
        }
    }

    static void atan2(float[] y, float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.atan2(at(y, i), at(x, i)).intoArray(z, i);
        }
    }
}
