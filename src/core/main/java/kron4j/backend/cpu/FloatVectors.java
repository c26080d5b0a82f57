package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions of float vectors to {@link Loops#ULPS} units, with the same bits on every machine and in every lane. (The JDK's own have other bits before the JIT
 * compiles them than after.) Method: argument reduction by ln 2 in two parts (Cody and Waite, 1980), then polynomials by Remez' algorithm.
 *
 * <p>What the JIT must inline: no method is longer than its 325 bytes, and constants are vectors already, since making one takes a part of its budget.
 */
final class FloatVectors {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    private static final FloatVector ZERO = all(0);
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector MINUS_HALF = all(-0.5f);
    private static final FloatVector ONE = all(1);
    private static final FloatVector MINUS_ONE = all(-1);
    private static final FloatVector TWO = all(2);
    private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
    private static final FloatVector MINUS_INFINITY = all(Float.NEGATIVE_INFINITY);
    private static final FloatVector NAN = all(Float.NaN);
    private static final FloatVector MIN_NORMAL = all(Float.MIN_NORMAL);
    private static final IntVector SIGN = IntVector.broadcast(INTS, Integer.MIN_VALUE);

    private static final FloatVector LOG2_E = all((float) (1 / Math.log(2)));
    private static final FloatVector LN2_HIGH = all((float) Math.log(2));
    private static final FloatVector LN2_LOW = all((float) (Math.log(2) - (float) Math.log(2)));
    private static final FloatVector MINUS_LN2_HIGH = LN2_HIGH.neg();
    private static final FloatVector MINUS_LN2_LOW = LN2_LOW.neg();

    /** A number to which this is added has its nearest integer in its last bits. */
    private static final FloatVector TO_INTEGER = all(0x1.8p23f);

    private static final IntVector TO_INTEGER_BITS = TO_INTEGER.reinterpretAsInts();
    private static final int MANTISSA = 23;
    private static final IntVector ONE_BITS = ONE.reinterpretAsInts();

    /** From here on e^x is not less than the least normal number, and a scale for what is. */
    private static final FloatVector LEAST_NORMAL = all(-87);

    private static final FloatVector UP = all(64);
    private static final FloatVector DOWN = all(0x1p-64f);

    /** As {@link #TO_INTEGER}, for the exponent of a scale that is 2^65 too large, so that it is a normal number: 127 + 65 more. */
    private static final FloatVector TO_EXPONENT = all(0x1.8p23f + 192);

    private static final FloatVector DOWN_AGAIN = all(0x1p-65f);
    private static final FloatVector GREATEST = all(0x1.62e42ep6f);
    private static final FloatVector LEAST = all(-104);

    /** Below this, expm1 is -1; and the size below which expm1 and log1p are their arguments. */
    private static final FloatVector MINUS_ONE_BELOW = all(-18);

    private static final FloatVector TINY = all(0x1p-26f);
    private static final IntVector HALF_BITS = HALF.reinterpretAsInts();

    private static final FloatVector EXP_3 = all(0x1.555554p-3f);
    private static final FloatVector EXP_4 = all(0x1.55548ep-5f);
    private static final FloatVector EXP_5 = all(0x1.111272p-7f);
    private static final FloatVector EXP_6 = all(0x1.6d8dbp-10f);
    private static final FloatVector EXP_7 = all(0x1.9f081ep-13f);

    /** The same to the sixth power, of e^r itself. */
    private static final FloatVector POWER_2 = all(0x1.fffffcp-2f);

    private static final FloatVector POWER_3 = all(0x1.555492p-3f);
    private static final FloatVector POWER_4 = all(0x1.5558bp-5f);
    private static final FloatVector POWER_5 = all(0x1.12398ap-7f);
    private static final FloatVector POWER_6 = all(0x1.6a4d14p-10f);

    private static final float[] EXPONENTIAL = {
        LEAST.lane(0),
        LOG2_E.lane(0),
        TO_EXPONENT.lane(0),
        MINUS_LN2_HIGH.lane(0),
        MINUS_LN2_LOW.lane(0),
        POWER_6.lane(0),
        POWER_5.lane(0),
        POWER_4.lane(0),
        POWER_3.lane(0),
        POWER_2.lane(0),
        1
    };

    /** From here on tanh is 1. */
    private static final FloatVector ONE_FROM = all(20);

    private static final IntVector SQRT_HALF_BITS = all((float) Math.sqrt(0.5)).reinterpretAsInts();
    private static final FloatVector SUBNORMAL = all(0x1p23f);
    private static final FloatVector TO_INTEGER_OF_SUBNORMAL = all(0x1.8p23f + 23);

    private static final FloatVector LOG_3 = all(0x1.555548p-2f);
    private static final FloatVector LOG_4 = all(-0x1.000006p-2f);
    private static final FloatVector LOG_5 = all(0x1.99a4bcp-3f);
    private static final FloatVector LOG_6 = all(-0x1.555c5ap-3f);
    private static final FloatVector LOG_7 = all(0x1.2336e6p-3f);
    private static final FloatVector LOG_8 = all(-0x1.fc1f6ep-4f);
    private static final FloatVector LOG_9 = all(0x1.e6f5dcp-4f);
    private static final FloatVector LOG_10 = all(-0x1.de4f6p-4f);
    private static final FloatVector LOG_11 = all(0x1.146302p-4f);

    private static final FloatVector ARTANH_3 = all(0x1.555558p-1f);
    private static final FloatVector ARTANH_5 = all(0x1.9996a6p-2f);
    private static final FloatVector ARTANH_7 = all(0x1.2509d8p-2f);
    private static final FloatVector ARTANH_9 = all(0x1.b6cd26p-3f);
    private static final FloatVector ARTANH_11 = all(0x1.f1d5bp-3f);

    private static final FloatVector TWO_BY_PI = all((float) (2 / Math.PI));
    /** pi / 2 in three parts, negative: 72 bits of it. */
    private static final FloatVector MINUS_PI_HIGH = all(-0x1.921fb6p0f);

    private static final FloatVector MINUS_PI_MIDDLE = all(0x1.777a5cp-25f);
    private static final FloatVector MINUS_PI_LOW = all(0x1.ee59dap-50f);
    /** Up to this size, subtracting multiples of the first part is exact. */
    static final float GREATEST_ANGLE = 0x1p15f;

    private static final FloatVector NEAR = all(GREATEST_ANGLE);

    /** The size below which sin is its argument. */
    private static final FloatVector SMALL_ANGLE = all(0x1p-13f);

    private static final IntVector FIRST_BIT = IntVector.broadcast(INTS, 1);
    private static final IntVector NO_BIT = IntVector.broadcast(INTS, 0);

    private static final FloatVector TAN_3 = all(0x1.555556p-2f);
    private static final FloatVector TAN_5 = all(0x1.111086p-3f);
    private static final FloatVector TAN_7 = all(0x1.ba5346p-5f);
    private static final FloatVector TAN_9 = all(0x1.623308p-6f);
    private static final FloatVector TAN_11 = all(0x1.46ba7cp-7f);
    private static final FloatVector TAN_13 = all(0x1.330992p-10f);
    private static final FloatVector TAN_15 = all(0x1.f8d22cp-9f);

    private static final FloatVector SIN_3 = all(-0x1.555556p-3f);
    private static final FloatVector SIN_5 = all(0x1.111108p-7f);
    private static final FloatVector SIN_7 = all(-0x1.a00f32p-13f);
    private static final FloatVector SIN_9 = all(0x1.6cbeccp-19f);
    private static final FloatVector COS_4 = all(0x1.55554ap-5f);
    private static final FloatVector COS_6 = all(-0x1.6c0c22p-10f);
    private static final FloatVector COS_8 = all(0x1.99e33cp-16f);

    private FloatVectors() {}

    private static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    /** {@code TO_INTEGER + k} for the integer k with e^x = 2^k e^r and |r| at most ln(2) / 2. */
    private static FloatVector shifted(FloatVector x) {
        return x.fma(LOG2_E, TO_INTEGER);
    }

    /** {@code x - k ln 2}. */
    private static FloatVector rest(FloatVector x, FloatVector k) {
        return k.fma(MINUS_LN2_LOW, k.fma(MINUS_LN2_HIGH, x));
    }

    /** e^r, to 0.9 units. */
    private static FloatVector power(FloatVector r) {
        FloatVector p = POWER_6.fma(r, POWER_5);
        p = p.fma(r, POWER_4);
        p = p.fma(r, POWER_3);
        p = p.fma(r, POWER_2);
        p = p.fma(r, ONE);
        return p.fma(r, ONE);
    }

    /** {@code e^r - 1}. */
    private static FloatVector reduced(FloatVector x, FloatVector shifted) {
        FloatVector r = rest(x, shifted.sub(TO_INTEGER));
        FloatVector q = EXP_7.fma(r, EXP_6);
        q = q.fma(r, EXP_5);
        q = q.fma(r, EXP_4);
        q = q.fma(r, EXP_3);
        q = q.fma(r, HALF);
        return r.mul(r).fma(q, r);
    }

    /** The exponent k, in the place of a float's exponent. */
    private static IntVector exponent(FloatVector shifted) {
        return shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA);
    }

    static FloatVector exp(FloatVector x) {
        FloatVector t = shifted(x);
        FloatVector p = power(rest(x, t.sub(TO_INTEGER)));
        VectorMask<Float> low = x.compare(LT, LEAST_NORMAL);
        IntVector k = exponent(t.blend(t.add(UP), low));
        FloatVector z = p.reinterpretAsInts().add(k).reinterpretAsFloats().mul(ONE.blend(DOWN, low));
        z = z.blend(ZERO, x.compare(LT, LEAST));
        return x.mul(INFINITY).blend(z, x.compare(LE, GREATEST));
    }

    /** As {@link #exp}, of numbers that are not positive, and NaN: with the same bits, in fewer steps. */
    static FloatVector expOfNegative(FloatVector x) {
        FloatVector y = x.blend(LEAST, x.compare(LT, LEAST));
        FloatVector t = y.fma(LOG2_E, TO_EXPONENT);
        FloatVector scale = exponent(t).reinterpretAsFloats();
        return power(rest(y, t.sub(TO_EXPONENT))).mul(scale).mul(DOWN_AGAIN);
    }

    /**
     * The constants of the other {@code expOfNegative}. A loop takes them into variables before it begins: those in static fields are read again after each store to memory outside
     * the heap, which takes half as long again.
     */
    static FloatVector constant(int number) {
        return all(EXPONENTIAL[number]);
    }

    /**
     * As {@link #expOfNegative(FloatVector)}, with the {@link #constant}s in variables of a loop: it reads others from memory again after each vector that it stores,
     * which takes as long as all else.
     */
    static FloatVector expOfNegative(
            FloatVector x,
            FloatVector least,
            FloatVector log2e,
            FloatVector toExponent,
            FloatVector high,
            FloatVector low,
            FloatVector p6,
            FloatVector p5,
            FloatVector p4,
            FloatVector p3,
            FloatVector p2,
            FloatVector one) {
        FloatVector y = x.blend(least, x.compare(LT, least));
        FloatVector t = y.fma(log2e, toExponent);
        FloatVector scale = exponent(t).reinterpretAsFloats();
        FloatVector k = t.sub(toExponent);
        FloatVector r = k.fma(low, k.fma(high, y));
        FloatVector p = p6.fma(r, p5);
        p = p.fma(r, p4);
        p = p.fma(r, p3);
        p = p.fma(r, p2);
        p = p.fma(r, one);
        return p.fma(r, one).mul(scale).mul(0x1p-65f);
    }

    /** (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. */
    static FloatVector tanh(FloatVector x) {
        FloatVector y = x.abs().mul(TWO);
        FloatVector t = shifted(y);
        FloatVector s = exponent(t).add(ONE_BITS).reinterpretAsFloats();
        FloatVector e = reduced(y, t).fma(s, s.sub(ONE));
        FloatVector z = e.div(e.add(TWO)).blend(ONE, y.compare(GT, ONE_FROM));
        return z.reinterpretAsInts().or(x.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
    }

    /** 1 / (1 + e^-x), or e^x / (1 + e^x) below 0. */
    static FloatVector sigmoid(FloatVector x) {
        return sigmoid(x, expOfNegative(x.abs().neg()));
    }

    /** The same, from x and e^-|x|. */
    static FloatVector sigmoid(FloatVector x, FloatVector e) {
        return ONE.blend(e, x.compare(LT, ZERO)).div(e.add(ONE));
    }

    /** max(x, 0) + log(1 + e^-|x|). */
    static FloatVector softplus(FloatVector x) {
        FloatVector e = expOfNegative(x.abs().neg());
        FloatVector s = e.div(e.add(TWO));
        FloatVector w = s.mul(s);
        FloatVector p = ARTANH_11.fma(w, ARTANH_9);
        p = p.fma(w, ARTANH_7);
        p = p.fma(w, ARTANH_5);
        p = p.fma(w, ARTANH_3);
        return s.mul(w).fma(p, s.add(s)).add(ZERO.blend(x, x.compare(GT, ZERO)));
    }

    /** x = (1 + f) 2^k with 1 + f between sqrt(1/2) and sqrt(2). */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(LT, MIN_NORMAL);
        IntVector bits = x.blend(x.mul(SUBNORMAL), subnormal).reinterpretAsInts();
        IntVector e = bits.sub(SQRT_HALF_BITS).lanewise(ASHR, MANTISSA);
        FloatVector f =
                bits.sub(e.lanewise(LSHL, MANTISSA)).reinterpretAsFloats().sub(ONE);
        FloatVector k =
                e.add(TO_INTEGER_BITS).reinterpretAsFloats().sub(TO_INTEGER.blend(TO_INTEGER_OF_SUBNORMAL, subnormal));
        FloatVector special = x.blend(NAN, x.compare(LT, ZERO)).blend(MINUS_INFINITY, x.compare(EQ, ZERO));
        return special.blend(log(f, k), x.compare(GT, ZERO).and(x.compare(LT, INFINITY)));
    }

    /** log((1 + f) 2^k). */
    private static FloatVector log(FloatVector f, FloatVector k) {
        FloatVector p = LOG_11.fma(f, LOG_10);
        p = p.fma(f, LOG_9);
        p = p.fma(f, LOG_8);
        p = p.fma(f, LOG_7);
        p = p.fma(f, LOG_6);
        p = p.fma(f, LOG_5);
        p = p.fma(f, LOG_4);
        p = p.fma(f, LOG_3);
        FloatVector square = f.mul(f);
        FloatVector rest = square.fma(MINUS_HALF, k.fma(LN2_LOW, p.mul(square).mul(f)));
        return k.fma(LN2_HIGH, f.add(rest));
    }

    /** 2^k (e^r - 1) + (2^k - 1), by halves, so that 2^k does not overflow before the result. */
    static FloatVector expm1(FloatVector x) {
        FloatVector t = shifted(x);
        FloatVector s = exponent(t).add(HALF_BITS).reinterpretAsFloats();
        FloatVector half = reduced(x, t).fma(s, s.sub(HALF));
        FloatVector z = half.add(half).blend(MINUS_ONE, x.compare(LT, MINUS_ONE_BELOW));
        z = z.blend(x, x.abs().compare(LT, TINY));
        return x.mul(INFINITY).blend(z, x.compare(LE, GREATEST));
    }

    /** log of u = 1 + x rounded, (1 + f) 2^k, where f has what rounding lost. */
    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(ONE);
        FloatVector back = u.sub(ONE);
        FloatVector lost = ONE.sub(u.sub(back)).add(x.sub(back));
        IntVector bits = u.reinterpretAsInts();
        IntVector e = bits.sub(SQRT_HALF_BITS).lanewise(ASHR, MANTISSA);
        IntVector power = e.lanewise(LSHL, MANTISSA);
        FloatVector inverse = ONE_BITS.sub(power).max(NO_BIT).reinterpretAsFloats();
        FloatVector f = lost.fma(inverse, bits.sub(power).reinterpretAsFloats().sub(ONE));
        FloatVector k = e.add(TO_INTEGER_BITS).reinterpretAsFloats().sub(TO_INTEGER);
        FloatVector special = x.blend(NAN, x.compare(LT, MINUS_ONE)).blend(MINUS_INFINITY, x.compare(EQ, MINUS_ONE));
        VectorMask<Float> plain = x.compare(GT, MINUS_ONE).and(x.compare(LT, INFINITY));
        return special.blend(log(f, k), plain.and(x.abs().compare(GE, TINY)));
    }

    /** Whether {@link #sin} and {@link #cos} are right. */
    static boolean areNear(FloatVector x) {
        return x.abs().compare(LE, NEAR).allTrue();
    }

    static FloatVector sin(FloatVector x) {
        FloatVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        FloatVector r = angle(x, t.sub(TO_INTEGER));
        return wave(r, t.reinterpretAsInts()).blend(x, x.abs().compare(LT, SMALL_ANGLE));
    }

    static FloatVector cos(FloatVector x) {
        FloatVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        FloatVector r = angle(x, t.sub(TO_INTEGER));
        return wave(r, t.reinterpretAsInts().add(FIRST_BIT));
    }

    /** {@code x - k pi / 2}. */
    private static FloatVector angle(FloatVector x, FloatVector k) {
        return k.fma(MINUS_PI_LOW, k.fma(MINUS_PI_MIDDLE, k.fma(MINUS_PI_HIGH, x)));
    }

    /** sin(r + k pi / 2): by the last bits of k the sine or the cosine of r, or its negative. */
    private static FloatVector wave(FloatVector r, IntVector k) {
        FloatVector w = r.mul(r);
        FloatVector p = SIN_9.fma(w, SIN_7);
        p = p.fma(w, SIN_5);
        p = p.fma(w, SIN_3);
        FloatVector sine = r.mul(w).fma(p, r);
        FloatVector q = COS_8.fma(w, COS_6);
        q = q.fma(w, COS_4);
        FloatVector cosine = w.mul(w).fma(q, w.fma(MINUS_HALF, ONE));
        VectorMask<Integer> odd = k.and(FIRST_BIT).compare(EQ, FIRST_BIT);
        IntVector bits = sine.reinterpretAsInts().blend(cosine.reinterpretAsInts(), odd);
        return bits.lanewise(XOR, k.lanewise(LSHL, 30).and(SIGN)).reinterpretAsFloats();
    }

    static FloatVector tan(FloatVector x) {
        FloatVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        FloatVector r = angle(x, t.sub(TO_INTEGER));
        return slope(r, t.reinterpretAsInts()).blend(x, x.abs().compare(LT, SMALL_ANGLE));
    }

    /** tan(r + k pi / 2): by the last bit of k the tangent of r, or its negative inverse. */
    private static FloatVector slope(FloatVector r, IntVector k) {
        FloatVector w = r.mul(r);
        FloatVector p = TAN_15.fma(w, TAN_13);
        p = p.fma(w, TAN_11);
        p = p.fma(w, TAN_9);
        p = p.fma(w, TAN_7);
        p = p.fma(w, TAN_5);
        p = p.fma(w, TAN_3);
        IntVector tangent = r.mul(w).fma(p, r).reinterpretAsInts();
        IntVector sign = k.lanewise(LSHL, Float.SIZE - 1);
        IntVector exchanged = tangent.lanewise(XOR, ONE_BITS).and(sign.lanewise(ASHR, Float.SIZE - 1));
        FloatVector above = tangent.lanewise(XOR, exchanged).reinterpretAsFloats();
        FloatVector below =
                ONE_BITS.lanewise(XOR, exchanged).lanewise(XOR, sign).reinterpretAsFloats();
        return above.div(below);
    }
}
