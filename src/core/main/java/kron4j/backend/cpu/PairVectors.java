package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2L;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ROL;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of complex numbers whose real and imaginary parts alternate, bit for bit as {@link ComplexPairs}. */
final class PairVectors {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    /** As many floats as doubles. */
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

    static final int LANES = SPECIES.length();

    /** The JIT has these from vectors of four doubles on. */
    static final boolean SHUFFLES = LANES >= 4;

    private static final VectorShuffle<Double> SWAP = VectorShuffle.fromOp(SPECIES, i -> i ^ 1);
    /** The real parts at even places of two vectors, one after the other; and those at odd places. */
    private static final VectorShuffle<Double> EVEN = VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES);

    private static final VectorShuffle<Double> ODD = VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES + 1);
    private static final VectorMask<Double> UPPER = VectorMask.fromLong(SPECIES, (1L << LANES) - (1L << (LANES / 2)));

    private static final int FLOAT_LANES = FloatVectors.SPECIES.length();
    private static final VectorShuffle<Float> SWAP_FLOATS = VectorShuffle.fromOp(FloatVectors.SPECIES, i -> i ^ 1);
    private static final VectorShuffle<Float> IN_ORDER_FLOATS =
            VectorShuffle.fromOp(FloatVectors.SPECIES, i -> 2 * i % FLOAT_LANES + 2 * i / FLOAT_LANES);
    private static final VectorShuffle<Double> IN_ORDER =
            VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES + 2 * i / LANES);
    private static final VectorShuffle<Double> LOWER_TWICE = VectorShuffle.fromOp(SPECIES, i -> i / 2);
    private static final VectorShuffle<Double> UPPER_TWICE = VectorShuffle.fromOp(SPECIES, i -> (i + LANES) / 2);
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorShuffle<Integer> IN_ORDER_INTS =
            VectorShuffle.fromOp(INTS, i -> 2 * i % FLOAT_LANES + 2 * i / FLOAT_LANES);
    private static final VectorShuffle<Long> IN_ORDER_LONGS =
            VectorShuffle.fromOp(LONGS, i -> 2 * i % LANES + 2 * i / LANES);
    private static final VectorShuffle<Long> SWAP_LONGS = VectorShuffle.fromOp(LONGS, i -> i ^ 1);
    private static final VectorMask<Long> ODD_LONGS = VectorMask.fromLong(LONGS, 0xaaaaaaaaaaaaaaaaL);
    private static final LongVector LOWER = LongVector.broadcast(LONGS, 0xffffffffL);
    private static final LongVector UPPER_HALF = LongVector.broadcast(LONGS, ~0xffffffffL);
    private static final LongVector SIGN = LongVector.broadcast(LONGS, 0x80000000L);
    private static final DoubleVector ZERO = DoubleVector.broadcast(SPECIES, 0);
    private static final VectorMask<Float> ODD_FLOATS = VectorMask.fromLong(FloatVectors.SPECIES, 0xaaaaaaaaaaaaaaaaL);
    private static final VectorMask<Double> ODDS = VectorMask.fromLong(SPECIES, 0xaaaaaaaaaaaaaaaaL);

    private static final DoubleVector PLUS_MINUS = alternating(1);
    private static final DoubleVector LEAST = all(ComplexPairs.LEAST);
    private static final DoubleVector GREATEST = all(ComplexPairs.GREATEST);

    private PairVectors() {}

    private static DoubleVector alternating(double first) {
        double[] signs = new double[LANES];
        for (int i = 0; i < LANES; i++) {
            signs[i] = i % 2 == 0 ? first : -first;
        }
        return DoubleVector.fromArray(SPECIES, signs, 0);
    }

    static DoubleVector load(float[] x, int i) {
        return (DoubleVector) FloatVector.fromArray(FLOATS, x, i).convertShape(F2D, SPECIES, 0);
    }

    static void store(DoubleVector v, float[] z, int i) {
        ((FloatVector) v.convertShape(D2F, FLOATS, 0)).intoArray(z, i);
    }

    static DoubleVector load(double[] x, int i) {
        return DoubleVector.fromArray(SPECIES, x, i);
    }

    static DoubleVector multiply(DoubleVector x, DoubleVector y) {
        DoubleVector p = x.mul(y);
        DoubleVector q = x.mul(y.rearrange(SWAP));
        return p.sub(p.rearrange(SWAP)).blend(q.add(q.rearrange(SWAP)), ODDS);
    }

    static FloatVector multiply(FloatVector x, FloatVector y) {
        return scale(x, twice(y), twiceTurning(y));
    }

    /** Exchanges the parts of each number: those of floats as halves of longs, which takes one instruction. */
    static FloatVector swap(FloatVector x) {
        return x.reinterpretAsLongs().lanewise(ROL, 32).reinterpretAsFloats();
    }

    static DoubleVector swap(DoubleVector x) {
        return x.rearrange(SWAP);
    }

    /** The real part of each number twice. */
    private static FloatVector twice(FloatVector x) {
        LongVector re = x.reinterpretAsLongs().and(LOWER);
        return re.or(re.lanewise(LSHL, 32)).reinterpretAsFloats();
    }

    /** The imaginary part of each number twice, negative and positive. */
    private static FloatVector twiceTurning(FloatVector x) {
        LongVector bits = x.reinterpretAsLongs();
        LongVector im = bits.lanewise(LSHR, 32);
        return im.lanewise(XOR, SIGN).or(bits.and(UPPER_HALF)).reinterpretAsFloats();
    }

    static FloatVector square(FloatVector x) {
        return multiply(x, x);
    }

    static DoubleVector square(DoubleVector x) {
        return multiply(x, x);
    }

    /** The first elements of pairs, in turn of one vector and the other. */
    static FloatVector first(FloatVector x, FloatVector y) {
        LongVector even = x.reinterpretAsLongs().and(LOWER);
        return even.or(y.reinterpretAsLongs().lanewise(LSHL, 32)).reinterpretAsFloats();
    }

    /** The second elements of pairs, in turn of one vector and the other. */
    static FloatVector second(FloatVector x, FloatVector y) {
        LongVector odd = y.reinterpretAsLongs().and(UPPER_HALF);
        return odd.or(x.reinterpretAsLongs().lanewise(LSHR, 32)).reinterpretAsFloats();
    }

    /** As for floats. */
    static DoubleVector first(DoubleVector x, DoubleVector y) {
        return x.blend(swap(y), ODDS);
    }

    /** As for floats. */
    static DoubleVector second(DoubleVector x, DoubleVector y) {
        return swap(x).blend(y, ODDS);
    }

    /** The first elements of pairs of 32 bits, one vector's behind the other's; floats would lose bits of NaN until the code is compiled. */
    static IntVector firstInts(LongVector x, LongVector y) {
        return inOrder(x.and(LOWER).or(y.lanewise(LSHL, 32)));
    }

    static IntVector secondInts(LongVector x, LongVector y) {
        return inOrder(y.and(UPPER_HALF).or(x.lanewise(LSHR, 32)));
    }

    private static IntVector inOrder(LongVector pairs) {
        return pairs.reinterpretAsInts().rearrange(IN_ORDER_INTS);
    }

    /** As for 32 bits. */
    static LongVector firstLongs(LongVector x, LongVector y) {
        return x.blend(y.rearrange(SWAP_LONGS), ODD_LONGS).rearrange(IN_ORDER_LONGS);
    }

    static LongVector secondLongs(LongVector x, LongVector y) {
        return x.rearrange(SWAP_LONGS).blend(y, ODD_LONGS).rearrange(IN_ORDER_LONGS);
    }

    /** Elements of two vectors that stand in turn, one vector's behind the other's. */
    static FloatVector inOrder(FloatVector x) {
        return x.rearrange(IN_ORDER_FLOATS);
    }

    /** As for floats. */
    static DoubleVector inOrder(DoubleVector x) {
        return x.rearrange(IN_ORDER);
    }

    /** Real numbers of 32 bits as complex ones. */
    static LongVector ofReal(IntVector x) {
        return ((LongVector) x.convertShape(I2L, LONGS, 0)).and(LOWER);
    }

    /** Complex numbers of the bits of their parts. */
    static LongVector join(IntVector re, IntVector im) {
        return ofReal(re).or(((LongVector) im.convertShape(I2L, LONGS, 0)).lanewise(LSHL, 32));
    }

    /** The first half of the elements as real numbers. */
    static DoubleVector lower(DoubleVector x) {
        return lower(x, ZERO);
    }

    /** The second half of the elements as real numbers. */
    static DoubleVector upper(DoubleVector x) {
        return upper(x, ZERO);
    }

    /** The first half of numbers, given by their parts. */
    static DoubleVector lower(DoubleVector re, DoubleVector im) {
        return re.rearrange(LOWER_TWICE).blend(im.rearrange(LOWER_TWICE), ODDS);
    }

    /** The second half. */
    static DoubleVector upper(DoubleVector re, DoubleVector im) {
        return re.rearrange(UPPER_TWICE).blend(im.rearrange(UPPER_TWICE), ODDS);
    }

    /** The square of each number's absolute value, twice. */
    static DoubleVector squares(DoubleVector x) {
        DoubleVector p = x.mul(x);
        return p.add(swap(p));
    }

    static DoubleVector reciprocal(DoubleVector x, DoubleVector squares) {
        return x.mul(PLUS_MINUS).div(squares);
    }

    /** Whether the numbers of such bits, the least and the greatest ones of squares, have no part that over- or underflowed. */
    static boolean areModerate(LongVector least, LongVector most) {
        return least.reinterpretAsDoubles()
                .compare(GE, LEAST)
                .and(most.reinterpretAsDoubles().compare(LE, GREATEST))
                .allTrue();
    }

    static LongVector bits(double value) {
        return LongVector.broadcast(LONGS, Double.doubleToLongBits(value));
    }

    /** {@code re} and alternately {@code -im}, {@code im} are the parts of the factor. */
    static DoubleVector scale(DoubleVector x, DoubleVector re, DoubleVector im) {
        return x.mul(re).add(x.rearrange(SWAP).mul(im));
    }

    /** As for doubles. */
    static FloatVector scale(FloatVector x, FloatVector re, FloatVector im) {
        return x.mul(re).add(swap(x).mul(im));
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static FloatVector inTurn(float first, float second) {
        return all(first).blend(second, ODD_FLOATS);
    }

    static DoubleVector inTurn(double first, double second) {
        return all(first).blend(second, ODDS);
    }

    /** {@code x + i y}. */
    static FloatVector sum(FloatVector x, FloatVector y) {
        FloatVector turned = y.rearrange(SWAP_FLOATS);
        return x.sub(turned).blend(x.add(turned), ODD_FLOATS);
    }

    /** {@code x + i y}. */
    static DoubleVector sum(DoubleVector x, DoubleVector y) {
        DoubleVector turned = y.rearrange(SWAP);
        return x.sub(turned).blend(x.add(turned), ODDS);
    }

    static DoubleVector all(double value) {
        return DoubleVector.broadcast(SPECIES, value);
    }

    /**
     * {@code z = x / y} by the plain formula, but not for the first vector; whether no square may have over- or underflowed. Parts that change places are loaded again:
     * the JDK checks each shuffle's indices, and the JIT gives up where there are many.
     */
    static boolean divide(double[] x, double[] y, double[] z, int i) {
        DoubleVector a = load(x, i);
        DoubleVector b = load(x, i + 1).blend(load(x, i - 1), ODDS);
        DoubleVector c = load(y, i).blend(load(y, i - 1), ODDS);
        DoubleVector d = load(y, i + 1).blend(load(y, i), ODDS);
        DoubleVector p = a.mul(a).add(b.mul(b));
        DoubleVector q = c.mul(c).add(d.mul(d));
        a.mul(c).add(b.mul(d.mul(PLUS_MINUS))).div(q).intoArray(z, i);
        return p.compare(GE, LEAST)
                .and(q.compare(GE, LEAST))
                .and(p.compare(LE, GREATEST))
                .and(q.compare(LE, GREATEST))
                .allTrue();
    }

    /** The absolute values of the numbers in two vectors. */
    static DoubleVector absolute(DoubleVector x, DoubleVector y) {
        DoubleVector p = x.mul(x);
        DoubleVector q = y.mul(y);
        DoubleVector re = p.rearrange(EVEN).blend(q.rearrange(EVEN), UPPER);
        DoubleVector im = p.rearrange(ODD).blend(q.rearrange(ODD), UPPER);
        return re.add(im).sqrt();
    }
}
