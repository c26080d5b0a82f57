package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors that are read from memory outside the heap, and written to it, without a tile between. Up to JDK 18 vectors read byte buffers, from JDK 19 on
 * memory segments, which are a preview until JDK 21 and need no option by way of handles: these stand for the one or the other, and being constants cost
 * nothing.
 */
final class MemoryVectors {
    private static final boolean OF_SEGMENTS = Runtime.version().feature() >= 19;

    static final int BYTES = FloatVector.SPECIES_PREFERRED.vectorByteSize();

    private static final Class<?> MEMORY = memory();
    private static final MethodHandle SHOW = show();
    private static final MethodHandle FLOATS = load(FloatVector.class, FloatVector.SPECIES_PREFERRED);
    private static final MethodHandle FEW_FLOATS =
            load(FloatVector.class, VectorSpecies.of(float.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2)));
    private static final MethodHandle TO_FLOATS = store(FloatVector.class);
    private static final MethodHandle DOUBLES = load(DoubleVector.class, DoubleVector.SPECIES_PREFERRED);
    private static final MethodHandle TO_DOUBLES = store(DoubleVector.class);
    private static final MethodHandle LONGS = load(LongVector.class, LongVector.SPECIES_PREFERRED);
    private static final MethodHandle TO_LONGS = store(LongVector.class);
    private static final MethodHandle INTS = load(IntVector.class, IntVector.SPECIES_PREFERRED);
    private static final MethodHandle FEW_INTS =
            load(IntVector.class, VectorSpecies.of(int.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2)));
    static final MethodHandle TO_INTS = store(IntVector.class);
    private static final MethodHandle SHORTS = load(ShortVector.class, ShortVector.SPECIES_PREFERRED);
    private static final MethodHandle TO_SHORTS = store(ShortVector.class);
    private static final MethodHandle OF_BYTES = load(ByteVector.class, ByteVector.SPECIES_PREFERRED);
    private static final MethodHandle TO_BYTES = store(ByteVector.class);

    private MemoryVectors() {}

    private static Class<?> memory() {
        try {
            return OF_SEGMENTS ? Class.forName("java.lang.foreign.MemorySegment") : ByteBuffer.class;
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static MethodHandle show() {
        MethodType type = MethodType.methodType(Object.class, ByteBuffer.class);
        try {
            return OF_SEGMENTS
                    ? MethodHandles.publicLookup()
                            .findStatic(MEMORY, "ofBuffer", MethodType.methodType(MEMORY, Buffer.class))
                            .asType(type)
                    : MethodHandles.identity(ByteBuffer.class).asType(type);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** A handle {@code (memory, byte) -> vector}. */
    private static MethodHandle load(Class<?> vectors, VectorSpecies<?> species) {
        Class<?> index = OF_SEGMENTS ? long.class : int.class;
        String name = OF_SEGMENTS ? "fromMemorySegment" : "fromByteBuffer";
        try {
            MethodHandle any = MethodHandles.publicLookup()
                    .findStatic(
                            vectors,
                            name,
                            MethodType.methodType(vectors, VectorSpecies.class, MEMORY, index, ByteOrder.class));
            MethodHandle ours = MethodHandles.insertArguments(
                    MethodHandles.insertArguments(any, 3, ByteOrder.nativeOrder()), 0, species);
            return MethodHandles.explicitCastArguments(ours, MethodType.methodType(vectors, Object.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** A handle {@code (vector, memory, byte) -> void}. */
    private static MethodHandle store(Class<?> vectors) {
        Class<?> index = OF_SEGMENTS ? long.class : int.class;
        String name = OF_SEGMENTS ? "intoMemorySegment" : "intoByteBuffer";
        try {
            MethodHandle any = MethodHandles.publicLookup()
                    .findVirtual(vectors, name, MethodType.methodType(void.class, MEMORY, index, ByteOrder.class));
            return MethodHandles.explicitCastArguments(
                    MethodHandles.insertArguments(any, 3, ByteOrder.nativeOrder()),
                    MethodType.methodType(void.class, vectors, Object.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** The buffer's memory, as the others take it. */
    static Object show(ByteBuffer buffer) {
        try {
            return (Object) SHOW.invokeExact(buffer);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static FloatVector floats(Object memory, long at) {
        try {
            return (FloatVector) FLOATS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Half as many as {@link #floats}. */
    static FloatVector fewFloats(Object memory, long at) {
        try {
            return (FloatVector) FEW_FLOATS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Half as many as {@link #floats}, in double. */
    static DoubleVector wideFloats(Object memory, long at) {
        return (DoubleVector)
                fewFloats(memory, at).convertShape(VectorOperators.F2D, DoubleVector.SPECIES_PREFERRED, 0);
    }

    static void store(FloatVector v, Object memory, long at) {
        try {
            TO_FLOATS.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static DoubleVector doubles(Object memory, long at) {
        try {
            return (DoubleVector) DOUBLES.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void store(DoubleVector v, Object memory, long at) {
        try {
            TO_DOUBLES.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static LongVector longs(Object memory, long at) {
        try {
            return (LongVector) LONGS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void store(LongVector v, Object memory, long at) {
        try {
            TO_LONGS.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static IntVector ints(Object memory, long at) {
        try {
            return (IntVector) INTS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Half as many as {@link #ints}. */
    static IntVector fewInts(Object memory, long at) {
        try {
            return (IntVector) FEW_INTS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void store(IntVector v, Object memory, long at) {
        try {
            TO_INTS.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static ShortVector shorts(Object memory, long at) {
        try {
            return (ShortVector) SHORTS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void store(ShortVector v, Object memory, long at) {
        try {
            TO_SHORTS.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static ByteVector bytes(Object memory, long at) {
        try {
            return (ByteVector) OF_BYTES.invokeExact(memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void store(ByteVector v, Object memory, long at) {
        try {
            TO_BYTES.invokeExact(v, memory, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }
}
