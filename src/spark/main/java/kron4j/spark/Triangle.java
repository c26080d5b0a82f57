package kron4j.spark;

/** The upper triangle of a square matrix, row by row: half of what would travel otherwise. */
final class Triangle {
    private Triangle() {}

    static long size(long n) {
        return n * (n + 1) / 2;
    }

    /** Copies the triangle of a row-major matrix to {@code packed}, from {@code at} on. */
    static void pack(double[] matrix, int n, double[] packed, int at) {
        for (int i = 0; i < n; at += n - i, i++) {
            System.arraycopy(matrix, i * n + i, packed, at, n - i);
        }
    }

    /** Returns the matrix whose upper triangle is {@code packed}, from {@code at} on, with zeros below. */
    static double[] unpack(double[] packed, int at, int n) {
        double[] matrix = new double[Math.multiplyExact(n, n)];
        for (int i = 0; i < n; at += n - i, i++) {
            System.arraycopy(packed, at, matrix, i * n + i, n - i);
        }
        return matrix;
    }

    /** Returns the symmetric matrix whose upper triangle is {@code packed}, from {@code at} on. */
    static double[] symmetric(double[] packed, int at, int n) {
        double[] matrix = unpack(packed, at, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                matrix[i * n + j] = matrix[j * n + i];
            }
        }
        return matrix;
    }
}
