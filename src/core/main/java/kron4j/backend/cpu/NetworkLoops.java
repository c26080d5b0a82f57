package kron4j.backend.cpu;

/** Loops that order 8 elements of many lines, {@code NetworkVectorLoops} by vectors. */
class NetworkLoops {
    /** Elements that a step orders. */
    static final int ROWS = 8;

    /** Which of 8 elements are compared, in this order; the less one comes to the first place of a pair. */
    enum Step {
        /** Sorts them: a network of 19 comparisons, of which none can do with fewer. */
        SORT(
                0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7, 0, 1, 2, 3, 4, 5, 6, 7, 2, 4, 3, 5, 1, 4, 3, 6, 1, 2, 3,
                4, 5, 6),
        /** The first three distances of a merge, whose second block is read from its end. */
        MIRROR(0, 7, 1, 6, 2, 5, 3, 4, 0, 2, 1, 3, 4, 6, 5, 7, 0, 1, 2, 3, 4, 5, 6, 7),
        /** Three more. */
        HALVE(0, 4, 1, 5, 2, 6, 3, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 1, 2, 3, 4, 5, 6, 7);

        private final int[] pairs;

        Step(int... pairs) {
            this.pairs = pairs;
        }
    }

    private static final Step[] STEPS = Step.values();

    /**
     * Runs a step for {@code n} lines, whose elements begin at {@code a} and three times {@code apart} behind it, and so from {@code b} on.
     *
     * @param step ordinal of a {@link Step}
     */
    void run(int step, int[] x, int a, int b, int apart, int n) {
        int[] pairs = STEPS[step].pairs;
        for (int k = 0; k < pairs.length; k += 2) {
            order(x, place(pairs[k], a, b, apart), place(pairs[k + 1], a, b, apart), n);
        }
    }

    /** The same of keys of 64 bits. */
    void run(int step, long[] x, int a, int b, int apart, int n) {
        int[] pairs = STEPS[step].pairs;
        for (int k = 0; k < pairs.length; k += 2) {
            order(x, place(pairs[k], a, b, apart), place(pairs[k + 1], a, b, apart), n);
        }
    }

    private static int place(int i, int a, int b, int apart) {
        return i < ROWS / 2 ? a + i * apart : b + (i - ROWS / 2) * apart;
    }

    private static void order(int[] x, int i, int j, int n) {
        for (int l = 0; l < n; l++) {
            int p = x[i + l];
            int q = x[j + l];
            x[i + l] = Math.min(p, q);
            x[j + l] = Math.max(p, q);
        }
    }

    private static void order(long[] x, int i, int j, int n) {
        for (int l = 0; l < n; l++) {
            long p = x[i + l];
            long q = x[j + l];
            x[i + l] = Math.min(p, q);
            x[j + l] = Math.max(p, q);
        }
    }
}
