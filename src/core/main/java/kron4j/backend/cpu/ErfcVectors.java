package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.DoubleVector;

/**
 * {@code erfc(x) = e^(-x^2) u w(u)} with {@code u = 3 / (3 + x)} for x from 0 on, else {@code 2 - erfc(-x)}, of floats: to 0.6 units. It is computed in double, where the square is
 * exact and two short polynomials, to 2^-28, are enough; in float32 the errors of the square and of u would need more steps than double vectors are shorter.
 */
final class ErfcVectors {
    private static final int LANES = PairVectors.LANES;

    /** From here on it is 0 in float32. */
    private static final DoubleVector END = all(10.2);

    private static final DoubleVector ZERO = all(0);
    private static final DoubleVector TWO = all(2);
    private static final DoubleVector THREE = all(3);
    private static final DoubleVector MINUS_LOG2_E = all(-1 / Math.log(2));
    private static final DoubleVector LN2 = all(Math.log(2));
    /** A number to which this is added has its nearest integer in its last bits. */
    private static final DoubleVector TO_INTEGER = all(0x1.8p52);

    private static final DoubleVector EXP_0 = all(0x1.0000000261d2cp+0);
    private static final DoubleVector EXP_1 = all(0x1.0000009c19597p+0);
    private static final DoubleVector EXP_2 = all(0x1.fffffaae730c8p-2);
    private static final DoubleVector EXP_3 = all(0x1.55540a5c2f508p-3);
    private static final DoubleVector EXP_4 = all(0x1.55589aa383d65p-5);
    private static final DoubleVector EXP_5 = all(0x1.126d1daa2483cp-7);
    private static final DoubleVector EXP_6 = all(0x1.6ab96717451d7p-10);

    /** w by powers of u - 0.6. */
    private static final DoubleVector MIDDLE = all(0.6);

    private static final DoubleVector W_0 = all(0x1.b3e012d758033p-2);
    private static final DoubleVector W_1 = all(0x1.8c364b573b822p-1);
    private static final DoubleVector W_2 = all(0x1.138e2eceaa973p+0);
    private static final DoubleVector W_3 = all(0x1.1c4bd5c8416bbp+0);
    private static final DoubleVector W_4 = all(0x1.8b35493a645dbp-1);
    private static final DoubleVector W_5 = all(0x1.ee5ac87564cfbp-3);
    private static final DoubleVector W_6 = all(-0x1.0016ef73500d5p-3);
    private static final DoubleVector W_7 = all(-0x1.27c7ad3283239p-3);
    private static final DoubleVector W_8 = all(0x1.1e665b734a508p-7);
    private static final DoubleVector W_9 = all(0x1.c6da1df6cad69p-5);

    private ErfcVectors() {}

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(PairVectors.SPECIES, value);
    }

    static void erfc(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            PairVectors.store(erfc(PairVectors.load(x, i)), z, i);
        }
    }

    private static DoubleVector erfc(DoubleVector x) {
        DoubleVector size = x.abs().min(END);
        DoubleVector u = THREE.div(size.add(THREE));
        DoubleVector tail = bell(size.mul(size)).mul(u).mul(w(u.sub(MIDDLE)));
        return tail.blend(TWO.sub(tail), x.compare(LT, ZERO));
    }

    /** {@code e^-square}. */
    private static DoubleVector bell(DoubleVector square) {
        DoubleVector t = square.fma(MINUS_LOG2_E, TO_INTEGER);
        DoubleVector r = TO_INTEGER.sub(t).fma(LN2, square.neg());
        DoubleVector p = EXP_6.fma(r, EXP_5);
        p = p.fma(r, EXP_4);
        p = p.fma(r, EXP_3);
        p = p.fma(r, EXP_2);
        p = p.fma(r, EXP_1);
        p = p.fma(r, EXP_0);
        return p.reinterpretAsLongs()
                .add(t.reinterpretAsLongs().lanewise(LSHL, 52))
                .reinterpretAsDoubles();
    }

    private static DoubleVector w(DoubleVector v) {
        DoubleVector p = W_9.fma(v, W_8);
        p = p.fma(v, W_7);
        p = p.fma(v, W_6);
        p = p.fma(v, W_5);
        p = p.fma(v, W_4);
        p = p.fma(v, W_3);
        p = p.fma(v, W_2);
        p = p.fma(v, W_1);
        return p.fma(v, W_0);
    }
}
