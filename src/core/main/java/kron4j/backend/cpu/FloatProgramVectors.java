package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import jdk.incubator.vector.FloatVector;

/** The loops of {@link ProgramVectorLoops}. The build writes the same for the other precision (pom.xml). */
final class FloatProgramVectors {
    private FloatProgramVectors() {}

    static void between(Object[] m, int begin, double[] numbers, int end) {
        FloatVector weight = PairVectors.all((float) numbers[2]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector from = floats(m0, e);
            store(floats(m1, e).sub(from).mul(weight).add(from), m2, e);
        }
    }

    static void cube(Object[] m, int begin, double[] numbers, int end) {
        Object m0 = m[0];
        Object m1 = m[1];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector v = floats(m0, e);
            store(v.mul(v).mul(v), m1, e);
        }
    }

    static void clamp(Object[] m, int begin, double[] numbers, int end) {
        FloatVector low = PairVectors.all((float) numbers[1]);
        FloatVector high = PairVectors.all((float) numbers[2]);
        Object m0 = m[0];
        Object m1 = m[1];
        for (int e = begin; e < end; e += BYTES) {
            store(floats(m0, e).max(low).min(high), m1, e);
        }
    }

    static void productAndSum(Object[] m, int begin, double[] numbers, int end) {
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        Object m3 = m[3];
        for (int e = begin; e < end; e += BYTES) {
            store(floats(m0, e).mul(floats(m1, e)).add(floats(m2, e)), m3, e);
        }
    }
}
