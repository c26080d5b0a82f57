package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;

/**
 * Absolute values and reciprocals of complex numbers in their own precision. Where a square could over- or underflow, the number is scaled by a power of two
 * before, and the result after.
 */
final class LengthVectors {
    private static final float LEAST_FLOAT = 0x1p-90f;
    private static final float GREATEST_FLOAT = 0x1p120f;
    private static final double LEAST = 0x1p-900;
    private static final double GREATEST = 0x1p1000;

    private static final FloatVector LEAST_FLOATS = PairVectors.all(LEAST_FLOAT);
    private static final FloatVector GREATEST_FLOATS = PairVectors.all(GREATEST_FLOAT);
    private static final DoubleVector LEAST_DOUBLES = PairVectors.all(LEAST);
    private static final DoubleVector GREATEST_DOUBLES = PairVectors.all(GREATEST);
    private static final FloatVector INFINITE_FLOATS = PairVectors.all(Float.POSITIVE_INFINITY);
    private static final DoubleVector INFINITE = PairVectors.all(Double.POSITIVE_INFINITY);

    /** Powers of two whose inverses are normal numbers. */
    private static final FloatVector LEAST_SCALE_OF_FLOATS = PairVectors.all(0x1p-126f);

    private static final FloatVector GREATEST_SCALE_OF_FLOATS = PairVectors.all(0x1p125f);
    private static final DoubleVector LEAST_SCALE = PairVectors.all(0x1p-1022);
    private static final DoubleVector GREATEST_SCALE = PairVectors.all(0x1p1021);
    private static final IntVector FLOAT_EXPONENTS = INFINITE_FLOATS.reinterpretAsInts();
    private static final LongVector EXPONENTS = INFINITE.reinterpretAsLongs();
    /** The bits of a power of two and of its inverse add up to these. */
    private static final IntVector INVERSE_OF_FLOATS = IntVector.broadcast(IntVector.SPECIES_PREFERRED, 254 << 23);

    private static final LongVector INVERSE = LongVector.broadcast(LongVector.SPECIES_PREFERRED, 2046L << 52);

    private static final int FLOAT_LANES = FloatVectors.SPECIES.length();
    private static final FloatVector CONJUGATE = PairVectors.inTurn(1f, -1f);

    private LengthVectors() {}

    static FloatVector squares(FloatVector re, FloatVector im) {
        return re.fma(re, im.mul(im));
    }

    static DoubleVector squares(DoubleVector re, DoubleVector im) {
        return re.fma(re, im.mul(im));
    }

    /** Where a sum of squares needed no scale. */
    static VectorMask<Float> isPlain(FloatVector squares) {
        return squares.compare(GE, LEAST_FLOATS).and(squares.compare(LE, GREATEST_FLOATS));
    }

    static VectorMask<Double> isPlain(DoubleVector squares) {
        return squares.compare(GE, LEAST_DOUBLES).and(squares.compare(LE, GREATEST_DOUBLES));
    }

    /** A power of two near the larger part. */
    static FloatVector scale(FloatVector re, FloatVector im) {
        FloatVector larger = re.abs().max(im.abs());
        FloatVector power = larger.reinterpretAsInts().and(FLOAT_EXPONENTS).reinterpretAsFloats();
        return power.max(LEAST_SCALE_OF_FLOATS).min(GREATEST_SCALE_OF_FLOATS);
    }

    static DoubleVector scale(DoubleVector re, DoubleVector im) {
        DoubleVector larger = re.abs().max(im.abs());
        DoubleVector power = larger.reinterpretAsLongs().and(EXPONENTS).reinterpretAsDoubles();
        return power.max(LEAST_SCALE).min(GREATEST_SCALE);
    }

    /** {@code 1 / power}. */
    static FloatVector inverse(FloatVector power) {
        return INVERSE_OF_FLOATS.sub(power.reinterpretAsInts()).reinterpretAsFloats();
    }

    static DoubleVector inverse(DoubleVector power) {
        return INVERSE.sub(power.reinterpretAsLongs()).reinterpretAsDoubles();
    }

    /** Absolute values in general; infinite parts count, even beside NaN. */
    static FloatVector absolute(FloatVector re, FloatVector im) {
        FloatVector power = scale(re, im);
        FloatVector inverse = inverse(power);
        FloatVector scaled = squares(re.mul(inverse), im.mul(inverse)).sqrt().mul(power);
        FloatVector plain = squares(re, im);
        return scaled.blend(plain.sqrt(), isPlain(plain))
                .blend(INFINITE_FLOATS, re.abs().compare(EQ, INFINITE_FLOATS))
                .blend(INFINITE_FLOATS, im.abs().compare(EQ, INFINITE_FLOATS));
    }

    static DoubleVector absolute(DoubleVector re, DoubleVector im) {
        DoubleVector power = scale(re, im);
        DoubleVector inverse = inverse(power);
        DoubleVector scaled = squares(re.mul(inverse), im.mul(inverse)).sqrt().mul(power);
        DoubleVector plain = squares(re, im);
        return scaled.blend(plain.sqrt(), isPlain(plain))
                .blend(INFINITE, re.abs().compare(EQ, INFINITE))
                .blend(INFINITE, im.abs().compare(EQ, INFINITE));
    }

    /** {@code z = 1 / x} for {@code n} numbers by the plain formula; returns whether none needed a scale. */
    static boolean reciprocals(float[] x, float[] z, int n) {
        FloatVector least = PairVectors.all(1f);
        FloatVector most = PairVectors.all(1f);
        for (int i = 0; i < 2 * n; i += FLOAT_LANES) {
            FloatVector v = FloatVector.fromArray(FloatVectors.SPECIES, x, i);
            FloatVector squares = squares(v);
            least = least.min(squares);
            most = most.max(squares);
            v.mul(CONJUGATE).div(squares).intoArray(z, i);
        }
        return isPlain(least).and(isPlain(most)).allTrue();
    }

    /** As {@link #reciprocals} with scales where they are needed; not of zero, or with a part that is infinite or no number. */
    static void scaledReciprocals(float[] x, float[] z, int n) {
        for (int i = 0; i < 2 * n; i += FLOAT_LANES) {
            FloatVector v = FloatVector.fromArray(FloatVectors.SPECIES, x, i);
            FloatVector inverse = inverse(scale(v, PairVectors.swap(v)));
            FloatVector scaled = v.mul(inverse);
            FloatVector squares = squares(v);
            FloatVector plain = v.mul(CONJUGATE).div(squares);
            scaled.mul(CONJUGATE)
                    .div(squares(scaled))
                    .mul(inverse)
                    .blend(plain, isPlain(squares))
                    .intoArray(z, i);
        }
    }

    /** The square of each number's absolute value, twice. */
    private static FloatVector squares(FloatVector x) {
        FloatVector p = x.mul(x);
        return p.add(PairVectors.swap(p));
    }
}
