package kron4j.backend.cpu;

/** Which real matrices are so small that several become triangles at once, by {@link QrLanes}, and which of these triangles can be used. */
final class SmallTriangles {
    /** Within this and its reciprocal no square of a size and no product of two squares leaves the range of numbers. */
    static final double LARGE = 0x1p150;

    /** What the least element of a diagonal may be relative to its matrix, for the same reason. */
    private static final double NARROW = 0x1p-60;

    private static final int MOST_COLUMNS = 16;
    private static final int MOST_ROWS = 64;

    private SmallTriangles() {}

    /** Whether there are as many such matrices as lanes. */
    static boolean suit(Entries a) {
        return Loops.BEST.qrLanes() != null
                && a.width() == 1
                && a.size(-1) > 0
                && a.count() >= Loops.BEST.luLanes(1).count()
                && a.size(-1) <= Math.min(MOST_COLUMNS, a.size(-2))
                && a.size(-2) <= MOST_ROWS;
    }

    /** Whether all that was computed for a matrix was in range: its greatest size, and the diagonal of its triangle, of every lane. */
    static boolean isOrdinary(double size, double[] diagonal, int lane, int lanes) {
        double least = Double.POSITIVE_INFINITY;
        for (int k = lane; k < diagonal.length; k += lanes) {
            least = Math.min(least, Math.abs(diagonal[k]));
        }
        return size <= LARGE && size >= 1 / LARGE && least >= NARROW * size;
    }
}
