package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import jdk.incubator.vector.FloatVector;

/** The loops of {@link OperandVectorLoops} that are the same for both precisions. The build writes the same for the other precision (pom.xml). */
final class FloatOperandVectors {
    private FloatOperandVectors() {}

    static void negative(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).neg(), z, k + e);
        }
    }

    static void abs(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).abs(), z, k + e);
        }
    }

    static void sqrt(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sqrt(), z, k + e);
        }
    }

    static void add(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void subtract(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).sub(c), z, to + e);
            }
        }
    }

    static void subtractFrom(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.sub(floats(x, from + e)), z, to + e);
            }
        }
    }

    static void multiply(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void divide(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).div(c), z, to + e);
            }
        }
    }

    static void quotient(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.div(floats(x, from + e)), z, to + e);
            }
        }
    }

    static void maximum(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void minimum(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void square(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            store(v.mul(v), z, k + e);
        }
    }

    static void reciprocal(Object x, long i, Object z, long k, long end) {
        FloatVector one = PairVectors.all((float) 1);
        for (long e = 0; e < end; e += BYTES) {
            store(one.div(floats(x, i + e)), z, k + e);
        }
    }

    static void relu(Object x, long i, Object z, long k, long end) {
        FloatVector zero = PairVectors.all((float) 0);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).max(zero), z, k + e);
        }
    }
}
