package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static kron4j.backend.cpu.MemoryVectors.BYTES;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import kron4j.DType;

/** Products of many complex numbers by vectors of their parts: two chains a lane. */
final class PairProductVectorLoops {
    private static final int LANES = PairVectors.LANES;
    /** Numbers in a turn. */
    static final int TURN = 2 * LANES;

    private static final long INFINITE = Double.doubleToLongBits(Double.POSITIVE_INFINITY);

    private static final MethodType ROWS =
            MethodType.methodType(void.class, Object.class, long.class, long.class, int.class, double[].class);

    private final Map<DType, MethodHandle> ofRows = new EnumMap<>(Map.of(
            DType.COMPLEX64, Alone.loop(PairProductVectorLoops.class, "ofFloats", ROWS),
            DType.COMPLEX128, Alone.loop(PairProductVectorLoops.class, "ofDoubles", ROWS)));

    void run(DType dtype, Object x, long at, long step, int n, double[] lanes, double[] re, double[] im, int to) {
        try {
            ofRows.get(dtype).invokeExact(x, at, step, n, lanes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
        for (int i = 0; i < TURN; i += LANES) {
            multiply(lanes, 2 * i, re, im, to + i);
        }
    }

    /** Multiplies a vector's numbers by others, whose parts stand in turn of two vectors. */
    private static void multiply(double[] lanes, int at, double[] re, double[] im, int to) {
        DoubleVector p = PairVectors.inOrder(PairVectors.load(lanes, at));
        DoubleVector q = PairVectors.inOrder(PairVectors.load(lanes, at + LANES));
        DoubleVector u = PairVectors.load(re, to);
        DoubleVector v = PairVectors.load(im, to);
        u.mul(p).sub(v.mul(q)).intoArray(re, to);
        u.mul(q).add(v.mul(p)).intoArray(im, to);
    }

    static void ofFloats(Object x, long at, long step, int n, double[] lanes) {
        DoubleVector a = PairVectors.all(1.0);
        DoubleVector b = PairVectors.all(0.0);
        DoubleVector c = PairVectors.all(1.0);
        DoubleVector d = PairVectors.all(0.0);
        long e = at;
        for (int row = 0; row < n; row++) {
            DoubleVector u = MemoryVectors.wideFloats(x, e);
            DoubleVector v = MemoryVectors.wideFloats(x, e + BYTES / 2);
            DoubleVector p = PairVectors.first(u, v);
            DoubleVector q = PairVectors.second(u, v);
            DoubleVector product = a.mul(p).sub(b.mul(q));
            b = a.mul(q).add(b.mul(p));
            a = product;
            u = MemoryVectors.wideFloats(x, e + BYTES);
            v = MemoryVectors.wideFloats(x, e + BYTES + BYTES / 2);
            p = PairVectors.first(u, v);
            q = PairVectors.second(u, v);
            product = c.mul(p).sub(d.mul(q));
            d = c.mul(q).add(d.mul(p));
            c = product;
            e += step;
        }
        a.intoArray(lanes, 0);
        b.intoArray(lanes, LANES);
        c.intoArray(lanes, 2 * LANES);
        d.intoArray(lanes, 3 * LANES);
    }

    static void ofDoubles(Object x, long at, long step, int n, double[] lanes) {
        DoubleVector a = PairVectors.all(1.0);
        DoubleVector b = PairVectors.all(0.0);
        DoubleVector c = PairVectors.all(1.0);
        DoubleVector d = PairVectors.all(0.0);
        long e = at;
        for (int row = 0; row < n; row++) {
            DoubleVector u = MemoryVectors.doubles(x, e);
            DoubleVector v = MemoryVectors.doubles(x, e + BYTES);
            DoubleVector p = PairVectors.first(u, v);
            DoubleVector q = PairVectors.second(u, v);
            DoubleVector product = a.mul(p).sub(b.mul(q));
            b = a.mul(q).add(b.mul(p));
            a = product;
            u = MemoryVectors.doubles(x, e + 2L * BYTES);
            v = MemoryVectors.doubles(x, e + 3L * BYTES);
            p = PairVectors.first(u, v);
            q = PairVectors.second(u, v);
            product = c.mul(p).sub(d.mul(q));
            d = c.mul(q).add(d.mul(p));
            c = product;
            e += step;
        }
        a.intoArray(lanes, 0);
        b.intoArray(lanes, LANES);
        c.intoArray(lanes, 2 * LANES);
        d.intoArray(lanes, 3 * LANES);
    }

    static int products(double[] x, int from, int n, double[] re, double[] im) {
        DoubleVector a = PairVectors.all(1.0);
        DoubleVector b = PairVectors.all(0.0);
        DoubleVector c = PairVectors.all(1.0);
        DoubleVector d = PairVectors.all(0.0);
        int end = 2 * (from + n / TURN * TURN);
        for (int i = 2 * from; i < end; i += 2 * TURN) {
            DoubleVector u = PairVectors.load(x, i);
            DoubleVector v = PairVectors.load(x, i + LANES);
            DoubleVector p = PairVectors.first(u, v);
            DoubleVector q = PairVectors.second(u, v);
            DoubleVector product = a.mul(p).sub(b.mul(q));
            b = a.mul(q).add(b.mul(p));
            a = product;
            u = PairVectors.load(x, i + 2 * LANES);
            v = PairVectors.load(x, i + 3 * LANES);
            p = PairVectors.first(u, v);
            q = PairVectors.second(u, v);
            product = c.mul(p).sub(d.mul(q));
            d = c.mul(q).add(d.mul(p));
            c = product;
        }
        store(a, b, c, d, re, im);
        return ComplexPairs.part(x, end / 2, from + n - end / 2, re, im, TURN);
    }

    private static void store(
            DoubleVector a, DoubleVector b, DoubleVector c, DoubleVector d, double[] re, double[] im) {
        a.intoArray(re, 0);
        b.intoArray(im, 0);
        c.intoArray(re, LANES);
        d.intoArray(im, LANES);
    }

    static boolean arePlain(double[] x, int n) {
        LongVector least = PairVectors.bits(1.0);
        LongVector most = PairVectors.bits(1.0);
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            LongVector size = PairVectors.load(x, i).abs().reinterpretAsLongs();
            least = least.min(size);
            most = most.max(size);
        }
        return least.compare(GT, 0).and(most.compare(LT, INFINITE)).allTrue() && ComplexPairs.arePlain(x, whole, n);
    }
}
