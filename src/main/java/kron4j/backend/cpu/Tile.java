package kron4j.backend.cpu;

/**
 * A few elements on the Java heap, small enough for the first-level cache: the JIT vectorises loops over such arrays, but not over direct buffers.
 * Which of the arrays holds the elements is told by the {@link Kind} of the cursor that loads or stores it.
 */
final class Tile {
    /** Elements in a tile. */
    static final int SIZE = 1024;

    private static final int PER_THREAD = 6;
    private static final ThreadLocal<Tile[]> LOCAL = ThreadLocal.withInitial(() -> {
        Tile[] tiles = new Tile[PER_THREAD];
        java.util.Arrays.setAll(tiles, i -> new Tile());
        return tiles;
    });

    final float[] floats = new float[SIZE];
    final double[] doubles = new double[SIZE];
    final long[] longs = new long[SIZE];
    /** Where cursors convert. */
    final int[] ints = new int[SIZE];
    /** Where cursors convert. */
    final byte[] bytes = new byte[SIZE];

    /** This thread's tiles; a kernel that uses them must not call another one that does. */
    static Tile[] local() {
        return LOCAL.get();
    }
}
