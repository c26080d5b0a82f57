package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.FusedKernel;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Functions of halves as the table of their values for all patterns of bits, made when it is first used on many elements: 128 KiB for each; and their slopes, in float32, 256 KiB.
 */
final class HalfTables {
    private static final int PATTERNS = 1 << 16;
    private static final int OPERATIONS = UnaryOp.values().length;
    private static final AtomicReferenceArray<short[]> TABLES =
            new AtomicReferenceArray<>(Half.values().length * OPERATIONS);

    private static final Map<Slopes, float[]> SLOPES = new ConcurrentHashMap<>();
    private static final Map<Slopes, short[]> VALUES = new ConcurrentHashMap<>();

    private HalfTables() {}

    /** Of which function in which dtype. */
    private record Slopes(Half half, FusedKernel kernel) {}

    /** {@code out = op(a)}, if there are so many elements that a table is worth it; returns whether it did. */
    static boolean run(UnaryOp op, View a, View out) {
        if (!a.dtype().isHalf() || a.shape().size() < PATTERNS || op.isPredicate() || isQuick(op)) {
            return false;
        }
        lookUp(of(Half.of(a.dtype()), op), a, out);
        return true;
    }

    private static void lookUp(short[] table, View a, View out) {
        Tiles.map((tiles, n) -> lookUp(table, tiles[1].shorts, tiles[0].shorts, n), Kind.SHORT, out, Kind.SHORT, a);
    }

    /** As {@link FusedKernels#run}, of a function of one number whose slope is finite: {@code out = f(a)}, or {@code out = g f'(a)} with g the last operand. */
    static boolean run(FusedKernel kernel, List<View> operands, View out) {
        View a = operands.get(0);
        if (!isSmooth(kernel) || !FusedKernels.has(kernel) || out.shape().size() < PATTERNS) {
            return false;
        }
        Half half = Half.of(a.dtype());
        Slopes key = new Slopes(half, kernel);
        if (kernel.wanted() != 0) {
            float[] slopes = SLOPES.computeIfAbsent(key, k -> computed(half, kernel, out.storage()));
            return HalfRuns.multiply(slopes, a, operands.get(operands.size() - 1), out);
        }
        short[] table = VALUES.computeIfAbsent(key, k -> {
            short[] values = new short[PATTERNS];
            Loops.BEST.narrow(half, computed(half, kernel, out.storage()), values, 0, PATTERNS);
            return values;
        });
        lookUp(table, a, out);
        return true;
    }

    private static boolean isSmooth(FusedKernel kernel) {
        return switch (kernel.form()) {
            case SOFTPLUS, SIGMOID, TANH, GELU, GELU_TANH, SILU, SOFTSIGN -> true;
            default -> false;
        };
    }

    /** In float32, f or f' of all halves. */
    private static float[] computed(Half half, FusedKernel kernel, Storage like) {
        Storage wide = like.backend().allocate(DType.FLOAT32, 3L * PATTERNS);
        try {
            FloatBuffer floats = ((CpuStorage) wide).whole().asFloatBuffer();
            for (int i = 0; i < PATTERNS; i++) {
                floats.put(i, half.wide((short) i));
                floats.put(PATTERNS + i, 1);
            }
            View[] x = new View[3];
            for (int i = 0; i < x.length; i++) {
                x[i] = new View(wide, Layout.of(Shape.of(PATTERNS), new long[] {1}, (long) i * PATTERNS));
            }
            FusedKernels.run(kernel, List.of(x[0], x[1]), List.of(x[2]));
            float[] values = new float[PATTERNS];
            floats.get(2 * PATTERNS, values);
            return values;
        } finally {
            wide.release();
        }
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
