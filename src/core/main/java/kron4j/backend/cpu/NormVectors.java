package kron4j.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** Loops of {@link LineNorms}; lanes are summed by it, in an order that the JIT does not choose. */
final class NormVectors {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();

    private NormVectors() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static void sums(float[] x, double shift, int n, double[] lanes) {
        DoubleVector from = DoubleVector.broadcast(DoubleVectors.SPECIES, shift);
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector firstSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector secondSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        for (int i = 0; i < n; i += 2 * DOUBLES) {
            DoubleVector d = PairVectors.load(x, i).sub(from);
            DoubleVector e = PairVectors.load(x, i + DOUBLES).sub(from);
            first = first.add(d);
            second = second.add(e);
            firstSquares = d.fma(d, firstSquares);
            secondSquares = e.fma(e, secondSquares);
        }
        first.add(second).intoArray(lanes, 0);
        firstSquares.add(secondSquares).intoArray(lanes, DOUBLES);
    }

    static void normalize(float[] x, float[] by, float[] w, float[] b, float[] y, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        for (int i = 0; i < n; i += LANES) {
            FloatVector z = at(x, i).sub(mean).sub(rest).mul(factor);
            z.mul(at(w, i)).add(at(b, i)).intoArray(y, i);
        }
    }

    static void weigh(float[] x, float[] by, float[] g, float[] w, float[] z, float[] ofW, float[] ofB, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        for (int i = 0; i < n; i += LANES) {
            FloatVector standard = at(x, i).sub(mean).sub(rest).mul(factor);
            FloatVector slope = at(g, i);
            slope.fma(standard, at(ofW, i)).intoArray(ofW, i);
            at(ofB, i).add(slope).intoArray(ofB, i);
            standard.intoArray(z, i);
            slope.mul(at(w, i)).intoArray(g, i);
        }
    }

    static void products(float[] g, float[] z, int n, double[] lanes) {
        DoubleVector sum = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector products = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVector slope = PairVectors.load(g, i);
            sum = sum.add(slope);
            products = slope.fma(PairVectors.load(z, i), products);
        }
        sum.intoArray(lanes, 0);
        products.intoArray(lanes, DOUBLES);
    }

    static void slopes(float[] g, float[] z, float ofProducts, float ofSum, float factor, int n) {
        FloatVector first = all(-ofProducts);
        FloatVector second = all(ofSum);
        FloatVector by = all(factor);
        for (int i = 0; i < n; i += LANES) {
            at(z, i).fma(first, at(g, i)).sub(second).mul(by).intoArray(g, i);
        }
    }
}
