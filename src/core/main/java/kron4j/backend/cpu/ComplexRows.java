package kron4j.backend.cpu;

/**
 * Rows of Kronecker products of complex numbers as pairs: {@code (a + bi) * row} is {@code a * row + b * (i row)}, real products that the JIT vectorises
 * without a shuffle. As everywhere in double, rounded once.
 */
final class ComplexRows {
    /** A row, and it times i. */
    private final double[] row = new double[2 * Tile.SIZE];

    private final double[] turned = new double[2 * Tile.SIZE];
    private final double[] doubles = new double[2 * Tile.SIZE];
    private final float[] floats = new float[2 * Tile.SIZE];

    /** Takes the first {@code width} elements of a tile as the row. */
    void take(Tile tile, int width) {
        for (int i = 0; i < width; i++) {
            double re = tile.doubles[i];
            double im = tile.imaginary[i];
            row[2 * i] = re;
            row[2 * i + 1] = im;
            turned[2 * i] = -im;
            turned[2 * i + 1] = re;
        }
    }

    /** Stores each of the first {@code count} elements times the row, one after the other, from the position {@code at} of the storage on. */
    void store(Tile factors, int count, int width, ComplexCursor to, long at) {
        int n = 2 * width;
        if (to.isSingle()) {
            for (int j = 0; j < count; j++) {
                scale(factors.doubles[j], factors.imaginary[j], row, turned, floats, j * n, n);
            }
            to.store(at, floats, count * width);
        } else {
            for (int j = 0; j < count; j++) {
                scale(factors.doubles[j], factors.imaginary[j], row, turned, doubles, j * n, n);
            }
            to.store(at, doubles, count * width);
        }
    }

    private static void scale(double a, double b, double[] x, double[] y, double[] z, int to, int n) {
        for (int i = 0; i < n; i++) {
            z[to + i] = a * x[i] + b * y[i];
        }
    }

    private static void scale(double a, double b, double[] x, double[] y, float[] z, int to, int n) {
        for (int i = 0; i < n; i++) {
            z[to + i] = (float) (a * x[i] + b * y[i]);
        }
    }
}
