package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.EnumMap;
import java.util.Map;

/** Loops over the entries of an index that choose in a line, each {@link Alone}: inlined together they take up to twice the time. They are those of {@link FloatEntries}. */
final class EntryLoops {
    /** What a loop does. Its operands are a line, an array, and {@code x}, elements along the index, a buffer, where nothing else is said. */
    enum Act {
        /** Reads from the line to an array. */
        TAKE,
        /** As {@link #TAKE}, from a buffer. */
        TAKE_FAR,
        /** As {@link #TAKE}, at positions that are known to be in the line, an array of int. */
        TAKE_AT,
        PUT,
        /** Writes the first element of x everywhere. */
        PUT_ONE,
        ADD,
        /** As {@link #ADD}, at positions as of {@link #TAKE_AT}. */
        ADD_AT,
        /** Adds the first element of x everywhere. */
        ADD_ONE
    }

    private static final Map<Act, String> NAMES = Map.of(
            Act.TAKE, "take",
            Act.TAKE_FAR, "take",
            Act.TAKE_AT, "take",
            Act.ADD_AT, "add",
            Act.PUT, "put",
            Act.PUT_ONE, "putOne",
            Act.ADD, "add",
            Act.ADD_ONE, "addOne");

    private static final EntryLoops FLOATS = new EntryLoops(FloatEntries.class, float[].class, FloatBuffer.class);
    private static final EntryLoops DOUBLES = new EntryLoops(DoubleEntries.class, double[].class, DoubleBuffer.class);
    private static final EntryLoops LONGS = new EntryLoops(LongEntries.class, long[].class, LongBuffer.class);

    private final Map<Act, MethodHandle> loops = new EnumMap<>(Act.class);

    private EntryLoops(Class<?> owner, Class<?> array, Class<? extends Buffer> buffer) {
        MethodType type = MethodType.methodType(int.class, array, int.class, LongBuffer.class, buffer, int.class);
        MethodType general =
                MethodType.methodType(int.class, Object.class, int.class, Object.class, Object.class, int.class);
        NAMES.forEach((act, name) -> {
            MethodType own = switch (act) {
                case TAKE -> type.changeParameterType(3, array);
                case TAKE_FAR -> type.changeParameterType(0, buffer).changeParameterType(3, array);
                case TAKE_AT -> type.changeParameterType(2, int[].class).changeParameterType(3, array);
                case ADD_AT -> type.changeParameterType(2, int[].class);
                default -> type;
            };
            loops.put(act, Alone.loop(owner, name, own).asType(general));
        });
    }

    /** The loops of elements that are {@linkplain Primitive#isCommon() common}. */
    static EntryLoops of(Primitive elements) {
        return switch (elements) {
            case FLOAT -> FLOATS;
            case DOUBLE -> DOUBLES;
            case LONG -> LONGS;
            default -> throw new IllegalStateException(elements.toString());
        };
    }

    /**
     * Goes along {@code n} entries.
     *
     * @param size elements of the line, which may be followed by others
     */
    int run(Act act, Object line, int size, Object index, Object x, int n) {
        try {
            return (int) loops.get(act).invokeExact(line, size, index, x, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }
}
