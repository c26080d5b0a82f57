package kron4j.backend.cpu;

/** Right-hand sides of several systems, one after the other on the heap and interleaved, with rows or columns in the order in which they lie in memory. */
final class Rights {
    private final Entries b;
    private final int lanes;
    private final boolean byRows;
    final int columns;
    /** Elements of a matrix, and how many they are apart in a column and in a row. */
    final int size;

    final int down;
    final int across;
    final double[] several;
    final double[] packed;
    private final double[] one;

    Rights(Entries b, int lanes) {
        this.b = b;
        this.lanes = lanes;
        byRows = b.isByRows();
        columns = b.size(-1);
        size = b.size(-2) * columns;
        down = byRows ? columns : 1;
        across = byRows ? 1 : b.size(-2);
        several = new double[lanes * size];
        packed = new double[lanes * size];
        one = new double[lanes == 0 ? 0 : size];
    }

    void read(long index) {
        for (int lane = 0; lane < lanes; lane++) {
            if (byRows) {
                b.read(b.at(index + lane), several, lane * size, size);
            } else {
                b.readMatrix(index + lane, one);
                System.arraycopy(one, 0, several, lane * size, size);
            }
        }
    }

    void write(long index) {
        for (int lane = 0; lane < lanes; lane++) {
            if (byRows) {
                b.write(b.at(index + lane), several, lane * size, size);
            } else {
                System.arraycopy(several, lane * size, one, 0, size);
                b.writeMatrix(index + lane, one);
            }
        }
    }

    /** Exchanges rows of the right-hand sides of one system. */
    void exchange(int lane, int row, int other) {
        for (int c = 0, i = lane * size + row * down, j = lane * size + other * down; c < columns; c++) {
            double kept = several[i];
            several[i] = several[j];
            several[j] = kept;
            i += across;
            j += across;
        }
    }
}
