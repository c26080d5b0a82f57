package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LE;

import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import kron4j.backend.UnaryOp;

/**
 * Hyperbolic functions and their inverses in passes, each small enough for the JIT, from exponentials and logarithms. The build writes the same for the other
 * precision (pom.xml).
 */
final class FloatHyperbolicVectors {
    private static final int LANES = FloatVectors.SPECIES.length();

    /** Up to here exponentials, and squares, are far from overflow. */
    private static final float GREATEST = (float) (Math.log(Float.MAX_VALUE) - 1);

    private static final float GREATEST_SQUARED = (float) (Math.sqrt(Float.MAX_VALUE) / 2);

    private FloatHyperbolicVectors() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    /** From e = e^|x| - 1: (e + e / (e + 1)) / 2. */
    static void sinh(float[] x, float[] z, int n) {
        float[] from = x == z ? x.clone() : x;
        absolute(from, z, n);
        VectorLoops.run(UnaryOp.EXPM1, z, z, n);
        sum(z, n);
        withSign(from, 0.5, z, n);
        repair(UnaryOp.SINH, GREATEST, from, z, n);
    }

    /** From e = e^|x|: e / 2 + 1 / (2 e). */
    static void cosh(float[] x, float[] z, int n) {
        float[] from = x == z ? x.clone() : x;
        absolute(from, z, n);
        VectorLoops.run(UnaryOp.EXP, z, z, n);
        mean(z, n);
        repair(UnaryOp.COSH, GREATEST, from, z, n);
    }

    /** log1p(|x| + x^2 / (1 + sqrt(1 + x^2))). */
    static void asinh(float[] x, float[] z, int n) {
        float[] from = x == z ? x.clone() : x;
        excess(from, z, n);
        VectorLoops.run(UnaryOp.LOG1P, z, z, n);
        withSign(from, 1, z, n);
        repair(UnaryOp.ASINH, GREATEST_SQUARED, from, z, n);
    }

    /** log1p(2 |x| / (1 - |x|)) / 2. */
    static void atanh(float[] x, float[] z, int n) {
        float[] from = x == z ? x.clone() : x;
        ratio(from, z, n);
        VectorLoops.run(UnaryOp.LOG1P, z, z, n);
        withSign(from, 0.5, z, n);
    }

    private static void absolute(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            at(x, i).abs().intoArray(z, i);
        }
    }

    private static void sum(float[] z, int n) {
        FloatVector one = PairVectors.all((float) 1);
        for (int i = 0; i < n; i += LANES) {
            FloatVector e = at(z, i);
            e.add(e.div(e.add(one))).intoArray(z, i);
        }
    }

    private static void mean(float[] z, int n) {
        FloatVector half = PairVectors.all((float) 0.5);
        for (int i = 0; i < n; i += LANES) {
            FloatVector e = at(z, i);
            e.mul(half).add(half.div(e)).intoArray(z, i);
        }
    }

    private static void excess(float[] x, float[] z, int n) {
        FloatVector one = PairVectors.all((float) 1);
        for (int i = 0; i < n; i += LANES) {
            FloatVector v = at(x, i);
            FloatVector square = v.mul(v);
            v.abs().add(square.div(square.add(one).sqrt().add(one))).intoArray(z, i);
        }
    }

    private static void ratio(float[] x, float[] z, int n) {
        FloatVector one = PairVectors.all((float) 1);
        for (int i = 0; i < n; i += LANES) {
            FloatVector size = at(x, i).abs();
            size.add(size).div(one.sub(size)).intoArray(z, i);
        }
    }

    /** {@code factor * z} with the sign of x. */
    private static void withSign(float[] x, double factor, float[] z, int n) {
        FloatVector c = PairVectors.all((float) factor);
        for (int i = 0; i < n; i += LANES) {
            FloatCurveVectors.signed(at(z, i).mul(c), at(x, i)).intoArray(z, i);
        }
    }

    /** Computes those beyond the greatest size one by one. */
    private static void repair(UnaryOp op, float greatest, float[] x, float[] z, int n) {
        if (areWithin(greatest, x, n)) {
            return;
        }
        DoubleUnaryOperator f = UnaryKernels.function(op);
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(x[i]) <= greatest)) {
                z[i] = (float) f.applyAsDouble(x[i]);
            }
        }
    }

    private static boolean areWithin(float greatest, float[] x, int n) {
        FloatVector limit = PairVectors.all(greatest);
        for (int i = 0; i < n; i += LANES) {
            if (!at(x, i).abs().compare(LE, limit).allTrue()) {
                return false;
            }
        }
        return true;
    }
}
