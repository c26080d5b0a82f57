package kron4j.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The loops over {@link FloatCurveVectors} and {@link DoubleCurveVectors}. */
final class CurveVectorLoops {
    private static final int LANES = FloatVectors.SPECIES.length();

    private static final int DOUBLES = DoubleVectors.SPECIES.length();

    private CurveVectorLoops() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    static void atan(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.atan(at(x, i)).intoArray(z, i);
        }
    }

    static void asin(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.asin(at(x, i)).intoArray(z, i);
        }
    }

    static void acos(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.acos(at(x, i)).intoArray(z, i);
        }
    }

    static void tan(float[] x, float[] z, int n) {
        float[] far = VectorLoops.areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.tan(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= FloatVectors.GREATEST_ANGLE)) {
                z[i] = (float) Math.tan(far[i]);
            }
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

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    static void atan(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.atan(at(x, i)).intoArray(z, i);
        }
    }

    /** The first pass of atan2. */
    static void ratio(double[] y, double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.ratio(at(y, i), at(x, i)).intoArray(z, i);
        }
    }

    static void arc(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.arc(at(x, i)).intoArray(z, i);
        }
    }

    /** The last pass of atan2, from the arcs of the first one. */
    static void angle(double[] y, double[] x, double[] arcs, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.angle(at(y, i), at(x, i), at(arcs, i)).intoArray(z, i);
        }
    }

    private static boolean areNear(double[] x, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            if (!DoubleCurveVectors.areNear(at(x, i))) {
                return false;
            }
        }
        return true;
    }

    static void sin(double[] x, double[] z, int n) {
        double[] far = areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.sin(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= DoubleCurveVectors.GREATEST_ANGLE)) {
                z[i] = Math.sin(far[i]);
            }
        }
    }

    static void cos(double[] x, double[] z, int n) {
        double[] far = areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.cos(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= DoubleCurveVectors.GREATEST_ANGLE)) {
                z[i] = Math.cos(far[i]);
            }
        }
    }

    static void asin(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.asin(at(x, i)).intoArray(z, i);
        }
    }

    static void acos(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.acos(at(x, i)).intoArray(z, i);
        }
    }

    static void tan(double[] x, double[] z, int n) {
        double[] far = areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleCurveVectors.tan(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= DoubleCurveVectors.GREATEST_ANGLE)) {
                z[i] = Math.tan(far[i]);
            }
        }
    }
}
