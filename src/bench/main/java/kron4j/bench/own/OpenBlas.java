package kron4j.bench.own;

import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.PairProduct;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The bare calls of OpenBLAS that contract two operands, one for each matrix, with operands that lie as the call wants them: what remains of a
 * contraction when nothing has to be moved.
 */
public final class OpenBlas implements Library {
    private final int threads;

    OpenBlas(int threads) {
        this.threads = threads;
    }

    public static void main(String[] args) throws IOException {
        Worker.serve(() -> new OpenBlas(Integer.parseInt(args[0])));
    }

    @Override
    public String version() {
        openblas_nolapack.blas_set_num_threads(threads);
        return openblas_nolapack.OPENBLAS_VERSION.strip();
    }

    @Override
    public Work prepare(Row row) {
        if (!List.of("einsum", "matmul").contains(row.op()) || row.inputs().size() != 2) {
            throw new UnsupportedOperationException("no GEMM");
        }
        PairProduct plan = PairProduct.of(row);
        return row.single() ? new Floats(plan, row) : new Doubles(plan, row);
    }

    private static final class Doubles implements Work {
        private final PairProduct plan;
        private final double scale;
        private final DoublePointer a;
        private final DoublePointer b;
        private final DoublePointer c;

        Doubles(PairProduct plan, Row row) {
            this.plan = plan;
            this.scale = row.scale();
            a = new DoublePointer(plan.left().permuted(row.inputs().get(0)));
            b = new DoublePointer(plan.right().permuted(row.inputs().get(1)));
            c = new DoublePointer(plan.batch() * plan.m() * plan.n());
        }

        @Override
        public void run() {
            int m = (int) plan.m();
            int n = (int) plan.n();
            int k = (int) plan.k();
            for (long i = 0; i < plan.batch(); i++) {
                openblas_nolapack.cblas_dgemm(
                        openblas_nolapack.CblasRowMajor,
                        openblas_nolapack.CblasNoTrans,
                        openblas_nolapack.CblasNoTrans,
                        m,
                        n,
                        k,
                        scale,
                        a.position(i * m * k),
                        k,
                        b.position(i * k * n),
                        n,
                        0,
                        c.position(i * m * n),
                        n);
            }
            c.position(0);
        }

        @Override
        public double[] values(int output, long[] positions) {
            return LongStream.of(positions)
                    .mapToDouble(p -> c.get(plan.position(p)))
                    .toArray();
        }

        @Override
        public void close() {
            a.deallocate();
            b.deallocate();
            c.deallocate();
        }
    }

    private static final class Floats implements Work {
        private final PairProduct plan;
        private final float scale;
        private final FloatPointer a;
        private final FloatPointer b;
        private final FloatPointer c;

        Floats(PairProduct plan, Row row) {
            this.plan = plan;
            this.scale = (float) row.scale();
            a = pointer(plan.left().permuted(row.inputs().get(0)));
            b = pointer(plan.right().permuted(row.inputs().get(1)));
            c = new FloatPointer(plan.batch() * plan.m() * plan.n());
        }

        private static FloatPointer pointer(double[] values) {
            float[] floats = new float[values.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
            }
            return new FloatPointer(floats);
        }

        @Override
        public void run() {
            int m = (int) plan.m();
            int n = (int) plan.n();
            int k = (int) plan.k();
            for (long i = 0; i < plan.batch(); i++) {
                openblas_nolapack.cblas_sgemm(
                        openblas_nolapack.CblasRowMajor,
                        openblas_nolapack.CblasNoTrans,
                        openblas_nolapack.CblasNoTrans,
                        m,
                        n,
                        k,
                        scale,
                        a.position(i * m * k),
                        k,
                        b.position(i * k * n),
                        n,
                        0,
                        c.position(i * m * n),
                        n);
            }
            c.position(0);
        }

        @Override
        public double[] values(int output, long[] positions) {
            return LongStream.of(positions)
                    .mapToDouble(p -> c.get(plan.position(p)))
                    .toArray();
        }

        @Override
        public void close() {
            a.deallocate();
            b.deallocate();
            c.deallocate();
        }
    }
}
