package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import kron4j.backend.PerThread;

/** Powers of floats by vectors of doubles, rounded once: {@code e^(y log |x|)} where x is not 0 and both are finite, else one by one. */
final class PowerVectorLoops {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();
    private static final FloatVector ZERO = FloatVector.broadcast(FloatVectors.SPECIES, 0);
    private static final FloatVector GREATEST = FloatVector.broadcast(FloatVectors.SPECIES, Float.MAX_VALUE);
    private static final DoubleVector LN2 = all(Math.log(2));
    private static final DoubleVector MINUS_LN2 = LN2.neg();

    /** Beyond these, powers are 0 and infinite in float32; within them, they are finite in float64. */
    private static final DoubleVector LOWEST = all(-200);

    private static final DoubleVector HIGHEST = all(200);

    /** Of log(1 + f) for s = f / (2 + f), and of e^r. */
    private static final DoubleVector LOG_3 = all(0x1.5555555564ed7p-1);

    private static final DoubleVector LOG_5 = all(0x1.999998cad0ef1p-2);
    private static final DoubleVector LOG_7 = all(0x1.2493240725728p-2);
    private static final DoubleVector LOG_9 = all(0x1.c67ac8fe30812p-3);
    private static final DoubleVector LOG_11 = all(0x1.8c8d5c6b0f530p-3);
    private static final DoubleVector EXP_2 = all(0x1.0000000b9129bp-1);
    private static final DoubleVector EXP_3 = all(0x1.5555555a78ed4p-3);
    private static final DoubleVector EXP_4 = all(0x1.5554e9063586ep-5);
    private static final DoubleVector EXP_5 = all(0x1.1110e0f238322p-7);
    private static final DoubleVector EXP_6 = all(0x1.6d43246b523b4p-10);
    private static final DoubleVector EXP_7 = all(0x1.a124f19fe89acp-13);
    private static final PerThread<double[]> LOGARITHMS = new PerThread<>(() -> new double[HalfRuns.PIECE]);

    private final MethodHandle log = Alone.loop(
            PowerVectorLoops.class, "log", MethodType.methodType(void.class, float[].class, double[].class, int.class));
    private final MethodHandle exp = Alone.loop(
            PowerVectorLoops.class,
            "exp",
            MethodType.methodType(void.class, double[].class, float[].class, float[].class, int.class));

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, value);
    }

    /** The result is no operand. */
    void power(float[] x, float[] y, float[] z, int n) {
        double[] logarithms = LOGARITHMS.get();
        try {
            log.invokeExact(x, logarithms, n);
            exp.invokeExact(logarithms, y, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
        int whole = n - n % LANES;
        if (!arePlain(x, y, whole) || !arePlain(x, y, whole, n)) {
            settle(x, y, z, n);
        }
    }

    private static void settle(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            float size = Math.abs(x[i]);
            if (!(size > 0 && size <= Float.MAX_VALUE && Math.abs(y[i]) <= Float.MAX_VALUE)) {
                z[i] = (float) BinaryKernels.power(x[i], y[i]);
            } else if (x[i] < 0) {
                z[i] = ofNegative(z[i], y[i]);
            }
        }
    }

    /** The power of a negative number, given that of its absolute value: odd exponents are below 2^24, which {@code int} holds. */
    private static float ofNegative(float power, float exponent) {
        return exponent != (float) Math.rint(exponent)
                ? Float.NaN
                : ((int) exponent & 1) != 0 && Math.abs(exponent) < 1 << 24 ? -power : power;
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static boolean arePlain(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector v = at(x, i);
            if (!v.compare(GT, ZERO)
                    .and(v.compare(LE, GREATEST))
                    .and(at(y, i).abs().compare(LE, GREATEST))
                    .allTrue()) {
                return false;
            }
        }
        return true;
    }

    private static boolean arePlain(float[] x, float[] y, int from, int n) {
        for (int i = from; i < n; i++) {
            if (!(x[i] > 0 && x[i] <= Float.MAX_VALUE && Math.abs(y[i]) <= Float.MAX_VALUE)) {
                return false;
            }
        }
        return true;
    }

    /** {@code log |x|}, right to 2^-42 of it where x is not 0 and finite. */
    static void log(float[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            LongVector bits = PairVectors.load(x, i).abs().reinterpretAsLongs();
            LongVector place = DoubleVectors.place(bits);
            DoubleVector f = DoubleVectors.fraction(bits, place);
            DoubleVector s = f.div(f.add(DoubleVectors.TWO));
            DoubleVector w = s.mul(s);
            DoubleVector p = LOG_11.fma(w, LOG_9);
            p = p.fma(w, LOG_7);
            p = p.fma(w, LOG_5);
            p = p.fma(w, LOG_3);
            DoubleVector log = s.mul(w).fma(p, s.add(s));
            DoubleVectors.exponentOf(place).fma(LN2, log).intoArray(z, i);
        }
    }

    /** {@code e^(y logarithm)}, right to 2^-31 of it. */
    static void exp(double[] logarithms, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVector a = PairVectors.load(y, i).mul(DoubleVector.fromArray(DoubleVectors.SPECIES, logarithms, i));
            a = a.max(LOWEST).min(HIGHEST);
            DoubleVector shifted = DoubleVectors.shifted(a);
            DoubleVector r = shifted.sub(DoubleVectors.TO_INTEGER).fma(MINUS_LN2, a);
            DoubleVector q = EXP_7.fma(r, EXP_6);
            q = q.fma(r, EXP_5);
            q = q.fma(r, EXP_4);
            q = q.fma(r, EXP_3);
            q = q.fma(r, EXP_2);
            DoubleVector p = r.mul(r).fma(q, r).add(DoubleVectors.ONE);
            LongVector scaled = p.reinterpretAsLongs().add(DoubleVectors.exponent(shifted));
            PairVectors.store(scaled.reinterpretAsDoubles(), z, i);
        }
    }
}
