package kron4j.backend.cpu;

import kron4j.Complex;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/** GEMM of small matrices by vectors, where a library call takes as long as the product: as many of a batch at a time as fit into the nearest cache. */
final class SmallProducts {
    /** The greatest side. */
    private static final int SIDE = 32;

    /** Bytes of such a side: those of complex128 are short. */
    private static final int ROW = 256;

    /** Elements of an operand that are worked on at a time. */
    private static final int SOME = 2048;

    /** Multiplications that are worth another thread, and those that take as long as a product's set-up. */
    private static final long GRAIN = 1 << 20;

    private static final long CALL = 256;

    private final GemmPlan plan;
    private final double alpha;
    private final RowProducts products;
    private final Operand a;
    private final Operand b;
    private final Operand c;

    private SmallProducts(GemmPlan plan, double alpha, RowProducts products, View a, View b, View c) {
        this.plan = plan;
        this.alpha = alpha;
        this.products = products;
        Batch batch = plan.batches().size() == 1 ? plan.batches().get(0) : new Batch(1, 0, 0, 0);
        boolean one = plan.batches().size() <= 1;
        this.a = new Operand(plan.a(), (int) plan.m(), (int) plan.k(), one ? batch.strideA() : -1, a);
        this.b = new Operand(plan.b(), (int) plan.k(), (int) plan.n(), one ? batch.strideB() : -1, b);
        this.c = new Operand(plan.c(), (int) plan.m(), (int) plan.n(), one ? batch.strideC() : -1, c);
    }

    /** Whether {@link #run} makes products of such sizes. */
    static boolean has(GemmPlan plan, Number alpha, double beta, View c) {
        return beta == 0
                && Complex.of(alpha).isReal()
                && plan.m() <= SIDE
                && plan.n() <= SIDE
                && plan.k() <= SIDE
                && Math.min(plan.m(), plan.n()) > 1
                && Math.max(plan.m(), Math.max(plan.n(), plan.k())) * c.dtype().bytes() <= ROW
                && Loops.BEST.rowProducts(c.dtype()) != null;
    }

    static void run(GemmPlan plan, double alpha, View a, View b, View c) {
        SmallProducts all = new SmallProducts(plan, alpha, Loops.BEST.rowProducts(c.dtype()), a, b, c);
        boolean follow = all.a.follows() && all.b.follows() && all.c.follows();
        long grain = 1 + GRAIN / (CALL + plan.m() * plan.n() * plan.k());
        Parallel.forRange(plan.batchSize(), grain, follow ? all::together : all::singly);
    }

    /** Matrices without gaps, one behind the other. */
    private void together(long from, long to) {
        Object[] arrays = products.local();
        int m = a.rows;
        int n = b.columns;
        int k = a.columns;
        int most = SOME / Math.max(a.size(), Math.max(b.size(), c.size()));
        for (long first = from; first < to; first += most) {
            int count = (int) Math.min(most, to - first);
            a.read(first * a.stride, a.stride == 0 ? 1 : count, arrays[0], arrays[3]);
            b.read(first * b.stride, b.stride == 0 ? 1 : count, arrays[1], arrays[3]);
            for (int i = 0; i < count; i++) {
                int x = i * (int) a.stride;
                int y = i * (int) b.stride;
                products.multiply(alpha, arrays[0], x, m, k, arrays[1], y, n, n, arrays[2], i * c.size(), n);
            }
            products.write(c.storage, c.matrix.offset() + first * c.stride, count * c.size(), arrays[2], 0);
        }
    }

    private void singly(long from, long to) {
        Object[] arrays = products.local();
        int n = b.columns;
        Gemm.loop(plan, from, to, (x, y, z) -> {
            a.readRows(x, arrays[0], arrays[3]);
            b.readRows(y, arrays[1], arrays[3]);
            products.multiply(alpha, arrays[0], 0, a.rows, a.columns, arrays[1], 0, n, n, arrays[2], 0, n);
            c.writeRows(z, arrays[2]);
        });
    }

    private final class Operand {
        private final Matrix matrix;
        private final int rows;
        private final int columns;
        private final long stride;
        private final CpuStorage storage;

        Operand(Matrix matrix, int rows, int columns, long stride, View view) {
            this.matrix = matrix;
            this.rows = rows;
            this.columns = columns;
            this.stride = stride;
            this.storage = (CpuStorage) view.storage();
        }

        int size() {
            return rows * columns;
        }

        private int width() {
            return matrix.transposed() ? rows : columns;
        }

        /** Whether the matrices lie without gaps one behind the other, or there is one for all. */
        boolean follows() {
            return (matrix.leading() == width() || size() == width()) && (stride == size() || stride == 0);
        }

        void read(long element, int count, Object to, Object scratch) {
            products.read(storage, matrix.offset() + element, count * size(), matrix.transposed() ? scratch : to, 0);
            for (int i = 0; i < count && matrix.transposed(); i++) {
                products.transpose(scratch, i * size(), columns, rows, to, i * size());
            }
            if (matrix.conjugated()) {
                products.conjugate(to, 0, count * size());
            }
        }

        void readRows(long element, Object to, Object scratch) {
            Object target = matrix.transposed() ? scratch : to;
            for (int i = 0; i < size() / width(); i++) {
                products.read(storage, element + i * matrix.leading(), width(), target, i * width());
            }
            if (matrix.transposed()) {
                products.transpose(scratch, 0, columns, rows, to, 0);
            }
            if (matrix.conjugated()) {
                products.conjugate(to, 0, size());
            }
        }

        void writeRows(long element, Object from) {
            for (int i = 0; i < rows; i++) {
                products.write(storage, element + i * matrix.leading(), columns, from, i * columns);
            }
        }
    }
}
