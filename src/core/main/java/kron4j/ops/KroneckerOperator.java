package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerFactors.Factor;
import kron4j.plan.KronPlan;

/**
 * The matrix {@code K = F1 (x) F2 (x) ... (x) Fn}, never formed, of shape [M, N]: the products of the factors' sizes.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {
 *     Tensor a = Random.normal(1, DType.FLOAT64, 300, 300);
 *     Tensor b = Random.normal(2, DType.FLOAT64, 200, 200);
 *     KroneckerOperator k = KroneckerOperator.of(a, b);               // [60000,60000], in the memory of a and b
 *     Tensor y = k.apply(Tensor.ones(DType.FLOAT64, 60_000));
 *     Tensor x = k.solve(y);                                          // ones again, up to rounding
 *     System.out.println(k.slogdet().logAbs() + " " + x.mean());
 * }
 * }</pre>
 *
 * <p>The first factor is the slowest index, and vec is row-major: {@code (A (x) B) vec(X) = vec(A X B^T)} for X of
 * shape [columns of A, columns of B] (with column-major vec it is {@code vec(B X A^T)}).
 *
 * <p>Ownership: immutable. Holds views of the factors, which may be closed; small neighbours are multiplied out once,
 * and {@link #explain} says which. The views and products belong to the scope that was open when the operator was made,
 * as tensors do: the operator is closed with it, or by {@link #close}, unless {@link #keep} takes it out. Factors are
 * floating or complex, of any strides and of one dtype and device.
 *
 * <p><b>Batches.</b> Factors may have leading axes, which broadcast against each other and against those of operands, as in
 * {@code matmul}; every result then has them in front, and vectors of operands are shared by all. Such products are one
 * contraction per factor or group.
 *
 * <p>Identity factors are structural: they take no memory and no time, and their zeros multiply nothing, so that an
 * infinity stays in its block, where the formed product would have {@code 0 * inf = NaN}. With other factors NaN and
 * infinities reach the same elements as in the formed product, though an infinity may become NaN and intermediate
 * results may over- or underflow where entries of the product do not.
 *
 * <p>Gradients flow to the factors and to the operands, from everything here, as differentiable as the forward; the
 * data between two factors is then kept for them, or computed again where that is faster. Those of {@link #eigh} and {@link #svdvals} are as documented at
 * {@link Linalg}.
 */
public final class KroneckerOperator implements AutoCloseable {
    private final KroneckerFactors factors;
    private final KroneckerProduct product;
    private final KronPlan plan;
    private final Shape batch;

    private KroneckerOperator(KroneckerFactors factors, KroneckerProduct product) {
        this.factors = factors;
        this.product = product;
        this.plan = product.plan();
        this.batch = KroneckerFactors.batch(factors.list());
    }

    // ---- making ----

    /**
     * {@return the operator of the product of these matrices}
     *
     * @param factors one or more, [m_i, n_i] or batches [..., m_i, n_i] whose leading axes broadcast; the first is the
     *     slowest index
     * @throws ShapeException without factors, if one is not a matrix, if leading axes do not broadcast, or if a side of the
     *     product exceeds 2^63-1
     */
    public static KroneckerOperator of(Tensor... factors) {
        if (factors.length == 0) {
            throw new ShapeException("KroneckerOperator: no factors; it needs at least one");
        }
        for (int i = 0; i < factors.length; i++) {
            if (factors[i].rank() < 2) {
                throw new ShapeException("KroneckerOperator: factor " + i + " of shape " + factors[i].shape()
                        + " is not a matrix; give it the axes with reshape");
            }
        }
        Operands.requireInexact("KroneckerOperator", factors);
        DType dtype = Operands.sameDType("KroneckerOperator", factors);
        Device device = Operands.sameDevice("KroneckerOperator", factors);
        return of(device, dtype, Arrays.stream(factors).map(Factor::of).toList());
    }

    /**
     * {@return the identity of size k on the current device, to be combined by {@link #kron}}
     *
     * @param dtype floating or complex
     * @param k the size, 0 or more
     */
    public static KroneckerOperator eye(DType dtype, long k) {
        return of(Device.current(), dtype, List.of(Factor.identity(k)));
    }

    /**
     * {@return {@code I_k (x) w}: k blocks of w along the diagonal}
     *
     * @param k the size of the identity, 0 or more
     * @param w [m, n]
     */
    public static KroneckerOperator identityKron(long k, Tensor w) {
        try (KroneckerOperator right = of(w)) {
            return of(right.device(), right.dtype(), List.of(Factor.identity(k), Factor.of(w)));
        }
    }

    /**
     * {@return {@code w (x) I_k}: every entry of w as a multiple of the identity}
     *
     * @param w [m, n]
     * @param k the size of the identity, 0 or more
     */
    public static KroneckerOperator kronIdentity(Tensor w, long k) {
        try (KroneckerOperator left = of(w)) {
            return of(left.device(), left.dtype(), List.of(Factor.of(w), Factor.identity(k)));
        }
    }

    /**
     * {@return {@code this (x) other}}
     *
     * @param other of the same dtype and device
     * @throws DTypeException if the dtypes differ
     * @throws DeviceException if the devices differ
     */
    public KroneckerOperator kron(KroneckerOperator other) {
        if (other.dtype() != dtype()) {
            throw new DTypeException("KroneckerOperator.kron: " + this + " and " + other
                    + " differ in dtype; convert the factors with to(DType)");
        }
        if (!other.device().equals(device())) {
            throw new DeviceException("KroneckerOperator.kron: " + this + " lies on " + device() + ", " + other + " on "
                    + other.device() + "; move the factors with to(Device)");
        }
        return of(
                device(),
                dtype(),
                Stream.concat(factors.list().stream(), other.factors.list().stream())
                        .toList());
    }

    /** Makes the operator of views of these factors, which may be closed afterwards. */
    private static KroneckerOperator of(Device device, DType dtype, List<Factor> factors) {
        requireCountable(factors, Factor::rows);
        requireCountable(factors, Factor::cols);
        KroneckerFactors.batch(factors); // refuses leading axes that do not broadcast
        List<Factor> kept = new ArrayList<>();
        try {
            factors.forEach(f -> kept.add(f.with(t -> t.viewAs(t.layout()))));
            return new KroneckerOperator(new KroneckerFactors(device, dtype, kept), KroneckerProduct.of(factors));
        } catch (RuntimeException | Error e) {
            kept.forEach(Factor::close);
            throw e;
        }
    }

    private static void requireCountable(List<Factor> factors, ToLongFunction<Factor> side) {
        long product = 1;
        for (Factor f : factors) {
            long n = side.applyAsLong(f);
            if (n != 0 && product > Long.MAX_VALUE / n) {
                throw new ShapeException("KroneckerOperator: " + factors + " has a side of more than 2^63-1");
            }
            product *= n;
        }
    }

    // ---- facts ----

    /** {@return M, the product of the factors' numbers of rows} */
    public long rows() {
        return plan.rows();
    }

    /** {@return N, the product of the factors' numbers of columns} */
    public long cols() {
        return plan.cols();
    }

    /** {@return the leading axes of the factors, broadcast; [] without any} */
    public Shape batch() {
        return batch;
    }

    /**
     * {@return [M, N], or [..., M, N] with the leading axes {@link #batch}}
     *
     * @throws ShapeException if M*N exceeds 2^63-1; {@link #rows} and {@link #cols} never do
     */
    public Shape shape() {
        return batch.concat(Shape.of(plan.rows(), plan.cols()));
    }

    /** {@return the dtype of the factors} */
    public DType dtype() {
        return factors.dtype();
    }

    /** {@return the device of the factors} */
    public Device device() {
        return factors.device();
    }

    /**
     * {@return the passes of {@link #apply} over a row-major operand: of several factors at once in tiles, or GEMMs; sizes,
     * flops and workspace, beside those of the formed product}
     *
     * @param x the operand's shape, as for {@link #apply}
     * @throws ShapeException if x does not have N rows
     */
    public String explain(Shape x) {
        requireRows("explain", x, x.rank() == 1 ? 0 : -2, plan.cols(), "columns");
        return product.explain(lead(x), x.rank() == 1 ? 1 : x.at(-1), dtype());
    }

    @Override
    public String toString() {
        return "KroneckerOperator " + factors + " " + dtype();
    }

    // ---- products ----

    /**
     * {@return {@code K x}, of shape [M], [M, cols] or [..., M, cols]} Row-major, except that a product of identities
     * alone gives a view of x.
     *
     * @param x [N], [N, cols] or [..., N, cols], of the operator's dtype; strides that GEMM cannot read are copied once
     * @throws ShapeException if x does not have N rows
     */
    public Tensor apply(Tensor x) {
        check("apply", x, x.rank() == 1 ? 0 : -2, plan.cols(), "columns");
        if (batch.rank() > 0) {
            Shape own = x.rank() == 1 ? Shape.SCALAR : Matrices.batch(x);
            Shape.broadcast("KroneckerOperator.apply", batch, own);
            long post = x.rank() == 1 ? 1 : x.shape().at(-1);
            Shape core = x.rank() == 1 ? Shape.of(plan.rows()) : Shape.of(plan.rows(), post);
            return product.multiplyBatched(x, own, 1, post, core);
        }
        Shape shape = x.shape().with(x.rank() == 1 ? 0 : -2, plan.rows());
        return product.multiply(
                x, lead(x.shape()), x.rank() == 1 ? 1 : x.shape().at(-1), shape);
    }

    /**
     * {@return {@code x K}, of shape [..., N]}
     *
     * @param x a vector [M], a matrix [rows, M] or a batch [..., M]
     * @throws ShapeException if the last axis of x is not M
     */
    public Tensor applyRight(Tensor x) {
        check("applyRight", x, -1, plan.rows(), "rows");
        try (KroneckerOperator transposed = transpose()) {
            return transposed.applyToRows(x);
        }
    }

    /**
     * {@return {@code out[r] = K data[r]} for every row, the form of a layer, of shape [..., M]} With
     * {@code identityKron(k, w)} this is one GEMM of a reshaped view with w.
     *
     * @param data [..., N], of the operator's dtype and device
     * @throws ShapeException if the last axis is not N
     */
    public Tensor applyToRows(Tensor data) {
        check("applyToRows", data, -1, plan.cols(), "columns");
        if (batch.rank() > 0) {
            Shape own = data.rank() == 1 ? Shape.SCALAR : Matrices.batch(data);
            Shape.broadcast("KroneckerOperator.applyToRows", batch, own);
            long lead = data.rank() == 1 ? 1 : data.shape().at(-2);
            Shape core = data.rank() == 1 ? Shape.of(plan.rows()) : Shape.of(lead, plan.rows());
            return product.multiplyBatched(data, own, lead, 1, core);
        }
        long rows = data.shape().slice(0, data.rank() - 1).size();
        return product.multiply(data, rows, 1, data.shape().with(-1, plan.rows()));
    }

    private static long lead(Shape x) {
        return x.rank() == 1 ? 1 : x.slice(0, x.rank() - 2).size();
    }

    private void check(String operation, Tensor x, int axis, long expected, String what) {
        requireRows(operation, x.shape(), axis, expected, what);
        if (x.dtype() != dtype()) {
            throw new DTypeException("KroneckerOperator." + operation + ": x " + x.shape() + " is " + x.dtype()
                    + ", the factors " + factors + " are " + dtype() + "; convert one with to(DType)");
        }
        if (!x.device().equals(device())) {
            throw new DeviceException("KroneckerOperator." + operation + ": x " + x.shape() + " lies on " + x.device()
                    + ", the factors on " + device() + "; move one with to(Device)");
        }
    }

    private void requireRows(String operation, Shape x, int axis, long expected, String what) {
        String name = "KroneckerOperator." + operation + ": ";
        if (x.rank() == 0) {
            throw new ShapeException(name + "x is a scalar; expected a vector or a matrix");
        }
        if (x.at(axis) != expected) {
            boolean last = x.axis(axis) == x.rank() - 1 && x.rank() > 1;
            throw new ShapeException(name + "x of shape " + x + " has " + x.at(axis) + (last ? " columns" : " rows")
                    + ", product of factor " + what + " is " + expected + " for " + factors
                    + (factors.isBatched()
                            ? "; a factor with more than two axes is not a matrix but a batch of them"
                            : ""));
        }
    }

    // ---- other operators ----

    /** {@return {@code K^T}, of views} */
    public KroneckerOperator transpose() {
        List<Factor> swapped = factors.list().stream()
                .map(f -> f.with(t -> t.transpose(-2, -1)))
                .toList();
        return new KroneckerOperator(new KroneckerFactors(device(), dtype(), swapped), product.transposed());
    }

    /** {@return {@code K^H}: of real factors {@link #transpose}, of complex ones an operator of their conjugate copies} */
    public KroneckerOperator adjoint() {
        if (!dtype().isComplex()) {
            return transpose();
        }
        try (TensorScope scope = device().openScope()) {
            List<Factor> adjoints = factors.list().stream()
                    .map(f -> f.with(ComplexNumbers::adjoint))
                    .toList();
            return of(device(), dtype(), adjoints).keptBy(scope);
        }
    }

    /**
     * {@return {@code K^-1}, of the factors' inverses} To solve once, {@link #solve} is cheaper and more accurate.
     *
     * @throws ShapeException unless all factors are square
     * @throws kron4j.SingularMatrixException naming the singular factor
     */
    public KroneckerOperator inverse() {
        return map("inverse", Linalg::inverse);
    }

    /**
     * {@return the lower triangular L with {@code K = L L^H}: the product of the factors' own}
     *
     * @throws ShapeException unless all factors are square
     * @throws kron4j.LinalgException naming the factor that is not positive definite (K is so all the same if an even
     *     number of them is negative)
     */
    public KroneckerOperator cholesky() {
        return map("cholesky", Linalg::cholesky);
    }

    private KroneckerOperator map(String operation, UnaryOperator<Tensor> each) {
        factors.requireSquare(operation);
        try (TensorScope scope = device().openScope()) {
            return of(device(), dtype(), factors.map(operation, each)).keptBy(scope);
        }
    }

    // ---- systems, determinants, spectra ----

    /**
     * {@return x with {@code K x = b}, by LU of each factor} Gradient: {@code G_b = K^-H G}, and those of the factors.
     * Cost: {@code 2/3 n_i^3 + 2 N n_i cols} flops and a permuted copy of b per factor.
     *
     * @param b as x of {@link #apply}
     * @throws ShapeException unless all factors are square and b has N rows
     * @throws kron4j.SingularMatrixException naming the singular factor
     */
    public Tensor solve(Tensor b) {
        factors.requireSquare("solve");
        check("solve", b, b.rank() == 1 ? 0 : -2, plan.cols(), "columns");
        Shape.broadcast("KroneckerOperator.solve", batch, b.rank() == 1 ? Shape.SCALAR : Matrices.batch(b));
        return factors.solve(b, lead(b.shape()), b.rank() == 1 ? 1 : b.shape().at(-1));
    }

    /**
     * {@return sign and log|det K|, shapes []: {@code prod sign(F_i)^(N/n_i)}, which is exact, and
     * {@code sum N/n_i * log|det F_i|}, which never overflows} The sign of complex factors is a complex number of
     * modulus 1, to which gradients flow too. A singular factor gives (0, -inf), NaN both NaN, N = 0 (1, 0). Gradient of
     * the log: {@code N/n_i * F_i^-H}. A square product of factors that are not square is singular by its shapes, and
     * gives (0, -inf), which has no gradient.
     *
     * @throws ShapeException unless the product is square
     */
    public Linalg.SignLog slogdet() {
        factors.requireSquareProduct("slogdet");
        return factors.slogdet(plan.rows());
    }

    /**
     * The factors of {@code K = V diag(w) V^H}.
     *
     * @param w the eigenvalues [N], in the order of the product (not sorted); real
     * @param v the orthogonal (complex: unitary) operator whose columns are the eigenvectors
     */
    public record Eigh(Tensor w, KroneckerOperator v) implements AutoCloseable {
        @Override
        public void close() {
            w.close();
            v.close();
        }
    }

    /**
     * Decomposes {@code K = V diag(w) V^H} for symmetric (complex: Hermitian) factors; only their lower triangles are read.
     *
     * @return eigenvalues and eigenvectors, of the current scope
     * @throws ShapeException unless all factors are square
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public Eigh eigh() {
        factors.requireSquare("eigh");
        try (TensorScope scope = device().openScope()) {
            List<Factor> vectors = new ArrayList<>();
            Tensor w = factors.eigh(vectors);
            return new Eigh(scope.keep(w), of(device(), dtype(), vectors).keptBy(scope));
        }
    }

    /**
     * {@return the products of the factors' singular values, in the order of the product (not sorted): prod min(m_i,
     * n_i) of them} Where factors are rectangular, K has further singular values, min(M, N) in all, which are 0.
     *
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public Tensor svdvals() {
        return factors.svdvals();
    }

    /**
     * {@return the main diagonal, [N]} Where only the product of neighbours is square, their entries are picked.
     *
     * @throws ShapeException unless the product is square
     */
    public Tensor diag() {
        factors.requireSquareProduct("diag");
        return factors.diag();
    }

    /**
     * {@return the sum of the main diagonal, []: the product of the factors' traces, or of neighbours whose product is
     * square}
     *
     * @throws ShapeException unless the product is square
     */
    public Tensor trace() {
        factors.requireSquareProduct("trace");
        return factors.trace();
    }

    /**
     * {@return {@code K[i, j]}, []}
     *
     * @param i the row, in [0, M)
     * @param j the column, in [0, N)
     * @throws ShapeException if an index is out of range
     */
    public Tensor entry(long i, long j) {
        requireIndex("entry", "row", i, plan.rows());
        requireIndex("entry", "column", j, plan.cols());
        return factors.entry(i, j);
    }

    /**
     * {@return {@code K[i, :]}, [N]}
     *
     * @param i the row, in [0, M)
     * @throws ShapeException if the index is out of range
     */
    public Tensor row(long i) {
        requireIndex("row", "row", i, plan.rows());
        return factors.row(i);
    }

    /** {@return the formed product, [M, N]} */
    public Tensor toDense() {
        return factors.toDense();
    }

    private static void requireIndex(String operation, String what, long i, long n) {
        if (i < 0 || i >= n) {
            throw new ShapeException("KroneckerOperator." + operation + ": " + what + " " + i
                    + " is out of range, expected [0, " + n + ")");
        }
    }

    /**
     * Applies a function to each factor, for instance to write it to a file.
     *
     * @param <T> the type of the results
     * @param ofMatrix gets a factor's matrix, which the operator owns
     * @param ofIdentity gets the size of a factor that is an identity and has no matrix
     * @return the results, in the order of the factors
     */
    public <T> List<T> factors(Function<Tensor, T> ofMatrix, LongFunction<T> ofIdentity) {
        return factors.list().stream().map(f -> f.fold(ofMatrix, ofIdentity)).toList();
    }

    /** {@return the factors that are not identities} */
    Tensor[] matrices() {
        return factors.list().stream().flatMap(f -> f.matrix().stream()).toArray(Tensor[]::new);
    }

    /**
     * {@return the operator with other matrices in place of {@link #matrices}}
     *
     * @param matrices of the same sizes
     */
    KroneckerOperator with(Tensor... matrices) {
        Iterator<Tensor> next = List.of(matrices).iterator();
        return of(
                device(),
                dtype(),
                factors.list().stream().map(f -> f.with(t -> next.next())).toList());
    }

    // ---- ownership ----

    /**
     * Takes the operator out of its scope. From now on only {@link #close} closes it.
     *
     * @return this
     */
    public KroneckerOperator keep() {
        tensors().forEach(Tensor::keep);
        return this;
    }

    /** Moves the operator to the scope around this one. */
    KroneckerOperator keptBy(TensorScope scope) {
        tensors().forEach(scope::keep);
        return this;
    }

    /** Releases the views of the factors. Closing twice does nothing. */
    @Override
    public void close() {
        tensors().forEach(Tensor::close);
    }

    private Stream<Tensor> tensors() {
        return Stream.concat(factors.list().stream(), product.operands().stream())
                .flatMap(f -> f.matrix().stream());
    }
}
