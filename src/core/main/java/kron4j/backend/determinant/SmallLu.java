package kron4j.backend.determinant;

/**
 * LU with partial pivoting of one small matrix in a heap array, column-major. Always in double: for operands of single precision only the stored
 * factors are rounded. Complex numbers take two doubles each. Pivots are LAPACK's: 1-based rows.
 */
public interface SmallLu {
    /** Of real matrices. */
    SmallLu REAL = new RealLu();

    /** Of complex matrices. */
    SmallLu COMPLEX = new ComplexLu();

    /** Between these, sums of squares of complex numbers' parts and products with them neither overflow nor lose digits. */
    double SMALL = 0x1p-450;

    double LARGE = 0x1p500;

    /** Factors P A = L U in place; returns LAPACK's info: 0, or the 1-based index of the first zero pivot. */
    int factor(double[] a, int rows, int cols, int[] pivots);

    /** Computes the product of the pivots; NaN if any element is NaN. */
    void determinant(double[] lu, int n, int[] pivots, PivotProduct product);

    /** Computes {@code b := A^-1 b} from the factors; b is n x columns, column-major. */
    void solve(double[] lu, int n, int[] pivots, double[] b, int columns);

    /** Computes {@code b := A^-T b} from the factors. */
    void solveTransposed(double[] lu, int n, int[] pivots, double[] b, int columns);
}
