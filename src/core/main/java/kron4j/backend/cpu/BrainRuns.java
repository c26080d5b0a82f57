package kron4j.backend.cpu;

import java.nio.ShortBuffer;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/** Arithmetic of bfloat16 elements that lie side by side: tiles have them as they are. */
final class BrainRuns {
    private BrainRuns() {}

    /** {@code out = op(a, b)} if there is a loop for it and the layouts allow it; returns whether it did. */
    static boolean run(BinaryOp op, View a, View b, View out) {
        if (Cast.to(a.dtype()) != Cast.TO_BFLOAT16
                || !Loops.BEST.hasBrains(op)
                || !isRun(a)
                || !isRun(b)
                || !isRun(out)) {
            return false;
        }
        int size = (int) out.shape().size();
        ShortBuffer left = elements(a);
        ShortBuffer right = elements(b);
        ShortBuffer result = elements(out);
        Parallel.forRange(size, Tiles.GRAIN, (from, to) -> {
            Tile[] tiles = Tile.local();
            short[] x = tiles[1].shorts;
            short[] y = tiles[2].shorts;
            short[] z = tiles[0].shorts;
            for (int at = (int) from; at < to; at += Tile.SIZE) {
                int n = (int) Math.min(Tile.SIZE, to - at);
                left.get(at, x, 0, n);
                right.get(at, y, 0, n);
                Loops.BEST.brains(op, x, y, z, n);
                result.put(at, z, 0, n);
            }
        });
        return true;
    }

    private static boolean isRun(View v) {
        return v.layout().isContiguous() && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    private static ShortBuffer elements(View v) {
        ShortBuffer all = ((CpuStorage) v.storage()).whole().asShortBuffer();
        return v.layout().offset() == 0
                ? all
                : all.slice((int) v.layout().offset(), (int) v.shape().size());
    }
}
