package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;

/** Products of many complex numbers by vectors of their parts: two chains a lane. */
final class PairProductVectorLoops {
    private static final int LANES = PairVectors.LANES;
    /** Numbers in a turn. */
    private static final int TURN = 2 * LANES;

    private static final long INFINITE = Double.doubleToLongBits(Double.POSITIVE_INFINITY);

    private PairProductVectorLoops() {}

    static int products(double[] x, int from, int n, double[] re, double[] im) {
        DoubleVector a = PairVectors.all(1.0);
        DoubleVector b = PairVectors.all(0.0);
        DoubleVector c = PairVectors.all(1.0);
        DoubleVector d = PairVectors.all(0.0);
        int end = 2 * (from + n / TURN * TURN);
        for (int i = 2 * from; i < end; i += 2 * TURN) {
            DoubleVector u = PairVectors.load(x, i);
            DoubleVector v = PairVectors.load(x, i + LANES);
            DoubleVector p = PairVectors.first(u, v);
            DoubleVector q = PairVectors.second(u, v);
            DoubleVector product = a.mul(p).sub(b.mul(q));
            b = a.mul(q).add(b.mul(p));
            a = product;
            u = PairVectors.load(x, i + 2 * LANES);
            v = PairVectors.load(x, i + 3 * LANES);
            p = PairVectors.first(u, v);
            q = PairVectors.second(u, v);
            product = c.mul(p).sub(d.mul(q));
            d = c.mul(q).add(d.mul(p));
            c = product;
        }
        store(a, b, c, d, re, im);
        return ComplexPairs.part(x, end / 2, from + n - end / 2, re, im, TURN);
    }

    private static void store(
            DoubleVector a, DoubleVector b, DoubleVector c, DoubleVector d, double[] re, double[] im) {
        a.intoArray(re, 0);
        b.intoArray(im, 0);
        c.intoArray(re, LANES);
        d.intoArray(im, LANES);
    }

    static boolean arePlain(double[] x, int n) {
        LongVector least = PairVectors.bits(1.0);
        LongVector most = PairVectors.bits(1.0);
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            LongVector size = PairVectors.load(x, i).abs().reinterpretAsLongs();
            least = least.min(size);
            most = most.max(size);
        }
        return least.compare(GT, 0).and(most.compare(LT, INFINITE)).allTrue() && ComplexPairs.arePlain(x, whole, n);
    }
}
