package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The loop of {@link DirectMaxima}. */
final class PoolVectors {
    private static final int LANES = FloatVectors.SPECIES.length();

    private PoolVectors() {}

    /** As {@link Loops#maxima}: only what is not NaN gives way, and not to what is less or equal. */
    static void maxima(float[] x, int from, int[] taps, float[] names, float[] largest, float[] found, int to, int n) {
        for (int p = 0; p < n; p += LANES) {
            FloatVector best = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
            FloatVector name = FloatVector.broadcast(FloatVectors.SPECIES, Float.intBitsToFloat(-1));
            for (int t = 0; t < taps.length; t++) {
                FloatVector v = FloatVector.fromArray(FloatVectors.SPECIES, x, from + taps[t] + p);
                VectorMask<Float> stays = v.compare(VectorOperators.LE, best);
                VectorMask<Float> gives = best.compare(VectorOperators.EQ, best).andNot(stays);
                best = best.blend(v, gives);
                name = name.blend(FloatVector.broadcast(FloatVectors.SPECIES, names[t]), gives);
            }
            best.intoArray(largest, to + p);
            name.intoArray(found, to + p);
        }
    }
}
