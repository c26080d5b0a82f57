package kron4j.backend.cpu;

import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cpu.Lapack.Matrix;
import kron4j.backend.determinant.SmallLu;

/** Solves with triangles of complex numbers whose reciprocals may be beyond the range: the library makes those, for a single column too. */
final class ComplexTriangles {
    private ComplexTriangles() {}

    /** As getrs. */
    static void solve(Matrix lu, Matrix pivots, boolean transposed, int n, Matrix b, int columns) {
        double[] matrix = new double[2 * Math.multiplyExact(n, n)];
        lu.entries(n, n).readMatrix(0, matrix);
        int[] rows = new int[n];
        View exchanges = new View(pivots.storage(), Layout.of(Shape.of(n), new long[] {1}, pivots.element()));
        new Entries(exchanges, 1).readInts(0, rows);
        solve(matrix, rows, transposed, n, b, columns);
    }

    /** As trsm with a diagonal of its own: the upper triangle as LU factors whose L is the identity. */
    static void solve(Matrix t, boolean upper, boolean transposed, int n, Matrix b, int columns) {
        double[] given = new double[2 * Math.multiplyExact(n, n)];
        t.entries(n, n).readMatrix(0, given);
        double[] matrix = new double[given.length];
        int[] rows = new int[n];
        for (int j = 0; j < n; j++) {
            rows[j] = j + 1;
            for (int i = 0; i <= j; i++) {
                int from = 2 * (upper ? j * n + i : i * n + j);
                matrix[2 * (j * n + i)] = given[from];
                matrix[2 * (j * n + i) + 1] = given[from + 1];
            }
        }
        solve(matrix, rows, transposed == upper, n, b, columns);
    }

    private static void solve(double[] lu, int[] rows, boolean transposed, int n, Matrix b, int columns) {
        double[] right = new double[2 * Math.multiplyExact(n, columns)];
        Entries entries = b.entries(n, columns);
        entries.readMatrix(0, right);
        if (transposed) {
            SmallLu.COMPLEX.solveTransposed(lu, n, rows, right, columns);
        } else {
            SmallLu.COMPLEX.solve(lu, n, rows, right, columns);
        }
        entries.writeMatrix(0, right);
    }
}
