package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import kron4j.DType;
import kron4j.backend.AbstractLinalg;
import kron4j.backend.View;
import kron4j.backend.cpu.Lapack.Matrix;
import kron4j.backend.determinant.CompensatedDeterminant;
import kron4j.backend.determinant.PivotProduct;
import kron4j.backend.determinant.Ranges;
import kron4j.plan.LuPlan;

/** Small matrices in plain Java, a core per matrix; larger ones by LAPACK, a core each or all cores on each in turn. */
final class CpuLinalg extends AbstractLinalg {
    private static final long GRAIN_FLOPS = 50_000;

    private static final int FEW_COLUMNS = 8;

    /** An exponential takes about so many times the work of a factorisation. */
    private static final int EXPONENTIAL = 16;

    /** Number of columns that LAPACK's inverse takes at a time. */
    private static final int WORK_COLUMNS = 64;

    /** Allows one call at a time: the library's threads spin while they wait, so several calls would take the cores from one another. */
    private static final ReentrantLock ALL_CORES = new ReentrantLock();

    private static final Ranges CORES = (count, grain, body) -> Parallel.forRange(count, grain, body::run);

    /** Matrices that are factored at once; 0 without vectors. */
    private static final int LANES =
            Loops.BEST.luLanes(1) == null ? 0 : Loops.BEST.luLanes(1).count();

    /** From here on their blocks take less time than one after the other. */
    private static final int MANY_REFLECTORS = 192;

    private final CpuBackend backend;

    CpuLinalg(CpuBackend backend) {
        super(backend);
        this.backend = backend;
    }

    /** Runs {@code body} on the matrices of a batch, by the plan. */
    private static void forEach(LuPlan plan, Parallel.Range body) {
        long n = plan.n();
        switch (plan.kernel()) {
            case SMALL -> Parallel.forRange(plan.batch(), 1 + GRAIN_FLOPS / (n * n * n + 20), body);
            case ONE_CORE_EACH -> OpenBlas.oneThreadEach(() -> Parallel.forRange(plan.batch(), 1, body));
            case ALL_CORES_EACH -> {
                ALL_CORES.lock();
                try {
                    OpenBlas.onLargeStack(() -> body.run(0, plan.batch()));
                } finally {
                    ALL_CORES.unlock();
                }
            }
        }
    }

    @Override
    public int onePassSize(DType dtype, long batch) {
        return LuPlan.onePass(dtype.isComplex() ? 0 : LANES, batch);
    }

    private static LuPlan plan(Entries a) {
        return LuPlan.of(a.size(-2), a.size(-1), a.count(), Parallel.threads());
    }

    private static LuPlan library(int n, Entries a) {
        return LuPlan.library(n, a.count(), Parallel.threads());
    }

    private static boolean isSmall(LuPlan plan) {
        return plan.kernel() == LuPlan.Kernel.SMALL;
    }

    @Override
    protected void doLu(View aView, View pivotView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries pivots = new Entries(pivotView, 1);
        Entries info = new Entries(infoView, 0);
        int m = a.size(-2);
        int n = a.size(-1);
        LuPlan plan = plan(a);
        if (m == 0 || n == 0) {
            for (long e = 0; e < info.count(); e++) {
                info.setInt(info.at(e), 0);
            }
        } else if (isSmall(plan)) {
            forEach(plan, (from, to) -> {
                SmallFactors lu = new SmallFactors(a, false);
                for (long e = from; e < to; e++) {
                    info.setInt(info.at(e), lu.factor(e, to));
                    a.writeMatrix(e, lu.matrix);
                    pivots.writeInts(e, lu.pivots);
                }
            });
        } else {
            boolean allCores = plan.kernel() == LuPlan.Kernel.ALL_CORES_EACH;
            forEach(plan, (from, to) -> {
                try (LibraryLu library = allCores ? null : new LibraryLu(backend, a, m, n)) {
                    for (long e = from; e < to; e++) {
                        Matrix matrix = Matrix.of(a, e);
                        Matrix rows = Matrix.vector(pivots, e);
                        info.setInt(
                                info.at(e),
                                library == null
                                        ? HalvesLu.factor(backend, a, matrix, rows)
                                        : library.factor(matrix, rows));
                    }
                }
            });
        }
    }

    @Override
    protected void doPermutation(View pivotView, View permutationView) {
        Entries pivots = new Entries(pivotView, 1);
        Entries permutation = new Entries(permutationView, 1);
        int m = permutation.size(-1);
        Parallel.forRange(pivots.count(), 1 + GRAIN_FLOPS / (m + 1), (from, to) -> {
            int[] swaps = new int[pivots.size(-1)];
            int[] rows = new int[m];
            for (long e = from; e < to; e++) {
                pivots.readInts(e, swaps);
                for (int i = 0; i < m; i++) {
                    rows[i] = i;
                }
                for (int k = 0; k < swaps.length; k++) {
                    int other = swaps[k] - 1;
                    int kept = rows[k];
                    rows[k] = rows[other];
                    rows[other] = kept;
                }
                for (int i = 0; i < m; i++) {
                    permutation.setLong(permutation.at(e) + i * permutation.stride(), rows[i]);
                }
            }
        });
    }

    @Override
    protected void doLuSolve(View luView, View pivotView, boolean transposed, View bView) {
        Entries lu = new Entries(luView, 2);
        Entries pivots = new Entries(pivotView, 1);
        Entries b = new Entries(bView, 2);
        int n = lu.size(-1);
        int columns = b.size(-1);
        if (n == 0 || columns == 0) {
            return;
        }
        if (isSmall(plan(lu)) && columns <= 4 * LuPlan.SMALL) {
            forEach(plan(lu), (from, to) -> {
                double[] matrix = new double[lu.width() * n * n];
                double[] right = new double[lu.width() * n * columns];
                int[] rows = new int[n];
                for (long e = from; e < to; e++) {
                    lu.readMatrix(e, matrix);
                    pivots.readInts(e, rows);
                    b.readMatrix(e, right);
                    if (transposed) {
                        lu.small().solveTransposed(matrix, n, rows, right, columns);
                    } else {
                        lu.small().solve(matrix, n, rows, right, columns);
                    }
                    b.writeMatrix(e, right);
                }
            });
        } else {
            // A second core does not help with few columns.
            forEach(library(columns < FEW_COLUMNS ? 1 : Math.max(n, columns), lu), (from, to) -> {
                for (long e = from; e < to; e++) {
                    solve(lu, e, transposed, Matrix.vector(pivots, e), Matrix.of(b, e), columns);
                }
            });
        }
    }

    /** With several columns at a time, the library multiplies by the pivots' reciprocals, which may be infinite or inexact. */
    private static void solve(Entries lu, long index, boolean transposed, Matrix pivots, Matrix b, int columns) {
        boolean odd = hasOddPivot(lu, index);
        if (odd && lu.width() > 1) {
            ComplexTriangles.solve(Matrix.of(lu, index), pivots, transposed, lu.size(-1), b, columns);
            return;
        }
        int some = odd ? 1 : columns;
        for (int c = 0; c < columns; c += some) {
            lu.lapack().getrs(transposed, lu.size(-1), some, Matrix.of(lu, index), pivots, b.at((long) c * b.ld()));
        }
    }

    private static boolean hasOddPivot(Entries lu, long index) {
        return LibraryLu.hasOddPivot(lu, Matrix.of(lu, index), lu.size(-1));
    }

    @Override
    protected void doLuInverse(View luView, View pivotView, View inverseView) {
        Entries lu = new Entries(luView, 2);
        int n = lu.size(-1);
        if (n == 0 || isSmall(plan(lu))) {
            super.doLuInverse(luView, pivotView, inverseView);
            return;
        }
        Entries pivots = new Entries(pivotView, 1);
        Entries inverse = new Entries(inverseView, 2);
        Copies.copy(luView, inverseView);
        forEach(plan(lu), (from, to) -> {
            CpuStorage work = (CpuStorage) backend.allocate(lu.dtype(), (long) n * WORK_COLUMNS);
            try {
                for (long e = from; e < to; e++) {
                    Matrix matrix = Matrix.of(inverse, e);
                    Matrix rows = Matrix.vector(pivots, e);
                    if (hasOddPivot(lu, e) || lu.lapack().getri(n, matrix, rows, work) > 0) {
                        setIdentity(inverse, e);
                        solve(lu, e, false, rows, matrix, n);
                    }
                }
            } finally {
                work.release();
            }
        });
    }

    @Override
    protected void doLuDet(View lu, View pivots, View detView) {
        Entries det = new Entries(detView, 0);
        pivotProducts(lu, pivots, (e, product) -> det.set(det.at(e), product.value(), product.imaginaryValue()));
    }

    @Override
    protected void doLuSlogdet(View lu, View pivots, View signView, View logView) {
        Entries sign = new Entries(signView, 0);
        Entries log = new Entries(logView, 0);
        pivotProducts(lu, pivots, (e, product) -> {
            sign.set(sign.at(e), product.sign(), product.imaginarySign());
            log.set(log.at(e), product.logAbs(), 0);
        });
    }

    private interface Products {
        void take(long entry, PivotProduct product);
    }

    private static void pivotProducts(View luView, View pivotView, Products products) {
        Entries lu = new Entries(luView, 2);
        Entries pivots = new Entries(pivotView, 1);
        int n = lu.size(-1);
        int ld = lu.leadingDimension();
        Parallel.forRange(lu.count(), 1 + GRAIN_FLOPS / ((long) n * n + 20), (from, to) -> {
            PivotProduct product = new PivotProduct();
            double[] pivot = new double[lu.width()];
            int[] rows = new int[n];
            for (long e = from; e < to; e++) {
                product.clear();
                pivots.readInts(e, rows);
                long begin = lu.at(e);
                for (int k = 0; k < n; k++) {
                    lu.read(begin + (long) k * ld + k, pivot, 0, 1);
                    if (pivot.length == 1) {
                        product.times(pivot[0]);
                    } else {
                        product.times(pivot[0], pivot[1]);
                    }
                    if (rows[k] != k + 1) {
                        product.negate();
                    }
                }
                if (hasNaN(lu, begin, n, ld)) {
                    product.poison();
                }
                products.take(e, product);
            }
        });
    }

    private static boolean hasNaN(Entries lu, long begin, int n, int ld) {
        if (ld == n && (long) n * n <= Integer.MAX_VALUE) {
            return lu.lapack().hasNaN(n * n, new Matrix(lu.storage(), begin, ld));
        }
        for (int k = 0; k < n; k++) {
            if (lu.lapack().hasNaN(n, new Matrix(lu.storage(), begin + (long) k * ld, ld))) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected void doDet(View a, View detView) {
        Entries det = new Entries(detView, 0);
        determinants(a, (e, product) -> det.set(det.at(e), product.value(), product.imaginaryValue()));
    }

    @Override
    protected void doSlogdet(View a, View signView, View logView) {
        Entries sign = new Entries(signView, 0);
        Entries log = new Entries(logView, 0);
        determinants(a, (e, product) -> {
            sign.set(sign.at(e), product.sign(), product.imaginarySign());
            log.set(log.at(e), product.logAbs(), 0);
        });
    }

    /** Runs {@code body} on small matrices, with as many in a piece as the lanes of vectors have, or a multiple. */
    private static void onePass(Entries a, Parallel.Range body) {
        long count = a.count();
        long n = a.size(-1);
        int some = Math.max(1, LANES);
        long grain = 1 + GRAIN_FLOPS / some / (n * n * n + 20);
        Parallel.forRange(
                (count + some - 1) / some, grain, (from, to) -> body.run(from * some, Math.min(count, to * some)));
    }

    private static void determinants(View aView, Products products) {
        Entries a = new Entries(aView, 2);
        onePass(a, (from, to) -> {
            PivotProduct product = new PivotProduct();
            SmallFactors lu = new SmallFactors(a, true);
            for (long e = from; e < to; e++) {
                lu.determinant(e, to, product);
                products.take(e, product);
            }
        });
    }

    @Override
    protected void doSolve(View aView, View bView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries b = new Entries(bView, 2);
        Entries info = new Entries(infoView, 0);
        onePass(a, (from, to) -> {
            SmallSolves solves = new SmallSolves(new SmallFactors(a, true), a.small(), b);
            for (long e = from; e < to; e++) {
                info.setInt(info.at(e), solves.solve(e, to));
            }
        });
    }

    @Override
    protected void doSlogdetCompensated(View aView, View signView, View logView) {
        Entries a = new Entries(aView, 2);
        Entries sign = new Entries(signView, 0);
        Entries log = new Entries(logView, 0);
        int n = a.size(-1);
        Parallel.forRange(a.count(), 1, (from, to) -> {
            double[] matrix = new double[a.width() * Math.multiplyExact(n, n)];
            for (long e = from; e < to; e++) {
                a.readMatrix(e, matrix);
                CompensatedDeterminant det = a.width() == 1
                        ? CompensatedDeterminant.of(matrix, n, CORES)
                        : CompensatedDeterminant.ofComplex(matrix, n, CORES);
                sign.set(sign.at(e), det.sign(), det.imaginarySign());
                log.set(log.at(e), det.logAbs(), 0);
            }
        });
    }

    @Override
    protected void doTriangularSolve(View tView, boolean upper, boolean transposed, boolean unitDiagonal, View bView) {
        Entries t = new Entries(tView, 2);
        Entries b = new Entries(bView, 2);
        int n = t.size(-1);
        int columns = b.size(-1);
        if (n == 0 || columns == 0) {
            return;
        }
        forEach(library(Math.max(n, columns), t), (from, to) -> {
            for (long e = from; e < to; e++) {
                Matrix triangle = Matrix.of(t, e);
                Matrix right = Matrix.of(b, e);
                if (unitDiagonal || !hasOddPivot(t, e)) {
                    t.lapack().trsm(upper, transposed, unitDiagonal, n, columns, triangle, right);
                    continue;
                }
                if (t.width() > 1) {
                    ComplexTriangles.solve(triangle, upper, transposed, n, right, columns);
                    continue;
                }
                for (int c = 0; c < columns; c++) {
                    t.lapack().trsv(upper, transposed, n, triangle, right.at((long) c * right.ld()));
                }
            }
        });
    }

    @Override
    protected void doCholesky(View aView, boolean upper, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries info = new Entries(infoView, 0);
        int n = a.size(-1);
        forEach(library(n, a), (from, to) -> {
            double[] zeros = new double[a.width() * n];
            for (long e = from; e < to; e++) {
                Matrix matrix = Matrix.of(a, e);
                int outcome = n == 0 ? 0 : cholesky(a, upper, n, matrix);
                // LAPACK does not report every NaN.
                for (int k = 0; k < n && outcome == 0; k++) {
                    outcome = Double.isNaN(a.size(matrix.element() + (long) k * (matrix.ld() + 1))) ? k + 1 : 0;
                }
                info.setInt(info.at(e), outcome);
                for (int j = 0; j < n; j++) {
                    int first = upper ? j + 1 : 0;
                    int last = upper ? n : j;
                    a.write(matrix.element() + (long) j * matrix.ld() + first, zeros, 0, last - first);
                }
            }
        });
    }

    private static int cholesky(Entries a, boolean upper, int n, Matrix matrix) {
        boolean halves = upper && n > HalvesCholesky.NARROW && a.width() == 1;
        return halves
                ? HalvesCholesky.factor(a.lapack(), n, matrix)
                : a.lapack().potrf(upper, n, matrix);
    }

    @Override
    protected void doQr(View aView, View qView, View rView) {
        Entries a = new Entries(aView, 2);
        Entries q = new Entries(qView, 2);
        Entries r = new Entries(rView, 2);
        int m = a.size(-2);
        int n = a.size(-1);
        int k = Math.min(m, n);
        int block = k < MANY_REFLECTORS ? 1 : BlockedQr.REFLECTORS;
        CpuStorage t = (CpuStorage) backend.allocate(a.dtype(), Math.max(1, a.count() * k * block));
        try {
            Parallel.Range each = (from, to) -> factorQr(a, q, r, new Matrix(t, 0, block), from, to);
            if (q.size(-1) == n && SmallQr.suit(a)) {
                Parallel.Range some = (from, to) -> new SmallQr(a, q, r, each).factor(from, to);
                OpenBlas.oneThreadEach(() -> onePass(a, some));
            } else {
                forEach(library(Math.max(m, n), a), each);
            }
        } finally {
            t.release();
        }
    }

    /** @param t room for the reflectors' factors of all entries, in blocks of as many as its leading dimension */
    private static void factorQr(Entries a, Entries q, Entries r, Matrix t, long from, long to) {
        int m = a.size(-2);
        int n = a.size(-1);
        int k = Math.min(m, n);
        int inner = q.size(-1);
        boolean blocked = t.ld() > 1;
        double[] column = new double[a.width() * Math.max(m, n)];
        for (long e = from; e < to; e++) {
            Matrix matrix = Matrix.of(a, e);
            if (!isFinite(Part.ALL, a.lapack(), matrix, m, n)) {
                fill(q, e, Double.NaN);
                fill(r, e, Double.NaN);
                continue;
            }
            Matrix reflectors = t.at(e * k * t.ld());
            BlockedQr blocks = new BlockedQr(a.lapack(), m, k, matrix, reflectors);
            if (blocked) {
                blocks.factor(n);
            } else if (k > 0) {
                a.lapack().geqrf(m, n, matrix, reflectors);
            }
            for (int j = 0; j < n; j++) {
                int filled = Math.min(j + 1, k);
                a.read(matrix.element() + (long) j * matrix.ld(), column, 0, filled);
                Arrays.fill(column, a.width() * filled, a.width() * inner, 0);
                r.write(r.at(e) + (long) j * r.leadingDimension(), column, 0, inner);
            }
            if (blocked) {
                setIdentity(q, e);
                blocks.multiplyIdentity(Matrix.of(q, e), inner);
                continue;
            }
            for (int j = 0; j < k; j++) {
                a.read(matrix.element() + (long) j * matrix.ld(), column, 0, m);
                q.write(q.at(e) + (long) j * q.leadingDimension(), column, 0, m);
            }
            if (inner > 0) {
                a.lapack().orgqr(m, inner, k, Matrix.of(q, e), reflectors);
            }
        }
    }

    @Override
    protected void doSvd(View aView, View uView, View sView, View vtView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries u = new Entries(uView, 2);
        Entries s = new Entries(sView, 1);
        Entries vt = new Entries(vtView, 2);
        char job = u.size(-1) == Math.min(a.size(-2), a.size(-1)) && vt.size(-2) == u.size(-1) ? 'S' : 'A';
        singular(job, a, s, u, vt, new Entries(infoView, 0));
    }

    @Override
    protected void doSvdvals(View aView, View sView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries s = new Entries(sView, 1);
        Entries info = new Entries(infoView, 0);
        if (SmallSingularValues.suit(a)) {
            Parallel.Range some = (from, to) -> new SmallSingularValues(a, s, info).find(from, to);
            OpenBlas.oneThreadEach(() -> onePass(a, some));
            return;
        }
        if (!BlockedQr.paysFor(a.size(-2), a.size(-1))) {
            singular('N', a, s, a, a, info);
            return;
        }
        forEach(library(a.size(-2), a), (from, to) -> {
            try (Triangles triangles = new Triangles(backend, a)) {
                for (long e = from; e < to; e++) {
                    boolean finite = isFinite(a.lapack(), Matrix.of(a, e), a.size(-2), a.size(-1));
                    info.setInt(info.at(e), finite ? triangles.singularValues(e, s) : a.size(-1) + 1);
                }
            }
        });
    }

    private static void singular(char job, Entries a, Entries s, Entries u, Entries vt, Entries info) {
        forEach(library(Math.max(a.size(-2), a.size(-1)), a), (from, to) -> {
            for (long e = from; e < to; e++) {
                singular(job, a, s, u, vt, info, e);
            }
        });
    }

    /** Decomposes an entry. */
    static void singular(char job, Entries a, Entries s, Entries u, Entries vt, Entries info, long e) {
        int m = a.size(-2);
        int n = a.size(-1);
        int outcome = 0;
        if (m > 0 && n > 0 && !isFinite(Part.ALL, a.lapack(), Matrix.of(a, e), m, n)) {
            outcome = Math.min(m, n) + 1;
        } else if (m > 0 && n > 0) {
            outcome = a.lapack()
                    .gesdd(job, m, n, Matrix.of(a, e), Matrix.vector(s, e), Matrix.of(u, e), Matrix.of(vt, e));
        } else if (job == 'A') {
            setIdentity(u, e);
            setIdentity(vt, e);
        }
        info.setInt(info.at(e), Math.abs(outcome));
    }

    private static void fill(Entries a, long index, double value) {
        double[] column = new double[a.width() * a.size(-2)];
        Arrays.fill(column, value);
        for (int j = 0; j < a.size(-1); j++) {
            a.write(a.at(index) + (long) j * a.leadingDimension(), column, 0, a.size(-2));
        }
    }

    /** Sets the first columns of an identity. */
    private static void setIdentity(Entries a, long index) {
        int m = a.size(-2);
        double[] column = new double[a.width() * m];
        for (int j = 0; j < a.size(-1); j++) {
            column[a.width() * j] = 1;
            a.write(a.at(index) + (long) j * a.leadingDimension(), column, 0, m);
            column[a.width() * j] = 0;
        }
    }

    @Override
    protected void doEigh(View aView, boolean upper, View wView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries w = new Entries(wView, 1);
        Entries info = new Entries(infoView, 0);
        int n = a.size(-1);
        forEach(library(n, a), (from, to) -> {
            for (long e = from; e < to; e++) {
                Matrix matrix = Matrix.of(a, e);
                boolean finite = isFinite(upper ? Part.UPPER : Part.LOWER, a.lapack(), matrix, n, n);
                int outcome = n == 0 || !finite ? 0 : a.lapack().syevd(upper, n, matrix, Matrix.vector(w, e));
                info.setInt(info.at(e), finite ? Math.abs(outcome) : n + 1);
            }
        });
    }

    @Override
    protected boolean doEig(View aView, View wView, View vView, View infoView) {
        Entries a = new Entries(aView, 2);
        Entries w = new Entries(wView, 1);
        Entries v = vView == null ? null : new Entries(vView, 2);
        Entries info = new Entries(infoView, 0);
        int n = a.size(-1);
        forEach(library(n, a), (from, to) -> {
            try (RealEigen packed = a.width() == 1 ? new RealEigen(backend, a.dtype(), n, v != null) : null) {
                for (long e = from; e < to; e++) {
                    Matrix matrix = Matrix.of(a, e);
                    int outcome = 0;
                    if (n > 0 && !isFinite(Part.ALL, a.lapack(), matrix, n, n)) {
                        outcome = n + 1;
                    } else if (n > 0 && packed == null) {
                        outcome = a.lapack().geev(n, matrix, Matrix.vector(w, e), v == null ? null : Matrix.of(v, e));
                    } else if (n > 0) {
                        outcome = packed.decompose(matrix, w, v, e);
                    }
                    info.setInt(info.at(e), Math.abs(outcome));
                }
            }
        });
        return true;
    }

    @Override
    protected boolean doExpm(View aView, View exponentialView) {
        Entries a = new Entries(aView, 2);
        Entries results = new Entries(exponentialView, 2);
        int n = a.size(-1);
        if (n > Exponentials.MOST) {
            return false;
        }
        Parallel.Range some = (from, to) -> {
            try (Exponentials exponentials = new Exponentials(backend, a, results)) {
                for (long e = from; e < to; e++) {
                    exponentials.compute(e);
                }
            }
        };
        if (a.count() < Parallel.threads()) {
            some.run(0, a.count());
        } else {
            long grain = 1 + GRAIN_FLOPS / (EXPONENTIAL * ((long) n * n * n + 20));
            OpenBlas.oneThreadEach(() -> Parallel.forRange(a.count(), grain, some));
        }
        return true;
    }

    @Override
    public boolean hasLeastSquares() {
        return true;
    }

    @Override
    protected void doLeastSquares(View aView, View bView, double rcond, View valueView, View rankView) {
        Entries a = new Entries(aView, 2);
        Entries b = new Entries(bView, 2);
        boolean tall = a.size(-2) >= a.size(-1);
        Entries values = rankView == null ? null : new Entries(valueView, tall ? 2 : 1);
        Entries ranks = rankView == null ? null : new Entries(rankView, 0);
        boolean small = SmallLeastSquares.suit(a);
        Parallel.Range some = (from, to) -> {
            try (LibraryLeastSquares squares = new LibraryLeastSquares(backend, a, b, rcond, values, ranks)) {
                if (small) {
                    new SmallLeastSquares(a, b, rcond, values, ranks, squares).solve(from, to);
                    return;
                }
                for (long e = from; e < to; e++) {
                    squares.solve(e);
                }
            }
        };
        if (small) {
            OpenBlas.oneThreadEach(() -> onePass(a, some));
        } else {
            forEach(library(Math.max(a.size(-2), a.size(-1)), a), some);
        }
    }

    /** Part of a matrix that is read. */
    private enum Part {
        ALL,
        UPPER,
        LOWER
    }

    /** Whether all of a matrix is finite. */
    static boolean isFinite(Lapack lapack, Matrix matrix, int m, int n) {
        return isFinite(Part.ALL, lapack, matrix, m, n);
    }

    /** Whether a matrix has no NaN and infinities: on these LAPACK's iterations need not end, and it prints messages. */
    private static boolean isFinite(Part part, Lapack lapack, Matrix matrix, int m, int n) {
        if (part == Part.ALL && matrix.ld() == m && (long) m * n <= Integer.MAX_VALUE) {
            return m * n == 0 || lapack.isFinite(m * n, matrix);
        }
        for (int j = 0; j < n; j++) {
            int first = part == Part.LOWER ? j : 0;
            int last = part == Part.UPPER ? j + 1 : m;
            if (last > first && !lapack.isFinite(last - first, matrix.at((long) j * matrix.ld() + first))) {
                return false;
            }
        }
        return true;
    }
}
