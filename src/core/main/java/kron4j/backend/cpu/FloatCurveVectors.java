package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Arcs, the error function and roundings of float vectors; as {@link FloatVectors}, to {@link Loops#ULPS} units and in methods short enough for the JIT. */
final class FloatCurveVectors {
    private static final FloatVector ZERO = all(0);
    private static final FloatVector ONE = all(1);
    private static final FloatVector MINUS_ONE = all(-1);
    private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
    private static final IntVector SIGN = all(-0f).reinterpretAsInts();

    /** pi / 2 and pi in two parts. */
    private static final FloatVector QUARTER = all((float) (Math.PI / 2));

    private static final FloatVector QUARTER_LOW = all((float) (Math.PI / 2 - (float) (Math.PI / 2)));
    private static final FloatVector HALF_TURN = all((float) Math.PI);
    private static final FloatVector HALF_TURN_LOW = all((float) (Math.PI - (float) Math.PI));

    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector ASIN_3 = all(0x1.55555ep-3f);
    private static final FloatVector ASIN_5 = all(0x1.332732p-4f);
    private static final FloatVector ASIN_7 = all(0x1.70a6bcp-5f);
    private static final FloatVector ASIN_9 = all(0x1.b311d2p-6f);
    private static final FloatVector ASIN_11 = all(0x1.37fe16p-5f);

    private static final FloatVector ATAN_3 = all(-0x1.55553ep-2f);
    private static final FloatVector ATAN_5 = all(0x1.9991fep-3f);
    private static final FloatVector ATAN_7 = all(-0x1.2421b4p-3f);
    private static final FloatVector ATAN_9 = all(0x1.c099fap-4f);
    private static final FloatVector ATAN_11 = all(-0x1.583486p-4f);
    private static final FloatVector ATAN_13 = all(0x1.dac9bep-5f);
    private static final FloatVector ATAN_15 = all(-0x1.fed112p-6f);
    private static final FloatVector ATAN_17 = all(0x1.65a604p-7f);
    private static final FloatVector ATAN_19 = all(-0x1.d62f4ep-10f);

    /** From here on erf is computed from its difference from 1, and from 4 on it is 1. */
    private static final FloatVector LARGE = all(0.921875f);

    private static final FloatVector FLAT = all(4);

    private static final FloatVector ERF_1 = all(0x1.06eba8p-3f);
    private static final FloatVector ERF_3 = all(-0x1.812744p-2f);
    private static final FloatVector ERF_5 = all(0x1.ce2e2p-4f);
    private static final FloatVector ERF_7 = all(-0x1.b8107ap-6f);
    private static final FloatVector ERF_9 = all(0x1.54dad4p-8f);
    private static final FloatVector ERF_11 = all(-0x1.aae964p-11f);
    private static final FloatVector ERF_13 = all(0x1.5f10ep-14f);

    private static final FloatVector ERFC_1 = all(-0x1.20e648p+0f);
    private static final FloatVector ERFC_2 = all(-0x1.457d2p-1f);
    private static final FloatVector ERFC_3 = all(-0x1.af245cp-4f);
    private static final FloatVector ERFC_4 = all(0x1.770098p-6f);
    private static final FloatVector ERFC_5 = all(-0x1.a552e6p-9f);
    private static final FloatVector ERFC_6 = all(0x1.c0a126p-13f);

    /** From this size on all floats are whole; and to which smaller sizes are added to make them so. */
    private static final FloatVector WHOLE = all(0x1p23f);

    private FloatCurveVectors() {}

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    /** {@code size} with the sign of x. */
    static FloatVector signed(FloatVector size, FloatVector x) {
        return size.reinterpretAsInts().or(x.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
    }

    /** The arc tangent of a number between 0 and 1. */
    private static FloatVector arc(FloatVector x) {
        FloatVector w = x.mul(x);
        FloatVector p = ATAN_19.fma(w, ATAN_17);
        p = p.fma(w, ATAN_15);
        p = p.fma(w, ATAN_13);
        p = p.fma(w, ATAN_11);
        p = p.fma(w, ATAN_9);
        p = p.fma(w, ATAN_7);
        p = p.fma(w, ATAN_5);
        p = p.fma(w, ATAN_3);
        return x.mul(w).fma(p, x);
    }

    static FloatVector atan(FloatVector x) {
        FloatVector size = x.abs();
        VectorMask<Float> steep = size.compare(GT, ONE);
        FloatVector arc = arc(size.blend(ONE.div(size), steep));
        return signed(arc.blend(QUARTER.sub(arc.sub(QUARTER_LOW)), steep), x);
    }

    /** The arc sine of {@link #chord}, from 0 to 1/2. */
    private static FloatVector arcOf(FloatVector chord) {
        FloatVector w = chord.mul(chord);
        FloatVector p = ASIN_11.fma(w, ASIN_9);
        p = p.fma(w, ASIN_7);
        p = p.fma(w, ASIN_5);
        p = p.fma(w, ASIN_3);
        return chord.mul(w).fma(p, chord);
    }

    /** The size of x, or if that is more than 1/2, the sine of half the angle that is left to pi / 2. */
    private static FloatVector chord(FloatVector size, VectorMask<Float> steep) {
        return size.blend(ONE.sub(size).mul(HALF).sqrt(), steep);
    }

    static FloatVector asin(FloatVector x) {
        FloatVector size = x.abs();
        VectorMask<Float> steep = size.compare(GT, HALF);
        FloatVector arc = arcOf(chord(size, steep));
        return signed(arc.blend(QUARTER.sub(arc.add(arc).sub(QUARTER_LOW)), steep), x);
    }

    static FloatVector acos(FloatVector x) {
        FloatVector size = x.abs();
        VectorMask<Float> steep = size.compare(GT, HALF);
        FloatVector arc = arcOf(chord(size, steep));
        FloatVector twice = arc.add(arc);
        FloatVector large = twice.blend(HALF_TURN.sub(twice.sub(HALF_TURN_LOW)), x.compare(LT, ZERO));
        return QUARTER.sub(signed(arc, x).sub(QUARTER_LOW)).blend(large, steep);
    }

    /** The angle of the point (x, y): the arc of the smaller part by the larger one, turned. */
    static FloatVector atan2(FloatVector y, FloatVector x) {
        FloatVector width = x.abs();
        FloatVector height = y.abs();
        FloatVector larger = width.max(height);
        FloatVector smaller = width.min(height);
        FloatVector ratio = smaller.div(larger).blend(ZERO, larger.compare(EQ, ZERO));
        FloatVector arc = arc(ratio.blend(ONE, smaller.compare(EQ, INFINITY)));
        arc = arc.blend(QUARTER.sub(arc.sub(QUARTER_LOW)), height.compare(GT, width));
        VectorMask<Float> left = signed(ONE, x).compare(LT, ZERO);
        return signed(arc.blend(HALF_TURN.sub(arc.sub(HALF_TURN_LOW)), left), y);
    }

    /** From {@code 1 - erf|x|}. */
    static FloatVector erf(FloatVector x, FloatVector rest) {
        FloatVector size = x.abs();
        return signed(small(size).blend(ONE.sub(rest), size.compare(GT, LARGE)), x);
    }

    /** {@code log(1 - erf|x|)} where that is large. */
    static FloatVector logOfRest(FloatVector x) {
        FloatVector t = x.abs().min(FLAT);
        FloatVector q = ERFC_6.fma(t, ERFC_5);
        q = q.fma(t, ERFC_4);
        q = q.fma(t, ERFC_3);
        q = q.fma(t, ERFC_2);
        return q.fma(t, ERFC_1).mul(t);
    }

    private static FloatVector small(FloatVector x) {
        FloatVector w = x.mul(x);
        FloatVector p = ERF_13.fma(w, ERF_11);
        p = p.fma(w, ERF_9);
        p = p.fma(w, ERF_7);
        p = p.fma(w, ERF_5);
        p = p.fma(w, ERF_3);
        return p.fma(w, ERF_1).fma(x, x);
    }

    /** The nearest whole number, ties to even. */
    static FloatVector round(FloatVector x) {
        FloatVector size = x.abs();
        return x.blend(signed(size.add(WHOLE).sub(WHOLE), x), size.compare(LT, WHOLE));
    }

    static FloatVector floor(FloatVector x) {
        FloatVector near = round(x);
        return signed(near.add(ifNegative(x.sub(near), MINUS_ONE)), x);
    }

    static FloatVector ceil(FloatVector x) {
        FloatVector near = round(x);
        return signed(near.add(ifNegative(near.sub(x), ONE)), x);
    }

    /** The number where x has a minus sign, else 0: fewer steps than by a mask. */
    private static FloatVector ifNegative(FloatVector x, FloatVector number) {
        IntVector signs = x.reinterpretAsInts().lanewise(ASHR, Float.SIZE - 1);
        return signs.and(number.reinterpretAsInts()).reinterpretAsFloats();
    }

    static FloatVector sign(FloatVector x) {
        return x.add(ZERO).blend(signed(ONE, x), x.abs().compare(GT, ZERO));
    }

    static FloatVector rsqrt(FloatVector x) {
        return ONE.div(x.sqrt());
    }
}
