package kron4j.backend.cpu;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.Storage;
import kron4j.backend.View;

/** Einsum-style reductions: sums over products of operands, and scaled elementwise products. */
final class SumProducts {
    /** Operands that one pass multiplies; more are multiplied into the result by further passes. */
    private static final int PER_PASS = 3;

    private SumProducts() {}

    /** {@code out = alpha * sum over the last axes of the product of the operands}. */
    static void run(Number alpha, List<View> operands, int reducedRank, View out) {
        int kept = out.layout().rank();
        if (operands.get(0).shape().slice(kept, kept + reducedRank).size() != 1) {
            if (!Dots.run(alpha, operands, reducedRank, out)) {
                Reductions.sumProduct(alpha, operands, reducedRank, out);
            }
            return;
        }
        List<View> rest =
                operands.stream().map(v -> v.with(leading(v.layout(), kept))).toList();
        if (out.dtype().isHalf() && rest.size() > PER_PASS) {
            Storage wide = out.storage()
                    .backend()
                    .allocate(out.dtype().computed(), out.shape().size());
            try {
                View products = new View(wide, Layout.contiguous(out.shape()));
                product(alpha, out, passes(rest, products));
            } finally {
                wide.release();
            }
        } else {
            product(alpha, out, passes(rest, out));
        }
    }

    /**
     * Adds squares up; returns whether the sums are right, which they are unless one overflowed, or is so small that squares which underflowed may count beside it.
     */
    static boolean ofSquares(View a, int reducedRank, View out) {
        if (!Blas.has(a.dtype()) || a.dtype().isComplex() || out.shape().size() == 0) {
            return false;
        }
        run(1.0, List.of(a, a), reducedRank, out);
        double least = Real.of(a.dtype()).leastNormal()
                * a.shape().size()
                / out.shape().size();
        double most = a.dtype().largest();
        AtomicBoolean right = new AtomicBoolean(true);
        Tiles.Kernel check = (tiles, n) -> {
            for (int i = 0; i < n; i++) {
                double sum = tiles[0].doubles[i];
                if (!(sum >= least && sum <= most)) {
                    right.set(false);
                }
            }
        };
        Tiles.visit(check, Kind.DOUBLE, out);
        return right.get();
    }

    /** Multiplies so many operands into {@code products} that one pass is left. */
    private static List<View> passes(List<View> operands, View products) {
        List<View> rest = operands;
        while (rest.size() > PER_PASS) {
            product(1.0, products, rest.subList(0, PER_PASS));
            View[] next = rest.subList(PER_PASS - 1, rest.size()).toArray(View[]::new);
            next[0] = products;
            rest = List.of(next);
        }
        return rest;
    }

    /** The layout without the axes of size 1 from {@code rank} on. */
    private static Layout leading(Layout layout, int rank) {
        return Layout.of(
                layout.shape().slice(0, rank), java.util.Arrays.copyOf(layout.strides(), rank), layout.offset());
    }

    private static void product(Number alpha, View out, List<View> operands) {
        int count = operands.size();
        boolean plain = count == 2 && !out.dtype().isComplex() && alpha.doubleValue() == 1;
        if (plain && OuterProducts.run(operands.get(0), operands.get(1), out)) {
            return;
        }
        Kind kind = Kind.of(out.dtype());
        Tiles.Kernel kernel = (tiles, n) -> {
            kind.scale(alpha, tiles[1], tiles[0], n);
            for (int k = 2; k <= count; k++) {
                kind.compute(BinaryOp.MULTIPLY, tiles[0], tiles[k], tiles[0], n);
            }
        };
        Tiles.map(kernel, kind, out, kind, operands.toArray(View[]::new));
    }
}
