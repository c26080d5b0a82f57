package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MIN;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;

/**
 * Box and Muller's transform, to the last bit as by {@link StrictMath}: fdlibm's logarithm, cosine and sine, whose branches are all computed and chosen from. Nothing is fused, and
 * {@code kernels/random.cuh} has the same formulas. Passes are compiled one by one ({@link Alone}).
 */
final class NormalVectors {
    private static final int LANES = DoubleVectors.SPECIES.length();

    private static final LongVector FRACTION = bits(0x000fffffffffffffL);
    private static final LongVector HIGH = bits(0xffffffff00000000L);
    private static final LongVector ONE_BITS = bits(0x3ff0000000000000L);
    private static final LongVector QUARTERED = bits(0x0020000000000000L);
    private static final LongVector TO_INTEGER_BITS = bits(Double.doubleToRawLongBits(0x1.8p52));
    private static final DoubleVector BIAS = all(0x1.8p52 + 1023);

    private static final DoubleVector ZERO = all(0);
    private static final DoubleVector HALF = all(0.5);
    private static final DoubleVector ONE = all(1);
    private static final DoubleVector TWO = all(2);
    private static final DoubleVector THREE = all(3);
    private static final DoubleVector FOUR = all(4);
    private static final DoubleVector MINUS_TWO = all(-2);

    /** Bounds of the parts of the logarithm, of numbers from 1 to 2. */
    private static final DoubleVector HALVED_FROM = ofHigh(0x3ff6a09c);

    private static final DoubleVector SQUARE_FROM = ofHigh(0x3ff6147a);
    private static final DoubleVector SQUARE_TO = ofHigh(0x3ff6b852);
    private static final DoubleVector NEAR_ONE = ofHigh(0x3ff00001);
    private static final DoubleVector NEAR_TWO = ofHigh(0x3ffffffe);

    private static final DoubleVector LN2_HIGH = all(0.6931471803691238);
    private static final DoubleVector LN2_LOW = all(1.9082149292705877e-10);
    private static final DoubleVector THIRD = all(0.3333333333333333);
    private static final DoubleVector LOG_1 = all(0.6666666666666735);
    private static final DoubleVector LOG_2 = all(0.3999999999940942);
    private static final DoubleVector LOG_3 = all(0.2857142874366239);
    private static final DoubleVector LOG_4 = all(0.22222198432149784);
    private static final DoubleVector LOG_5 = all(0.1818357216161805);
    private static final DoubleVector LOG_6 = all(0.15313837699209373);
    private static final DoubleVector LOG_7 = all(0.14798198605116586);

    private static final DoubleVector TURN = all(2 * Math.PI);
    private static final DoubleVector TWO_BY_PI = all(0.6366197723675814);
    /** From here on an angle is not in the first quadrant, as fdlibm counts. */
    private static final DoubleVector SECOND = ofHigh(0x3fe921fc);

    private static final DoubleVector PI_HIGH = all(1.5707963267341256);
    private static final DoubleVector PI_LOW = all(6.077100506506192e-11);
    /** Where less is left of an angle, fdlibm may take more digits of pi. */
    private static final double NEAR = 0x1p-18;

    private static final DoubleVector SIN_1 = all(-0.16666666666666632);
    private static final DoubleVector SIN_2 = all(0.00833333333332249);
    private static final DoubleVector SIN_3 = all(-0.0001984126982985795);
    private static final DoubleVector SIN_4 = all(2.7557313707070068e-06);
    private static final DoubleVector SIN_5 = all(-2.5050760253406863e-08);
    private static final DoubleVector SIN_6 = all(1.58969099521155e-10);
    private static final DoubleVector COS_1 = all(0.0416666666666666);
    private static final DoubleVector COS_2 = all(-0.001388888888887411);
    private static final DoubleVector COS_3 = all(2.480158728947673e-05);
    private static final DoubleVector COS_4 = all(-2.7557314351390663e-07);
    private static final DoubleVector COS_5 = all(2.087572321298175e-09);
    private static final DoubleVector COS_6 = all(-1.1359647557788195e-11);
    private static final DoubleVector SMALL = ofHigh(0x3fd33333);
    private static final DoubleVector LARGE = ofHigh(0x3fe90001);
    private static final DoubleVector OF_LARGE = all(0.28125);

    private final MethodHandle radius = find("radius", void.class, 1);
    private final MethodHandle quadrant = find("quadrant", double.class, 4);
    private final MethodHandle sine = find("sine", void.class, 3);
    private final MethodHandle cosine = find("cosine", void.class, 3);
    private final MethodHandle turned = find("turned", void.class, 4);

    private static MethodHandle find(String name, Class<?> result, int arrays) {
        MethodType type = MethodType.methodType(result);
        for (int i = 0; i < arrays; i++) {
            type = type.appendParameterTypes(double[].class);
        }
        return Alone.loop(NormalVectors.class, name, type.appendParameterTypes(int.class));
    }

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, value);
    }

    private static DoubleVector ofHigh(int word) {
        return all(Double.longBitsToDouble((long) word << 32));
    }

    private static LongVector bits(long value) {
        return LongVector.broadcast(LongVector.SPECIES_PREFERRED, value);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    /** As {@link Loops#normal}. */
    void run(double[][] w, int n) {
        double[] cosines = w[2];
        double[] sines = w[3];
        double[] tails = w[4];
        double[] quarters = w[5];
        try {
            radius.invokeExact(w[0], n);
            double least = (double) quadrant.invokeExact(w[1], sines, tails, quarters, n);
            if (least < NEAR) {
                Loops.turn(w, n);
                return;
            }
            cosine.invokeExact(sines, tails, cosines, n);
            sine.invokeExact(sines, tails, quarters, n);
            turned.invokeExact(w[0], quarters, cosines, sines, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** {@code u = sqrt(-2 log(1 - u))}. */
    static void radius(double[] u, int n) {
        for (int i = 0; i < n; i += LANES) {
            log(ONE.sub(at(u, i))).mul(MINUS_TWO).sqrt().intoArray(u, i);
        }
    }

    /** Of a normal number up to 1: {@code 2^k (1 + f)} with 1 + f between sqrt(1/2) and sqrt(2). */
    private static DoubleVector log(DoubleVector x) {
        LongVector bits = x.reinterpretAsLongs();
        DoubleVector m = bits.and(FRACTION).or(ONE_BITS).reinterpretAsDoubles();
        DoubleVector e = bits.lanewise(LSHR, 52).add(TO_INTEGER_BITS).reinterpretAsDoubles();
        VectorMask<Double> halved = m.compare(GE, HALVED_FROM);
        DoubleVector k = e.sub(BIAS);
        k = k.blend(k.add(ONE), halved);
        DoubleVector f = m.blend(m.mul(HALF), halved).sub(ONE);
        return k.mul(LN2_HIGH).sub(rest(m, f, k.mul(LN2_LOW)).sub(f));
    }

    private static DoubleVector rest(DoubleVector m, DoubleVector f, DoubleVector low) {
        DoubleVector s = f.div(TWO.add(f));
        DoubleVector r = series(s.mul(s));
        DoubleVector half = HALF.mul(f).mul(f);
        DoubleVector squared = half.sub(s.mul(half.add(r)).add(low));
        DoubleVector plain = s.mul(f.sub(r)).sub(low);
        DoubleVector near = f.mul(f).mul(HALF.sub(THIRD.mul(f))).sub(low);
        VectorMask<Double> middle = m.compare(GE, SQUARE_FROM).and(m.compare(LT, SQUARE_TO));
        VectorMask<Double> end = m.compare(LT, NEAR_ONE).or(m.compare(GE, NEAR_TWO));
        return plain.blend(squared, middle).blend(near, end);
    }

    private static DoubleVector series(DoubleVector z) {
        DoubleVector w = z.mul(z);
        DoubleVector even = LOG_4.add(w.mul(LOG_6));
        even = w.mul(LOG_2.add(w.mul(even)));
        DoubleVector odd = LOG_5.add(w.mul(LOG_7));
        odd = z.mul(LOG_1.add(w.mul(LOG_3.add(w.mul(odd)))));
        return odd.add(even);
    }

    /** {@code 2 pi v} as a rest, up to pi/4 in size, with a tail, and the number of quarters of a turn; returns the least size of a rest. */
    static double quadrant(double[] v, double[] rests, double[] tails, double[] quarters, int n) {
        DoubleVector least = all(1);
        for (int i = 0; i < n; i += LANES) {
            DoubleVector x = TURN.mul(at(v, i));
            DoubleVector t = x.mul(TWO_BY_PI).add(HALF);
            DoubleVector k = ZERO.blend(ONE, x.compare(GE, SECOND));
            k = k.blend(TWO, t.compare(GE, TWO))
                    .blend(THREE, t.compare(GE, THREE))
                    .blend(FOUR, t.compare(GE, FOUR));
            DoubleVector r = x.sub(k.mul(PI_HIGH));
            DoubleVector w = k.mul(PI_LOW);
            DoubleVector y = r.sub(w);
            y.intoArray(rests, i);
            r.sub(y).sub(w).intoArray(tails, i);
            k.intoArray(quarters, i);
            least = least.min(y.abs());
        }
        return least.reduceLanes(MIN);
    }

    /** The sines of rests with tails, in their place; what is in the first quarter has no tail. */
    static void sine(double[] rests, double[] tails, double[] quarters, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector x = at(rests, i);
            DoubleVector y = at(tails, i);
            DoubleVector z = x.mul(x);
            DoubleVector v = z.mul(x);
            DoubleVector r = SIN_5.add(z.mul(SIN_6));
            r = SIN_2.add(z.mul(SIN_3.add(z.mul(SIN_4.add(z.mul(r))))));
            DoubleVector plain = x.add(v.mul(SIN_1.add(z.mul(r))));
            DoubleVector sine = x.sub(z.mul(HALF.mul(y).sub(v.mul(r))).sub(y).sub(v.mul(SIN_1)));
            plain.blend(sine, at(quarters, i).compare(GT, ZERO)).intoArray(rests, i);
        }
    }

    static void cosine(double[] rests, double[] tails, double[] cosines, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector x = at(rests, i);
            DoubleVector z = x.mul(x);
            DoubleVector r = COS_5.add(z.mul(COS_6));
            r = COS_2.add(z.mul(COS_3.add(z.mul(COS_4.add(z.mul(r))))));
            r = z.mul(COS_1.add(z.mul(r)));
            DoubleVector less = z.mul(r).sub(x.mul(at(tails, i)));
            DoubleVector half = HALF.mul(z);
            DoubleVector size = x.abs();
            DoubleVector quarter = size.reinterpretAsLongs()
                    .and(HIGH)
                    .sub(QUARTERED)
                    .reinterpretAsDoubles()
                    .blend(OF_LARGE, size.compare(GE, LARGE));
            DoubleVector plain = ONE.sub(half.sub(less));
            DoubleVector cosine = ONE.sub(quarter).sub(half.sub(quarter).sub(less));
            cosine.blend(plain, size.compare(LT, SMALL)).intoArray(cosines, i);
        }
    }

    /** Radii times cosines and sines of rests and quarters of a turn, in their places. */
    static void turned(double[] radii, double[] quarters, double[] cosines, double[] sines, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector k = at(quarters, i);
            DoubleVector c = at(cosines, i);
            DoubleVector s = at(sines, i);
            DoubleVector radius = at(radii, i);
            VectorMask<Double> odd = k.compare(EQ, ONE).or(k.compare(EQ, THREE));
            DoubleVector x = c.blend(s, odd);
            DoubleVector y = s.blend(c, odd);
            x = x.blend(x.neg(), k.compare(EQ, ONE).or(k.compare(EQ, TWO)));
            y = y.blend(y.neg(), k.compare(EQ, TWO).or(k.compare(EQ, THREE)));
            radius.mul(x).intoArray(cosines, i);
            radius.mul(y).intoArray(sines, i);
        }
    }
}
