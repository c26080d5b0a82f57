package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import kron4j.backend.BinaryOp;

/** Remainders, which are exact, and hypotenuses, to one unit in the last place, of doubles. What would over- or underflow on the way, and what is not finite, is computed one by one. */
final class BinaryVectorLoops {
    private static final int LANES = DoubleVectors.SPECIES.length();
    private static final MethodType TYPE =
            MethodType.methodType(void.class, double[].class, double[].class, double[].class, int.class);

    /** Quotients below it are rounded to integers by adding what has these as its last bits. */
    private static final double MANY = 0x1p51;

    /** Squares of sizes between these, and sums of two, are normal numbers; beside the square of a larger one that of a smaller one may vanish. */
    private static final double SMALL = 0x1p-480;

    private static final double LARGE = 0x1p510;

    private static final DoubleVector TO_INTEGER = all(0x1.8p52);
    private static final DoubleVector FAR = all(MANY);
    private static final DoubleVector GREATEST = all(Double.MAX_VALUE);
    private static final DoubleVector FROM = all(SMALL);
    private static final DoubleVector TO = all(LARGE);
    private static final DoubleVector ZERO = all(0);
    private static final LongVector SIGN = all(-0.0).reinterpretAsLongs();

    private final Map<BinaryOp, MethodHandle> loops = new EnumMap<>(Map.of(
            BinaryOp.FMOD, Alone.loop(BinaryVectorLoops.class, "fmod", TYPE),
            BinaryOp.REMAINDER, Alone.loop(BinaryVectorLoops.class, "remainder", TYPE),
            BinaryOp.HYPOT, Alone.loop(BinaryVectorLoops.class, "hypot", TYPE)));

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, value);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    boolean has(BinaryOp op) {
        return loops.containsKey(op);
    }

    /** The result may be an operand. */
    void run(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        double[] found = z == x || z == y ? new double[z.length] : z;
        try {
            loops.get(op).invokeExact(x, y, found, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
        if (op == BinaryOp.HYPOT ? !areModerate(x, y, n - n % LANES, n) : !haveQuotients(x, y, n - n % LANES, n)) {
            settle(op, x, y, found, n);
        }
        if (found != z) {
            System.arraycopy(found, 0, z, 0, n);
        }
    }

    private static void settle(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            if (op == BinaryOp.HYPOT ? !areModerate(x[i], y[i]) : !haveQuotient(x[i], y[i])) {
                z[i] = BinaryKernels.one(op, x[i], y[i]);
            }
        }
    }

    private static boolean haveQuotient(double x, double y) {
        return Math.abs(x / y) < MANY && Math.abs(y) <= Double.MAX_VALUE;
    }

    private static boolean haveQuotients(double[] x, double[] y, int whole, int n) {
        for (int i = 0; i < whole; i += LANES) {
            DoubleVector b = at(y, i);
            if (!at(x, i).div(b)
                    .abs()
                    .compare(LT, FAR)
                    .and(b.abs().compare(LE, GREATEST))
                    .allTrue()) {
                return false;
            }
        }
        for (int i = whole; i < n; i++) {
            if (!haveQuotient(x[i], y[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean areModerate(double x, double y) {
        double most = Math.max(Math.abs(x), Math.abs(y));
        return most >= SMALL && most <= LARGE;
    }

    private static boolean areModerate(double[] x, double[] y, int whole, int n) {
        for (int i = 0; i < whole; i += LANES) {
            DoubleVector most = at(x, i).abs().max(at(y, i).abs());
            if (!most.compare(GE, FROM).and(most.compare(LE, TO)).allTrue()) {
                return false;
            }
        }
        for (int i = whole; i < n; i++) {
            if (!areModerate(x[i], y[i])) {
                return false;
            }
        }
        return true;
    }

    /** {@code x - q y} for the integer q nearest to x / y: exact, since it is a multiple of the last place of x or y, and less than y. */
    private static DoubleVector nearest(DoubleVector x, DoubleVector y) {
        DoubleVector q = x.div(y).add(TO_INTEGER).sub(TO_INTEGER);
        return q.neg().fma(y, x);
    }

    static void fmod(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector a = at(x, i);
            DoubleVector b = at(y, i).abs();
            LongVector sign = a.reinterpretAsLongs().and(SIGN);
            DoubleVector r =
                    nearest(a, b).reinterpretAsLongs().lanewise(XOR, sign).reinterpretAsDoubles();
            DoubleVector size = r.blend(r.add(b), r.compare(LT, ZERO)).abs();
            size.reinterpretAsLongs().or(sign).reinterpretAsDoubles().intoArray(z, i);
        }
    }

    static void remainder(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector b = at(y, i);
            LongVector sign = b.reinterpretAsLongs().and(SIGN);
            DoubleVector r = nearest(at(x, i), b)
                    .reinterpretAsLongs()
                    .lanewise(XOR, sign)
                    .reinterpretAsDoubles();
            DoubleVector size = r.blend(r.add(b.abs()), r.compare(LT, ZERO)).abs();
            size.reinterpretAsLongs().or(sign).reinterpretAsDoubles().intoArray(z, i);
        }
    }

    static void hypot(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector a = at(x, i);
            DoubleVector b = at(y, i);
            a.fma(a, b.mul(b)).sqrt().intoArray(z, i);
        }
    }
}
