package kron4j.cli.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Accuracy;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;

/** Matrices with exactly known determinants, inverses, solutions and LU factors. */
final class SlogdetCases implements Replayer {
    @Override
    public Map<String, Case> sections() {
        Map<String, Case> sections = new LinkedHashMap<>();
        sections.put("cases/working", SlogdetCases::working);
        sections.put("cases/compensated", SlogdetCases::compensated);
        sections.put("det_gradient/det", (c, check) -> {
            Tensor a = check.literal(Check.get(c, "matrix"));
            double tolerance = error(a) * Math.exp(hadamard(a));
            check.close("det", Check.number(Check.get(c, "det")), Check.value(Linalg.det(a)), tolerance);
        });
        sections.put("det_gradient/gradient", SlogdetCases::cofactors);
        sections.put("logdet_inv_solve_gradient/values", SlogdetCases::inverseAndSolution);
        sections.put("logdet_inv_solve_gradient/gradient", SlogdetCases::gradients);
        sections.put("lu", SlogdetCases::lu);
        return sections;
    }

    /** The exact values of the matrix as represented in the replay's dtype. */
    private record Exact(Tensor matrix, Complex sign, double logAbs, double condition) {}

    private static Exact exact(JsonObject c, Check check) {
        boolean complex = Check.get(c, "complex").getAsBoolean();
        if (!check.dtype().isDifferentiable() || check.dtype().isHalf()) {
            check.skip("the operation does not take " + check.dtype());
        }
        Tensor a = complex ? check.complexLiteral(Check.get(c, "entries")) : matrix(c, check);
        DType part = a.dtype().realPart();
        String rounded = part + "_rounded_matrix";
        JsonObject known = c.has(rounded) ? Check.get(c, rounded).getAsJsonObject() : c;
        if (!c.has(rounded) && !holds(c, part)) {
            check.skip("the file has no exact value for the matrix rounded to " + part);
        }
        double condition = c.has("cond2") ? Check.number(Check.get(c, "cond2")) : 1;
        double[] sign = Check.numbers(Check.get(known, "sign"));
        return new Exact(
                a, new Complex(sign[0], complex ? sign[1] : 0), Check.number(Check.get(known, "logabsdet")), condition);
    }

    private static Tensor matrix(JsonObject c, Check check) {
        if (c.has("entries")) {
            return check.literal(Check.get(c, "entries"));
        }
        int n = Check.get(c, "n").getAsInt();
        double[] diagonal = new double[n];
        Arrays.fill(diagonal, c.has("scaled_identity") ? Check.number(Check.get(c, "scaled_identity")) : 0);
        if (c.has("diagonal")) {
            diagonal = Check.numbers(Check.get(c, "diagonal"));
        }
        double[] all = new double[n * n];
        for (int i = 0; i < n; i++) {
            all[i * n + i] = diagonal[i];
        }
        return Check.tensor(all, Shape.of(n, n), check.dtype());
    }

    /** Whether the dtype holds the matrix exactly. */
    private static boolean holds(JsonObject c, DType dtype) {
        if (c.has("exact_in_" + dtype)) {
            return c.get("exact_in_" + dtype).getAsBoolean();
        }
        JsonElement elements = c.has("diagonal") ? Check.get(c, "diagonal") : Check.get(c, "scaled_identity");
        double[] values = Check.numbers(elements);
        return Arrays.equals(
                values, Tensor.of(values).to(dtype).to(DType.FLOAT64).toDoubleArray());
    }

    /**
     * LU's error: always small against Hadamard's bound, the product of the rows' lengths; and small against the determinant where the condition
     * number allows.
     */
    private static void working(JsonObject c, Check check) {
        Exact exact = exact(c, check);
        SignLog d = Linalg.slogdet(exact.matrix);
        Complex sign = number(d.sign());
        double logAbs = d.logAbs().item();
        double hadamard = hadamard(exact.matrix);
        double error = error(exact.matrix);
        double rounding = isZero(exact.sign) ? 0 : 2 * check.dtype().epsilon() * Math.abs(exact.logAbs);
        close(
                check,
                "determinant over Hadamard's bound",
                determinant(exact.sign, exact.logAbs - hadamard),
                determinant(sign, logAbs - hadamard),
                error + rounding);
        double relative = error * exact.condition;
        if (!isZero(exact.sign) && relative < 0.1) {
            double tolerance = relative + rounding;
            close(check, "sign", exact.sign, sign, exact.matrix.dtype().isComplex() ? tolerance : 0);
            check.close("logabsdet", exact.logAbs, logAbs, tolerance);
            Complex det = determinant(exact.sign, exact.logAbs);
            if (Math.abs(exact.logAbs) < 80) {
                double scale = 2 * (tolerance + error) * det.abs();
                close(check, "det", det, number(Linalg.det(exact.matrix)), scale);
            }
        }
    }

    private static Complex number(Tensor scalar) {
        return scalar.dtype().isComplex() ? scalar.itemComplex() : new Complex(scalar.item(), 0);
    }

    private static boolean isZero(Complex sign) {
        return sign.re() == 0 && sign.im() == 0;
    }

    private static Complex determinant(Complex sign, double logAbs) {
        double abs = isZero(sign) ? 0 : Math.exp(logAbs);
        return new Complex(sign.re() * abs, sign.im() * abs);
    }

    private static void close(Check check, String what, Complex expected, Complex got, double tolerance) {
        check.close(what, expected.re(), got.re(), tolerance);
        check.close(what + ", imaginary part", expected.im(), got.im(), tolerance);
    }

    private static double error(Tensor a) {
        return 4.0 * Math.max(1, a.shape().at(-1)) * a.dtype().epsilon();
    }

    private static double hadamard(Tensor a) {
        double[] elements = a.abs().toDoubleArray();
        int n = (int) a.shape().at(-1);
        double log = 0;
        for (int i = 0; i < n; i++) {
            double length = 0;
            for (int j = 0; j < n; j++) {
                length = Math.hypot(length, elements[i * n + j]);
            }
            log += length == 0 ? 0 : Math.log(length);
        }
        return log;
    }

    private static void compensated(JsonObject c, Check check) {
        Exact exact = exact(c, check);
        SignLog d = Linalg.slogdet(exact.matrix, Accuracy.COMPENSATED);
        double ofSign = exact.matrix.dtype().isComplex() ? 2 * check.dtype().epsilon() : 0;
        close(check, "sign", exact.sign, number(d.sign()), ofSign);
        double tolerance = isZero(exact.sign) ? 0 : 2 * check.dtype().epsilon() * Math.abs(exact.logAbs);
        check.close("logabsdet", exact.logAbs, d.logAbs().item(), tolerance);
    }

    private static void inverseAndSolution(JsonObject c, Check check) {
        Tensor a = check.literal(Check.get(c, "matrix"));
        double condition = norm(check.literal(Check.get(c, "inverse"))) * norm(a);
        double relative = error(a) * condition;
        check.close(
                "inverse",
                Check.get(c, "inverse"),
                Linalg.inverse(a),
                relative * norm(check.literal(Check.get(c, "inverse"))));
        check.close(
                "solution_X",
                Check.get(c, "solution_X"),
                Linalg.solve(a, check.literal(Check.get(c, "rhs_B"))),
                relative * norm(check.literal(Check.get(c, "solution_X"))));
        double det = Check.number(Check.get(c, "det"));
        check.close("det", det, Check.value(Linalg.det(a)), relative * Math.abs(det));
    }

    /** Right at singular matrices of any rank. Each cofactor is a determinant, with LU's error against Hadamard's bound. */
    private static void cofactors(JsonObject c, Check check) {
        Tensor a = check.literal(Check.get(c, "matrix")).requiresGrad();
        double bound = Math.exp(hadamard(a.abs().add(1)));
        check.close(
                "grad_det",
                Check.get(c, "grad_det"),
                Gradients.of(ComplexNumbers.real(Linalg.det(a)), a).get(0),
                error(a) * bound);
    }

    private static void gradients(JsonObject c, Check check) {
        Tensor a = check.literal(Check.get(c, "matrix")).requiresGrad();
        Tensor b = check.literal(Check.get(c, "rhs_B")).requiresGrad();
        Tensor w = check.literal(Check.get(c, "weights_W"));
        Tensor w2 = check.literal(Check.get(c, "weights_W2"));
        double inverse = norm(check.literal(Check.get(c, "inverse")));
        double relative = 3 * error(a) * inverse * norm(a);
        check.close(
                "grad_logabsdet",
                Check.get(c, "grad_logabsdet"),
                Gradients.of(Linalg.logabsdet(a), a).get(0),
                relative * inverse);
        check.close(
                "grad_of_sum_W_inverse",
                Check.get(c, "grad_of_sum_W_inverse"),
                Gradients.of(ComplexNumbers.real(Linalg.inverse(a).multiply(w).sum()), a)
                        .get(0),
                relative * inverse * inverse * norm(w));
        List<Tensor> ofSolve =
                Gradients.of(ComplexNumbers.real(Linalg.solve(a, b).multiply(w2).sum()), b, a);
        double scale = relative * inverse * norm(w2);
        check.close("grad_B_of_sum_W2_X", Check.get(c, "grad_B_of_sum_W2_X"), ofSolve.get(0), scale);
        check.close(
                "grad_A_of_sum_W2_X",
                Check.get(c, "grad_A_of_sum_W2_X"),
                ofSolve.get(1),
                scale * norm(check.literal(Check.get(c, "solution_X"))));
    }

    /** The largest sum of absolute values in a row. */
    private static double norm(Tensor a) {
        double[] elements = a.abs().toDoubleArray();
        int columns = (int) a.shape().at(-1);
        double norm = 0;
        for (int i = 0; i < elements.length; i += columns) {
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                sum += Math.abs(elements[i + j]);
            }
            norm = Math.max(norm, sum);
        }
        return norm;
    }

    private static void lu(JsonObject c, Check check) {
        Tensor a = check.literal(Check.get(c, "A"));
        Linalg.Lu factors = Linalg.lu(a);
        check.equal("P", Check.get(c, "P"), factors.p());
        // Real quotients are exact here; complex LU of a library may multiply by the pivot's reciprocal instead.
        double n = a.shape().at(-1);
        double rounding = check.dtype().isComplex() ? n * check.dtype().epsilon() : 0;
        check.close("L", Check.get(c, "L"), factors.l(), rounding);
        check.close(
                "U",
                Check.get(c, "U"),
                factors.u(),
                n * rounding * a.abs().max().item());
        check.equal("perm", Check.get(c, "perm"), Linalg.luFactor(a).permutation());
        check.close(
                "det", Check.number(Check.get(c, "det")), Check.value(Linalg.det(a)), error(a) * Math.exp(hadamard(a)));
    }
}
