package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The conversions of {@link kron4j.backend.Halves}, by integers, since vectors have no instruction for them: the same but for the payloads of NaN. Methods are so short that the JIT never
 * compiles them by themselves, after which it would not inline them.
 */
final class HalfVectors {
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    /** As many shorts as ints. */
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

    private static final IntVector ABS = all(0x7fffffff);
    private static final IntVector EXPONENT = all(0x7f800000);
    private static final IntVector ONE = all(1);

    /** Where the bits of a float16 lie in a float, below an exponent too small by 112. */
    private static final IntVector PLACES = all(0x8fffe000);

    private static final FloatVector UP = FloatVector.broadcast(FloatVectors.SPECIES, 0x1p112f);
    private static final IntVector LARGEST = all(0x477fffff);

    /** What rounds to infinity, and the least normal number. */
    private static final IntVector OVERFLOW = all(0x47800000);

    private static final IntVector LEAST_NORMAL = all(0x38800000);
    /** Makes of an exponent the power of two whose last bit is that of a float16, and there the bits that 126 too many in the exponent lack. */
    private static final IntVector LAST_BIT = all((13 << 23) + 0x800);

    private static final IntVector SIGN16 = all(0x8000);
    private static final IntVector NAN16 = all(0x7e00);

    private static final IntVector ROUND = all(0x7fff);
    private static final IntVector QUIET = all(0x40);

    private HalfVectors() {}

    static IntVector all(int value) {
        return IntVector.broadcast(INTS, value);
    }

    static IntVector load(short[] halves, int i) {
        return wide(ShortVector.fromArray(SHORTS, halves, i));
    }

    static void store(IntVector bits, short[] halves, int i) {
        narrow(bits).intoArray(halves, i);
    }

    static IntVector wide(ShortVector halves) {
        return (IntVector) halves.convertShape(S2I, INTS, 0);
    }

    /** The low halves. */
    static ShortVector narrow(IntVector bits) {
        return (ShortVector) bits.convertShape(I2S, SHORTS, 0);
    }

    /** A finite float16 times 2^-112. Its bits are those from 13 on, and all behind them the sign. */
    static FloatVector small(IntVector shifted) {
        return shifted.and(PLACES).reinterpretAsFloats();
    }

    /** As {@link #small}, but the number itself. */
    static FloatVector finite(IntVector shifted) {
        return small(shifted).mul(UP);
    }

    /** With the greatest exponent where it is greater than that of a float16. */
    static FloatVector special(FloatVector finite) {
        IntVector bits = finite.reinterpretAsInts();
        return bits.or(isAbove(bits, LARGEST).and(EXPONENT)).reinterpretAsFloats();
    }

    /** All bits of the lanes whose size is greater. */
    static IntVector isAbove(IntVector bits, IntVector size) {
        return size.sub(bits.and(ABS)).lanewise(ASHR, 31);
    }

    private static IntVector power(IntVector size) {
        return size.max(LEAST_NORMAL).and(EXPONENT).add(LAST_BIT);
    }

    /** Rounded by the addition of a power whose last bit is that of a float16; bits from 16 on are anything. */
    private static IntVector rounded(IntVector size) {
        return size.reinterpretAsFloats().add(power(size).reinterpretAsFloats()).reinterpretAsInts();
    }

    private static IntVector folded(IntVector rounded) {
        return rounded.add(rounded.lanewise(LSHR, 13));
    }

    /** The float16 of a number, in the low half; the high one is anything. */
    static IntVector toFloat16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        return bits.lanewise(LSHR, 16).and(SIGN16).or(sizeToFloat16(bits.and(ABS)));
    }

    /** The same of a number's bits without its sign. */
    static IntVector sizeToFloat16(IntVector bits) {
        return folded(rounded(bits.min(OVERFLOW)));
    }

    static IntVector nan(FloatVector x) {
        return isAbove(x.reinterpretAsInts(), EXPONENT).and(NAN16);
    }

    /** The bfloat16 of a number, in the high half; the low one is anything. NaN may become an infinity. */
    static IntVector toBfloat16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        return bits.add(bits.lanewise(LSHR, 16).and(ONE)).add(ROUND);
    }

    /** The bfloat16 of any number, in the low half. NaN is not rounded. */
    static IntVector ofAny(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector nan = isAbove(bits, EXPONENT);
        IntVector rounded = toBfloat16(x).and(nan.not());
        return bits.and(nan).or(rounded).lanewise(LSHR, 16).or(nan.and(QUIET));
    }
}
