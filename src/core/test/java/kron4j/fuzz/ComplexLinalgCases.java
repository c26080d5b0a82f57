package kron4j.fuzz;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.Elementwise;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.reference.ComplexArray;
import kron4j.reference.ExactComplexDeterminant;

/** Factorisations of complex matrices of any layout by their residuals, in complex128, and determinants by exact arithmetic. */
final class ComplexLinalgCases {
    private static final int EXACT = 7;

    private final Draw draw;
    private final DType dtype;
    private final double eps;

    private ComplexLinalgCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.COMPLEX128, DType.COMPLEX64);
        eps = dtype.epsilon();
    }

    static void check(Draw draw) {
        ComplexLinalgCases c = new ComplexLinalgCases(draw);
        int m = draw.size(draw.oneIn(8) ? 66 : 18);
        int n = draw.size(draw.oneIn(8) ? 66 : 18);
        switch (draw.below(7)) {
            case 0 -> c.lu(c.matrices(m, n));
            case 1 -> c.solve(c.matrices(n, n));
            case 2 -> c.qr(c.matrices(m, n));
            case 3 -> c.svd(c.matrices(m, n));
            case 4 -> c.eigh(c.matrices(n, n));
            case 5 -> c.eig(c.matrices(n, n));
            default -> c.determinants(c.matrices(1 + n % EXACT, 1 + n % EXACT));
        }
    }

    private Tensor matrices(int m, int n) {
        long[] shape = {draw.between(1, 3), m, n};
        ComplexArray values = draw.oneIn(2)
                ? ComplexArray.integers(draw.elements(), 3, shape)
                : ComplexArray.random(draw.elements(), shape);
        return draw.oneIn(3) ? values.toTensor(dtype) : Operand.scattered(draw, values.elements(), dtype, shape);
    }

    private static Tensor wide(Tensor a) {
        return a.to(DType.COMPLEX128);
    }

    private static Tensor product(Tensor a, Tensor b) {
        return MatMul.matmul(wide(a), wide(b));
    }

    private static double largest(Tensor a) {
        return a.size() == 0 ? 0 : a.abs().max().item();
    }

    private void small(String what, Tensor a, Tensor residual, double bound) {
        double size = largest(residual);
        Verify.that(size <= bound, what + " of " + a.layout() + " " + dtype + ": residual " + size + " > " + bound);
    }

    /** Some n^2 eps times the largest row sum: what orthogonal transformations lose. */
    private double backward(Tensor a) {
        long n = Math.max(a.shape().at(-1), a.shape().at(-2));
        return 8.0 * n * n * eps * largest(wide(a));
    }

    private double growth(Tensor a) {
        Linalg.Lu lu = Linalg.lu(a);
        return largest(MatMul.matmul(wide(lu.l()).abs(), wide(lu.u()).abs()));
    }

    private void lu(Tensor a) {
        Linalg.Lu lu = Linalg.lu(a);
        double units = 4.0 * (Math.min(a.shape().at(-1), a.shape().at(-2)) + 2);
        Tensor back = product(lu.p(), product(lu.l(), lu.u()));
        small("lu", a, back.subtract(wide(a)), units * eps * growth(a));
    }

    private void solve(Tensor a) {
        long n = a.shape().at(-1);
        ComplexArray values = ComplexArray.random(draw.elements(), n, draw.size(9));
        Tensor b = values.toTensor(dtype);
        Linalg.WithInfo solved = Linalg.solveEx(a, b);
        Tensor x = solved.result();
        double size = largest(wide(x));
        if (!(size < 1 / (n * eps))) {
            return; // singular, or nearly
        }
        double factors = Math.max(growth(a), growth(a.transpose(-2, -1)));
        Tensor residual = product(a, x).subtract(wide(b));
        small("solve", a, residual, 8.0 * (n + 2) * (n + 2) * eps * (factors * size + 1));
    }

    private void qr(Tensor a) {
        Linalg.Qr qr = Linalg.qr(a);
        small("qr", a, product(qr.q(), qr.r()).subtract(wide(a)), backward(a));
    }

    private void svd(Tensor a) {
        Linalg.Svd d = Linalg.svd(a);
        Tensor scaled = Elementwise.multiply(wide(d.u()), wide(d.s()).unsqueeze(-2));
        small("svd", a, product(scaled, d.vh()).subtract(wide(a)), backward(a));
    }

    private void eigh(Tensor a) {
        Tensor h = a.add(a.adjoint());
        Linalg.Eigh e = Linalg.eigh(h);
        Tensor scaled = Elementwise.multiply(wide(e.v()), wide(e.w()).unsqueeze(-2));
        small("eigh", a, product(h, e.v()).subtract(scaled), 2 * backward(a));
    }

    private void eig(Tensor a) {
        Linalg.Eig e = Linalg.eig(a);
        Tensor scaled = Elementwise.multiply(wide(e.v()), wide(e.w()).unsqueeze(-2));
        small("eig", a, product(a, e.v()).subtract(scaled), 2 * backward(a));
    }

    private void determinants(Tensor a) {
        int n = (int) a.shape().at(-1);
        double[] stored = a.toComplexArray();
        Linalg.SignLog d = Linalg.slogdet(a, Accuracy.COMPENSATED);
        double[] sign = d.sign().toComplexArray();
        double[] log = d.logAbs().toDoubleArray();
        for (int e = 0; e < log.length; e++) {
            double[] one = Arrays.copyOfRange(stored, e * 2 * n * n, (e + 1) * 2 * n * n);
            ExactComplexDeterminant exact = ExactComplexDeterminant.of(one, n);
            boolean near =
                    log[e] == exact.logAbs() || Math.abs(log[e] - exact.logAbs()) <= 3 * eps * Math.abs(exact.logAbs());
            boolean turned = Math.hypot(sign[2 * e] - exact.re(), sign[2 * e + 1] - exact.im()) <= 4 * eps;
            Verify.that(near && turned, "slogdet: " + log[e] + " is not " + exact + " of " + Arrays.toString(one));
        }
    }
}
