package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Sums of products of two operands that run along one line each, by dot products of BLAS over chunks of fixed length. Their results are added in order,
 * so rounding depends neither on the number of threads nor on the length of the line.
 */
final class Dots {
    /** Elements per call: enough to hide the call, few enough that BLAS stays in its thread and float32 stays accurate. */
    static final int CHUNK = 4096;

    /** Shorter lines are not worth the calls. */
    static final int SHORT = 64;

    private final Number alpha;
    private final View a;
    private final View b;
    private final View out;
    private final Loop kept;
    private final Loop line;

    private Dots(Number alpha, View a, View b, View out, Loop kept, Loop line) {
        this.alpha = alpha;
        this.a = a;
        this.b = b;
        this.out = out;
        this.kept = kept;
        this.line = line;
    }

    /** Computes the sums if the operands allow it; returns whether they did. */
    static boolean run(Number alpha, List<View> operands, int reducedRank, View out) {
        if (operands.size() != 2
                || !Blas.has(out.dtype())
                || operands.get(0).shape().size() == 0) {
            return false;
        }
        View a = operands.get(0);
        View b = operands.get(1);
        int rank = out.layout().rank();
        Loop line = Loop.of(axes(a, rank, rank + reducedRank, 0), axes(b, rank, rank + reducedRank, 0));
        long stepA = line.strides()[0][0];
        long stepB = line.strides()[1][0];
        boolean columns = Math.max(stepA, stepB) > 1 && out.shape().size() > 1;
        if (line.rank() != 1 || line.size() < SHORT || columns || !forwards(stepA) || !forwards(stepB)) {
            return false;
        }
        Loop kept = Loop.of(
                out.layout(),
                axes(a, 0, rank, a.layout().offset()),
                axes(b, 0, rank, b.layout().offset()));
        new Dots(alpha, a, b, out, kept, line).run();
        return true;
    }

    private static boolean forwards(long step) {
        return step > 0 && step <= Integer.MAX_VALUE;
    }

    /** Some axes of a view. */
    static Layout axes(View v, int from, int to, long offset) {
        return Layout.of(
                v.shape().slice(from, to), Arrays.copyOfRange(v.layout().strides(), from, to), offset);
    }

    private void run() {
        long length = line.size();
        int chunks = (int) ((length + CHUNK - 1) / CHUNK);
        int parts = out.dtype().isComplex() ? 2 : 1;
        double[][] partial = chunks == 1 ? null : new double[parts][Math.toIntExact(kept.size() * chunks)];
        long grain = 1 + Tiles.GRAIN / Math.min(length, CHUNK);
        Parallel.forRange(kept.size() * chunks, grain, (from, to) -> {
            Caller caller = new Caller();
            for (long i = from; i < to; i++) {
                long start = i % chunks * CHUNK;
                caller.dot(i / chunks, start, (int) Math.min(CHUNK, length - start));
                if (partial == null) {
                    caller.put(i);
                } else {
                    for (int part = 0; part < parts; part++) {
                        partial[part][(int) i] = caller.sum[part];
                    }
                }
            }
        });
        if (partial != null) {
            Caller caller = new Caller();
            for (int i = 0; i < kept.size(); i++) {
                for (int part = 0; part < parts; part++) {
                    caller.sum[part] = Folds.sum(partial[part], i * chunks, chunks);
                }
                caller.put(i);
            }
        }
    }

    /** The calls of one thread. */
    private final class Caller {
        private final Blas blas = Blas.of(a, b, out);
        private final Tile tile = Tile.local()[0];
        private final Kind kind = Kind.wide(out.dtype());
        private final Cursor target = Cursor.of(out, kind, kept.strides()[0], kept.offsets()[0]);
        /** The real part and the imaginary one. */
        private final double[] sum = new double[2];

        void dot(long index, long start, int count) {
            int stepA = (int) line.strides()[0][0];
            int stepB = (int) line.strides()[1][0];
            // A line that runs backwards in memory was turned round, so the loop says where it begins.
            long atA = kept.position(1, index) + line.offsets()[0] + start * stepA;
            long atB = kept.position(2, index) + line.offsets()[1] + start * stepB;
            sum[0] = blas.dot(false, count, atA, stepA, atB, stepB);
            sum[1] = blas.imaginary();
        }

        /** Writes the sum as the result of a line. */
        void put(long index) {
            tile.doubles[0] = sum[0];
            tile.imaginary[0] = sum[1];
            kind.scale(alpha, tile, tile, 1);
            target.store(kept.position(0, index), 1, 1, tile);
        }
    }
}
