package kron4j.ops;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.ops.Contractions.Labelled;

/**
 * The matrix {@code S = A (x) I (x) ... + I (x) B (x) I ... + ...}, written {@code A (+) B (+) ...}, never formed, of
 * shape [N, N] for the product N of the factors' sizes.
 *
 * <pre>{@code
 * Tensor a = Random.normal(1, DType.FLOAT64, 3, 3).add(Creation.eye(3).multiply(6));
 * Tensor b = Random.normal(2, DType.FLOAT64, 4, 4).add(Creation.eye(4).multiply(8));
 * Tensor c = Random.normal(3, DType.FLOAT64, 3, 4);
 * Tensor x = KroneckerSum.sylvester(a, b, c);                     // A X + X B = C
 * try (KroneckerSum s = KroneckerSum.of(a, b.transpose())) {
 *     System.out.println(s.apply(x.reshape(12)));                 // c again, up to rounding
 *     System.out.println(s.slogdet().logAbs());
 * }
 * }</pre>
 *
 * <p>The first factor is the slowest index, and vec is row-major: {@code (A (+) B) vec(X) = vec(A X + X B^T)}. With the
 * factors of a finite difference on each axis it is that of a grid.
 *
 * <p>Ownership: immutable. Holds views of the factors, which may be closed, and belongs to the scope that was open when
 * it was made, unless closed before. Factors are floating or complex, of any strides and of one dtype and device.
 *
 * <p>{@link #solve}, {@link #slogdet} and {@link #eigvals} work by the eigenvalues of the factors: of
 * {@link #hermitian} ones by {@link Linalg#eigh}, of others by {@link Linalg#eig}, which a card leaves to the CPU.
 *
 * <p>Gradients flow to the factors and to operands, to any order: through {@link #solve} at equal eigenvalues too, through
 * {@link #eigvals} and {@link #slogdet} there to the first.
 */
// R. Horn, C. Johnson: Topics in matrix analysis (1991), section 4.4.
public final class KroneckerSum implements AutoCloseable {
    private final Tensor[] factors;
    private final boolean hermitian;
    private final long n;

    private KroneckerSum(Tensor[] factors, boolean hermitian) {
        this.factors = factors;
        this.hermitian = hermitian;
        this.n = Arrays.stream(factors).mapToLong(f -> f.shape().at(0)).reduce(1, (a, b) -> a * b);
    }

    /**
     * {@return the operator of the sum of these matrices}
     *
     * @param factors one or more, square; the first is the slowest index
     * @throws ShapeException without factors, if one is not a square matrix, or if the product of the sizes exceeds 2^63-1
     * @throws DTypeException if a dtype is neither floating nor complex, or the dtypes differ
     */
    public static KroneckerSum of(Tensor... factors) {
        return of(false, factors);
    }

    /**
     * {@return the operator of the sum of these symmetric (complex: Hermitian) matrices} Their eigenvalues are real and
     * their eigenvectors orthogonal, so everything is faster and right for every such matrix. That they are Hermitian is
     * not checked: decompositions read the lower triangles.
     *
     * @param factors as for {@link #of}
     * @throws ShapeException without factors, if one is not a square matrix, or if the product of the sizes exceeds 2^63-1
     * @throws DTypeException if a dtype is neither floating nor complex, or the dtypes differ
     */
    public static KroneckerSum hermitian(Tensor... factors) {
        return of(true, factors);
    }

    private static KroneckerSum of(boolean hermitian, Tensor... factors) {
        if (factors.length == 0) {
            throw new ShapeException("KroneckerSum: no factors; it needs at least one");
        }
        long n = 1;
        for (Tensor f : factors) {
            if (f.rank() != 2 || f.shape().at(0) != f.shape().at(1)) {
                throw new ShapeException("KroneckerSum: factors must be square matrices, got " + text(factors));
            }
            long m = f.shape().at(0);
            if (m != 0 && n > Long.MAX_VALUE / m) {
                throw new ShapeException("KroneckerSum: " + text(factors) + " has a side of more than 2^63-1");
            }
            n *= m;
        }
        Operands.requireInexact("KroneckerSum", factors);
        Operands.sameDType("KroneckerSum", factors);
        Operands.sameDevice("KroneckerSum", factors);
        return new KroneckerSum(each(factors, f -> f.viewAs(f.layout())), hermitian);
    }

    /**
     * {@return X with {@code A X + X B = C}, Sylvester's equation, of the shape of c; see {@link #solve}} With
     * {@code b = a.adjoint()} it is Lyapunov's.
     *
     * @param a [m, m]
     * @param b [n, n]
     * @param c [m, n]
     * @throws ShapeException if the shapes do not fit
     * @throws SingularMatrixException if an eigenvalue of a and one of b add up to 0
     * @throws LinalgException as {@link #solve}
     */
    public static Tensor sylvester(Tensor a, Tensor b, Tensor c) {
        Operands.requireFactorable("sylvester", a);
        Operands.sameDType("sylvester", a, b, c);
        Operands.sameDevice("sylvester", a, b, c);
        boolean fits = a.rank() == 2 && b.rank() == 2 && c.rank() == 2;
        for (int axis = 0; fits && axis < 2; axis++) {
            fits = a.shape().at(axis) == c.shape().at(0)
                    && b.shape().at(axis) == c.shape().at(1);
        }
        if (!fits) {
            throw new ShapeException("sylvester: a of shape " + a.shape() + " and b of shape " + b.shape()
                    + " need c of shape [rows of a, columns of b], got " + c.shape());
        }
        try (TensorScope scope = a.device().openScope()) {
            KroneckerSum sum = of(a, b.transpose());
            return scope.keep(sum.solve(c.reshape(c.size())).reshape(c.shape()));
        }
    }

    // ---- facts ----

    /** {@return N, the number of rows and of columns} */
    public long rows() {
        return n;
    }

    /** {@return the dtype of the factors} */
    public DType dtype() {
        return factors[0].dtype();
    }

    /** {@return the device of the factors} */
    public Device device() {
        return factors[0].device();
    }

    @Override
    public String toString() {
        return "KroneckerSum " + text(factors) + " " + dtype();
    }

    private static String text(Tensor... factors) {
        return Arrays.stream(factors).map(f -> f.shape().toString()).collect(Collectors.joining(" (+) "));
    }

    // ---- products ----

    /**
     * {@return {@code S x}, of the shape of x} Cost: a GEMM of {@code 2 N n_i cols} flops and a pass over the result per
     * factor; no copy of x.
     *
     * @param x [N], [N, cols] or [..., N, cols], of the operator's dtype
     * @throws ShapeException if x does not have N rows
     */
    public Tensor apply(Tensor x) {
        check("apply", x, x.rank() == 1 ? 0 : -2);
        return product(factors, x, columns(x));
    }

    /**
     * {@return {@code x S}, of the shape of x}
     *
     * @param x a vector [N], a matrix [rows, N] or a batch [..., N]
     * @throws ShapeException if the last axis of x is not N
     */
    public Tensor applyRight(Tensor x) {
        check("applyRight", x, -1);
        try (TensorScope scope = device().openScope()) {
            return scope.keep(product(each(factors, Tensor::transpose), x, 1));
        }
    }

    private static long columns(Tensor x) {
        return x.rank() == 1 ? 1 : x.shape().at(-1);
    }

    private void check(String operation, Tensor x, int axis) {
        String name = "KroneckerSum." + operation;
        if (x.rank() == 0 || x.shape().at(axis) != n) {
            throw new ShapeException(name + ": x of shape " + x.shape() + " needs " + n + " "
                    + (axis == -1 && x.rank() > 1 ? "columns" : "rows") + " for " + text(factors));
        }
        Operands.sameDType(name, x, factors[0]);
        Operands.sameDevice(name, x, factors[0]);
    }

    /** Adds up the contractions of {@code [.., N, post]} with each factor. */
    private static Tensor product(Tensor[] factors, Tensor x, long post) {
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(
                    t -> product(Arrays.copyOfRange(t, 1, t.length), t[0], post),
                    Stream.concat(Stream.of(x), Arrays.stream(factors)).toArray(Tensor[]::new));
        }
        boolean recorded = Tape.records(x) || Tape.records(factors);
        try (TensorScope scope = x.device().openScope()) {
            Tensor sum = null;
            for (int i = 0; i < factors.length; i++) {
                Tensor data = x.reshape(split(factors, i, x, post));
                Tensor term = Contractions.pair(
                        "KroneckerSum",
                        factors[i],
                        new int[] {0, 1},
                        data,
                        new int[] {2, 1, 3},
                        4,
                        new int[] {2, 0, 3},
                        x.shape());
                if (sum == null) {
                    sum = term;
                } else if (recorded) {
                    sum = Elementwise.add(sum, term);
                } else {
                    Operands.update(BinaryOp.ADD, sum, term);
                    term.close();
                }
            }
            return scope.keep(sum);
        }
    }

    /** The shape of x with the axis of a factor by itself. */
    private static Shape split(Tensor[] factors, int i, Tensor x, long post) {
        long own = factors[i].shape().at(0);
        long after = post;
        for (int k = i + 1; k < factors.length; k++) {
            after *= factors[k].shape().at(0);
        }
        return Shape.of(own * after == 0 ? 0 : x.size() / own / after, own, after);
    }

    // ---- other operators ----

    /** {@return {@code S^T}, of views} */
    public KroneckerSum transpose() {
        return new KroneckerSum(each(factors, Tensor::transpose), hermitian);
    }

    /** {@return {@code S^H}, of views, or of conjugate copies of complex factors} */
    public KroneckerSum adjoint() {
        return new KroneckerSum(each(factors, ComplexNumbers::adjoint), hermitian);
    }

    /** {@return the formed sum, [N, N]; see {@link Kron#kronSum}} */
    public Tensor toDense() {
        return Kron.kronSum(factors);
    }

    /** {@return the main diagonal, [N]} */
    public Tensor diag() {
        return totals(Tensor::diagonal);
    }

    /** {@return the sum of the main diagonal, []: {@code sum N/n_i trace(A_i)}} */
    public Tensor trace() {
        if (dtype().isHalf()) {
            return Operands.inFloat32(t -> of(t).trace(), factors);
        }
        try (TensorScope scope = device().openScope()) {
            Tensor sum = null;
            for (int i = 0; i < factors.length; i++) {
                long copies = 1;
                for (int k = 0; k < factors.length; k++) {
                    copies *= k == i ? 1 : factors[k].shape().at(0);
                }
                Tensor term = Elementwise.multiply(Reduce.sum(factors[i].diagonal()), copies);
                sum = sum == null ? term : Elementwise.add(sum, term);
            }
            return scope.keep(sum);
        }
    }

    // ---- spectra ----

    /**
     * {@return the sums of the factors' eigenvalues, [N], complex, in the order of the product (not sorted)}
     *
     * @throws DTypeException if the factors are halves
     * @throws LinalgException if a factor contains NaN or infinities
     */
    public Tensor eigvals() {
        requireFactorable("eigvals");
        try (TensorScope scope = device().openScope()) {
            Tensor w = totals(hermitian ? f -> eigenvaluesOfHermitian(f) : Linalg::eigvals);
            return scope.keep(hermitian ? Operands.in(dtype().toComplex(), w) : w);
        }
    }

    /**
     * Decomposes {@code S = V diag(w) V^H} for symmetric (complex: Hermitian) factors; only their lower triangles are
     * read.
     *
     * @return eigenvalues and eigenvectors, the Kronecker product of the factors', of the current scope
     * @throws DTypeException if the factors are halves
     * @throws LinalgException if a factor contains NaN or infinities
     */
    public KroneckerOperator.Eigh eigh() {
        requireFactorable("eigh");
        try (TensorScope scope = device().openScope()) {
            Linalg.Eigh[] e = Arrays.stream(factors).map(Linalg::eigh).toArray(Linalg.Eigh[]::new);
            Tensor w = totals(Arrays.stream(e).map(Linalg.Eigh::w).toArray(Tensor[]::new));
            KroneckerOperator v =
                    KroneckerOperator.of(Arrays.stream(e).map(Linalg.Eigh::v).toArray(Tensor[]::new));
            return new KroneckerOperator.Eigh(scope.keep(w), v.keptBy(scope));
        }
    }

    /**
     * {@return sign and log|det S|, shapes [], by the eigenvalues; never overflows} The sign of complex factors is a
     * complex number of modulus 1. A sum of eigenvalues that is exactly 0 gives (0, -inf), N = 0 (1, 0). Gradient of the
     * log: {@code S^-H}, summed over the places of each factor.
     *
     * @throws DTypeException if the factors are halves
     * @throws LinalgException if a factor contains NaN or infinities
     */
    public Linalg.SignLog slogdet() {
        requireFactorable("slogdet");
        try (TensorScope scope = device().openScope()) {
            Tensor w = totals(hermitian ? f -> eigenvaluesOfHermitian(f) : Linalg::eigvals);
            Tensor logAbs = Reduce.sum(Elementwise.log(Elementwise.abs(w)));
            Tensor sign = Reduce.prod(Elementwise.sign(w));
            if (!dtype().isComplex()) {
                sign = sign.detach(); // eigenvalues that are not real come in pairs of conjugates
                sign = Elementwise.sign(sign.dtype().isComplex() ? ComplexNumbers.real(sign) : sign);
            } else {
                sign = Elementwise.sign(Operands.in(dtype(), sign));
            }
            return new Linalg.SignLog(scope.keep(sign), scope.keep(logAbs));
        }
    }

    private static Tensor eigenvaluesOfHermitian(Tensor f) {
        Linalg.Eigh e = Linalg.eigh(f);
        e.v().close();
        return e.w();
    }

    private void requireFactorable(String operation) {
        Operands.requireFactorable("KroneckerSum." + operation, factors[0]);
    }

    /** Adds up a vector of each factor, in the order of the product. */
    private Tensor totals(Function<Tensor, Tensor> vector) {
        if (dtype().isHalf()) {
            return Operands.inFloat32(t -> totals(each(t, vector::apply)), factors);
        }
        try (TensorScope scope = device().openScope()) {
            return scope.keep(totals(each(factors, vector::apply)));
        }
    }

    private static Tensor totals(Tensor... vectors) {
        Tensor sum = vectors[0];
        for (int i = 1; i < vectors.length; i++) {
            Tensor pairs = Elementwise.add(sum.unsqueeze(1), vectors[i]);
            sum = pairs.reshape(pairs.size());
        }
        return sum.contiguous();
    }

    /**
     * {@return {@code exp(S)}, the Kronecker product of the factors' exponentials, of the current scope} See
     * {@link MatrixFunctions#expm}, which also gives the gradient.
     *
     * @throws DTypeException if the factors are halves
     */
    public KroneckerOperator expm() {
        requireFactorable("expm");
        try (TensorScope scope = device().openScope()) {
            return KroneckerOperator.of(each(factors, MatrixFunctions::expm)).keptBy(scope);
        }
    }

    // ---- systems ----

    /**
     * {@return x with {@code S x = b}, by the eigenvectors of each factor} For factors that are not {@link #hermitian} the
     * solution is refined once, since rounding errors grow with the squared condition of the eigenvectors; a factor that
     * has no basis of eigenvectors is refused. Gradient: {@code G_b = S^-H G} and {@code -G_b X^H}, summed over the places
     * of each factor. Cost: {@code 9 n_i^3} (Hermitian) or {@code 25 n_i^3} for the eigenvectors, and
     * {@code 4 N n_i cols} flops per factor, 16 times as many if not Hermitian. Waits for the device.
     *
     * @param b as x of {@link #apply}
     * @throws ShapeException if b does not have N rows
     * @throws DTypeException if the dtypes differ or are halves
     * @throws SingularMatrixException if a sum of eigenvalues is 0 up to rounding
     * @throws LinalgException if a factor contains NaN or infinities, is defective up to rounding, or not
     *     {@link #hermitian} as it should be
     */
    public Tensor solve(Tensor b) {
        Linalg.WithInfo computed = solve("solve", b);
        try (Tensor info = computed.info()) {
            long code = info.itemLong();
            if (code == 0) {
                return computed.result();
            }
            computed.result().close();
            String where = "KroneckerSum.solve: " + text(factors);
            if (code > 0) {
                throw new SingularMatrixException(where + " is singular: the sum of eigenvalues number " + (code - 1)
                        + " in eigvals() is zero up to rounding; use solveEx to get info instead");
            }
            throw new LinalgException(where + " has a factor "
                    + (hermitian ? "that is not Hermitian" : "without a basis of eigenvectors, up to rounding")
                    + ", so that the residual is large; use Linalg.solve(toDense(), b)");
        }
    }

    /**
     * {@return x as {@link #solve}, and info, int32 []: 0; the 1-based place in {@link #eigvals} of a sum that is 0 up to
     * rounding; or -1 where the residual is larger than the square root of epsilon} Refuses no values but NaN and
     * infinities in factors.
     *
     * @param b as x of {@link #apply}
     * @throws ShapeException if b does not have N rows
     * @throws DTypeException if the dtypes differ or are halves
     * @throws LinalgException if a factor contains NaN or infinities
     */
    public Linalg.WithInfo solveEx(Tensor b) {
        return solve("solveEx", b);
    }

    private Linalg.WithInfo solve(String operation, Tensor b) {
        check(operation, b, b.rank() == 1 ? 0 : -2);
        requireFactorable(operation);
        try (TensorScope scope = device().openScope()) {
            Spectrum spectrum = NoGrad.of(() -> hermitian ? Spectrum.ofHermitian(factors) : Spectrum.of(factors));
            Tensor x = solved(factors, spectrum, b);
            Tensor info = NoGrad.of(() -> info(spectrum, b, x));
            return new Linalg.WithInfo(scope.keep(x), scope.keep(info));
        }
    }

    private Tensor info(Spectrum spectrum, Tensor b, Tensor x) {
        if (b.size() == 0) {
            return Tensor.zeros(DType.INT32);
        }
        double eps = dtype().epsilon();
        Tensor sums = Elementwise.abs(totals(spectrum.w));
        Tensor scale = null;
        Tensor norm = null;
        long largest = 0;
        for (int i = 0; i < factors.length; i++) {
            Tensor radius = Reduce.max(Elementwise.abs(spectrum.w[i]));
            Tensor size = Reduce.norm(factors[i]);
            scale = i == 0 ? radius : Elementwise.add(scale, radius);
            norm = i == 0 ? size : Elementwise.add(norm, size);
            largest = Math.max(largest, factors[i].shape().at(0));
        }
        Tensor singular = Elementwise.lessEqual(Reduce.min(sums), Elementwise.multiply(scale, largest * eps));
        Tensor place = Reduce.argmin(sums).add(1).to(DType.INT32);
        Tensor residual = Reduce.norm(Elementwise.subtract(b, product(factors, x, columns(b))));
        Tensor size = Elementwise.add(Reduce.norm(b), Elementwise.multiply(norm, Reduce.norm(x)));
        Tensor right = Elementwise.lessEqual(residual, Elementwise.multiply(size, Math.sqrt(eps)));
        Tensor wrong = Elementwise.logicalAnd(Elementwise.logicalNot(right), Elementwise.isFinite(Reduce.norm(b)));
        return Elementwise.where(singular, place, Elementwise.multiply(wrong.to(DType.INT32), -1));
    }

    /** Solves with a spectrum of these factors, recorded. */
    private static Tensor solved(Tensor[] factors, Spectrum spectrum, Tensor b) {
        Tensor x = NoGrad.of(() -> {
            Tensor first = spectrum.solve(b);
            if (spectrum.unitary) {
                return first;
            }
            Tensor residual = Elementwise.subtract(b, product(factors, first, columns(b)));
            return Elementwise.add(first, spectrum.solve(residual));
        });
        Tensor[] operands = Stream.concat(Stream.of(b), Arrays.stream(factors)).toArray(Tensor[]::new);
        Tensor[] saved = Stream.of(new Tensor[] {x}, factors, spectrum.w, spectrum.v, spectrum.inverse)
                .flatMap(Arrays::stream)
                .toArray(Tensor[]::new);
        int k = factors.length;
        boolean unitary = spectrum.unitary;
        return Tape.record(
                "KroneckerSum.solve",
                x,
                r -> r.gradients(operands, saved, (g, s) -> {
                    Tensor[] own = Arrays.copyOfRange(s, 1, k + 1);
                    Spectrum again = new Spectrum(
                            unitary,
                            Arrays.copyOfRange(s, k + 1, 2 * k + 1),
                            Arrays.copyOfRange(s, 2 * k + 1, 3 * k + 1),
                            Arrays.copyOfRange(s, 3 * k + 1, 4 * k + 1));
                    Tensor right = solved(each(own, ComplexNumbers::adjoint), again.adjoint(), g[0]);
                    Tensor[] slopes = new Tensor[k + 1];
                    slopes[0] = right;
                    for (int i = 0; i < k; i++) {
                        Shape split = split(own, i, right, columns(right));
                        slopes[i + 1] = Elementwise.negative(Contractions.pair(
                                "KroneckerSum.solve",
                                new Labelled(right.reshape(split), 2, 0, 3),
                                new Labelled(s[0].reshape(split), new int[] {2, 1, 3}, true),
                                4,
                                new int[] {0, 1},
                                own[i].shape()));
                    }
                    return slopes;
                }),
                operands);
    }

    /** The factors' decompositions {@code V diag(w) V^-1}. */
    private record Spectrum(boolean unitary, Tensor[] w, Tensor[] v, Tensor[] inverse) {
        static Spectrum ofHermitian(Tensor... factors) {
            Linalg.Eigh[] e = Arrays.stream(factors).map(Linalg::eigh).toArray(Linalg.Eigh[]::new);
            Tensor[] v = Arrays.stream(e).map(Linalg.Eigh::v).toArray(Tensor[]::new);
            Tensor[] w =
                    Arrays.stream(e).map(d -> Operands.in(d.v().dtype(), d.w())).toArray(Tensor[]::new);
            return new Spectrum(true, w, v, each(v, ComplexNumbers::adjoint));
        }

        static Spectrum of(Tensor... factors) {
            Linalg.Eig[] e = Arrays.stream(factors).map(Linalg::eig).toArray(Linalg.Eig[]::new);
            Tensor[] v = Arrays.stream(e).map(Linalg.Eig::v).toArray(Tensor[]::new);
            Tensor[] w = Arrays.stream(e).map(Linalg.Eig::w).toArray(Tensor[]::new);
            return new Spectrum(false, w, v, each(v, t -> Linalg.inverseEx(t).result()));
        }

        Spectrum adjoint() {
            return new Spectrum(
                    unitary,
                    each(w, ComplexNumbers::conj),
                    each(inverse, ComplexNumbers::adjoint),
                    each(v, ComplexNumbers::adjoint));
        }

        Tensor solve(Tensor b) {
            Tensor sums = totals(w);
            Tensor right = Operands.in(w[0].dtype(), b);
            Tensor coordinates = KroneckerOperator.of(inverse).apply(right);
            Tensor scaled = Elementwise.divide(coordinates, b.rank() == 1 ? sums : sums.unsqueeze(1));
            Tensor x = KroneckerOperator.of(v).apply(scaled);
            return b.dtype() == x.dtype() ? x : ComplexNumbers.real(x).contiguous();
        }
    }

    private static Tensor[] each(Tensor[] tensors, Function<Tensor, Tensor> change) {
        return Arrays.stream(tensors).map(change).toArray(Tensor[]::new);
    }

    // ---- ownership ----

    /**
     * Takes the operator out of its scope. From now on only {@link #close} closes it.
     *
     * @return this
     */
    public KroneckerSum keep() {
        List.of(factors).forEach(Tensor::keep);
        return this;
    }

    /** Releases the views of the factors. Closing twice does nothing. */
    @Override
    public void close() {
        List.of(factors).forEach(Tensor::close);
    }
}
