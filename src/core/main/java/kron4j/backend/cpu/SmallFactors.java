package kron4j.backend.cpu;

/** The LU of the small matrices of a batch, one after the other; computed for several at once where there are vectors. */
final class SmallFactors {
    private final Entries a;
    private final int rows;
    private final int cols;
    private final LuLanes lanes;
    private final double[] packed;
    private final int[] places;
    /** The matrices [first, end) are in the lanes, and those before {@code singly} are not to be tried again. */
    private long first;

    private long end;
    private long singly;

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
        lanes = a.width() == 1 ? Loops.BEST.luLanes() : null;
        matrix = new double[a.width() * rows * cols];
        pivots = new int[Math.min(rows, cols)];
        packed = new double[lanes == null ? 0 : lanes.count() * matrix.length];
        places = new int[lanes == null ? 0 : lanes.count() * pivots.length];
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
        if (lanes != null && index >= Math.max(end, singly) && to - index >= lanes.count()) {
            factorSome(index);
        }
        if (index >= first && index < end) {
            int lane = (int) (index - first);
            for (int e = 0, from = lane; e < matrix.length; e++, from += lanes.count()) {
                matrix[e] = packed[from];
            }
            System.arraycopy(places, lane * pivots.length, pivots, 0, pivots.length);
            return 0;
        }
        read(index);
        return a.small().factor(matrix, rows, cols, pivots);
    }

    private void read(long index) {
        if (either) {
            a.readEither(index, matrix);
        } else {
            a.readMatrix(index, matrix);
        }
    }

    private void factorSome(long index) {
        for (int lane = 0; lane < lanes.count(); lane++) {
            read(index + lane);
            for (int e = 0, to = lane; e < matrix.length; e++, to += lanes.count()) {
                packed[to] = matrix[e];
            }
        }
        if (lanes.factor(packed, rows, cols, places)) {
            first = index;
            end = index + lanes.count();
        } else {
            singly = index + lanes.count();
        }
    }
}
