package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/** Choices by a comparison, up to the end of the last vector; compiled one by one ({@link Alone}). */
final class ChoiceVectorLoops {
    private static final int LANES = FloatVectors.SPECIES.length();

    private final MethodHandle less = find("ifLess");
    private final MethodHandle lessEqual = find("ifLessEqual");
    private final MethodHandle equal = find("ifEqual");

    private static MethodHandle find(String name) {
        Class<?> floats = float[].class;
        MethodType type = MethodType.methodType(void.class, floats, floats, floats, floats, floats, int.class);
        return Alone.loop(ChoiceVectorLoops.class, name, type);
    }

    void less(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        run(less, x, y, a, b, z, n);
    }

    void lessEqual(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        run(lessEqual, x, y, a, b, z, n);
    }

    void equal(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        run(equal, x, y, a, b, z, n);
    }

    private static void run(MethodHandle loop, float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        try {
            loop.invokeExact(x, y, a, b, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    static void ifLess(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            at(b, i).blend(at(a, i), at(x, i).compare(LT, at(y, i))).intoArray(z, i);
        }
    }

    static void ifLessEqual(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            at(b, i).blend(at(a, i), at(x, i).compare(LE, at(y, i))).intoArray(z, i);
        }
    }

    static void ifEqual(float[] x, float[] y, float[] a, float[] b, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            at(b, i).blend(at(a, i), at(x, i).compare(EQ, at(y, i))).intoArray(z, i);
        }
    }
}
