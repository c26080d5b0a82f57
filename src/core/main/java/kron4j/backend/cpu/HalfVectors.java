package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The conversions of {@link kron4j.backend.Halves}, bit for bit. */
final class HalfVectors {
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    /** As many shorts as ints. */
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

    private static final IntVector SIGN = all(0x80000000);
    private static final IntVector ABS = all(0x7fffffff);
    private static final IntVector INFINITY = all(0x7f800000);
    private static final IntVector ONE = all(1);
    private static final IntVector ZERO = all(0);

    private static final IntVector ABS16 = all(0x7fff);
    private static final IntVector SIGN16 = all(0x8000);
    private static final IntVector INFINITY16 = all(0x7c00);
    private static final IntVector FRACTION16 = all(0x3ff);
    private static final IntVector NORMAL16 = all(0x400);
    /** What the exponents of float and float16 differ by; twice that makes the exponent of infinity. */
    private static final IntVector BIAS = all(0x38000000);

    private static final IntVector LEAST_NORMAL = all(0x38800000);
    private static final IntVector OVERFLOW = all(0x47800000);
    private static final IntVector ROUND16 = all(0xfff);
    private static final IntVector HALF = all(0x3f000000);

    private static final IntVector FRACTION = all(0x7f0000);
    private static final IntVector ROUND = all(0x7fff);

    private HalfVectors() {}

    private static IntVector all(int value) {
        return IntVector.broadcast(INTS, value);
    }

    private static IntVector load(short[] halves, int i) {
        return (IntVector) ShortVector.fromArray(SHORTS, halves, i).convertShape(S2I, INTS, 0);
    }

    private static void store(IntVector bits, short[] halves, int i) {
        ((ShortVector) bits.convertShape(I2S, SHORTS, 0)).intoArray(halves, i);
    }

    private static IntVector bits(float[] floats, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, floats, i).reinterpretAsInts();
    }

    static void fromFloat16(short[] halves, float[] floats, int i) {
        IntVector half = load(halves, i);
        IntVector abs = half.and(ABS16);
        IntVector scaled = abs.lanewise(LSHL, 13).add(BIAS);
        IntVector bits = scaled.blend(scaled.add(BIAS), abs.compare(GE, INFINITY16));
        // A subnormal is the distance from the least normal number of that number with its bits.
        IntVector tiny = abs.lanewise(LSHL, 13)
                .add(LEAST_NORMAL)
                .reinterpretAsFloats()
                .sub(LEAST_NORMAL.reinterpretAsFloats())
                .reinterpretAsInts();
        bits.blend(tiny, abs.compare(LT, NORMAL16))
                .or(half.and(SIGN))
                .reinterpretAsFloats()
                .intoArray(floats, i);
    }

    static void toFloat16(float[] floats, short[] halves, int i) {
        IntVector bits = bits(floats, i);
        IntVector abs = bits.and(ABS);
        IntVector odd = abs.lanewise(LSHR, 13).and(ONE);
        IntVector half = abs.sub(BIAS).add(ROUND16).add(odd).lanewise(LSHR, 13);
        IntVector tiny = abs.reinterpretAsFloats()
                .add(HALF.reinterpretAsFloats())
                .reinterpretAsInts()
                .sub(HALF);
        half = half.blend(tiny, abs.compare(LT, LEAST_NORMAL)).blend(INFINITY16, abs.compare(GE, OVERFLOW));
        IntVector nan = abs.lanewise(LSHR, 13).and(FRACTION16).max(ONE).or(INFINITY16);
        store(
                half.blend(nan, abs.compare(GT, INFINITY))
                        .or(bits.lanewise(LSHR, 16).and(SIGN16)),
                halves,
                i);
    }

    static void fromBfloat16(short[] halves, float[] floats, int i) {
        load(halves, i).lanewise(LSHL, 16).reinterpretAsFloats().intoArray(floats, i);
    }

    static void toBfloat16(float[] floats, short[] halves, int i) {
        IntVector bits = bits(floats, i);
        IntVector high = bits.lanewise(LSHR, 16);
        IntVector half = bits.add(ROUND).add(high.and(ONE)).lanewise(LSHR, 16);
        IntVector nan = high.blend(high.or(ONE), bits.and(FRACTION).compare(EQ, ZERO));
        store(half.blend(nan, bits.and(ABS).compare(GT, INFINITY)), halves, i);
    }
}
