package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Locale;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link NetworkLoops} by vectors, each {@link Alone}: 8 elements of as many lines as a vector has lanes stay in registers. */
final class NetworkVectorLoops extends NetworkLoops {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

    private final MethodHandle[] ofInts = loops(int[].class);
    private final MethodHandle[] ofLongs = loops(long[].class);

    private static MethodHandle[] loops(Class<?> array) {
        MethodType type = MethodType.methodType(void.class, array, int.class, int.class, int.class, int.class);
        MethodHandle[] loops = new MethodHandle[Step.values().length];
        for (Step step : Step.values()) {
            loops[step.ordinal()] = Alone.loop(NetworkVectorLoops.class, step.name().toLowerCase(Locale.ROOT), type);
        }
        return loops;
    }

    @Override
    void run(int step, int[] x, int a, int b, int apart, int n) {
        try {
            ofInts[step].invokeExact(x, a, b, apart, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    void run(int step, long[] x, int a, int b, int apart, int n) {
        try {
            ofLongs[step].invokeExact(x, a, b, apart, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(INTS, x, i);
    }

    static void sort(int[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += INTS.length(), j += INTS.length(), k += INTS.length()) {
            IntVector a0 = at(x, j);
            IntVector b0 = at(x, j + apart);
            IntVector c0 = at(x, j + 2 * apart);
            IntVector d0 = at(x, j + 3 * apart);
            IntVector e0 = at(x, k);
            IntVector f0 = at(x, k + apart);
            IntVector g0 = at(x, k + 2 * apart);
            IntVector h0 = at(x, k + 3 * apart);
            IntVector a1 = a0.min(c0);
            IntVector c1 = a0.max(c0);
            IntVector b1 = b0.min(d0);
            IntVector d1 = b0.max(d0);
            IntVector e1 = e0.min(g0);
            IntVector g1 = e0.max(g0);
            IntVector f1 = f0.min(h0);
            IntVector h1 = f0.max(h0);
            IntVector a2 = a1.min(e1);
            IntVector e2 = a1.max(e1);
            IntVector b2 = b1.min(f1);
            IntVector f2 = b1.max(f1);
            IntVector c2 = c1.min(g1);
            IntVector g2 = c1.max(g1);
            IntVector d2 = d1.min(h1);
            IntVector h2 = d1.max(h1);
            IntVector a3 = a2.min(b2);
            IntVector b3 = a2.max(b2);
            IntVector c3 = c2.min(d2);
            IntVector d3 = c2.max(d2);
            IntVector e3 = e2.min(f2);
            IntVector f3 = e2.max(f2);
            IntVector g3 = g2.min(h2);
            IntVector h3 = g2.max(h2);
            IntVector c4 = c3.min(e3);
            IntVector e4 = c3.max(e3);
            IntVector d4 = d3.min(f3);
            IntVector f4 = d3.max(f3);
            IntVector b4 = b3.min(e4);
            IntVector e5 = b3.max(e4);
            IntVector d5 = d4.min(g3);
            IntVector g4 = d4.max(g3);
            IntVector b5 = b4.min(c4);
            IntVector c5 = b4.max(c4);
            IntVector d6 = d5.min(e5);
            IntVector e6 = d5.max(e5);
            IntVector f5 = f4.min(g4);
            IntVector g5 = f4.max(g4);
            a3.intoArray(x, j);
            b5.intoArray(x, j + apart);
            c5.intoArray(x, j + 2 * apart);
            d6.intoArray(x, j + 3 * apart);
            e6.intoArray(x, k);
            f5.intoArray(x, k + apart);
            g5.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }

    static void mirror(int[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += INTS.length(), j += INTS.length(), k += INTS.length()) {
            IntVector a0 = at(x, j);
            IntVector b0 = at(x, j + apart);
            IntVector c0 = at(x, j + 2 * apart);
            IntVector d0 = at(x, j + 3 * apart);
            IntVector e0 = at(x, k);
            IntVector f0 = at(x, k + apart);
            IntVector g0 = at(x, k + 2 * apart);
            IntVector h0 = at(x, k + 3 * apart);
            IntVector a1 = a0.min(h0);
            IntVector h1 = a0.max(h0);
            IntVector b1 = b0.min(g0);
            IntVector g1 = b0.max(g0);
            IntVector c1 = c0.min(f0);
            IntVector f1 = c0.max(f0);
            IntVector d1 = d0.min(e0);
            IntVector e1 = d0.max(e0);
            IntVector a2 = a1.min(c1);
            IntVector c2 = a1.max(c1);
            IntVector b2 = b1.min(d1);
            IntVector d2 = b1.max(d1);
            IntVector e2 = e1.min(g1);
            IntVector g2 = e1.max(g1);
            IntVector f2 = f1.min(h1);
            IntVector h2 = f1.max(h1);
            IntVector a3 = a2.min(b2);
            IntVector b3 = a2.max(b2);
            IntVector c3 = c2.min(d2);
            IntVector d3 = c2.max(d2);
            IntVector e3 = e2.min(f2);
            IntVector f3 = e2.max(f2);
            IntVector g3 = g2.min(h2);
            IntVector h3 = g2.max(h2);
            a3.intoArray(x, j);
            b3.intoArray(x, j + apart);
            c3.intoArray(x, j + 2 * apart);
            d3.intoArray(x, j + 3 * apart);
            e3.intoArray(x, k);
            f3.intoArray(x, k + apart);
            g3.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }

    static void halve(int[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += INTS.length(), j += INTS.length(), k += INTS.length()) {
            IntVector a0 = at(x, j);
            IntVector b0 = at(x, j + apart);
            IntVector c0 = at(x, j + 2 * apart);
            IntVector d0 = at(x, j + 3 * apart);
            IntVector e0 = at(x, k);
            IntVector f0 = at(x, k + apart);
            IntVector g0 = at(x, k + 2 * apart);
            IntVector h0 = at(x, k + 3 * apart);
            IntVector a1 = a0.min(e0);
            IntVector e1 = a0.max(e0);
            IntVector b1 = b0.min(f0);
            IntVector f1 = b0.max(f0);
            IntVector c1 = c0.min(g0);
            IntVector g1 = c0.max(g0);
            IntVector d1 = d0.min(h0);
            IntVector h1 = d0.max(h0);
            IntVector a2 = a1.min(c1);
            IntVector c2 = a1.max(c1);
            IntVector b2 = b1.min(d1);
            IntVector d2 = b1.max(d1);
            IntVector e2 = e1.min(g1);
            IntVector g2 = e1.max(g1);
            IntVector f2 = f1.min(h1);
            IntVector h2 = f1.max(h1);
            IntVector a3 = a2.min(b2);
            IntVector b3 = a2.max(b2);
            IntVector c3 = c2.min(d2);
            IntVector d3 = c2.max(d2);
            IntVector e3 = e2.min(f2);
            IntVector f3 = e2.max(f2);
            IntVector g3 = g2.min(h2);
            IntVector h3 = g2.max(h2);
            a3.intoArray(x, j);
            b3.intoArray(x, j + apart);
            c3.intoArray(x, j + 2 * apart);
            d3.intoArray(x, j + 3 * apart);
            e3.intoArray(x, k);
            f3.intoArray(x, k + apart);
            g3.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }

    private static LongVector at(long[] x, int i) {
        return LongVector.fromArray(LONGS, x, i);
    }

    static void sort(long[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += LONGS.length(), j += LONGS.length(), k += LONGS.length()) {
            LongVector a0 = at(x, j);
            LongVector b0 = at(x, j + apart);
            LongVector c0 = at(x, j + 2 * apart);
            LongVector d0 = at(x, j + 3 * apart);
            LongVector e0 = at(x, k);
            LongVector f0 = at(x, k + apart);
            LongVector g0 = at(x, k + 2 * apart);
            LongVector h0 = at(x, k + 3 * apart);
            LongVector a1 = a0.min(c0);
            LongVector c1 = a0.max(c0);
            LongVector b1 = b0.min(d0);
            LongVector d1 = b0.max(d0);
            LongVector e1 = e0.min(g0);
            LongVector g1 = e0.max(g0);
            LongVector f1 = f0.min(h0);
            LongVector h1 = f0.max(h0);
            LongVector a2 = a1.min(e1);
            LongVector e2 = a1.max(e1);
            LongVector b2 = b1.min(f1);
            LongVector f2 = b1.max(f1);
            LongVector c2 = c1.min(g1);
            LongVector g2 = c1.max(g1);
            LongVector d2 = d1.min(h1);
            LongVector h2 = d1.max(h1);
            LongVector a3 = a2.min(b2);
            LongVector b3 = a2.max(b2);
            LongVector c3 = c2.min(d2);
            LongVector d3 = c2.max(d2);
            LongVector e3 = e2.min(f2);
            LongVector f3 = e2.max(f2);
            LongVector g3 = g2.min(h2);
            LongVector h3 = g2.max(h2);
            LongVector c4 = c3.min(e3);
            LongVector e4 = c3.max(e3);
            LongVector d4 = d3.min(f3);
            LongVector f4 = d3.max(f3);
            LongVector b4 = b3.min(e4);
            LongVector e5 = b3.max(e4);
            LongVector d5 = d4.min(g3);
            LongVector g4 = d4.max(g3);
            LongVector b5 = b4.min(c4);
            LongVector c5 = b4.max(c4);
            LongVector d6 = d5.min(e5);
            LongVector e6 = d5.max(e5);
            LongVector f5 = f4.min(g4);
            LongVector g5 = f4.max(g4);
            a3.intoArray(x, j);
            b5.intoArray(x, j + apart);
            c5.intoArray(x, j + 2 * apart);
            d6.intoArray(x, j + 3 * apart);
            e6.intoArray(x, k);
            f5.intoArray(x, k + apart);
            g5.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }

    static void mirror(long[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += LONGS.length(), j += LONGS.length(), k += LONGS.length()) {
            LongVector a0 = at(x, j);
            LongVector b0 = at(x, j + apart);
            LongVector c0 = at(x, j + 2 * apart);
            LongVector d0 = at(x, j + 3 * apart);
            LongVector e0 = at(x, k);
            LongVector f0 = at(x, k + apart);
            LongVector g0 = at(x, k + 2 * apart);
            LongVector h0 = at(x, k + 3 * apart);
            LongVector a1 = a0.min(h0);
            LongVector h1 = a0.max(h0);
            LongVector b1 = b0.min(g0);
            LongVector g1 = b0.max(g0);
            LongVector c1 = c0.min(f0);
            LongVector f1 = c0.max(f0);
            LongVector d1 = d0.min(e0);
            LongVector e1 = d0.max(e0);
            LongVector a2 = a1.min(c1);
            LongVector c2 = a1.max(c1);
            LongVector b2 = b1.min(d1);
            LongVector d2 = b1.max(d1);
            LongVector e2 = e1.min(g1);
            LongVector g2 = e1.max(g1);
            LongVector f2 = f1.min(h1);
            LongVector h2 = f1.max(h1);
            LongVector a3 = a2.min(b2);
            LongVector b3 = a2.max(b2);
            LongVector c3 = c2.min(d2);
            LongVector d3 = c2.max(d2);
            LongVector e3 = e2.min(f2);
            LongVector f3 = e2.max(f2);
            LongVector g3 = g2.min(h2);
            LongVector h3 = g2.max(h2);
            a3.intoArray(x, j);
            b3.intoArray(x, j + apart);
            c3.intoArray(x, j + 2 * apart);
            d3.intoArray(x, j + 3 * apart);
            e3.intoArray(x, k);
            f3.intoArray(x, k + apart);
            g3.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }

    static void halve(long[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += LONGS.length(), j += LONGS.length(), k += LONGS.length()) {
            LongVector a0 = at(x, j);
            LongVector b0 = at(x, j + apart);
            LongVector c0 = at(x, j + 2 * apart);
            LongVector d0 = at(x, j + 3 * apart);
            LongVector e0 = at(x, k);
            LongVector f0 = at(x, k + apart);
            LongVector g0 = at(x, k + 2 * apart);
            LongVector h0 = at(x, k + 3 * apart);
            LongVector a1 = a0.min(e0);
            LongVector e1 = a0.max(e0);
            LongVector b1 = b0.min(f0);
            LongVector f1 = b0.max(f0);
            LongVector c1 = c0.min(g0);
            LongVector g1 = c0.max(g0);
            LongVector d1 = d0.min(h0);
            LongVector h1 = d0.max(h0);
            LongVector a2 = a1.min(c1);
            LongVector c2 = a1.max(c1);
            LongVector b2 = b1.min(d1);
            LongVector d2 = b1.max(d1);
            LongVector e2 = e1.min(g1);
            LongVector g2 = e1.max(g1);
            LongVector f2 = f1.min(h1);
            LongVector h2 = f1.max(h1);
            LongVector a3 = a2.min(b2);
            LongVector b3 = a2.max(b2);
            LongVector c3 = c2.min(d2);
            LongVector d3 = c2.max(d2);
            LongVector e3 = e2.min(f2);
            LongVector f3 = e2.max(f2);
            LongVector g3 = g2.min(h2);
            LongVector h3 = g2.max(h2);
            a3.intoArray(x, j);
            b3.intoArray(x, j + apart);
            c3.intoArray(x, j + 2 * apart);
            d3.intoArray(x, j + 3 * apart);
            e3.intoArray(x, k);
            f3.intoArray(x, k + apart);
            g3.intoArray(x, k + 2 * apart);
            h3.intoArray(x, k + 3 * apart);
        }
    }
}
