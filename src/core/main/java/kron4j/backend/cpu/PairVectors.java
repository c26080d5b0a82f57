package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
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

    private static final VectorShuffle<Float> SWAP_FLOATS = VectorShuffle.fromOp(FloatVectors.SPECIES, i -> i ^ 1);
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
        FloatVector p = x.mul(y);
        FloatVector q = x.mul(y.rearrange(SWAP_FLOATS));
        return p.sub(p.rearrange(SWAP_FLOATS)).blend(q.add(q.rearrange(SWAP_FLOATS)), ODD_FLOATS);
    }

    /** {@code re} and alternately {@code -im}, {@code im} are the parts of the factor. */
    static DoubleVector scale(DoubleVector x, DoubleVector re, DoubleVector im) {
        return x.mul(re).add(x.rearrange(SWAP).mul(im));
    }

    /** As for doubles. */
    static FloatVector scale(FloatVector x, FloatVector re, FloatVector im) {
        return x.mul(re).add(x.rearrange(SWAP_FLOATS).mul(im));
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
