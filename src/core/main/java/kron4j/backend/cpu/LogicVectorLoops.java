package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import kron4j.backend.BinaryOp;

/** Logic of numbers, and tests of their exponents, in arrays, without masks: truth values are highest bits until they are stored. Each loop runs on to a whole vector, {@link Alone}. */
final class LogicVectorLoops {
    private static final int INTS = IntVector.SPECIES_PREFERRED.length();
    private static final int LONGS = LongVector.SPECIES_PREFERRED.length();
    private static final int INFINITE = Float.floatToIntBits(Float.POSITIVE_INFINITY);
    private static final long INFINITE_LONG = Double.doubleToLongBits(Double.POSITIVE_INFINITY);

    private final MethodHandle floats = Alone.loop(
            LogicVectorLoops.class,
            "logic",
            MethodType.methodType(
                    void.class, boolean.class, boolean.class, float[].class, float[].class, byte[].class, int.class));
    private final MethodHandle infiniteFloats = Alone.loop(
            LogicVectorLoops.class,
            "infinite",
            MethodType.methodType(void.class, float[].class, byte[].class, int.class));
    private final MethodHandle finiteFloats = Alone.loop(
            LogicVectorLoops.class,
            "finite",
            MethodType.methodType(void.class, float[].class, byte[].class, int.class));
    private final MethodHandle doubles = Alone.loop(
            LogicVectorLoops.class,
            "logic",
            MethodType.methodType(
                    void.class, boolean.class, boolean.class, double[].class, double[].class, int[].class, int.class));
    private final MethodHandle infiniteDoubles = Alone.loop(
            LogicVectorLoops.class,
            "infinite",
            MethodType.methodType(void.class, double[].class, int[].class, int.class));
    private final MethodHandle finiteDoubles = Alone.loop(
            LogicVectorLoops.class,
            "finite",
            MethodType.methodType(void.class, double[].class, int[].class, int.class));
    private final MethodHandle ints = Alone.loop(
            LogicVectorLoops.class,
            "logic",
            MethodType.methodType(
                    void.class, boolean.class, boolean.class, int[].class, int[].class, byte[].class, int.class));
    private final MethodHandle longs = Alone.loop(
            LogicVectorLoops.class,
            "logic",
            MethodType.methodType(
                    void.class, boolean.class, boolean.class, long[].class, long[].class, int[].class, int.class));

    void test(BinaryOp op, float[] x, float[] y, Tile out, int n) {
        try {
            floats.invokeExact(op != BinaryOp.LOGICAL_XOR, op != BinaryOp.LOGICAL_AND, x, y, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void infinite(float[] x, Tile out, int n) {
        try {
            infiniteFloats.invokeExact(x, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void finite(float[] x, Tile out, int n) {
        try {
            finiteFloats.invokeExact(x, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void test(BinaryOp op, double[] x, double[] y, Tile out, int n) {
        try {
            doubles.invokeExact(op != BinaryOp.LOGICAL_XOR, op != BinaryOp.LOGICAL_AND, x, y, out.ints, n);
            TruthVectors.narrow(out.ints, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void infinite(double[] x, Tile out, int n) {
        try {
            infiniteDoubles.invokeExact(x, out.ints, n);
            TruthVectors.narrow(out.ints, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void finite(double[] x, Tile out, int n) {
        try {
            finiteDoubles.invokeExact(x, out.ints, n);
            TruthVectors.narrow(out.ints, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void test(BinaryOp op, int[] x, int[] y, Tile out, int n) {
        try {
            ints.invokeExact(op != BinaryOp.LOGICAL_XOR, op != BinaryOp.LOGICAL_AND, x, y, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void test(BinaryOp op, long[] x, long[] y, Tile out, int n) {
        try {
            longs.invokeExact(op != BinaryOp.LOGICAL_XOR, op != BinaryOp.LOGICAL_AND, x, y, out.ints, n);
            TruthVectors.narrow(out.ints, out.bytes, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static IntVector truth(IntVector v) {
        return v.or(v.neg());
    }

    private static IntVector withoutSign(IntVector bits) {
        return bits.add(bits);
    }

    private static LongVector truth(LongVector v) {
        return v.or(v.neg());
    }

    private static LongVector withoutSign(LongVector bits) {
        return bits.add(bits);
    }

    static void logic(boolean both, boolean one, float[] x, float[] y, byte[] z, int n) {
        IntVector ofBoth = IntVector.broadcast(IntVector.SPECIES_PREFERRED, both ? -1 : 0);
        IntVector ofOne = IntVector.broadcast(IntVector.SPECIES_PREFERRED, one ? -1 : 0);
        for (int i = 0; i < n; i += INTS) {
            IntVector a = truth(withoutSign(
                    FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, i).reinterpretAsInts()));
            IntVector b = truth(withoutSign(
                    FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, y, i).reinterpretAsInts()));
            IntVector truth = a.and(b).and(ofBoth).or(a.lanewise(XOR, b).and(ofOne));
            TruthVectors.store(truth.lanewise(LSHR, Integer.SIZE - 1), z, i);
        }
    }

    static void infinite(float[] x, byte[] z, int n) {
        IntVector infinite = IntVector.broadcast(IntVector.SPECIES_PREFERRED, INFINITE);
        IntVector sizes = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
        for (int i = 0; i < n; i += INTS) {
            IntVector size = FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, i)
                    .reinterpretAsInts()
                    .and(sizes);
            TruthVectors.store(truth(size.sub(infinite)).not().lanewise(LSHR, Integer.SIZE - 1), z, i);
        }
    }

    static void finite(float[] x, byte[] z, int n) {
        IntVector infinite = IntVector.broadcast(IntVector.SPECIES_PREFERRED, INFINITE);
        IntVector sizes = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
        for (int i = 0; i < n; i += INTS) {
            IntVector size = FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, i)
                    .reinterpretAsInts()
                    .and(sizes);
            TruthVectors.store(size.sub(infinite).lanewise(LSHR, Integer.SIZE - 1), z, i);
        }
    }

    static void logic(boolean both, boolean one, double[] x, double[] y, int[] z, int n) {
        LongVector ofBoth = LongVector.broadcast(LongVector.SPECIES_PREFERRED, both ? -1 : 0);
        LongVector ofOne = LongVector.broadcast(LongVector.SPECIES_PREFERRED, one ? -1 : 0);
        for (int i = 0; i < n; i += LONGS) {
            LongVector a = truth(withoutSign(
                    DoubleVector.fromArray(DoubleVector.SPECIES_PREFERRED, x, i).reinterpretAsLongs()));
            LongVector b = truth(withoutSign(
                    DoubleVector.fromArray(DoubleVector.SPECIES_PREFERRED, y, i).reinterpretAsLongs()));
            LongVector truth = a.and(b).and(ofBoth).or(a.lanewise(XOR, b).and(ofOne));
            TruthVectors.store(truth.lanewise(LSHR, Long.SIZE - 1), z, i);
        }
    }

    static void infinite(double[] x, int[] z, int n) {
        LongVector infinite = LongVector.broadcast(LongVector.SPECIES_PREFERRED, INFINITE_LONG);
        LongVector sizes = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
        for (int i = 0; i < n; i += LONGS) {
            LongVector size = DoubleVector.fromArray(DoubleVector.SPECIES_PREFERRED, x, i)
                    .reinterpretAsLongs()
                    .and(sizes);
            TruthVectors.store(truth(size.sub(infinite)).not().lanewise(LSHR, Long.SIZE - 1), z, i);
        }
    }

    static void finite(double[] x, int[] z, int n) {
        LongVector infinite = LongVector.broadcast(LongVector.SPECIES_PREFERRED, INFINITE_LONG);
        LongVector sizes = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
        for (int i = 0; i < n; i += LONGS) {
            LongVector size = DoubleVector.fromArray(DoubleVector.SPECIES_PREFERRED, x, i)
                    .reinterpretAsLongs()
                    .and(sizes);
            TruthVectors.store(size.sub(infinite).lanewise(LSHR, Long.SIZE - 1), z, i);
        }
    }

    static void logic(boolean both, boolean one, int[] x, int[] y, byte[] z, int n) {
        IntVector ofBoth = IntVector.broadcast(IntVector.SPECIES_PREFERRED, both ? -1 : 0);
        IntVector ofOne = IntVector.broadcast(IntVector.SPECIES_PREFERRED, one ? -1 : 0);
        for (int i = 0; i < n; i += INTS) {
            IntVector a = truth(IntVector.fromArray(IntVector.SPECIES_PREFERRED, x, i));
            IntVector b = truth(IntVector.fromArray(IntVector.SPECIES_PREFERRED, y, i));
            IntVector truth = a.and(b).and(ofBoth).or(a.lanewise(XOR, b).and(ofOne));
            TruthVectors.store(truth.lanewise(LSHR, Integer.SIZE - 1), z, i);
        }
    }

    static void logic(boolean both, boolean one, long[] x, long[] y, int[] z, int n) {
        LongVector ofBoth = LongVector.broadcast(LongVector.SPECIES_PREFERRED, both ? -1 : 0);
        LongVector ofOne = LongVector.broadcast(LongVector.SPECIES_PREFERRED, one ? -1 : 0);
        for (int i = 0; i < n; i += LONGS) {
            LongVector a = truth(LongVector.fromArray(LongVector.SPECIES_PREFERRED, x, i));
            LongVector b = truth(LongVector.fromArray(LongVector.SPECIES_PREFERRED, y, i));
            LongVector truth = a.and(b).and(ofBoth).or(a.lanewise(XOR, b).and(ofOne));
            TruthVectors.store(truth.lanewise(LSHR, Long.SIZE - 1), z, i);
        }
    }
}
