package kron4j.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import kron4j.DType;
import kron4j.Device;
import kron4j.GradientException;
import kron4j.Layout;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;

/** The factors of a {@link KroneckerOperator}, and all that follows from each of them alone. */
record KroneckerFactors(Device device, DType dtype, List<Factor> list) {
    /** A factor; an identity has no matrix, others one or a batch of them. */
    record Factor(long rows, long cols, Optional<Tensor> matrix) {
        static Factor of(Tensor matrix) {
            return new Factor(matrix.shape().at(-2), matrix.shape().at(-1), Optional.of(matrix));
        }

        private boolean isSquare() {
            return rows == cols;
        }

        static Factor identity(long k) {
            if (k < 0) {
                throw new ShapeException("KroneckerOperator: an identity cannot have size " + k);
            }
            return new Factor(k, k, Optional.empty());
        }

        Factor with(UnaryOperator<Tensor> change) {
            return matrix.isPresent() ? of(change.apply(matrix.get())) : this;
        }

        /** Applies {@code ofMatrix} to the matrix, or {@code ofIdentity} to the size of an identity. */
        <T> T fold(Function<Tensor, T> ofMatrix, LongFunction<T> ofIdentity) {
            return matrix.isPresent() ? ofMatrix.apply(matrix.get()) : ofIdentity.apply(rows);
        }

        void close() {
            matrix.ifPresent(Tensor::close);
        }

        @Override
        public String toString() {
            return fold(t -> t.shape().toString(), k -> "I_" + k);
        }
    }

    @Override
    public String toString() {
        return list.stream().map(Factor::toString).collect(Collectors.joining(" (x) "));
    }

    /** {@return the factors' leading axes, broadcast; identities have none} */
    static Shape batch(List<Factor> factors) {
        Shape[] batches = factors.stream()
                .flatMap(f -> f.matrix.stream())
                .map(Matrices::batch)
                .toArray(Shape[]::new);
        return batches.length == 0 ? Shape.SCALAR : Shape.broadcast("KroneckerOperator", batches);
    }

    boolean isBatched() {
        return list.stream().flatMap(f -> f.matrix.stream()).anyMatch(t -> t.rank() > 2);
    }

    private long size(Function<Factor, Long> side) {
        return list.stream().map(side).reduce(1L, (a, b) -> a * b);
    }

    void requireSquare(String operation) {
        if (list.stream().allMatch(Factor::isSquare)) {
            return;
        }
        String text = "KroneckerOperator." + operation + ": needs square factors, got " + this;
        long n = size(Factor::rows);
        if (n == size(Factor::cols)) {
            long rank = size(f -> Math.min(f.rows, f.cols));
            text += "; their product is square but singular, its rank is at most " + rank + " of " + n
                    + "; use svdvals, or Linalg.pinv(toDense())";
        }
        throw new ShapeException(text);
    }

    void requireSquareProduct(String operation) {
        if (size(Factor::rows) != size(Factor::cols)) {
            throw new ShapeException("KroneckerOperator." + operation + ": needs square factors, got " + this
                    + ", whose product is not square either");
        }
    }

    /** Changes every matrix. The results belong to the current scope; an exception names the factor. */
    List<Factor> map(String operation, UnaryOperator<Tensor> each) {
        List<Factor> results = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            int index = i;
            results.add(list.get(i).with(t -> named(operation, index, () -> each.apply(t))));
        }
        return results;
    }

    private static <T> T named(String operation, int factor, Supplier<T> body) {
        String where = "KroneckerOperator." + operation + ": factor " + factor + ": ";
        try {
            return body.get();
        } catch (SingularMatrixException e) {
            throw new SingularMatrixException(where + e.getMessage());
        } catch (LinalgException e) {
            throw new LinalgException(where + e.getMessage());
        }
    }

    /** Multiplies out the Kronecker product of the tensors that {@code each} makes of the factors, of this rank behind leading axes. */
    private Tensor combine(int rank, Function<Factor, Tensor> each) {
        try (TensorScope scope = device.openScope()) {
            return scope.keep(product(rank, list.stream().map(each).toList()));
        }
    }

    /** The Kronecker product of tensors of this rank behind leading axes. */
    static Tensor product(int rank, List<Tensor> tensors) {
        Tensor[] all = tensors.toArray(Tensor[]::new);
        if (tensors.stream().allMatch(t -> t.rank() == rank)) {
            return Kron.kron(all);
        }
        if (all.length > 2 && all[0].dtype().isHalf()) {
            return Operands.inFloat32(t -> product(rank, List.of(t)), all);
        }
        Tensor result = all.length == 1 ? all[0].copy() : all[0];
        for (int i = 1; i < all.length; i++) {
            result = Kron.batchedKron(rank, result, all[i]);
        }
        return result;
    }

    Tensor toDense() {
        return combine(2, f -> f.fold(t -> t, k -> Tensor.eye(dtype, k)));
    }

    Tensor diag() {
        try (TensorScope scope = device.openScope()) {
            return scope.keep(product(
                    1, squares().stream().map(KroneckerFactors::diagonal).toList()));
        }
    }

    Tensor trace() {
        try (TensorScope scope = device.openScope()) {
            return scope.keep(product(
                    0, squares().stream().map(KroneckerFactors::sumOfDiagonal).toList()));
        }
    }

    /** The shortest runs of neighbours whose products are square; most are single factors. */
    private List<KroneckerFactors> squares() {
        List<KroneckerFactors> runs = new ArrayList<>();
        List<Factor> run = new ArrayList<>();
        for (Factor f : list) {
            run.add(f);
            KroneckerFactors all = new KroneckerFactors(device, dtype, List.copyOf(run));
            if (all.size(Factor::rows) == all.size(Factor::cols)) {
                runs.add(all);
                run.clear();
            }
        }
        return runs;
    }

    /** The main diagonal of a square run: that of a matrix, or of each the entries at the digits of all indices. */
    private Tensor diagonal() {
        if (list.size() == 1) {
            return list.get(0).fold(Tensor::diagonal, this::ones);
        }
        long n = size(Factor::rows);
        Tensor index = Elementwise.subtract(Scan.cumsum(Tensor.ones(DType.INT64, n), 0), 1);
        long rowsBelow = n;
        long colsBelow = n;
        Tensor result = null;
        for (Factor f : list) {
            rowsBelow = n == 0 ? 1 : rowsBelow / f.rows;
            colsBelow = n == 0 ? 1 : colsBelow / f.cols;
            Tensor row = digit(index, rowsBelow, f.rows);
            Tensor col = digit(index, colsBelow, f.cols);
            Tensor entries = f.fold(
                    t -> Indexing.takeEx(
                            t.reshape(Matrices.batch(t).concat(Shape.of(f.rows * f.cols))),
                            Elementwise.add(Elementwise.multiply(row, f.cols), col),
                            -1),
                    k -> Elementwise.equal(row, col).to(dtype));
            Tensor wide = Operands.in(dtype.computed(), entries);
            result = result == null ? wide : Elementwise.multiply(result, wide);
        }
        return Operands.in(dtype, result);
    }

    private Tensor sumOfDiagonal() {
        boolean identity = list.size() == 1 && list.get(0).matrix.isEmpty();
        return identity ? scalar(list.get(0).rows) : Reduce.sum(diagonal(), -1);
    }

    private static Tensor digit(Tensor index, long below, long base) {
        return Elementwise.remainder(Elementwise.divide(index, below), Math.max(1, base));
    }

    Tensor svdvals() {
        try (TensorScope scope = device.openScope()) {
            Tensor[] values = new Tensor[list.size()];
            for (int i = 0; i < values.length; i++) {
                Factor f = list.get(i);
                values[i] = named("svdvals", i, () -> f.fold(Linalg::svdvals, this::realOnes));
            }
            return scope.keep(product(1, List.of(values)));
        }
    }

    Tensor entry(long i, long j) {
        Digits row = new Digits(i, Factor::rows);
        Digits column = new Digits(j, Factor::cols);
        return combine(0, f -> {
            long r = row.next(f);
            long c = column.next(f);
            return f.fold(t -> t.select(-2, r).select(-1, c), k -> scalar(r == c ? 1 : 0));
        });
    }

    Tensor row(long i) {
        Digits row = new Digits(i, Factor::rows);
        return combine(1, f -> {
            long r = row.next(f);
            return f.fold(t -> t.select(-2, r), k -> unit(k, r));
        });
    }

    /** An index of the product as one index per factor, the first factor first. */
    private final class Digits {
        private final Function<Factor, Long> base;
        private long rest;
        private long below;

        Digits(long index, Function<Factor, Long> base) {
            this.base = base;
            this.rest = index;
            this.below = list.stream().map(base).reduce(1L, (a, b) -> a * b);
        }

        long next(Factor f) {
            below /= base.apply(f);
            long digit = rest / below;
            rest %= below;
            return digit;
        }
    }

    private Tensor scalar(long value) {
        return Tensor.full(dtype, value);
    }

    private Tensor ones(long k) {
        return scalar(1).expand(k);
    }

    /** The eigenvalues or singular values of an identity, which are real. */
    private Tensor realOnes(long k) {
        return Tensor.full(dtype.realPart(), 1).expand(k);
    }

    private Tensor unit(long k, long at) {
        return Tensor.make(device, dtype, Shape.of(k), out -> {
            device.backend().fill(0L, out);
            device.backend().fill(1L, out.with(out.layout().slice(0, at, at + 1, 1)));
        });
    }

    /**
     * Computes sign and log|det K|.
     *
     * @param n the number of rows in all
     */
    Linalg.SignLog slogdet(long n) {
        if (n > 0 && !list.stream().allMatch(Factor::isSquare)) {
            return ofLostRank();
        }
        try (TensorScope scope = device.openScope()) {
            Tensor sign = scalar(1);
            Tensor logAbs = Tensor.full(dtype.realPart(), 0);
            for (Factor f : list) {
                if (n == 0 && f.matrix.isPresent()) { // nothing, and the gradient of that
                    Tensor none = Reduce.sum(f.matrix.get().slice(-2, 0, 0), -2, -1);
                    logAbs = Elementwise.add(logAbs, ComplexNumbers.real(none));
                } else if (f.matrix.isPresent()) {
                    Linalg.SignLog one = Linalg.slogdet(f.matrix.get());
                    long power = n / f.rows;
                    sign = Elementwise.multiply(sign, power(one.sign(), power));
                    logAbs = Elementwise.add(logAbs, Elementwise.multiply(one.logAbs(), power));
                }
            }
            return new Linalg.SignLog(scope.keep(sign), scope.keep(logAbs));
        }
    }

    /** A product whose rank is below N by the factors' shapes: (0, -inf), NaN of factors that are not finite. */
    private Linalg.SignLog ofLostRank() {
        try (TensorScope scope = device.openScope()) {
            Tensor sign = scalar(0);
            for (Factor f : list) {
                if (f.matrix.isPresent()) {
                    Operands.requireFactorable("KroneckerOperator.slogdet", f.matrix.get());
                    sign = Elementwise.add(
                            sign, Reduce.sum(Elementwise.multiply(Tape.plain(f.matrix.get()), 0), -2, -1));
                }
            }
            Tensor logAbs = Elementwise.log(Elementwise.abs(sign));
            Tensor[] all = list.stream().flatMap(f -> f.matrix.stream()).toArray(Tensor[]::new);
            Tape.record(
                    "KroneckerOperator.slogdet",
                    logAbs,
                    r -> r.gradients(all, new Tensor[0], (g, s) -> {
                        throw new GradientException("gradient of KroneckerOperator.slogdet: the product of factors that"
                                + " are not square is singular, whatever their entries");
                    }),
                    all);
            return new Linalg.SignLog(scope.keep(sign), scope.keep(logAbs));
        }
    }

    /** Raises a sign to a power of at least 1; a complex one stays of modulus 1. */
    private static Tensor power(Tensor sign, long power) {
        if (!sign.dtype().isComplex()) {
            return power % 2 == 0 ? Elementwise.square(sign) : sign;
        }
        Tensor square = sign;
        Tensor result = null;
        for (long rest = power; ; rest /= 2) {
            if (rest % 2 == 1) {
                result = result == null ? square : Elementwise.sign(Elementwise.multiply(result, square));
            }
            if (rest == 1) {
                return result;
            }
            square = Elementwise.sign(Elementwise.multiply(square, square));
        }
    }

    /** Computes the eigenvalues, multiplied out, and the eigenvectors by factor; they belong to the current scope. */
    Tensor eigh(List<Factor> vectors) {
        List<Tensor> values = new ArrayList<>();
        vectors.addAll(map("eigh", t -> {
            Linalg.Eigh e = Linalg.eigh(t);
            values.add(e.w());
            return e.v();
        }));
        List<Tensor> all = new ArrayList<>();
        for (Factor f : list) {
            all.add(f.fold(t -> values.remove(0), this::realOnes));
        }
        return product(1, all);
    }

    /**
     * Solves along every axis.
     *
     * @param lead the product of the sizes before the product's rows in b
     * @param post the product of the sizes behind them
     */
    Tensor solve(Tensor b, long lead, long post) {
        if (isBatched()) {
            return solveBatched(b, post);
        }
        int n = list.size();
        long[] sizes = new long[n + 2];
        sizes[0] = lead;
        sizes[n + 1] = post;
        for (int i = 0; i < n; i++) {
            sizes[i + 1] = list.get(i).rows;
        }
        try (TensorScope scope = device.openScope()) {
            LuFactors[] lus = new LuFactors[n];
            boolean recorded = Tape.records(b);
            for (int i = 0; i < n; i++) {
                if (list.get(i).matrix.isPresent()) {
                    Tensor factor = list.get(i).matrix.get();
                    recorded |= Tape.records(factor);
                    lus[i] = Linalg.luFactor(factor);
                    lus[i].requireRegular("KroneckerOperator.solve: factor " + i, "Linalg.luFactor(factor)");
                }
            }
            Tensor x = b.reshape(sizes);
            for (int i = 0; i < n; i++) {
                if (lus[i] != null) {
                    try (Tensor before = x) {
                        x = recorded ? solveRecorded(lus[i], before, i + 1) : solveAxis(lus[i], before, i + 1);
                    }
                }
            }
            return scope.keep(x.reshape(b.shape()).contiguous());
        }
    }

    /** Solves with matrices and right-hand sides whose leading axes broadcast: each axis in turn as the rows of a batch. */
    private Tensor solveBatched(Tensor b, long post) {
        Shape batch = b.rank() == 1 ? Shape.SCALAR : Matrices.batch(b);
        Shape core = b.shape().slice(batch.rank(), b.rank());
        try (TensorScope scope = device.openScope()) {
            Tensor x = b;
            long before = 1;
            long after = size(Factor::rows);
            for (int i = 0; i < list.size(); i++) {
                long rows = list.get(i).rows;
                after = rows == 0 ? 0 : after / rows;
                if (list.get(i).matrix.isPresent()) {
                    LuFactors lu = Linalg.luFactor(list.get(i).matrix.get());
                    lu.requireRegular("KroneckerOperator.solve: factor " + i, "Linalg.luFactor(factor)");
                    Tensor split = x.reshape(batch.concat(Shape.of(before, rows, after * post)))
                            .transpose(-3, -2);
                    Tensor columns = split.reshape(batch.concat(Shape.of(rows, before * after * post)));
                    Tensor solved = lu.solveUnchecked("KroneckerOperator.solve", columns, false);
                    batch = Matrices.batch(solved);
                    x = solved.reshape(batch.concat(Shape.of(rows, before, after * post)))
                            .transpose(-3, -2)
                            .contiguous();
                }
                before *= rows;
            }
            return scope.keep(x.reshape(batch.concat(core)));
        }
    }

    private static Tensor solveRecorded(LuFactors lu, Tensor x, int axis) {
        Tensor first = x.transpose(axis, 0);
        long n = first.shape().at(0);
        Tensor columns = first.reshape(n, n == 0 ? 0 : first.size() / n);
        return lu.solveUnchecked("KroneckerOperator.solve", columns, false)
                .reshape(first.shape())
                .transpose(axis, 0);
    }

    /**
     * Solves along one axis. A copy makes the axis the fastest, so that all others together are the columns of one
     * right-hand side.
     */
    private Tensor solveAxis(LuFactors lu, Tensor x, int axis) {
        try (Tensor last = x.transpose(axis, -1);
                Tensor work = last.copy()) {
            if (work.size() > 0) {
                long n = x.shape().at(axis);
                Layout columns = Layout.contiguous(Shape.of(work.size() / n, n)).reverse();
                View right = work.view().with(columns);
                device.backend().linalg().luSolve(lu.lu().view(), lu.pivots().view(), false, right);
            }
            return work.transpose(axis, -1);
        }
    }
}
