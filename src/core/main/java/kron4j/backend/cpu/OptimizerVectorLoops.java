package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import jdk.incubator.vector.FloatVector;

/** Loops of {@link ProgramVectorLoops} for steps of optimizers: 0 is the parameter and 1 its gradient. */
final class OptimizerVectorLoops {
    private OptimizerVectorLoops() {}

    private static FloatVector all(double value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, (float) value);
    }

    static void descent(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[2]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m3 = m[3];
        for (int e = begin; e < end; e += BYTES) {
            store(floats(m0, e).sub(floats(m1, e).mul(rate)), m3, e);
        }
    }

    static void momentum(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[2]);
        FloatVector kept = all(numbers[4]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m3 = m[3];
        Object m4 = m[4];
        Object m5 = m[5];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector next = floats(m3, e).mul(kept).add(floats(m1, e));
            store(next, m5, e);
            store(floats(m0, e).sub(next.mul(rate)), m4, e);
        }
    }

    static void momentumAndDecay(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[2]);
        FloatVector decay = all(numbers[4]);
        FloatVector kept = all(numbers[5]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m3 = m[3];
        Object m4 = m[4];
        Object m5 = m[5];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector parameter = floats(m0, e);
            FloatVector slope = floats(m1, e).add(parameter.mul(decay));
            FloatVector next = floats(m3, e).mul(kept).add(slope);
            store(next, m5, e);
            store(parameter.sub(next.mul(rate)), m4, e);
        }
    }

    static void rmsProp(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[3]);
        FloatVector part = all(numbers[4]);
        FloatVector epsilon = all(numbers[5]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        Object m4 = m[4];
        Object m5 = m[5];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector slope = floats(m1, e);
            FloatVector square = floats(m2, e);
            FloatVector next = square.add(slope.mul(slope).sub(square).mul(part));
            store(next, m5, e);
            store(floats(m0, e).sub(slope.div(next.sqrt().add(epsilon)).mul(rate)), m4, e);
        }
    }

    static void adagrad(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[3]);
        FloatVector epsilon = all(numbers[4]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        Object m4 = m[4];
        Object m5 = m[5];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector slope = floats(m1, e);
            FloatVector next = floats(m2, e).add(slope.mul(slope));
            store(next, m5, e);
            store(floats(m0, e).sub(slope.div(next.sqrt().add(epsilon)).mul(rate)), m4, e);
        }
    }

    static void adadelta(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[4]);
        FloatVector part = all(numbers[5]);
        FloatVector epsilon = all(numbers[6]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        Object m3 = m[3];
        Object m5 = m[5];
        Object m6 = m[6];
        Object m7 = m[7];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector slope = floats(m1, e);
            FloatVector square = averaged(floats(m2, e), slope.mul(slope), part);
            FloatVector last = floats(m3, e);
            FloatVector step =
                    last.add(epsilon).sqrt().div(square.add(epsilon).sqrt()).mul(slope);
            store(square, m6, e);
            store(averaged(last, step.mul(step), part), m7, e);
            store(floats(m0, e).sub(step.mul(rate)), m5, e);
        }
    }

    static void nadam(Object[] m, int begin, double[] numbers, int end) {
        FloatVector rate = all(numbers[4]);
        FloatVector bySlope = all(numbers[5]);
        FloatVector byMean = all(numbers[6]);
        FloatVector bySquare = all(numbers[7]);
        FloatVector first = all(numbers[8]);
        FloatVector second = all(numbers[9]);
        FloatVector epsilon = all(numbers[10]);
        Object m0 = m[0];
        Object m1 = m[1];
        Object m2 = m[2];
        Object m3 = m[3];
        Object m8 = m[8];
        Object m9 = m[9];
        Object m10 = m[10];
        for (int e = begin; e < end; e += BYTES) {
            FloatVector slope = floats(m1, e);
            FloatVector mean = averaged(floats(m2, e), slope, first);
            FloatVector square = averaged(floats(m3, e), slope.mul(slope), second);
            store(mean, m9, e);
            store(square, m10, e);
            FloatVector step = slope.mul(bySlope).add(mean.mul(byMean));
            FloatVector root = square.div(bySquare).sqrt().add(epsilon);
            store(floats(m0, e).sub(step.div(root).mul(rate)), m8, e);
        }
    }

    private static FloatVector averaged(FloatVector mean, FloatVector value, FloatVector part) {
        return mean.add(value.sub(mean).mul(part));
    }
}
