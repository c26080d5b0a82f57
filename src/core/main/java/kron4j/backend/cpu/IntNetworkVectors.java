package kron4j.backend.cpu;

import jdk.incubator.vector.IntVector;

/**
 * The loops of {@link NetworkVectorLoops}: 8 elements of as many lines as a vector has lanes stay in registers. The build writes the same for numbers of
 * twice the length (pom.xml).
 */
final class IntNetworkVectors {
    private static final int LANES = IntVector.SPECIES_PREFERRED.length();

    private IntNetworkVectors() {}

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(IntVector.SPECIES_PREFERRED, x, i);
    }

    static void sort(int[] x, int a, int b, int apart, int n) {
        for (int i = 0, j = a, k = b; i < n; i += LANES, j += LANES, k += LANES) {
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
        for (int i = 0, j = a, k = b; i < n; i += LANES, j += LANES, k += LANES) {
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
        for (int i = 0, j = a, k = b; i < n; i += LANES, j += LANES, k += LANES) {
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
}
