package kron4j.backend.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Functions of halves as the table of their values for all patterns of bits: 128 KiB for each, made when it is first used on many elements. */
final class HalfTables {
    private static final int PATTERNS = 1 << 16;
    private static final int OPERATIONS = UnaryOp.values().length;
    private static final AtomicReferenceArray<short[]> TABLES =
            new AtomicReferenceArray<>(Half.values().length * OPERATIONS);

    private HalfTables() {}

    /** {@code out = op(a)}, if there are so many elements that a table is worth it; returns whether it did. */
    static boolean run(UnaryOp op, View a, View out) {
        if (!a.dtype().isHalf() || a.shape().size() < PATTERNS || op.isPredicate() || isQuick(op)) {
            return false;
        }
        short[] table = of(Half.of(a.dtype()), op);
        Tiles.map((tiles, n) -> lookUp(table, tiles[1].shorts, tiles[0].shorts, n), Kind.SHORT, out, Kind.SHORT, a);
        return true;
    }

    /** Whether computing takes no longer than looking up. */
    private static boolean isQuick(UnaryOp op) {
        return switch (op) {
            case NEGATIVE, ABS, RELU, SQUARE, SQRT -> true;
            default -> false;
        };
    }

    private static void lookUp(short[] table, short[] x, short[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = table[x[i] & 0xffff];
        }
    }

    private static short[] of(Half half, UnaryOp op) {
        int number = half.ordinal() * OPERATIONS + op.ordinal();
        short[] known = TABLES.get(number);
        if (known == null) {
            known = computed(half, op);
            TABLES.set(number, known);
        }
        return known;
    }

    /** The values that few elements get. */
    private static short[] computed(Half half, UnaryOp op) {
        Tile[] tiles = Tile.local();
        short[] table = new short[PATTERNS];
        for (int from = 0; from < PATTERNS; from += Tile.SIZE) {
            for (int i = 0; i < Tile.SIZE; i++) {
                tiles[1].shorts[i] = (short) (from + i);
            }
            HalfCursor.compute(half, op, tiles, Tile.SIZE);
            System.arraycopy(tiles[0].shorts, 0, table, from, Tile.SIZE);
        }
        return table;
    }
}
