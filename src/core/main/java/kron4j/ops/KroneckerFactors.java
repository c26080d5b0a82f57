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
    /** A factor; an identity has no matrix. */
    record Factor(long rows, long cols, Optional<Tensor> matrix) {
        static Factor of(Tensor matrix) {
            return new Factor(matrix.shape().at(0), matrix.shape().at(1), Optional.of(matrix));
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
            return fold(t -> "[" + rows + "," + cols + "]", k -> "I_" + k);
        }
    }

    @Override
    public String toString() {
        return list.stream().map(Factor::toString).collect(Collectors.joining(" (x) "));
    }

    void requireSquare(String operation) {
        for (Factor f : list) {
            if (f.rows != f.cols) {
                throw new ShapeException("KroneckerOperator." + operation + ": needs square factors, got " + this);
            }
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

    /** Multiplies out the Kronecker product of the tensors that {@code each} makes of the factors. */
    private Tensor combine(Function<Factor, Tensor> each) {
        try (TensorScope scope = device.openScope()) {
            return scope.keep(Kron.kron(list.stream().map(each).toArray(Tensor[]::new)));
        }
    }

    Tensor toDense() {
        return combine(f -> f.fold(t -> t, k -> Tensor.eye(dtype, k)));
    }

    Tensor diag() {
        return combine(f -> f.fold(Tensor::diagonal, this::ones));
    }

    Tensor trace() {
        return combine(f -> f.fold(t -> Reduce.sum(t.diagonal()), this::scalar));
    }

    Tensor svdvals() {
        try (TensorScope scope = device.openScope()) {
            Tensor[] values = new Tensor[list.size()];
            for (int i = 0; i < values.length; i++) {
                Factor f = list.get(i);
                values[i] = named("svdvals", i, () -> f.fold(Linalg::svdvals, this::realOnes));
            }
            return scope.keep(Kron.kron(values));
        }
    }

    Tensor entry(long i, long j) {
        Digits row = new Digits(i, Factor::rows);
        Digits column = new Digits(j, Factor::cols);
        return combine(f -> {
            long r = row.next(f);
            long c = column.next(f);
            return f.fold(t -> t.get(r, c), k -> scalar(r == c ? 1 : 0));
        });
    }

    Tensor row(long i) {
        Digits row = new Digits(i, Factor::rows);
        return combine(f -> {
            long r = row.next(f);
            return f.fold(t -> t.get(r), k -> unit(k, r));
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
        try (TensorScope scope = device.openScope()) {
            Tensor sign = scalar(1);
            Tensor logAbs = Tensor.full(dtype.realPart(), 0);
            for (Factor f : list) {
                if (n == 0 && f.matrix.isPresent()) { // nothing, and the gradient of that
                    Tensor none = Reduce.sum(f.matrix.get().slice(0, 0, 0));
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
        return Kron.kron(all.toArray(Tensor[]::new));
    }

    /**
     * Solves along every axis.
     *
     * @param lead the product of the sizes before the product's rows in b
     * @param post the product of the sizes behind them
     */
    Tensor solve(Tensor b, long lead, long post) {
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
