package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;

/** Waves and arcs of double vectors to 2 units in the last place, as {@link FloatVectors} and {@link FloatCurveVectors} have them of floats; polynomials through Chebyshev's nodes. */
final class DoubleCurveVectors {
    private static final DoubleVector ZERO = all(0);
    private static final DoubleVector MINUS_HALF = all(-0.5);
    private static final DoubleVector ONE = all(1);
    private static final DoubleVector MINUS_ONE = all(-1);
    private static final LongVector NONE = ZERO.reinterpretAsLongs();

    /** From here on all numbers are whole. */
    private static final DoubleVector WHOLE = all(0x1p52);

    private static final DoubleVector INFINITY = all(Double.POSITIVE_INFINITY);
    private static final LongVector SIGN = all(-0.0).reinterpretAsLongs();
    private static final LongVector FIRST_BIT = all(Double.MIN_VALUE).reinterpretAsLongs();

    /** A number to which this is added has its nearest integer in its last bits. */
    private static final DoubleVector TO_INTEGER = all(0x1.8p52);

    private static final DoubleVector TWO_BY_PI = all(2 / Math.PI);
    /** pi / 2 in three parts, negative: 159 bits of it. */
    private static final DoubleVector MINUS_PI_HIGH = all(-0x1.921fb54442d18p0);

    private static final DoubleVector MINUS_PI_MIDDLE = all(-0x1.1a62633145c07p-54);
    private static final DoubleVector MINUS_PI_LOW = all(0x1.f1976b7ed8fbcp-110);

    /** Up to this size, subtracting multiples of the first part is exact. */
    static final double GREATEST_ANGLE = 0x1p30;

    private static final DoubleVector NEAR = all(GREATEST_ANGLE);

    /** The size below which sin is its argument. */
    private static final DoubleVector SMALL_ANGLE = all(0x1p-27);

    private static final DoubleVector SIN_3 = all(-0x1.5555555555555p-3);
    private static final DoubleVector SIN_5 = all(0x1.1111111110babp-7);
    private static final DoubleVector SIN_7 = all(-0x1.a01a019e820aep-13);
    private static final DoubleVector SIN_9 = all(0x1.71de37946ed6dp-19);
    private static final DoubleVector SIN_11 = all(-0x1.ae6008d114485p-26);
    private static final DoubleVector SIN_13 = all(0x1.5e0a4fc16be59p-33);

    private static final DoubleVector COS_4 = all(0x1.5555555555555p-5);
    private static final DoubleVector COS_6 = all(-0x1.6c16c16c16963p-10);
    private static final DoubleVector COS_8 = all(0x1.a01a019f4ddfdp-16);
    private static final DoubleVector COS_10 = all(-0x1.27e4fa16cc2d1p-22);
    private static final DoubleVector COS_12 = all(0x1.1eeb67d026ec6p-29);
    private static final DoubleVector COS_14 = all(-0x1.907cd8ff5ede7p-37);

    /** pi / 2 and pi in two parts. */
    private static final DoubleVector QUARTER = all(Math.PI / 2);

    private static final DoubleVector QUARTER_LOW = all(0x1.1a62633145c07p-54);
    private static final DoubleVector HALF_TURN = all(Math.PI);
    private static final DoubleVector HALF_TURN_LOW = all(0x1.1a62633145c07p-53);

    private static final DoubleVector ATAN_3 = all(-0x1.5555555555555p-2);
    private static final DoubleVector ATAN_5 = all(0x1.9999999999620p-3);
    private static final DoubleVector ATAN_7 = all(-0x1.24924924753ecp-3);
    private static final DoubleVector ATAN_9 = all(0x1.c71c71bb00a6cp-4);
    private static final DoubleVector ATAN_11 = all(-0x1.745d15ee35819p-4);
    private static final DoubleVector ATAN_13 = all(0x1.3b1399d1dcdc7p-4);
    private static final DoubleVector ATAN_15 = all(-0x1.110fff599e4d2p-4);
    private static final DoubleVector ATAN_17 = all(0x1.e1d0239d392a6p-5);
    private static final DoubleVector ATAN_19 = all(-0x1.aebbb1647a168p-5);
    private static final DoubleVector ATAN_21 = all(0x1.841dcf603a209p-5);
    private static final DoubleVector ATAN_23 = all(-0x1.5d02278205cc7p-5);
    private static final DoubleVector ATAN_25 = all(0x1.3328700bb8169p-5);
    private static final DoubleVector ATAN_27 = all(-0x1.00390504e9f2fp-5);
    private static final DoubleVector ATAN_29 = all(0x1.843f4bca23369p-6);
    private static final DoubleVector ATAN_31 = all(-0x1.fd0e4de8fed90p-7);
    private static final DoubleVector ATAN_33 = all(0x1.123baedb61abdp-7);
    private static final DoubleVector ATAN_35 = all(-0x1.ca3677db66678p-9);
    private static final DoubleVector ATAN_37 = all(0x1.1325b2f8964bep-10);
    private static final DoubleVector ATAN_39 = all(-0x1.a359b96a4eee4p-13);
    private static final DoubleVector ATAN_41 = all(0x1.2f07811f9f6e9p-16);

    private static final DoubleVector HALF = all(0.5);
    private static final DoubleVector ASIN_3 = all(0x1.5555555555556p-3);
    private static final DoubleVector ASIN_5 = all(0x1.3333333332ecap-4);
    private static final DoubleVector ASIN_7 = all(0x1.6db6db6e31f13p-5);
    private static final DoubleVector ASIN_9 = all(0x1.f1c71c1db0623p-6);
    private static final DoubleVector ASIN_11 = all(0x1.6e8bb1c8209a2p-6);
    private static final DoubleVector ASIN_13 = all(0x1.1c4d35cf95421p-6);
    private static final DoubleVector ASIN_15 = all(0x1.c9cf07674736ap-7);
    private static final DoubleVector ASIN_17 = all(0x1.782651caa6547p-7);
    private static final DoubleVector ASIN_19 = all(0x1.52420b04b37bep-7);
    private static final DoubleVector ASIN_21 = all(0x1.65a9c4dfcf8b2p-8);
    private static final DoubleVector ASIN_23 = all(0x1.1d189408314eep-6);
    private static final DoubleVector ASIN_25 = all(-0x1.e6aaa8a0a04ccp-7);
    private static final DoubleVector ASIN_27 = all(0x1.d72b2bc8155f8p-6);

    private DoubleCurveVectors() {}

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, value);
    }

    /** {@code size} with the sign of x. */
    static DoubleVector signed(DoubleVector size, DoubleVector x) {
        return size.reinterpretAsLongs().or(x.reinterpretAsLongs().and(SIGN)).reinterpretAsDoubles();
    }

    /** Whether {@link #sin} and {@link #cos} are right. */
    static boolean areNear(DoubleVector x) {
        return x.abs().compare(LE, NEAR).allTrue();
    }

    static DoubleVector sin(DoubleVector x) {
        DoubleVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        DoubleVector r = rest(x, t.sub(TO_INTEGER));
        return wave(r, t.reinterpretAsLongs()).blend(x, x.abs().compare(LT, SMALL_ANGLE));
    }

    static DoubleVector cos(DoubleVector x) {
        DoubleVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        DoubleVector r = rest(x, t.sub(TO_INTEGER));
        return wave(r, t.reinterpretAsLongs().add(FIRST_BIT));
    }

    /** {@code x - k pi / 2}. */
    private static DoubleVector rest(DoubleVector x, DoubleVector k) {
        return k.fma(MINUS_PI_LOW, k.fma(MINUS_PI_MIDDLE, k.fma(MINUS_PI_HIGH, x)));
    }

    /** sin(r + k pi / 2): by the last bits of k the sine or the cosine of r, or its negative. */
    private static DoubleVector wave(DoubleVector r, LongVector k) {
        DoubleVector w = r.mul(r);
        DoubleVector sine = sine(r, w);
        DoubleVector cosine = cosine(w);
        VectorMask<Long> odd = k.and(FIRST_BIT).compare(EQ, FIRST_BIT);
        LongVector bits = sine.reinterpretAsLongs().blend(cosine.reinterpretAsLongs(), odd);
        return bits.lanewise(XOR, k.lanewise(LSHL, 62).and(SIGN)).reinterpretAsDoubles();
    }

    /** The sine of r, whose square is w, up to pi / 4. */
    private static DoubleVector sine(DoubleVector r, DoubleVector w) {
        DoubleVector p = SIN_13.fma(w, SIN_11);
        p = p.fma(w, SIN_9);
        p = p.fma(w, SIN_7);
        p = p.fma(w, SIN_5);
        p = p.fma(w, SIN_3);
        return r.mul(w).fma(p, r);
    }

    private static DoubleVector cosine(DoubleVector w) {
        DoubleVector q = COS_14.fma(w, COS_12);
        q = q.fma(w, COS_10);
        q = q.fma(w, COS_8);
        q = q.fma(w, COS_6);
        q = q.fma(w, COS_4);
        return w.mul(w).fma(q, w.fma(MINUS_HALF, ONE));
    }

    static DoubleVector tan(DoubleVector x) {
        DoubleVector t = x.fma(TWO_BY_PI, TO_INTEGER);
        DoubleVector r = rest(x, t.sub(TO_INTEGER));
        return slope(r, t.reinterpretAsLongs()).blend(x, x.abs().compare(LT, SMALL_ANGLE));
    }

    /** tan(r + k pi / 2): by the last bit of k the quotient of the sine and the cosine of r, or its negative inverse. */
    private static DoubleVector slope(DoubleVector r, LongVector k) {
        DoubleVector w = r.mul(r);
        LongVector sine = sine(r, w).reinterpretAsLongs();
        LongVector cosine = cosine(w).reinterpretAsLongs();
        LongVector sign = k.lanewise(LSHL, Double.SIZE - 1);
        LongVector exchanged = sine.lanewise(XOR, cosine).and(NONE.sub(k.and(FIRST_BIT)));
        DoubleVector above = sine.lanewise(XOR, exchanged).reinterpretAsDoubles();
        DoubleVector below = cosine.lanewise(XOR, exchanged).lanewise(XOR, sign).reinterpretAsDoubles();
        return above.div(below);
    }

    /** The arc tangent of a number between 0 and 1. */
    static DoubleVector arc(DoubleVector x) {
        DoubleVector w = x.mul(x);
        DoubleVector p = ATAN_41.fma(w, ATAN_39);
        p = p.fma(w, ATAN_37);
        p = p.fma(w, ATAN_35);
        p = p.fma(w, ATAN_33);
        p = p.fma(w, ATAN_31);
        p = p.fma(w, ATAN_29);
        p = p.fma(w, ATAN_27);
        p = p.fma(w, ATAN_25);
        p = p.fma(w, ATAN_23);
        p = p.fma(w, ATAN_21);
        p = p.fma(w, ATAN_19);
        p = p.fma(w, ATAN_17);
        p = p.fma(w, ATAN_15);
        p = p.fma(w, ATAN_13);
        p = p.fma(w, ATAN_11);
        p = p.fma(w, ATAN_9);
        p = p.fma(w, ATAN_7);
        p = p.fma(w, ATAN_5);
        p = p.fma(w, ATAN_3);
        return x.mul(w).fma(p, x);
    }

    static DoubleVector atan(DoubleVector x) {
        DoubleVector size = x.abs();
        VectorMask<Double> steep = size.compare(GT, ONE);
        DoubleVector arc = arc(size.blend(ONE.div(size), steep));
        return signed(arc.blend(QUARTER.sub(arc.sub(QUARTER_LOW)), steep), x);
    }

    /** The arc sine of {@link #chord}, from 0 to 1/2. */
    private static DoubleVector arcOf(DoubleVector chord) {
        DoubleVector w = chord.mul(chord);
        DoubleVector p = ASIN_27.fma(w, ASIN_25);
        p = p.fma(w, ASIN_23);
        p = p.fma(w, ASIN_21);
        p = p.fma(w, ASIN_19);
        p = p.fma(w, ASIN_17);
        p = p.fma(w, ASIN_15);
        p = p.fma(w, ASIN_13);
        p = p.fma(w, ASIN_11);
        p = p.fma(w, ASIN_9);
        p = p.fma(w, ASIN_7);
        p = p.fma(w, ASIN_5);
        p = p.fma(w, ASIN_3);
        return chord.mul(w).fma(p, chord);
    }

    /** The size of x, or if that is more than 1/2, the sine of half the angle that is left to pi / 2. */
    private static DoubleVector chord(DoubleVector size, VectorMask<Double> steep) {
        return size.blend(ONE.sub(size).mul(HALF).sqrt(), steep);
    }

    static DoubleVector asin(DoubleVector x) {
        DoubleVector size = x.abs();
        VectorMask<Double> steep = size.compare(GT, HALF);
        DoubleVector arc = arcOf(chord(size, steep));
        return signed(arc.blend(QUARTER.sub(arc.add(arc).sub(QUARTER_LOW)), steep), x);
    }

    static DoubleVector acos(DoubleVector x) {
        DoubleVector size = x.abs();
        VectorMask<Double> steep = size.compare(GT, HALF);
        DoubleVector arc = arcOf(chord(size, steep));
        DoubleVector twice = arc.add(arc);
        DoubleVector large = twice.blend(HALF_TURN.sub(twice.sub(HALF_TURN_LOW)), x.compare(LT, ZERO));
        return QUARTER.sub(signed(arc, x).sub(QUARTER_LOW)).blend(large, steep);
    }

    /** The smaller part of the point (x, y) by the larger one, as sizes: what {@link #angle} needs the arc of. */
    static DoubleVector ratio(DoubleVector y, DoubleVector x) {
        DoubleVector width = x.abs();
        DoubleVector height = y.abs();
        DoubleVector larger = width.max(height);
        DoubleVector smaller = width.min(height);
        DoubleVector ratio = smaller.div(larger).blend(ZERO, larger.compare(EQ, ZERO));
        return ratio.blend(ONE, smaller.compare(EQ, INFINITY));
    }

    /** The angle of the point (x, y), from the arc of its ratio. */
    static DoubleVector angle(DoubleVector y, DoubleVector x, DoubleVector arc) {
        VectorMask<Double> steep = y.abs().compare(GT, x.abs());
        DoubleVector turned = arc.blend(QUARTER.sub(arc.sub(QUARTER_LOW)), steep);
        VectorMask<Double> left = signed(ONE, x).compare(LT, ZERO);
        return signed(turned.blend(HALF_TURN.sub(turned.sub(HALF_TURN_LOW)), left), y);
    }

    static DoubleVector round(DoubleVector x) {
        DoubleVector size = x.abs();
        return x.blend(signed(size.add(WHOLE).sub(WHOLE), x), size.compare(LT, WHOLE));
    }

    static DoubleVector floor(DoubleVector x) {
        DoubleVector near = round(x);
        return signed(near.add(ifNegative(x.sub(near), MINUS_ONE)), x);
    }

    static DoubleVector ceil(DoubleVector x) {
        DoubleVector near = round(x);
        return signed(near.add(ifNegative(near.sub(x), ONE)), x);
    }

    private static DoubleVector ifNegative(DoubleVector x, DoubleVector number) {
        LongVector signs = NONE.sub(x.reinterpretAsLongs().lanewise(LSHR, Double.SIZE - 1));
        return signs.and(number.reinterpretAsLongs()).reinterpretAsDoubles();
    }

    static DoubleVector sign(DoubleVector x) {
        return x.add(ZERO).blend(signed(ONE, x), x.abs().compare(GT, ZERO));
    }
}
