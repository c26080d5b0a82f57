package kron4j.backend.cpu;

/** Right-hand sides of several systems, one after the other on the heap and interleaved, with rows or columns in the order in which they lie in memory. */
final class Rights {
    private final Entries b;
    private final int lanes;
    private final boolean byRows;
    final int columns;
    /** Doubles of a matrix, and of an element. */
    final int size;

    private final int width;
    /** Elements from one to the next in a column and in a row. */
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
        width = b.width();
        size = b.size(-2) * columns * width;
        down = byRows ? columns : 1;
        across = byRows ? 1 : b.size(-2);
        several = new double[lanes * size];
        packed = new double[lanes * size];
        one = new double[lanes == 0 ? 0 : size];
    }

    void read(long index) {
        for (int lane = 0; lane < lanes; lane++) {
            if (byRows) {
                b.read(b.at(index + lane), several, lane * size / width, size / width);
            } else {
                b.readMatrix(index + lane, one);
                System.arraycopy(one, 0, several, lane * size, size);
            }
        }
    }

    void write(long index) {
        for (int lane = 0; lane < lanes; lane++) {
            if (byRows) {
                b.write(b.at(index + lane), several, lane * size / width, size / width);
            } else {
                System.arraycopy(several, lane * size, one, 0, size);
                b.writeMatrix(index + lane, one);
            }
        }
    }

    /** Exchanges rows of the right-hand sides of one system. */
    void exchange(int lane, int row, int other) {
        int i = lane * size + row * down * width;
        int j = lane * size + other * down * width;
        for (int c = 0; c < columns; c++) {
            for (int part = 0; part < width; part++) {
                double kept = several[i + part];
                several[i + part] = several[j + part];
                several[j + part] = kept;
            }
            i += across * width;
            j += across * width;
        }
    }
}
