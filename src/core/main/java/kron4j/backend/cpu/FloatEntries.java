package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * The loops that {@link EntryLoops} names. All count from the start of their buffers, because the JIT of JDK 17 keeps the test of each access where there is an
 * offset. Returned is how many entries are in the line: loops that read or add end at the first that is not, those that write skip it.
 */
final class FloatEntries {
    private FloatEntries() {}

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
}
