package kron4j.backend.cpu;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * The loops over tiles that gain by vectors: here in plain Java, in VectorLoops by the JDK's incubating vectors, which are taken where they are. The two agree
 * within {@link #ULPS}; each gives the same bits in every run, for any number of threads, and at every place of a tile.
 */
class Loops {
    /** Greatest distance of float32 functions from the exact value, in units in the last place. */
    static final double ULPS = 3;

    /** Shorter vectors are not worth it. */
    private static final int LEAST_BITS = 128;

    private static final String MODULE = "jdk.incubator.vector";

    /** Why there are no vectors; null where there are. */
    private static final String REASON = reason();

    /** The loops of this JVM. */
    static final Loops BEST = REASON == null ? vectors() : new Loops();

    private static String reason() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return "start Java with --add-modules " + MODULE + " for faster functions";
        }
        if (!Boolean.parseBoolean(System.getProperty("kron4j.cpu.vectors", "true"))) {
            return "-Dkron4j.cpu.vectors=false";
        }
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (!is(machine, "UseFMA", "true")) {
            return "this processor has no fused multiply-add";
        }
        if (is(machine, "UseAVX", "0") || is(machine, "UseAVX", "1")) {
            return "this processor has no AVX2";
        }
        if (!System.getProperty("java.vm.info", "").startsWith("mixed") || !is(machine, "TieredStopAtLevel", "4")) {
            return "this JVM runs without its optimizing compiler";
        }
        return null;
    }

    private static boolean is(HotSpotDiagnosticMXBean machine, String option, String value) {
        try {
            return machine.getVMOption(option).getValue().equals(value);
        } catch (IllegalArgumentException notThisJvm) {
            return false;
        }
    }

    /** Found by name: what names the class is compiled with a warning that nothing turns off. */
    private static Loops vectors() {
        Loops.class.getModule().addReads(ModuleLayer.boot().findModule(MODULE).orElseThrow());
        try {
            Loops vectors = (Loops) Class.forName("kron4j.backend.cpu.VectorLoops")
                    .getDeclaredConstructor()
                    .newInstance();
            return vectors.bits() < LEAST_BITS ? new Loops() : vectors;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Bits of a vector; 0 in plain Java. */
    int bits() {
        return 0;
    }

    /** Which loops these are, and how to get the others. */
    static String describe() {
        return BEST.bits() > 0
                ? "vectors: " + BEST.bits() + " bits (-Dkron4j.cpu.vectors=false: plain Java)"
                : "vectors: none; " + (REASON == null ? "this processor's are short" : REASON);
    }

    /** Whether {@link #floats} has the operation; the others are computed in double and rounded once. */
    boolean hasFloats(UnaryOp op) {
        return UnaryKernels.hasFloats(op);
    }

    /** Computes {@code n} elements, and anything up to the end of the last vector. */
    void floats(UnaryOp op, float[] x, float[] z, int n) {
        UnaryKernels.floats(op, x, z, n);
    }

    /** As {@link #hasFloats(UnaryOp)}. */
    boolean hasFloats(BinaryOp op) {
        return BinaryKernels.hasFloats(op);
    }

    /** As {@link #floats(UnaryOp, float[], float[], int)}. */
    void floats(BinaryOp op, float[] x, float[] y, float[] z, int n) {
        BinaryKernels.floats(op, x, y, z, n);
    }

    /** Computes z, which is not x, as {@link #floats}; the doubles of the last two tiles are scratch. */
    void doubles(UnaryOp op, double[] x, double[] z, Tile[] tiles, int n) {
        UnaryKernels.doubles(op, x, z, tiles, n);
    }

    /** As {@link #floats(UnaryOp, float[], float[], int)}. */
    void doubles(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        BinaryKernels.doubles(op, x, y, z, n);
    }

    /** As {@link Philox#blocks}, and anything up to the end of the last vector. */
    void randomBlocks(long key, long first, long high, int count, long[][] words) {
        Philox.blocks(key, first, high, count, words);
    }

    /**
     * Box and Muller's transform of {@code n} pairs of uniform numbers, {@code w[0]} and {@code w[1]}: the cosines to {@code w[2]}, the sines to {@code w[3]}. The numbers of
     * {@link StrictMath}, in all loops; all arrays are changed, up to the end of the last vector.
     */
    void normal(double[][] w, int n) {
        for (int i = 0; i < n; i++) {
            w[0][i] = Math.sqrt(-2 * StrictMath.log(1 - w[0][i]));
        }
        turn(w, n);
    }

    /** The second part of {@link #normal}, from radii. */
    static void turn(double[][] w, int n) {
        for (int i = 0; i < n; i++) {
            double angle = 2 * Math.PI * w[1][i];
            w[2][i] = w[0][i] * StrictMath.cos(angle);
            w[3][i] = w[0][i] * StrictMath.sin(angle);
        }
    }

    /** The largest of {@code n} elements, at least one; NaN if there is one. */
    float max(float[] x, int from, int n) {
        return Folds.max(x, from, n);
    }

    /** The largest of {@code n} elements, at least one; a NaN among them may or may not count. */
    float largest(float[] x, int from, int n) {
        return Folds.max(x, from, n);
    }

    /** {@code z = exp(x - shift)} for {@code n} elements, and anything up to the end of the last vector; returns their sum. Where there are no vectors nothing calls this. */
    float exponentials(float[] x, float shift, float[] z, int from, int n) {
        throw new IllegalStateException("no vectors");
    }

    /** As {@link #exponentials(float[], float, float[], int, int)}. */
    double exponentials(double[] x, double shift, double[] z, int from, int n) {
        throw new IllegalStateException("no vectors");
    }

    /** The least of {@code n} elements, at least one; NaN if there is one. */
    float min(float[] x, int from, int n) {
        return Folds.min(x, from, n);
    }

    /** The first place from {@code from} on whose number times a sign is not less than {@code most}, or {@code n}. */
    int less(float[] x, int from, int n, float sign, float most) {
        return Folds.less(x, from, n, sign, most);
    }

    /** The same. */
    int less(double[] x, int from, int n, double sign, double most) {
        return Folds.less(x, from, n, sign, most);
    }

    /** LU of several matrices at once by vectors, of elements of so many doubles; null in plain Java. */
    LuLanes luLanes(int width) {
        return null;
    }

    /** QR of several matrices at once by vectors, of elements of so many doubles; null in plain Java. */
    QrLanes qrLanes(int width) {
        return null;
    }

    /** Gates of recurrent units by vectors; null in plain Java. */
    GateLoops gates() {
        return null;
    }

    /** Products of matrices of a dtype by vectors; null in plain Java, and for dtypes other than float32 and float64. */
    Products products(DType dtype) {
        return null;
    }

    /** Products of small matrices of a real or complex dtype by vectors; null in plain Java, and for other dtypes. */
    RowProducts rowProducts(DType dtype) {
        return products(dtype);
    }

    /** Loops from memory to memory; null in plain Java, and in JDKs whose vectors read no memory. */
    MemoryLoops memory() {
        return null;
    }

    /** As {@link #memory}, those of {@link FusedKernels}. */
    KernelLoops kernels() {
        return null;
    }

    /** Loops over lines of a length that are normalized, by vectors; null in plain Java. */
    NormLoops norms(DType dtype, int length) {
        return null;
    }

    /** As {@link #memory}, those of fused programs. */
    ProgramLoops programs() {
        return null;
    }

    /** As {@link #memory}, those of lines. */
    LineLoops lines() {
        return null;
    }

    /** As {@link #memory}, those of columns. */
    ColumnLoops columns() {
        return null;
    }

    /** As {@link #memory}, those of halves. */
    HalfLoops halfMemory() {
        return null;
    }

    double product(double[] x, int from, int n) {
        return Folds.product(x, from, n);
    }

    double max(double[] x, int from, int n) {
        return Folds.max(x, from, n);
    }

    double min(double[] x, int from, int n) {
        return Folds.min(x, from, n);
    }

    long sum(long[] x, int from, int n) {
        return Folds.sum(x, from, n);
    }

    long sum(int[] x, int from, int n) {
        return Folds.sum(x, from, n);
    }

    /** The sum of at most a tile's numbers {@code x & mask}. */
    long sum(byte[] x, int mask, int from, int n) {
        return Folds.sum(x, mask, from, n);
    }

    long max(long[] x, int from, int n) {
        return Folds.max(x, from, n);
    }

    long min(long[] x, int from, int n) {
        return Folds.min(x, from, n);
    }

    /** Whether the first {@code n} numbers are in [0, size). */
    boolean areWithin(long[] x, int n, long size) {
        return Folds.areWithin(x, 0, n, size);
    }

    int max(int[] x, int from, int n) {
        return Folds.max(x, from, n);
    }

    int min(int[] x, int from, int n) {
        return Folds.min(x, from, n);
    }

    /** The largest of the numbers {@code x ^ flip}. */
    int max(byte[] x, byte flip, int from, int n) {
        return Folds.max(x, flip, from, n);
    }

    /** The least of the numbers {@code x ^ flip}. */
    int min(byte[] x, byte flip, int from, int n) {
        return Folds.min(x, flip, from, n);
    }

    /** Multiplies {@code n} complex numbers, whose parts alternate, to fewer ones, which are parted; returns how many these are. */
    int products(double[] x, int from, int n, double[] re, double[] im) {
        return ComplexPairs.part(x, from, n, re, im, 0);
    }

    /** Whether no number is zero, infinite or NaN. */
    boolean arePlain(double[] x, int n) {
        return ComplexPairs.arePlain(x, 0, n);
    }

    /** Products of {@code n} complex numbers whose parts alternate, as all of {@link ComplexPairs}. */
    void multiply(float[] x, float[] y, float[] z, int n) {
        ComplexPairs.multiply(x, y, z, n);
    }

    void multiply(double[] x, double[] y, double[] z, int n) {
        ComplexPairs.multiply(x, y, z, n);
    }

    /** {@code z = (re + im i) x}. */
    void scale(double re, double im, float[] x, float[] z, int n) {
        ComplexPairs.scale(re, im, x, z, n);
    }

    void scale(double re, double im, double[] x, double[] z, int n) {
        ComplexPairs.scale(re, im, x, z, n);
    }

    void absolute(float[] x, float[] z, int n) {
        ComplexPairs.absolute(x, z, n);
    }

    void absolute(double[] x, double[] z, int n) {
        ComplexPairs.absolute(x, z, n);
    }

    /** Reciprocals of the floats of a tile; the last tile is scratch. By vectors to 3 units in the last place of the absolute value, else in double. */
    void reciprocals(Tile x, Tile z, Tile scratch, int n) {
        ComplexPairs.wideReciprocals(x, z, scratch, n);
    }

    /** As {@link ComplexPairs#reciprocals(double[], double[], int)}. */
    boolean reciprocals(double[] x, double[] z, int n) {
        return ComplexPairs.reciprocals(x, z, n);
    }

    /**
     * Square roots of the first of {@code n} complex numbers, given by their parts, as {@link ComplexFunctions#sqrt} has them where their squares are ordinary; returns how
     * many of them it computed, negative if some squares are not.
     */
    int roots(double[] x, double[] y, double[] re, double[] im, int n) {
        return 0;
    }

    /** Converts {@code n} elements, and anything up to the end of the last vector. */
    final void widen(float[] x, double[] z, int n) {
        widen(x, 0, z, n);
    }

    /** As the other, from an element on. */
    void widen(float[] x, int from, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[from + i];
        }
    }

    /** Converts {@code n} elements, and anything up to the end of the last vector. */
    void narrow(double[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) x[i];
        }
    }

    /** Adds to {@code n} sums, writes them in float, and anything up to the end of the last vector. */
    void accumulate(float[] x, double[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] += x[i];
            x[i] = (float) sums[i];
        }
    }

    /** Quotients, but of the first numbers; returns how many these are. */
    int divide(double[] x, double[] y, double[] z, int n) {
        return n;
    }

    /** The truth of a predicate as 0 or 1 in the tile's bytes, as all below for {@code n} elements and anything up to the end of the last vector. */
    void test(BinaryOp op, float[] x, float[] y, Tile out, int n) {
        Truths.test(op, x, y, out.bytes, n);
    }

    void test(BinaryOp op, double[] x, double[] y, Tile out, int n) {
        Truths.test(op, x, y, out.bytes, n);
    }

    void test(BinaryOp op, int[] x, int[] y, Tile out, int n) {
        Truths.test(op, x, y, out.bytes, n);
    }

    void test(BinaryOp op, long[] x, long[] y, Tile out, int n) {
        Truths.test(op, x, y, out.bytes, n);
    }

    void test(BinaryOp op, byte[] x, byte[] y, byte flip, Tile out, int n) {
        Truths.test(op, x, y, flip, out.bytes, n);
    }

    /** Whether numbers are infinite. */
    void infinite(float[] x, Tile out, int n) {
        Truths.infinite(x, out.bytes, n);
    }

    /** Whether numbers are finite. */
    void finite(float[] x, Tile out, int n) {
        Truths.finite(x, out.bytes, n);
    }

    /** Whether numbers are infinite. */
    void infinite(double[] x, Tile out, int n) {
        Truths.infinite(x, out.bytes, n);
    }

    /** Whether numbers are finite. */
    void finite(double[] x, Tile out, int n) {
        Truths.finite(x, out.bytes, n);
    }

    /** {@code a} where a comparison of x and y holds, else {@code b}. */
    final void choose(BinaryOp op, float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        switch (op) {
            case LESS -> chooseLess(x, y, a, b, out, n);
            case LESS_EQUAL -> chooseLessEqual(x, y, a, b, out, n);
            case GREATER -> chooseLess(y, x, a, b, out, n);
            case GREATER_EQUAL -> chooseLessEqual(y, x, a, b, out, n);
            case EQUAL -> chooseEqual(x, y, a, b, out, n);
            case NOT_EQUAL -> chooseEqual(x, y, b, a, out, n);
            default -> throw new AssertionError(op);
        }
    }

    void chooseLess(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] < y[i] ? a[i] : b[i];
        }
    }

    void chooseLessEqual(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] <= y[i] ? a[i] : b[i];
        }
    }

    void chooseEqual(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] == y[i] ? a[i] : b[i];
        }
    }

    void choose(byte[] condition, float[] a, float[] b, float[] out, int n) {
        Truths.choose(condition, a, b, out, n);
    }

    void choose(byte[] condition, double[] a, double[] b, Tile out, int n) {
        Truths.choose(condition, a, b, out.doubles, n);
    }

    void choose(byte[] condition, long[] a, long[] b, Tile out, int n) {
        Truths.choose(condition, a, b, out.longs, n);
    }

    void choose(byte[] condition, int[] a, int[] b, int[] out, int n) {
        Truths.choose(condition, a, b, out, n);
    }

    void choose(byte[] condition, byte[] a, byte[] b, byte[] out, int n) {
        Truths.choose(condition, a, b, out, n);
    }

    NetworkLoops networks() {
        return new NetworkLoops();
    }

    void maximum(int[] x, int[] y, int[] z, int n) {
        IntegerKernels.maximum(x, y, z, n);
    }

    void minimum(int[] x, int[] y, int[] z, int n) {
        IntegerKernels.minimum(x, y, z, n);
    }

    void maximum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        IntegerKernels.maximum(x, y, flip, z, n);
    }

    void minimum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        IntegerKernels.minimum(x, y, flip, z, n);
    }

    void convert(int[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i];
        }
    }

    /** The numbers {@code x & mask}. */
    void convert(byte[] x, int mask, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] & mask;
        }
    }

    /** The numbers {@code x & mask}. */
    void convert(byte[] x, int mask, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] & mask;
        }
    }

    /** The numbers {@code x & mask}. */
    void convert(byte[] x, int mask, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] & mask;
        }
    }

    /** The low bytes of Java's cast to int; returns false where there is no loop for it, or for one of the numbers. */
    boolean narrow(float[] x, byte[] z, int n) {
        return false;
    }

    /** Java's cast. */
    void convert(float[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (int) x[i];
        }
    }

    /** Java's cast. */
    void convert(double[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (int) x[i];
        }
    }

    /** The low bytes. */
    void narrow(int[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) x[i];
        }
    }

    /** The largest of the numbers {@code x & 0x7fff}, n of them and anything up to the end of the last vector. */
    int largestSize(short[] x, int n) {
        int largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, x[i] & 0x7fff);
        }
        return largest;
    }

    /** {@code z = op(x, y)} of n float16 and anything up to the end of the last vector; returns false if it cannot. */
    boolean float16(BinaryOp op, short[] x, short[] y, short[] z, int n) {
        return false;
    }

    /** As the other, with a finite y that is no divisor 0. */
    boolean float16(BinaryOp op, short[] x, float y, short[] z, int n) {
        return false;
    }

    /** The sum of n elements in float32; what lies behind them, up to the end of the last vector, is overwritten, as by {@link #max(Half, short[], int)}. */
    float sum(Half half, short[] x, int n) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            sum += half.wide(x[i]);
        }
        return sum;
    }

    /** The largest of n elements, at least one; NaN if there is one. */
    float max(Half half, short[] x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, half.wide(x[i]));
        }
        return max;
    }

    /** The least of n elements, at least one; NaN if there is one. */
    float min(Half half, short[] x, int n) {
        float min = Float.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            min = Math.min(min, half.wide(x[i]));
        }
        return min;
    }

    /** Adds n elements to sums, and anything up to the end of the last vector. */
    void add(Half half, short[] x, float[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] += half.wide(x[i]);
        }
    }

    /** Converts the elements [from, end). */
    void widen(Half half, short[] halves, float[] floats, int from, int end) {
        for (int i = from; i < end; i++) {
            floats[i] = half.wide(halves[i]);
        }
    }

    /** Converts the elements [from, end). */
    void narrow(Half half, float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i++) {
            halves[i] = half.narrow(floats[i]);
        }
    }

    /**
     * {@code y[o * step + p] += sum over k from {@code from} to {@code to} of w[first + outputs * k + o] x[taps[k] + p]} for 1, 4 or 5 outputs o and all p below n; what is behind is computed too, less
     * than {@link #most} elements. Where there are no vectors nothing calls this.
     */
    void windows(
            int outputs, float[] w, int first, float[] x, int[] taps, int from, int to, float[] y, int step, int n) {
        throw new IllegalStateException("no vectors");
    }

    /**
     * Sums over p below n, by lanes, of {@code y[at + o * step + p] x[taps[k + t] + p]}: {@code sums} is [outputs, taps, lanes] for 4 outputs and 2 taps, or for 1 and 6. What is behind,
     * up to a vector, is read too.
     */
    void correlations(int outputs, float[] y, int at, int step, float[] x, int[] taps, int k, int n, float[] sums) {
        throw new IllegalStateException("no vectors");
    }

    /**
     * {@code sums[at + t * width + o] += sum over p from {@code from} to {@code to} of y[p * width + o] x[taps[k + t] + p]} for 6 taps t, and o below the width, which is of one vector or two.
     * Nothing calls this where there are no vectors.
     */
    void outer(int vectors, float[] y, float[] x, int[] taps, int k, int from, int to, float[] sums, int at) {
        throw new IllegalStateException("no vectors");
    }

    /** Elements that {@link #windows} computes at a time. */
    int most() {
        return 6 * bits() / Float.SIZE;
    }

    /**
     * The largest of the elements {@code x[from + r step + taps[t] + p]}, NaN if there is one, and the name of the tap of the first such; the bits of -1 if all are -infinity. For r below rows and p below n,
     * which is whole vectors; a row of results follows the other. Nothing calls this where there are no vectors.
     */
    void maxima(
            float[] x, int from, int step, int rows, int[] taps, float[] names, float[] largest, float[] found, int n) {
        throw new IllegalStateException("no vectors");
    }

    /**
     * {@code c += a b} with a [m, k] and c [m, n] of rows so long, and b [n / p, rows, p] for p the elements of two vectors, of which k rows; for the next multiple of 6 of m and of p of n.
     * Nothing calls this, or the next ones, where there are no vectors.
     */
    void product(float[] a, int row, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        throw new IllegalStateException("no vectors");
    }

    /** As {@link #product}, with a [k, m] of rows of {@link HeadAttention#STEP}. */
    void productOfColumns(float[] a, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        throw new IllegalStateException("no vectors");
    }

    /** {@code x = -infinity} where {@code seen} is 0, up to the end of the last vector. */
    void hide(float[] x, int from, float[] seen, int n) {
        throw new IllegalStateException("no vectors");
    }

    /** {@code x = exp(x - logarithm)} and {@code slopes = x (slopes - mean)}, up to the end of the last vector. */
    void ofScores(float[] x, float[] slopes, int from, float logarithm, float mean, int n) {
        throw new IllegalStateException("no vectors");
    }

    /** {@link Turns#turn} of rows of neighbours, with ints. */
    void turn(int[] rows, int x, int pitch, int[] tile, int y, int[] places, int n) {
        Turns.turn(rows, x, pitch, 1, tile, y, places, n);
    }

    /** {@link Turns#turn} of rows of neighbours, with longs. */
    void turn(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        Turns.turn(rows, x, pitch, 1, tile, y, places, n);
    }

    /** As {@link #turn(long[], int, int, long[], int, int[], int)}, with pairs of longs as elements. */
    void turnPairs(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        Turns.turnPairs(rows, x, pitch, 1, tile, y, places, n);
    }
}
