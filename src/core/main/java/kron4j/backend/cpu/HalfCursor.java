package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** The cursors of float16 and bfloat16. What they store was computed in float32, or is rounded to it, and is then rounded once. */
final class HalfCursor extends Cursor {
    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 6;

    private final Half half;
    private final boolean wide;
    private ShortBuffer buffer;

    HalfCursor(View view, Kind kind, long[] strides, long offset, int window) {
        super(view, strides, offset, window);
        this.half = Half.of(view.dtype());
        this.wide = kind != Kind.FLOAT;
    }

    @Override
    void see(ByteBuffer bytes) {
        buffer = bytes.asShortBuffer();
    }

    @Override
    Object elements(Tile tile) {
        return wide ? tile.doubles : tile.floats;
    }

    @Override
    void loadRun(Tile tile, int to, int n, int at, int stride) {
        short[] halves = tile.shorts;
        if (stride == 1 && n >= SHORT) {
            buffer.get(at, halves, to, n);
        } else if (stride == 0) {
            Arrays.fill(halves, to, to + n, buffer.get(at));
        } else {
            for (int i = 0; i < n; i++) {
                halves[to + i] = buffer.get(at + i * stride);
            }
        }
        loaded(half, wide, tile, to, n);
    }

    @Override
    void storeRun(Tile tile, int from, int n, int at, int stride) {
        stored(half, wide, tile, from, n);
        short[] halves = tile.shorts;
        if (stride == 1 && n >= SHORT) {
            buffer.put(at, halves, from, n);
        } else {
            for (int i = 0; i < n; i++) {
                buffer.put(at + i * stride, halves[from + i]);
            }
        }
    }

    @Override
    void loadMapped(Tile tile, int n, int at, int[] map) {
        short[] halves = tile.shorts;
        for (int i = 0; i < n; i++) {
            halves[i] = buffer.get(at + map[i]);
        }
        loaded(half, wide, tile, 0, n);
    }

    @Override
    void storeMapped(Tile tile, int n, int at, int[] map) {
        stored(half, wide, tile, 0, n);
        short[] halves = tile.shorts;
        for (int i = 0; i < n; i++) {
            buffer.put(at + map[i], halves[i]);
        }
    }

    /** Computes shorts of tile 0 from those of tile 1. */
    static void compute(Half half, UnaryOp op, Tile[] tiles, int n) {
        Kind kind = Kind.FLOAT.of(op);
        boolean wide = kind != Kind.FLOAT;
        loaded(half, wide, tiles[1], 0, n);
        kind.compute(op, tiles, n);
        stored(half, wide, tiles[0], 0, n);
    }

    private static void loaded(Half half, boolean wide, Tile tile, int from, int n) {
        float[] floats = tile.floats;
        Loops.BEST.widen(half, tile.shorts, floats, from, from + n);
        if (wide) {
            double[] doubles = tile.doubles;
            for (int i = from; i < from + n; i++) {
                doubles[i] = floats[i];
            }
        }
    }

    private static void stored(Half half, boolean wide, Tile tile, int from, int n) {
        float[] floats = tile.floats;
        if (wide) {
            double[] doubles = tile.doubles;
            for (int i = from; i < from + n; i++) {
                floats[i] = (float) doubles[i];
            }
        }
        Loops.BEST.narrow(half, floats, tile.shorts, from, from + n);
    }
}
