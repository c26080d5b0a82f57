package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The loops of this JVM over pairs, bit for bit against the plain ones; a NaN is any NaN. */
class ComplexPairsTest {
    private static final int N = 999;
    private static final double[] EDGES = {
        0, -0.0, 1, -1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0x1p-1000, -0x1p1000, 0x1p-149
    };

    private final Random random = new Random(7);
    private final Loops plain = new Loops();

    /** Ordinary numbers, or here and there an edge. */
    private double[] doubles(boolean edges) {
        double[] x = new double[2 * Tile.SIZE + 8];
        for (int i = 0; i < x.length; i++) {
            x[i] = edges && random.nextInt(3) == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextGaussian();
        }
        return x;
    }

    private float[] floats(boolean edges) {
        double[] x = doubles(edges);
        float[] z = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            z[i] = (float) x[i];
        }
        return z;
    }

    private static double[] first(int n, double[] x) {
        return Arrays.copyOf(x, n);
    }

    private static float[] first(int n, float[] x) {
        return Arrays.copyOf(x, n);
    }

    @Test
    void doublesAreThoseOfThePlainLoops() {
        for (boolean edges : new boolean[] {false, true}) {
            double[] x = doubles(edges);
            double[] y = doubles(edges);
            double[] expected = new double[x.length];
            double[] actual = new double[x.length];
            plain.multiply(x, y, expected, N);
            Loops.BEST.multiply(x, y, actual, N);
            assertArrayEquals(first(2 * N, expected), first(2 * N, actual));
            plain.scale(0.1, -0.7, x, expected, N);
            Loops.BEST.scale(0.1, -0.7, x, actual, N);
            assertArrayEquals(first(2 * N, expected), first(2 * N, actual));
            plain.absolute(x, expected, N);
            Loops.BEST.absolute(x, actual, N);
            assertArrayEquals(first(N, expected), first(N, actual));
            int left = Loops.BEST.divide(x, y, actual, N);
            assertTrue(edges || left < N || Loops.BEST.bits() == 0);
            ComplexPairs.divide(x, y, expected, new Tile(), N);
            ComplexPairs.divide(x, y, actual, new Tile(), left);
            assertArrayEquals(first(2 * N, expected), first(2 * N, actual));
        }
    }

    @Test
    void floatsAreThoseOfThePlainLoops() {
        for (boolean edges : new boolean[] {false, true}) {
            float[] x = floats(edges);
            float[] y = floats(edges);
            float[] expected = new float[x.length];
            float[] actual = new float[x.length];
            plain.multiply(x, y, expected, N);
            Loops.BEST.multiply(x, y, actual, N);
            assertArrayEquals(first(2 * N, expected), first(2 * N, actual));
            plain.scale(0.1, -0.7, x, expected, N);
            Loops.BEST.scale(0.1, -0.7, x, actual, N);
            assertArrayEquals(first(2 * N, expected), first(2 * N, actual));
            plain.absolute(x, expected, N);
            Loops.BEST.absolute(x, actual, N);
            assertArrayEquals(first(N, expected), first(N, actual));
        }
    }

    @Test
    void floatsBecomeDoublesAndDoublesFloats() {
        float[] x = floats(true);
        double[] wide = new double[x.length];
        float[] narrow = new float[x.length];
        Loops.BEST.widen(x, wide, 2 * N);
        for (int i = 0; i < 2 * N; i++) {
            assertEquals(x[i], wide[i]);
            wide[i] *= 1 + 0x1p-26;
        }
        Loops.BEST.narrow(wide, narrow, 2 * N);
        for (int i = 0; i < 2 * N; i++) {
            assertEquals((float) wide[i], narrow[i]);
        }
    }
}
