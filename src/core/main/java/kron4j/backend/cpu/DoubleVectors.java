package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Functions of double vectors, to the units of {@link Transcendentals}; made as those of {@link FloatVectors}. */
final class DoubleVectors {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

    private static final DoubleVector ZERO = all(0);
    private static final DoubleVector HALF = all(0.5);
    static final DoubleVector ONE = all(1);
    private static final DoubleVector MINUS_ONE = all(-1);
    static final DoubleVector TWO = all(2);
    private static final DoubleVector INFINITY = all(Double.POSITIVE_INFINITY);
    private static final DoubleVector MINUS_INFINITY = all(Double.NEGATIVE_INFINITY);
    private static final DoubleVector NAN = all(Double.NaN);
    private static final DoubleVector MIN_NORMAL = all(Double.MIN_NORMAL);
    private static final LongVector SIGN = LongVector.broadcast(LONGS, Long.MIN_VALUE);

    private static final DoubleVector LOG2_E = all(1 / Math.log(2));
    private static final DoubleVector LN2_HIGH = all(0x1.62e42fefa39efp-1);
    private static final DoubleVector LN2_LOW = all(0x1.abc9e3b39803fp-56);
    private static final DoubleVector MINUS_LN2_HIGH = LN2_HIGH.neg();
    private static final DoubleVector MINUS_LN2_LOW = LN2_LOW.neg();

    /** A number to which this is added has its nearest integer in its last bits. */
    static final DoubleVector TO_INTEGER = all(0x1.8p52);

    private static final LongVector TO_INTEGER_BITS = TO_INTEGER.reinterpretAsLongs();
    private static final int MANTISSA = 52;
    private static final LongVector ONE_BITS = ONE.reinterpretAsLongs();

    /** From here on e^x is not less than the least normal number, and a scale for what is. */
    private static final DoubleVector LEAST_NORMAL = all(-708);

    private static final DoubleVector UP = all(64);
    private static final DoubleVector DOWN = all(0x1p-64);
    private static final LongVector UP_BITS = all(0x1p64).reinterpretAsLongs();
    private static final DoubleVector GREATEST = all(0x1.62e42fefa39efp9);
    private static final DoubleVector LEAST = all(-746);

    private static final LongVector HALF_BITS = HALF.reinterpretAsLongs();

    /** Below this, expm1 is -1; and the size below which expm1 and log1p are their arguments. */
    private static final DoubleVector MINUS_ONE_BELOW = all(-38);

    private static final DoubleVector TINY = all(0x1p-54);

    private static final DoubleVector EXP_3 = all(0x1.555555555555bp-3);
    private static final DoubleVector EXP_4 = all(0x1.5555555555502p-5);
    private static final DoubleVector EXP_5 = all(0x1.111111110ec1bp-7);
    private static final DoubleVector EXP_6 = all(0x1.6c16c16c3071cp-10);
    private static final DoubleVector EXP_7 = all(0x1.a01a01b398a1cp-13);
    private static final DoubleVector EXP_8 = all(0x1.a01a013615d17p-16);
    private static final DoubleVector EXP_9 = all(0x1.71ddefdd3a917p-19);
    private static final DoubleVector EXP_10 = all(0x1.27e5b4c50991ap-22);
    private static final DoubleVector EXP_11 = all(0x1.af6c6028e4471p-26);
    private static final DoubleVector EXP_12 = all(0x1.1e3d16358efc1p-29);

    /** From here on tanh is 1. */
    private static final DoubleVector ONE_FROM = all(44);

    /** So that the exponent that is taken from the difference is positive. */
    private static final LongVector SQRT_HALF_BITS =
            all(Math.sqrt(0.5)).reinterpretAsLongs().sub(ONE_BITS);

    private static final DoubleVector SUBNORMAL = all(0x1p54);
    private static final DoubleVector BIAS = all(0x1.8p52 + 1023);
    private static final DoubleVector BIAS_OF_SUBNORMAL = all(0x1.8p52 + 1023 + 54);

    private static final DoubleVector LOG_3 = all(0x1.5555555555555p-1);
    private static final DoubleVector LOG_5 = all(0x1.9999999999e0ap-2);
    private static final DoubleVector LOG_7 = all(0x1.249249242a68bp-2);
    private static final DoubleVector LOG_9 = all(0x1.c71c7259fda8ep-3);
    private static final DoubleVector LOG_11 = all(0x1.745cdde53973ep-3);
    private static final DoubleVector LOG_13 = all(0x1.3b20b95bbf3cfp-3);
    private static final DoubleVector LOG_15 = all(0x1.0f5b906af8542p-3);
    private static final DoubleVector LOG_17 = all(0x1.0f6e39e693841p-3);

    private static final DoubleVector ARTANH_3 = all(0x1.5555555555555p-1);
    private static final DoubleVector ARTANH_5 = all(0x1.99999999999c3p-2);
    private static final DoubleVector ARTANH_7 = all(0x1.249249249028fp-2);
    private static final DoubleVector ARTANH_9 = all(0x1.c71c71c8df478p-3);
    private static final DoubleVector ARTANH_11 = all(0x1.745d16d887559p-3);
    private static final DoubleVector ARTANH_13 = all(0x1.3b13c210ad326p-3);
    private static final DoubleVector ARTANH_15 = all(0x1.110f57b25d6e6p-3);
    private static final DoubleVector ARTANH_17 = all(0x1.e21f4b6cad3bbp-4);
    private static final DoubleVector ARTANH_19 = all(0x1.ac4064cc3453ap-4);
    private static final DoubleVector ARTANH_21 = all(0x1.9d8b5989a4033p-4);
    private static final DoubleVector ARTANH_23 = all(0x1.da55423c30947p-5);
    private static final DoubleVector ARTANH_25 = all(0x1.49107237bbb19p-3);

    private DoubleVectors() {}

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(SPECIES, value);
    }

    /** {@code TO_INTEGER + k} for the integer k with e^x = 2^k e^r and |r| at most ln(2) / 2. */
    static DoubleVector shifted(DoubleVector x) {
        return x.fma(LOG2_E, TO_INTEGER);
    }

    /** {@code e^r - 1}. */
    private static DoubleVector reduced(DoubleVector x, DoubleVector shifted) {
        DoubleVector k = shifted.sub(TO_INTEGER);
        DoubleVector r = k.fma(MINUS_LN2_LOW, k.fma(MINUS_LN2_HIGH, x));
        return r.mul(r).fma(curve(r), r);
    }

    /** {@code (e^r - 1 - r) / r^2} for |r| at most ln(2) / 2. */
    static DoubleVector curve(DoubleVector r) {
        DoubleVector q = EXP_12.fma(r, EXP_11);
        q = q.fma(r, EXP_10);
        q = q.fma(r, EXP_9);
        q = q.fma(r, EXP_8);
        q = q.fma(r, EXP_7);
        q = q.fma(r, EXP_6);
        q = q.fma(r, EXP_5);
        q = q.fma(r, EXP_4);
        q = q.fma(r, EXP_3);
        return q.fma(r, HALF);
    }

    /** The exponent k, in the place of a double's exponent. */
    static LongVector exponent(DoubleVector shifted) {
        return shifted.reinterpretAsLongs().lanewise(LSHL, MANTISSA);
    }

    static DoubleVector exp(DoubleVector x) {
        DoubleVector t = shifted(x);
        DoubleVector p = reduced(x, t).add(ONE);
        VectorMask<Double> low = x.compare(LT, LEAST_NORMAL);
        LongVector k = exponent(t.blend(t.add(UP), low));
        DoubleVector z = p.reinterpretAsLongs().add(k).reinterpretAsDoubles().mul(ONE.blend(DOWN, low));
        z = z.blend(ZERO, x.compare(LT, LEAST));
        return x.mul(INFINITY).blend(z, x.compare(LE, GREATEST));
    }

    /** 2^k (e^r - 1) + (2^k - 1), by halves, so that 2^k does not overflow before the result. */
    static DoubleVector expm1(DoubleVector x) {
        DoubleVector t = shifted(x);
        DoubleVector s = exponent(t).add(HALF_BITS).reinterpretAsDoubles();
        DoubleVector half = reduced(x, t).fma(s, s.sub(HALF));
        DoubleVector z = half.add(half).blend(MINUS_ONE, x.compare(LT, MINUS_ONE_BELOW));
        z = z.blend(x, x.abs().compare(LT, TINY));
        return x.mul(INFINITY).blend(z, x.compare(LE, GREATEST));
    }

    /** (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. */
    static DoubleVector tanh(DoubleVector x) {
        DoubleVector y = x.abs().mul(TWO);
        DoubleVector t = shifted(y);
        DoubleVector s = exponent(t).add(ONE_BITS).reinterpretAsDoubles();
        DoubleVector e = reduced(y, t).fma(s, s.sub(ONE));
        DoubleVector z = e.div(e.add(TWO)).blend(ONE, y.compare(GT, ONE_FROM));
        return z.reinterpretAsLongs().or(x.reinterpretAsLongs().and(SIGN)).reinterpretAsDoubles();
    }

    /** As {@link #exp}, of numbers that are not positive, and NaN: with the same bits, in fewer steps. */
    static DoubleVector expOfNegative(DoubleVector x) {
        DoubleVector y = x.blend(LEAST, x.compare(LT, LEAST));
        DoubleVector t = shifted(y);
        DoubleVector scale = exponent(t).add(UP_BITS).reinterpretAsDoubles();
        return reduced(y, t).add(ONE).mul(scale).mul(DOWN);
    }

    /** 1 / (1 + e^-x), or e^x / (1 + e^x) below 0. */
    static DoubleVector sigmoid(DoubleVector x) {
        DoubleVector e = expOfNegative(x.abs().neg());
        return ONE.blend(e, x.compare(LT, ZERO)).div(e.add(ONE));
    }

    /** max(x, 0) + log(1 + e) for e = e^-|x|. */
    static DoubleVector softplus(DoubleVector x, DoubleVector e) {
        return artanh(e.div(e.add(TWO))).add(ZERO.blend(x, x.compare(GT, ZERO)));
    }

    /** 2 artanh(s), which is log(1 + e) for s = e / (e + 2). */
    private static DoubleVector artanh(DoubleVector s) {
        DoubleVector w = s.mul(s);
        DoubleVector p = ARTANH_25.fma(w, ARTANH_23);
        p = p.fma(w, ARTANH_21);
        p = p.fma(w, ARTANH_19);
        p = p.fma(w, ARTANH_17);
        p = p.fma(w, ARTANH_15);
        p = p.fma(w, ARTANH_13);
        p = p.fma(w, ARTANH_11);
        p = p.fma(w, ARTANH_9);
        p = p.fma(w, ARTANH_7);
        p = p.fma(w, ARTANH_5);
        p = p.fma(w, ARTANH_3);
        return s.mul(w).fma(p, s.add(s));
    }

    /** With a bias, the exponent k of a positive normal number (1 + f) 2^k with 1 + f between sqrt(1/2) and sqrt(2). */
    static LongVector place(LongVector bits) {
        return bits.sub(SQRT_HALF_BITS).lanewise(LSHR, MANTISSA);
    }

    /** This k. */
    static DoubleVector exponentOf(LongVector place) {
        return place.add(TO_INTEGER_BITS).reinterpretAsDoubles().sub(BIAS);
    }

    /** This f. */
    static DoubleVector fraction(LongVector bits, LongVector place) {
        return bits.sub(place.lanewise(LSHL, MANTISSA))
                .add(ONE_BITS)
                .reinterpretAsDoubles()
                .sub(ONE);
    }

    /** x = (1 + f) 2^k with 1 + f between sqrt(1/2) and sqrt(2). */
    static DoubleVector log(DoubleVector x) {
        VectorMask<Double> subnormal = x.compare(LT, MIN_NORMAL);
        LongVector bits = x.blend(x.mul(SUBNORMAL), subnormal).reinterpretAsLongs();
        LongVector e = place(bits);
        DoubleVector f = fraction(bits, e);
        DoubleVector k = e.add(TO_INTEGER_BITS).reinterpretAsDoubles().sub(BIAS.blend(BIAS_OF_SUBNORMAL, subnormal));
        DoubleVector special = x.blend(NAN, x.compare(LT, ZERO)).blend(MINUS_INFINITY, x.compare(EQ, ZERO));
        return special.blend(log(f, k, ZERO), x.compare(GT, ZERO).and(x.compare(LT, INFINITY)));
    }

    /** log of u = 1 + x rounded, (1 + f) 2^k, and what rounding lost, beside u. */
    static DoubleVector log1p(DoubleVector x) {
        DoubleVector u = x.add(ONE);
        DoubleVector back = u.sub(ONE);
        DoubleVector lost = ONE.sub(u.sub(back)).add(x.sub(back)).div(u);
        LongVector bits = u.reinterpretAsLongs();
        LongVector e = place(bits);
        DoubleVector f = fraction(bits, e);
        DoubleVector k = exponentOf(e);
        DoubleVector special = x.blend(NAN, x.compare(LT, MINUS_ONE)).blend(MINUS_INFINITY, x.compare(EQ, MINUS_ONE));
        VectorMask<Double> plain = x.compare(GT, MINUS_ONE).and(x.compare(LT, INFINITY));
        return special.blend(log(f, k, lost), plain.and(x.abs().compare(GE, TINY)));
    }

    /** log((1 + f) 2^k) + lost, with log(1 + f) = 2 artanh(f / (2 + f)). */
    private static DoubleVector log(DoubleVector f, DoubleVector k, DoubleVector lost) {
        DoubleVector s = f.div(f.add(TWO));
        DoubleVector w = s.mul(s);
        DoubleVector p = LOG_17.fma(w, LOG_15);
        p = p.fma(w, LOG_13);
        p = p.fma(w, LOG_11);
        p = p.fma(w, LOG_9);
        p = p.fma(w, LOG_7);
        p = p.fma(w, LOG_5);
        p = p.fma(w, LOG_3);
        DoubleVector square = f.mul(HALF).mul(f);
        DoubleVector rest = square.sub(k.fma(LN2_LOW, s.fma(w.fma(p, square), lost)));
        return k.fma(LN2_HIGH, f.sub(rest));
    }
}
