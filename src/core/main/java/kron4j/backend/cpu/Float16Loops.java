package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Loops on any float16 in arrays by the conversions that JDK 20 brought, of which JITs from JDK 21 on make vectors with the processor's own instructions; being constants, handles cost nothing. */
final class Float16Loops {
    /** Whether this JDK has them. */
    static final boolean HAS = Runtime.version().feature() >= 21;

    private static final MethodHandle WIDE = conversion("float16ToFloat", float.class, short.class);
    private static final MethodHandle HALF = conversion("floatToFloat16", short.class, float.class);

    private Float16Loops() {}

    private static MethodHandle conversion(String name, Class<?> result, Class<?> of) {
        try {
            MethodType type = MethodType.methodType(result, of);
            return HAS ? MethodHandles.publicLookup().findStatic(Float.class, name, type) : null;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    static int widen(short[] halves, float[] floats, int from, int end) throws Throwable {
        for (int i = from; i < end; i++) {
            floats[i] = (float) WIDE.invokeExact(halves[i]);
        }
        return 0;
    }

    static int narrow(float[] floats, short[] halves, int from, int end) throws Throwable {
        for (int i = from; i < end; i++) {
            halves[i] = (short) HALF.invokeExact(floats[i]);
        }
        return 0;
    }

    static void multiply(short[] x, short[] y, short[] z, int n) throws Throwable {
        for (int i = 0; i < n; i++) {
            z[i] = (short) HALF.invokeExact((float) WIDE.invokeExact(x[i]) * (float) WIDE.invokeExact(y[i]));
        }
    }

    static void divide(short[] x, short[] y, short[] z, int n) throws Throwable {
        for (int i = 0; i < n; i++) {
            z[i] = (short) HALF.invokeExact((float) WIDE.invokeExact(x[i]) / (float) WIDE.invokeExact(y[i]));
        }
    }

    static void multiply(short[] x, float y, short[] z, int n) throws Throwable {
        for (int i = 0; i < n; i++) {
            z[i] = (short) HALF.invokeExact((float) WIDE.invokeExact(x[i]) * y);
        }
    }

    static void divide(short[] x, float y, short[] z, int n) throws Throwable {
        for (int i = 0; i < n; i++) {
            z[i] = (short) HALF.invokeExact((float) WIDE.invokeExact(x[i]) / y);
        }
    }

    static void add(short[] x, float y, short[] z, int n) throws Throwable {
        for (int i = 0; i < n; i++) {
            z[i] = (short) HALF.invokeExact((float) WIDE.invokeExact(x[i]) + y);
        }
    }
}
