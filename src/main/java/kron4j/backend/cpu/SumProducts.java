package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/** Einsum-style reductions: a sum of products, or without anything to sum a product alone. */
final class SumProducts {
    /** Operands that fit the tiles of a thread. */
    private static final int FEW = 4;

    private SumProducts() {}

    static void run(double scale, List<View> operands, int reducedRank, View out) {
        if (reducedRank > 0 || operands.size() > FEW) {
            Reductions.sumProduct(scale, operands, reducedRank, out);
            return;
        }
        Kind kind = Kind.of(out.dtype());
        Tiles.map(
                (tiles, n) -> product(kind, scale, operands.size(), tiles, n),
                kind,
                out,
                kind,
                operands.toArray(View[]::new));
    }

    private static void product(Kind kind, double scale, int count, Tile[] tiles, int n) {
        Tile z = tiles[0];
        switch (kind) {
            case FLOAT -> Arrays.fill(z.floats, 0, n, (float) scale);
            case DOUBLE -> Arrays.fill(z.doubles, 0, n, scale);
            case LONG -> Arrays.fill(z.longs, 0, n, (long) scale);
        }
        for (int k = 1; k <= count; k++) {
            Pointwise.compute(BinaryOp.MULTIPLY, kind, z, tiles[k], z, n);
        }
    }
}
