package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;
import static kron4j.backend.cpu.RowVectorLoops.ROWS;

import jdk.incubator.vector.FloatVector;

/** The loops of {@link RowVectorLoops}. The build writes the same for the other precision (pom.xml). */
final class FloatRowVectors {
    private FloatRowVectors() {}

    static void outer(double[] numbers, int count, Object x, long i, Object z, long k, long step, long end) {
        for (int r = 0; r < count; r += ROWS) {
            FloatVector c0 = PairVectors.all((float) numbers[r]);
            FloatVector c1 = PairVectors.all((float) numbers[r + 1]);
            FloatVector c2 = PairVectors.all((float) numbers[r + 2]);
            FloatVector c3 = PairVectors.all((float) numbers[r + 3]);
            long to = k + r * step;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(x, i + e);
                store(v.mul(c0), z, to + e);
                store(v.mul(c1), z, to + step + e);
                store(v.mul(c2), z, to + 2 * step + e);
                store(v.mul(c3), z, to + 3 * step + e);
            }
        }
    }

    static void add(int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).add(v), z, to + e);
                store(floats(x, from + step + e).add(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).add(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).add(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void subtract(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).sub(v), z, to + e);
                store(floats(x, from + step + e).sub(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).sub(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).sub(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void multiply(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).mul(v), z, to + e);
                store(floats(x, from + step + e).mul(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).mul(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).mul(v), z, to + 3 * stepZ + e);
            }
        }
    }
}
