package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.EnumMap;
import java.util.Map;

/**
 * Loops over the entries of an index that choose in a line, each {@link Alone}: inlined together they take up to twice the time. All count from the start of
 * their buffers, because the JIT of JDK 17 keeps the test of each access where there is an offset. Returned is how many entries are in the line: loops that read
 * or add end at the first that is not, those that write skip it.
 */
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

    private static final EntryLoops FLOATS = new EntryLoops(float[].class, FloatBuffer.class);
    private static final EntryLoops DOUBLES = new EntryLoops(double[].class, DoubleBuffer.class);
    private static final EntryLoops LONGS = new EntryLoops(long[].class, LongBuffer.class);

    private final Map<Act, MethodHandle> loops = new EnumMap<>(Act.class);

    private EntryLoops(Class<?> array, Class<? extends Buffer> buffer) {
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
            loops.put(act, Alone.loop(EntryLoops.class, name, own).asType(general));
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

    static int take(float[] line, int size, LongBuffer index, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line[(int) k];
        }
        return n;
    }

    static int take(FloatBuffer line, int size, LongBuffer index, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line.get((int) k);
        }
        return n;
    }

    static int put(float[] line, int size, LongBuffer index, FloatBuffer x, int n) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = x.get(i);
                count++;
            }
        }
        return count;
    }

    static int putOne(float[] line, int size, LongBuffer index, FloatBuffer x, int n) {
        float one = x.get(0);
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = one;
                count++;
            }
        }
        return count;
    }

    static int add(float[] line, int size, LongBuffer index, FloatBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += x.get(i);
        }
        return n;
    }

    static int addOne(float[] line, int size, LongBuffer index, FloatBuffer x, int n) {
        float one = x.get(0);
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += one;
        }
        return n;
    }

    static int take(float[] line, int size, int[] at, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = line[at[i]];
        }
        return n;
    }

    static int add(float[] line, int size, int[] at, FloatBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            line[at[i]] += x.get(i);
        }
        return n;
    }

    static int take(double[] line, int size, LongBuffer index, double[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line[(int) k];
        }
        return n;
    }

    static int take(DoubleBuffer line, int size, LongBuffer index, double[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line.get((int) k);
        }
        return n;
    }

    static int put(double[] line, int size, LongBuffer index, DoubleBuffer x, int n) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = x.get(i);
                count++;
            }
        }
        return count;
    }

    static int putOne(double[] line, int size, LongBuffer index, DoubleBuffer x, int n) {
        double one = x.get(0);
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = one;
                count++;
            }
        }
        return count;
    }

    static int add(double[] line, int size, LongBuffer index, DoubleBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += x.get(i);
        }
        return n;
    }

    static int addOne(double[] line, int size, LongBuffer index, DoubleBuffer x, int n) {
        double one = x.get(0);
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += one;
        }
        return n;
    }

    static int take(double[] line, int size, int[] at, double[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = line[at[i]];
        }
        return n;
    }

    static int add(double[] line, int size, int[] at, DoubleBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            line[at[i]] += x.get(i);
        }
        return n;
    }

    static int take(long[] line, int size, LongBuffer index, long[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line[(int) k];
        }
        return n;
    }

    static int take(LongBuffer line, int size, LongBuffer index, long[] x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            x[i] = line.get((int) k);
        }
        return n;
    }

    static int put(long[] line, int size, LongBuffer index, LongBuffer x, int n) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = x.get(i);
                count++;
            }
        }
        return count;
    }

    static int putOne(long[] line, int size, LongBuffer index, LongBuffer x, int n) {
        long one = x.get(0);
        int count = 0;
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k >= 0 && k < size) {
                line[(int) k] = one;
                count++;
            }
        }
        return count;
    }

    static int add(long[] line, int size, LongBuffer index, LongBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += x.get(i);
        }
        return n;
    }

    static int addOne(long[] line, int size, LongBuffer index, LongBuffer x, int n) {
        long one = x.get(0);
        for (int i = 0; i < n; i++) {
            long k = index.get(i);
            if (k < 0 || k >= size) {
                return i;
            }
            line[(int) k] += one;
        }
        return n;
    }

    static int take(long[] line, int size, int[] at, long[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = line[at[i]];
        }
        return n;
    }

    static int add(long[] line, int size, int[] at, LongBuffer x, int n) {
        for (int i = 0; i < n; i++) {
            line[at[i]] += x.get(i);
        }
        return n;
    }
}
