package kron4j.backend.cpu;

import kron4j.backend.determinant.PivotProduct;

/** The LU of the small matrices of a batch, one after the other; computed for several at once where there are vectors. */
final class SmallFactors {
    private final Entries a;
    private final int rows;
    private final int cols;
    private final LuLanes lanes;
    /** Some matrices one after the other, and interleaved. */
    private final double[] several;

    private final double[] packed;
    private final double[] places;
    private final double[] mantissas;
    private final long[] exponents;
    /** The matrices [first, end) are in the lanes, and those before {@code next} are not to be tried again. */
    private long first;

    private long end;
    private long next;

    /** The current matrix's factors, column-major. */
    final double[] matrix;
    /** Its pivots, 1-based. */
    final int[] pivots;

    private final boolean either;

    /** @param either whether matrices that are square and row-major in memory may be taken as their transposes */
    SmallFactors(Entries a, boolean either) {
        this.a = a;
        this.either = either;
        rows = a.size(-2);
        cols = a.size(-1);
        lanes = Loops.BEST.luLanes(a.width());
        matrix = new double[a.width() * rows * cols];
        pivots = new int[Math.min(rows, cols)];
        int count = lanes == null ? 0 : lanes.count();
        several = new double[count * matrix.length];
        packed = new double[several.length];
        places = new double[count * pivots.length];
        mantissas = new double[count];
        exponents = new long[count];
    }

    /** Whether the matrices are taken as their transposes. */
    boolean areTransposed() {
        return either && a.isSquareByRows();
    }

    /**
     * Makes a matrix the current one; {@code to} is where the range of indices ends that are asked for in ascending order.
     *
     * @return LAPACK's info
     */
    int factor(long index, long to) {
        if (factorSome(index, to)) {
            lanes.separate(packed, matrix.length, several);
        }
        if (index >= end) {
            return factorOne(index);
        }
        int lane = (int) (index - first);
        System.arraycopy(several, lane * matrix.length, matrix, 0, matrix.length);
        for (int k = 0; k < pivots.length; k++) {
            pivots[k] = (int) places[k * lanes.count() + lane] + 1;
        }
        return 0;
    }

    /** Computes the determinant of a matrix, with {@code to} as in {@link #factor}. */
    void determinant(long index, long to, PivotProduct product) {
        boolean complex = a.width() > 1;
        if (complex) {
            factorSome(index, to);
        } else if (beginsSome(index, to)) {
            pack(index);
            begin(index, lanes.determinants(packed, rows, places, mantissas, exponents));
        }
        if (index >= end) {
            factorOne(index);
            a.small().determinant(matrix, rows, pivots, product);
            return;
        }
        int lane = (int) (index - first);
        if (complex) {
            multiplyPivots(lane, product);
        } else {
            product.set(mantissas[lane], exponents[lane]);
        }
    }

    /** Multiplies the complex pivots of a lane. If the matrix has NaN, so does one of them: no pivot is zero, and NaN spreads to the rows below its own. */
    private void multiplyPivots(int lane, PivotProduct product) {
        int count = lanes.count();
        product.clear();
        for (int k = 0; k < rows; k++) {
            int at = 2 * (k * rows + k) * count + lane;
            product.times(packed[at], packed[at + count]);
            if (places[k * count + lane] != k) {
                product.negate();
            }
        }
    }

    /** Factors as many matrices from this one on as there are lanes, if that many are left of a range and none has a zero pivot. */
    boolean factorSome(long index, long to) {
        if (!beginsSome(index, to)) {
            return false;
        }
        pack(index);
        boolean factored = lanes.factor(packed, rows, cols, places);
        begin(index, factored);
        return factored;
    }

    /** Solves for the right-hand sides of the matrices that {@link #factorSome} has factored; returns false if they are to be factored and solved for one by one. */
    boolean solveSome(Rights b) {
        boolean transposed = areTransposed();
        if (!transposed) {
            exchangeSome(b, false);
        }
        lanes.interleave(b.several, b.size, b.packed);
        if (!lanes.solve(packed, rows, transposed, b.packed, b.columns, b.down, b.across)) {
            end = first;
            return false;
        }
        lanes.separate(b.packed, b.size, b.several);
        if (transposed) {
            exchangeSome(b, true);
        }
        return true;
    }

    private void exchangeSome(Rights b, boolean backward) {
        int count = lanes.count();
        for (int lane = 0; lane < count; lane++) {
            for (int i = 0; i < rows; i++) {
                int k = backward ? rows - 1 - i : i;
                int other = (int) places[k * count + lane];
                if (other != k) {
                    b.exchange(lane, k, other);
                }
            }
        }
    }

    /** Whether a matrix is one of those. */
    boolean isInLanes(long index) {
        return index >= first && index < end;
    }

    int lanes() {
        return lanes == null ? 0 : lanes.count();
    }

    private boolean beginsSome(long index, long to) {
        return lanes != null && index >= next && to - index >= lanes.count();
    }

    private void pack(long index) {
        a.readMatrices(index, lanes.count(), either, several);
        lanes.interleave(several, matrix.length, packed);
    }

    private void begin(long index, boolean inLanes) {
        first = index;
        next = index + lanes.count();
        end = inLanes ? next : index;
    }

    int factorOne(long index) {
        a.readMatrices(index, 1, either, matrix);
        return a.small().factor(matrix, rows, cols, pivots);
    }
}
