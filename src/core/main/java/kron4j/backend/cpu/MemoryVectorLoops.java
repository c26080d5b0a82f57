package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;

/** Loops over {@link MemoryVectors}, each {@link Alone}. */
final class MemoryVectorLoops implements MemoryLoops {
    private static final MethodType TYPE = MethodType.methodType(
            void.class, Object.class, long.class, Object.class, long.class, Object.class, long.class, long.class);

    private static final MethodType SCALE = MethodType.methodType(
            void.class, double.class, double.class, Object.class, long.class, Object.class, long.class, long.class);
    private static final MethodType OUTER = MethodType.methodType(
            void.class,
            double.class,
            double.class,
            Object.class,
            long.class,
            long.class,
            int.class,
            long.class,
            Object.class,
            long.class,
            long.class);

    private static final MethodType REVERSE =
            MethodType.methodType(void.class, Object.class, long.class, Object.class, long.class, long.class);

    private static final VectorShuffle<Integer> INTS_TURNED = turned(IntVector.SPECIES_PREFERRED);
    private static final VectorShuffle<Long> LONGS_TURNED = turned(LongVector.SPECIES_PREFERRED);

    private final RowVectorLoops rows = new RowVectorLoops();
    private final OperandVectorLoops ofOne = new OperandVectorLoops(rows);
    private final IntegerNumberVectorLoops integers = new IntegerNumberVectorLoops();
    private final ConversionVectorLoops conversions = new ConversionVectorLoops();
    private final PositionVectorLoops positions = new PositionVectorLoops();
    private final FoldMemoryVectorLoops folds = new FoldMemoryVectorLoops();
    private final TruthFoldVectorLoops truths = new TruthFoldVectorLoops();
    private final Map<DType, Map<BinaryOp, MethodHandle>> loops = new EnumMap<>(DType.class);
    private final Map<DType, MethodHandle> scales = new EnumMap<>(Map.of(
            DType.FLOAT32, handle("scaleFloats", SCALE),
            DType.FLOAT64, handle("scaleDoubles", SCALE),
            DType.COMPLEX64, handle("scaleComplex64", SCALE),
            DType.COMPLEX128, handle("scaleComplex128", SCALE)));
    private final Map<DType, MethodHandle> outers = new EnumMap<>(Map.of(
            DType.COMPLEX64, handle("outerComplex64", OUTER), DType.COMPLEX128, handle("outerComplex128", OUTER)));
    private final PairVectorLoops pairs = new PairVectorLoops();
    private final PairProductVectorLoops pairProducts = new PairProductVectorLoops();
    private final MethodHandle addFloats =
            handle("addFloatsInTurn", MethodType.methodType(float[].class, Object.class, long.class, long.class));
    private final MethodHandle addDoubles =
            handle("addDoublesInTurn", MethodType.methodType(double[].class, Object.class, long.class, long.class));
    private final MethodHandle reverseBytes = handle("reverseBytes", REVERSE);
    private final MethodHandle reverseShorts = handle("reverseShorts", REVERSE);
    private final MethodHandle reverseInts = handle("reverseInts", REVERSE);
    private final MethodHandle reverseLongs = handle("reverseLongs", REVERSE);
    private final MethodHandle fillLongs =
            handle("fillLongs", MethodType.methodType(void.class, Object.class, long.class, long.class, long.class));
    private final MethodHandle boundsOfLongs = handle(
            "boundsOfLongs", MethodType.methodType(void.class, long[].class, Object.class, long.class, long.class));

    MemoryVectorLoops() {
        with(DType.FLOAT32, BinaryOp.ADD, "addFloats")
                .with(DType.FLOAT32, BinaryOp.SUBTRACT, "subtractFloats")
                .with(DType.FLOAT32, BinaryOp.MULTIPLY, "multiplyFloats")
                .with(DType.FLOAT32, BinaryOp.DIVIDE, "divideFloats")
                .with(DType.FLOAT32, BinaryOp.MAXIMUM, "maximumFloats")
                .with(DType.FLOAT32, BinaryOp.MINIMUM, "minimumFloats")
                .with(DType.FLOAT64, BinaryOp.MAXIMUM, "maximumDoubles")
                .with(DType.FLOAT64, BinaryOp.MINIMUM, "minimumDoubles")
                .with(DType.FLOAT64, BinaryOp.ADD, "addDoubles")
                .with(DType.FLOAT64, BinaryOp.SUBTRACT, "subtractDoubles")
                .with(DType.FLOAT64, BinaryOp.MULTIPLY, "multiplyDoubles")
                .with(DType.FLOAT64, BinaryOp.DIVIDE, "divideDoubles")
                .with(DType.INT32, BinaryOp.ADD, "addInts")
                .with(DType.INT32, BinaryOp.SUBTRACT, "subtractInts")
                .with(DType.INT32, BinaryOp.MULTIPLY, "multiplyInts")
                .with(DType.INT64, BinaryOp.ADD, "addLongs")
                .with(DType.INT64, BinaryOp.SUBTRACT, "subtractLongs")
                .with(DType.INT64, BinaryOp.MULTIPLY, "multiplyLongs")
                .with(DType.INT32, BinaryOp.MAXIMUM, "maximumInts")
                .with(DType.INT32, BinaryOp.MINIMUM, "minimumInts")
                .with(DType.INT64, BinaryOp.MAXIMUM, "maximumLongs")
                .with(DType.INT64, BinaryOp.MINIMUM, "minimumLongs");
        loops.put(DType.INT8, ByteMemoryVectorLoops.ofTwo(true, TYPE));
        loops.put(DType.UINT8, ByteMemoryVectorLoops.ofTwo(false, TYPE));
        loops.put(DType.BOOL, ByteMemoryVectorLoops.ofTruths(TYPE));
        with(DType.COMPLEX64, BinaryOp.ADD, "addFloats")
                .with(DType.COMPLEX64, BinaryOp.SUBTRACT, "subtractFloats")
                .with(DType.COMPLEX128, BinaryOp.ADD, "addDoubles")
                .with(DType.COMPLEX128, BinaryOp.SUBTRACT, "subtractDoubles");
        if (PairVectors.SHUFFLES) {
            with(DType.COMPLEX64, BinaryOp.MULTIPLY, "multiplyComplex64")
                    .with(DType.COMPLEX128, BinaryOp.MULTIPLY, "multiplyComplex128");
        }
    }

    @Override
    public boolean hasPairs() {
        return PairVectors.SHUFFLES;
    }

    @Override
    public void run(PairLoop op, int width, Object x, long atX, Object z, long atZ, long bytes) {
        pairs.run(op, width, x, atX, z, atZ, bytes);
    }

    @Override
    public int products() {
        return PairProductVectorLoops.TURN;
    }

    @Override
    public void products(
            DType dtype, Object x, long at, long step, int n, double[] lanes, double[] re, double[] im, int to) {
        pairProducts.run(dtype, x, at, step, n, lanes, re, im, to);
    }

    private MemoryVectorLoops with(DType dtype, BinaryOp op, String name) {
        loops.computeIfAbsent(dtype, d -> new EnumMap<>(BinaryOp.class)).put(op, handle(name, TYPE));
        return this;
    }

    @Override
    public int width() {
        return BYTES;
    }

    @Override
    public boolean has(BinaryOp op, DType dtype) {
        return loops.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public void run(BinaryOp op, DType dtype, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes) {
        try {
            loops.get(dtype).get(op).invokeExact(x, atX, y, atY, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public boolean has(UnaryOp op, DType dtype) {
        return ofOne.has(op, dtype);
    }

    @Override
    public void run(UnaryOp op, DType dtype, Object x, long atX, Object z, long atZ, long bytes) {
        ofOne.run(op, dtype, x, atX, z, atZ, bytes);
    }

    @Override
    public boolean converts(DType from, DType to) {
        return conversions.has(from, to);
    }

    @Override
    public boolean convert(DType from, DType to, Object x, long atX, Object z, long atZ, long n) {
        return conversions.run(from, to, x, atX, z, atZ, n);
    }

    @Override
    public boolean foldsRows(ReduceOp op, DType dtype) {
        return folds.hasRows(op, dtype);
    }

    @Override
    public boolean folds(ReduceOp op, DType dtype) {
        return folds.has(op, dtype);
    }

    @Override
    public void fold(ReduceOp op, DType dtype, Object x, long at, long step, int count, long bytes, double[] z) {
        folds.run(op, dtype, x, at, step, count, bytes, z);
    }

    @Override
    public boolean foldRows(ReduceOp op, DType dtype, Object x, long at, long step, int n, Object z, long atZ) {
        return folds.run(op, dtype, x, at, step, n, z, atZ);
    }

    @Override
    public long truths(boolean all, long high, long sign, Object x, long at, long bytes) {
        return truths.ofLine(all, high, sign, x, at, bytes);
    }

    @Override
    public void truthsOfRows(
            boolean all, long high, long sign, Object x, long at, long step, int n, long[] found, int from) {
        truths.ofRows(all, high, sign, x, at, step, n, found, from);
    }

    @Override
    public boolean findsPositions(DType dtype) {
        return positions.has(dtype);
    }

    @Override
    public void findPositions(
            boolean least,
            DType dtype,
            Object x,
            long at,
            long step,
            int first,
            int n,
            Object keys,
            Object places,
            int to) {
        positions.run(least, dtype, x, at, step, first, n, keys, places, to);
    }

    @Override
    public boolean hasNumber(BinaryOp op, DType dtype) {
        return ofOne.hasNumber(op, dtype);
    }

    @Override
    public void run(
            BinaryOp op,
            boolean first,
            double[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        ofOne.run(op, first, numbers, dtype, x, atX, stepX, z, atZ, stepZ, bytes);
    }

    @Override
    public boolean hasInteger(BinaryOp op, DType dtype) {
        return integers.has(op, dtype);
    }

    @Override
    public void run(
            BinaryOp op,
            long[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        integers.run(op, numbers, dtype, x, atX, stepX, z, atZ, stepZ, bytes);
    }

    @Override
    public boolean hasRows(BinaryOp op, DType dtype) {
        return rows.has(op, dtype);
    }

    @Override
    public void run(
            BinaryOp op,
            DType dtype,
            int count,
            Object x,
            long atX,
            long stepX,
            Object y,
            long atY,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        int together = count - count % RowVectorLoops.ROWS;
        if (together > 0) {
            rows.run(op, dtype, together, x, atX, stepX, y, atY, z, atZ, stepZ, bytes);
        }
        for (int r = together; r < count; r++) {
            run(op, dtype, x, atX + r * stepX, y, atY, z, atZ + r * stepZ, bytes);
        }
    }

    static void addFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).add(floats(y, j + e)), z, k + e);
        }
    }

    static void subtractFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sub(floats(y, j + e)), z, k + e);
        }
    }

    static void multiplyFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).mul(floats(y, j + e)), z, k + e);
        }
    }

    static void divideFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).div(floats(y, j + e)), z, k + e);
        }
    }

    static void addDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).add(doubles(y, j + e)), z, k + e);
        }
    }

    static void subtractDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).sub(doubles(y, j + e)), z, k + e);
        }
    }

    static void multiplyDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).mul(doubles(y, j + e)), z, k + e);
        }
    }

    static void divideDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).div(doubles(y, j + e)), z, k + e);
        }
    }

    static void maximumFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).max(floats(y, j + e)), z, k + e);
        }
    }

    static void minimumFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).min(floats(y, j + e)), z, k + e);
        }
    }

    static void maximumDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).max(doubles(y, j + e)), z, k + e);
        }
    }

    static void minimumDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).min(doubles(y, j + e)), z, k + e);
        }
    }

    static void maximumInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).max(ints(y, j + e)), z, k + e);
        }
    }

    static void minimumInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).min(ints(y, j + e)), z, k + e);
        }
    }

    static void maximumLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).max(longs(y, j + e)), z, k + e);
        }
    }

    static void minimumLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).min(longs(y, j + e)), z, k + e);
        }
    }

    static void addInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).add(ints(y, j + e)), z, k + e);
        }
    }

    static void subtractInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).sub(ints(y, j + e)), z, k + e);
        }
    }

    static void multiplyInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).mul(ints(y, j + e)), z, k + e);
        }
    }

    static void addLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).add(longs(y, j + e)), z, k + e);
        }
    }

    static void subtractLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).sub(longs(y, j + e)), z, k + e);
        }
    }

    static void multiplyLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).mul(longs(y, j + e)), z, k + e);
        }
    }

    static void multiplyComplex64(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.multiply(floats(x, i + e), floats(y, j + e)), z, k + e);
        }
    }

    static void multiplyComplex128(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.multiply(doubles(x, i + e), doubles(y, j + e)), z, k + e);
        }
    }

    @Override
    public boolean divide(
            DType dtype, Complex factor, double divisor, Object x, long atX, Object z, long atZ, long bytes) {
        return pairs.divide(dtype, factor, divisor, x, atX, z, atZ, bytes);
    }

    @Override
    public void join(int width, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes) {
        pairs.join(width, x, atX, y, atY, z, atZ, bytes);
    }

    private static MethodHandle handle(String name, MethodType type) {
        return Alone.loop(MemoryVectorLoops.class, name, type);
    }

    @Override
    public boolean scales(DType dtype) {
        return scales.containsKey(dtype) && has(BinaryOp.MULTIPLY, dtype);
    }

    @Override
    public void scale(DType dtype, Complex factor, Object x, long atX, Object z, long atZ, long bytes) {
        try {
            scales.get(dtype).invokeExact(factor.re(), factor.im(), x, atX, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void scaleFloats(double re, double im, Object x, long i, Object z, long k, long end) {
        FloatVector factors = PairVectors.inTurn((float) re, (float) im);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).mul(factors), z, k + e);
        }
    }

    static void scaleDoubles(double re, double im, Object x, long i, Object z, long k, long end) {
        DoubleVector factors = PairVectors.inTurn(re, im);
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).mul(factors), z, k + e);
        }
    }

    static void scaleComplex64(double re, double im, Object x, long i, Object z, long k, long end) {
        FloatVector factor = PairVectors.all((float) re);
        FloatVector turning = PairVectors.inTurn((float) -im, (float) im);
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.scale(floats(x, i + e), factor, turning), z, k + e);
        }
    }

    static void scaleComplex128(double re, double im, Object x, long i, Object z, long k, long end) {
        DoubleVector factor = PairVectors.all(re);
        DoubleVector turning = PairVectors.inTurn(-im, im);
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.scale(doubles(x, i + e), factor, turning), z, k + e);
        }
    }

    @Override
    public void outer(
            DType dtype,
            double[] re,
            double[] im,
            int n,
            Object row,
            long at,
            long bytes,
            int rows,
            long step,
            Object z,
            long atZ,
            long stepZ) {
        try {
            MethodHandle loop = outers.get(dtype);
            for (int i = 0; i < n; i++) {
                loop.invokeExact(re[i], im[i], row, at, bytes, rows, step, z, atZ + i * bytes, stepZ);
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void outerComplex64(
            double re, double im, Object x, long at, long bytes, int rows, long step, Object z, long atZ, long stepZ) {
        FloatVector factor = PairVectors.all((float) re);
        FloatVector turning = PairVectors.inTurn((float) -im, (float) im);
        for (long e = 0; e < bytes; e += BYTES) {
            long from = at + e;
            long k = atZ + e;
            for (int row = 0; row < rows; row++) {
                store(PairVectors.scale(floats(x, from), factor, turning), z, k);
                from += step;
                k += stepZ;
            }
        }
    }

    static void outerComplex128(
            double re, double im, Object x, long at, long bytes, int rows, long step, Object z, long atZ, long stepZ) {
        DoubleVector factor = PairVectors.all(re);
        DoubleVector turning = PairVectors.inTurn(-im, im);
        for (long e = 0; e < bytes; e += BYTES) {
            long from = at + e;
            long k = atZ + e;
            for (int row = 0; row < rows; row++) {
                store(PairVectors.scale(doubles(x, from), factor, turning), z, k);
                from += step;
                k += stepZ;
            }
        }
    }

    @Override
    public long addInTurn(DType dtype, Object x, long at, long bytes, double[] sums) {
        long whole = bytes / BYTES * BYTES;
        try {
            if (dtype.bytes() == Double.BYTES) {
                double[] lanes = (double[]) addDoubles.invokeExact(x, at, at + whole);
                for (int i = 0; i < lanes.length; i++) {
                    sums[i % sums.length] += lanes[i];
                }
            } else {
                float[] lanes = (float[]) addFloats.invokeExact(x, at, at + whole);
                for (int i = 0; i < lanes.length; i++) {
                    sums[i % sums.length] += lanes[i];
                }
            }
            return whole;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static float[] addFloatsInTurn(Object x, long at, long end) {
        FloatVector s0 = PairVectors.all((float) 0);
        FloatVector s1 = PairVectors.all((float) 0);
        FloatVector s2 = PairVectors.all((float) 0);
        FloatVector s3 = PairVectors.all((float) 0);
        FloatVector s4 = PairVectors.all((float) 0);
        FloatVector s5 = PairVectors.all((float) 0);
        FloatVector s6 = PairVectors.all((float) 0);
        FloatVector s7 = PairVectors.all((float) 0);
        long e = at;
        for (; e <= end - 8L * BYTES; e += 8L * BYTES) {
            s0 = s0.add(floats(x, e));
            s1 = s1.add(floats(x, e + BYTES));
            s2 = s2.add(floats(x, e + 2L * BYTES));
            s3 = s3.add(floats(x, e + 3L * BYTES));
            s4 = s4.add(floats(x, e + 4L * BYTES));
            s5 = s5.add(floats(x, e + 5L * BYTES));
            s6 = s6.add(floats(x, e + 6L * BYTES));
            s7 = s7.add(floats(x, e + 7L * BYTES));
        }
        for (; e < end; e += BYTES) {
            s0 = s0.add(floats(x, e));
        }
        return s0.add(s1).add(s2.add(s3)).add(s4.add(s5).add(s6.add(s7))).toArray();
    }

    private static <E> VectorShuffle<E> turned(VectorSpecies<E> species) {
        return VectorShuffle.fromOp(species, i -> species.length() - 1 - i);
    }

    @Override
    public void reverse(int size, Object x, long atX, Object z, long atZ, long bytes) {
        MethodHandle loop = switch (size) {
            case Byte.BYTES -> reverseBytes;
            case Short.BYTES -> reverseShorts;
            case Integer.BYTES -> reverseInts;
            default -> reverseLongs;
        };
        try {
            loop.invokeExact(x, atX, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** The last vector may write again what another has written. */
    static void reverseBytes(Object x, long i, Object z, long k, long end) {
        long last = end - BYTES;
        for (long e = 0; e < last; e += BYTES) {
            store(bytesTurned(longs(x, i + last - e)), z, k + e);
        }
        store(bytesTurned(longs(x, i)), z, k + last);
    }

    static void reverseShorts(Object x, long i, Object z, long k, long end) {
        long last = end - BYTES;
        for (long e = 0; e < last; e += BYTES) {
            store(shortsTurned(longs(x, i + last - e)), z, k + e);
        }
        store(shortsTurned(longs(x, i)), z, k + last);
    }

    private static LongVector bytesTurned(LongVector v) {
        LongVector first = v.and(0x00ff_00ff_00ff_00ffL).lanewise(VectorOperators.LSHL, 8);
        return shortsTurned(first.or(v.lanewise(VectorOperators.LSHR, 8).and(0x00ff_00ff_00ff_00ffL)));
    }

    private static LongVector shortsTurned(LongVector v) {
        LongVector first = v.and(0x0000_ffff_0000_ffffL).lanewise(VectorOperators.LSHL, 16);
        LongVector pairs = first.or(v.lanewise(VectorOperators.LSHR, 16).and(0x0000_ffff_0000_ffffL));
        LongVector upper = pairs.lanewise(VectorOperators.LSHL, 32);
        return upper.or(pairs.lanewise(VectorOperators.LSHR, 32)).rearrange(LONGS_TURNED);
    }

    /** The last vector may write again what another has written. */
    static void reverseInts(Object x, long i, Object z, long k, long end) {
        long last = end - BYTES;
        for (long e = 0; e < last; e += BYTES) {
            store(ints(x, i + last - e).rearrange(INTS_TURNED), z, k + e);
        }
        store(ints(x, i).rearrange(INTS_TURNED), z, k + last);
    }

    static void reverseLongs(Object x, long i, Object z, long k, long end) {
        long last = end - BYTES;
        for (long e = 0; e < last; e += BYTES) {
            store(longs(x, i + last - e).rearrange(LONGS_TURNED), z, k + e);
        }
        store(longs(x, i).rearrange(LONGS_TURNED), z, k + last);
    }

    static double[] addDoublesInTurn(Object x, long at, long end) {
        DoubleVector s0 = PairVectors.all((double) 0);
        DoubleVector s1 = PairVectors.all((double) 0);
        DoubleVector s2 = PairVectors.all((double) 0);
        DoubleVector s3 = PairVectors.all((double) 0);
        DoubleVector s4 = PairVectors.all((double) 0);
        DoubleVector s5 = PairVectors.all((double) 0);
        DoubleVector s6 = PairVectors.all((double) 0);
        DoubleVector s7 = PairVectors.all((double) 0);
        long e = at;
        for (; e <= end - 8L * BYTES; e += 8L * BYTES) {
            s0 = s0.add(doubles(x, e));
            s1 = s1.add(doubles(x, e + BYTES));
            s2 = s2.add(doubles(x, e + 2L * BYTES));
            s3 = s3.add(doubles(x, e + 3L * BYTES));
            s4 = s4.add(doubles(x, e + 4L * BYTES));
            s5 = s5.add(doubles(x, e + 5L * BYTES));
            s6 = s6.add(doubles(x, e + 6L * BYTES));
            s7 = s7.add(doubles(x, e + 7L * BYTES));
        }
        for (; e < end; e += BYTES) {
            s0 = s0.add(doubles(x, e));
        }
        return s0.add(s1).add(s2.add(s3)).add(s4.add(s5).add(s6.add(s7))).toArray();
    }

    @Override
    public void fill(Object z, long at, long bytes, long eight) {
        try {
            fillLongs.invokeExact(z, at, bytes, eight);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** The last vector may write again what another has written. */
    static void fillLongs(Object z, long k, long end, long eight) {
        LongVector v = LongVector.broadcast(LongVector.SPECIES_PREFERRED, eight);
        long last = end - BYTES;
        for (long e = 0; e < last; e += BYTES) {
            store(v, z, k + e);
        }
        store(v, z, k + last);
    }

    @Override
    public void bounds(long[] bounds, Object x, long at, long bytes) {
        try {
            boundsOfLongs.invokeExact(bounds, x, at, at + bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void boundsOfLongs(long[] bounds, Object x, long at, long end) {
        LongVector least = LongVector.broadcast(LongVector.SPECIES_PREFERRED, bounds[0]);
        LongVector greatest = LongVector.broadcast(LongVector.SPECIES_PREFERRED, bounds[1]);
        for (long e = at; e < end; e += BYTES) {
            LongVector some = longs(x, e);
            least = least.min(some);
            greatest = greatest.max(some);
        }
        bounds[0] = least.reduceLanes(VectorOperators.MIN);
        bounds[1] = greatest.reduceLanes(VectorOperators.MAX);
    }
}
