package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.UnaryOp;

/**
 * Loops by the JDK's incubating vectors. Nothing but {@link Loops} may touch this class or those that it uses, for the module may be absent. Each loop is a method of its own, which the JIT compiles with
 * everything inlined; they run on to whole vectors, since tiles have room for them.
 */
final class VectorLoops extends Loops {
    private static final VectorSpecies<Float> FLOATS = FloatVectors.SPECIES;
    private static final int LANES = FLOATS.length();

    @Override
    int bits() {
        return FLOATS.vectorBitSize();
    }

    @Override
    boolean hasFloats(UnaryOp op) {
        return switch (op) {
            case EXP, LOG, TANH, SIGMOID, SOFTPLUS -> true;
            default -> super.hasFloats(op);
        };
    }

    @Override
    void floats(UnaryOp op, float[] x, float[] z, int n) {
        switch (op) {
            case EXP -> exp(x, z, n);
            case LOG -> log(x, z, n);
            case TANH -> tanh(x, z, n);
            case SIGMOID -> sigmoid(x, z, n);
            case SOFTPLUS -> softplus(x, z, n);
            default -> super.floats(op, x, z, n);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FLOATS, x, i);
    }

    private static void exp(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.exp(at(x, i)).intoArray(z, i);
        }
    }

    private static void log(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.log(at(x, i)).intoArray(z, i);
        }
    }

    private static void tanh(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.tanh(at(x, i)).intoArray(z, i);
        }
    }

    private static void sigmoid(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.sigmoid(at(x, i)).intoArray(z, i);
        }
    }

    private static void softplus(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.softplus(at(x, i)).intoArray(z, i);
        }
    }
}
