package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static kron4j.backend.cpu.DoubleVectors.ONE;
import static kron4j.backend.cpu.DoubleVectors.TO_INTEGER;
import static kron4j.backend.cpu.DoubleVectors.TWO;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.PerThread;

/**
 * Powers of doubles, {@code e^(y log |x|)}, to one unit in the last place: the logarithm is the sum of two doubles, since an error of it grows by y.
 * What is not plain, such as 0, infinities and results near the ends of the range, is computed one by one.
 */
final class DoublePowerVectorLoops {
    private static final VectorSpecies<Double> SPECIES = DoubleVectors.SPECIES;
    private static final int LANES = SPECIES.length();

    /** log(2) in two parts: the first times an exponent is exact. */
    private static final DoubleVector LN2_HIGH = all(0x1.62e42fefa3800p-1);

    private static final DoubleVector LN2_LOW = all(0x1.ef35793c76730p-45);
    private static final DoubleVector MINUS_LN2_HIGH = LN2_HIGH.neg();
    private static final DoubleVector MINUS_LN2_LOW = LN2_LOW.neg();

    /** Of log m = s + s^3 (1/12 + s^2 (1/80 + ..)) for s = 2 (m - 1) / (m + 1): 1/12 in two parts, and the rest to 2^-70 of the whole. */
    private static final DoubleVector LOG_3 = all(0x1.5555555555555p-4);

    private static final DoubleVector LOG_3_LOW = all(0x1.5555555555555p-58);
    private static final DoubleVector LOG_5 = all(0x1.999999999999ap-7);
    private static final DoubleVector LOG_7 = all(0x1.2492492492522p-9);
    private static final DoubleVector LOG_9 = all(0x1.c71c71c6ea994p-12);
    private static final DoubleVector LOG_11 = all(0x1.745d177a9cebap-14);
    private static final DoubleVector LOG_13 = all(0x1.3b1395cf37e45p-16);
    private static final DoubleVector LOG_15 = all(0x1.1118c8814a0b1p-18);
    private static final DoubleVector LOG_17 = all(0x1.df7ca8236e9e1p-21);
    private static final DoubleVector LOG_19 = all(0x1.e02fc68c381f4p-23);

    /** Below it in size, e^a and 2^a neither over- nor underflow. */
    private static final double MODERATE = 708;

    private static final DoubleVector FAR = all(MODERATE);
    private static final DoubleVector LEAST = all(Double.MIN_NORMAL);
    private static final DoubleVector GREATEST = all(Double.MAX_VALUE);

    private static final PerThread<double[][]> LOGARITHMS = new PerThread<>(() -> new double[2][2 * Tile.SIZE]);

    private final MethodHandle log = Alone.loop(
            DoublePowerVectorLoops.class,
            "log",
            MethodType.methodType(void.class, double[].class, double[].class, double[].class, int.class));
    private final MethodHandle exp = Alone.loop(
            DoublePowerVectorLoops.class,
            "exp",
            MethodType.methodType(
                    void.class, double[].class, double[].class, double[].class, double[].class, int.class));

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(SPECIES, value);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(SPECIES, x, i);
    }

    /** The result may be an operand. */
    void power(double[] x, double[] y, double[] z, int n) {
        double[][] logarithms = LOGARITHMS.get();
        double[] powers = z == x || z == y ? new double[z.length] : z;
        try {
            log.invokeExact(x, logarithms[0], logarithms[1], n);
            exp.invokeExact(y, logarithms[0], logarithms[1], powers, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
        int whole = n - n % LANES;
        if (!arePlain(x, y, logarithms[0], whole) || !arePlain(x, y, logarithms[0], whole, n)) {
            settle(x, y, logarithms[0], powers, n);
        }
        if (powers != z) {
            System.arraycopy(powers, 0, z, 0, n);
        }
    }

    private static boolean arePlain(double[] x, double[] y, double[] logarithms, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector v = at(x, i);
            if (!v.compare(GE, LEAST)
                    .and(v.compare(LE, GREATEST))
                    .and(at(y, i).mul(at(logarithms, i)).abs().compare(LT, FAR))
                    .allTrue()) {
                return false;
            }
        }
        return true;
    }

    private static boolean arePlain(double[] x, double[] y, double[] logarithms, int from, int n) {
        for (int i = from; i < n; i++) {
            if (!(x[i] > 0 && isModerate(x[i], y[i], logarithms[i]))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isModerate(double size, double y, double logarithm) {
        return size >= Double.MIN_NORMAL && size <= Double.MAX_VALUE && Math.abs(y * logarithm) < MODERATE;
    }

    private static void settle(double[] x, double[] y, double[] logarithms, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            if (!isModerate(Math.abs(x[i]), y[i], logarithms[i])) {
                z[i] = BinaryKernels.power(x[i], y[i]);
            } else if (x[i] < 0) {
                z[i] = ofNegative(z[i], y[i]);
            }
        }
    }

    /** The power of a negative number, given that of its size: from 2^53 on all exponents are even. */
    private static double ofNegative(double power, double exponent) {
        return exponent != Math.rint(exponent)
                ? Double.NaN
                : Math.abs(exponent) < 0x1p53 && ((long) exponent & 1) != 0 ? -power : power;
    }

    /** The logarithms of sizes as sums of two numbers, right to 2^-64 of them; x = m 2^k with m between sqrt(1/2) and sqrt(2). */
    static void log(double[] x, double[] high, double[] low, int n) {
        for (int i = 0; i < n; i += LANES) {
            LongVector bits = at(x, i).abs().reinterpretAsLongs();
            LongVector place = DoubleVectors.place(bits);
            DoubleVector f = DoubleVectors.fraction(bits, place);
            DoubleVector k = DoubleVectors.exponentOf(place);
            DoubleVector d = f.add(TWO);
            DoubleVector inverse = ONE.div(d);
            DoubleVector twice = f.add(f);
            DoubleVector s = twice.mul(inverse);
            DoubleVector lost = s.neg().fma(f.sub(d.sub(TWO)), s.neg().fma(d, twice));
            logOfRatio(s, lost.mul(inverse), k, high, low, i);
        }
    }

    /** Adds s + s^3 (..) for the s with a rest to k log(2). */
    private static void logOfRatio(
            DoubleVector s, DoubleVector rest, DoubleVector k, double[] high, double[] low, int i) {
        DoubleVector v = s.mul(s);
        DoubleVector restOfV = s.add(s).fma(rest, s.fma(s, v.neg()));
        DoubleVector q = LOG_19.fma(v, LOG_17);
        q = q.fma(v, LOG_15);
        q = q.fma(v, LOG_13);
        q = q.fma(v, LOG_11);
        q = q.fma(v, LOG_9);
        q = q.fma(v, LOG_7);
        q = q.fma(v, LOG_5);
        DoubleVector u = v.mul(q);
        DoubleVector c = LOG_3.add(u);
        DoubleVector restOfC = LOG_3.sub(c).add(u).add(LOG_3_LOW);
        DoubleVector p = v.mul(c);
        DoubleVector restOfP = restOfV.fma(c, v.fma(restOfC, v.fma(c, p.neg())));
        DoubleVector t = s.mul(p);
        DoubleVector restOfT = rest.fma(p, s.fma(restOfP, s.fma(p, t.neg())));
        DoubleVector l = s.add(t);
        DoubleVector restOfL = s.sub(l).add(t).add(rest.add(restOfT));
        DoubleVector whole = k.mul(LN2_HIGH);
        DoubleVector sum = whole.add(l);
        sum.intoArray(high, i);
        k.fma(LN2_LOW, whole.sub(sum).add(l).add(restOfL)).intoArray(low, i);
    }

    /** {@code e^(y (high + low))} as 2^k e^r. */
    static void exp(double[] y, double[] high, double[] low, double[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            DoubleVector b = at(y, i);
            DoubleVector log = at(high, i);
            DoubleVector a = b.mul(log);
            DoubleVector restOfA = b.fma(at(low, i), b.fma(log, a.neg()));
            DoubleVector shifted = DoubleVectors.shifted(a);
            DoubleVector k = shifted.sub(TO_INTEGER);
            DoubleVector most = k.fma(MINUS_LN2_HIGH, a);
            DoubleVector rest = k.fma(MINUS_LN2_LOW, restOfA);
            DoubleVector r = most.add(rest);
            DoubleVector square = DoubleVectors.curve(r).mul(r.mul(r));
            DoubleVector p = ONE.add(r);
            DoubleVector sum =
                    p.add(ONE.sub(p).add(r).add(most.sub(r).add(rest)).add(square));
            sum.reinterpretAsLongs()
                    .add(DoubleVectors.exponent(shifted))
                    .reinterpretAsDoubles()
                    .intoArray(z, i);
        }
    }
}
