package kron4j.cli.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.ops.Reduce;

/** The cases of Kronecker products, formed or not, and of related products. */
final class KronCases implements Replayer {
    /** A bound of the condition numbers of the products in solves and determinants. */
    private static final double CONDITION = 21_000;

    @Override
    public Map<String, Case> sections() {
        Map<String, Case> sections = new LinkedHashMap<>();
        sections.put("kron", (c, check) -> compare(c, check, Kron::kron, pair(c)));
        sections.put("kron_literal", (c, check) -> {
            Tensor product = Kron.kron(check.literal(Check.get(c, "a")), check.literal(Check.get(c, "b")));
            check.equal("result", Check.get(c, "result"), product);
        });
        sections.put("kron_batched", (c, check) -> compare(c, check, t -> Kron.batchedKron(t[0], t[1]), pair(c)));
        sections.put("kron_matmul", KronCases::apply);
        sections.put("kron_matmul_errors", KronCases::applyErrors);
        sections.put(
                "matmul_kron_right",
                (c, check) -> compare(c, check, t -> operator(t).applyRight(last(t)), with(c, "factors", "x")));
        sections.put("identity_kron_rows", (c, check) -> {
            long k = Check.get(c, "k").getAsLong();
            compare(c, check, t -> KroneckerOperator.identityKron(k, t[0]).applyToRows(t[1]), two(c, "W", "data"));
        });
        sections.put("kron_identity_rows", (c, check) -> {
            long k = Check.get(c, "k").getAsLong();
            compare(c, check, t -> KroneckerOperator.kronIdentity(t[0], k).applyToRows(t[1]), two(c, "W", "data"));
        });
        sections.put("related_products", KronCases::related);
        sections.put("determinant_trace", KronCases::determinant);
        sections.put("solve", KronCases::solve);
        sections.put("vec_trick", KronCases::vecTrick);
        sections.put("commutation", KronCases::commutation);
        sections.put("gradients", KronCases::gradients);
        sections.put("kru", KronCases::recurrentUnit);
        sections.put("kru/complex", KronCases::complexPenalties);
        sections.put("complex", KronCases::complex);
        sections.put("nearest_kronecker", KronCases::nearest);
        return sections;
    }

    private static void gradients(JsonObject c, Check check) {
        boolean applied = c.has("x");
        JsonArray shapes = two(c, "a", "b");
        if (applied) {
            shapes.add(Check.get(c, "x"));
        }
        List<Tensor> found = check.gradients(
                t -> applied ? KroneckerOperator.of(t[0], t[1]).apply(t[2]) : Kron.kron(t), check.fill(shapes));
        check.equal("grad_a", Check.get(c, "grad_a"), found.get(0));
        check.equal("grad_b", Check.get(c, "grad_b"), found.get(1));
        if (applied) {
            check.equal("grad_x", Check.get(c, "grad_x"), found.get(2));
        }
    }

    // ---- operands ----

    private static JsonArray two(JsonObject c, String first, String second) {
        JsonArray shapes = new JsonArray();
        shapes.add(Check.get(c, first));
        shapes.add(Check.get(c, second));
        return shapes;
    }

    private static JsonArray pair(JsonObject c) {
        return two(c, "a", "b");
    }

    /** The shapes under {@code list}, then the shape under {@code last}. */
    private static JsonArray with(JsonObject c, String list, String last) {
        JsonArray shapes = Check.get(c, list).getAsJsonArray().deepCopy();
        shapes.add(Check.get(c, last));
        return shapes;
    }

    private static void compare(JsonObject c, Check check, Function<Tensor[], Tensor> operation, JsonArray shapes) {
        Tensor[] operands = check.fill(shapes);
        if (c.has("error")) {
            check.fails(ShapeException.class, () -> operation.apply(operands));
        } else {
            check.matches(c, check.exact(operation, operands));
        }
    }

    private static Tensor last(Tensor[] t) {
        return t[t.length - 1];
    }

    /** The operator of all operands but the last. */
    private static KroneckerOperator operator(Tensor[] t) {
        return KroneckerOperator.of(Arrays.copyOf(t, t.length - 1));
    }

    private static Tensor[] literals(JsonElement factors, Check check) {
        return factors.getAsJsonArray().asList().stream().map(check::literal).toArray(Tensor[]::new);
    }

    // ---- products ----

    private static void apply(JsonObject c, Check check) {
        Function<Tensor[], Tensor> product = t -> {
            Tensor[] factors = Arrays.copyOf(t, t.length - 1);
            for (int i = 0; c.has("transposed") && i < factors.length; i++) {
                boolean transposed =
                        Check.get(c, "transposed").getAsJsonArray().get(i).getAsBoolean();
                factors[i] = transposed ? factors[i].transpose() : factors[i];
            }
            return KroneckerOperator.of(factors).apply(last(t));
        };
        compare(c, check, product, with(c, "factors", "x"));
    }

    private static void applyErrors(JsonObject c, Check check) {
        Tensor[] t = check.fill(with(c, "factors", "x"));
        String text = check.fails(ShapeException.class, () -> operator(t).apply(last(t)));
        String expected = Check.get(c, "error").getAsString();
        String fact = expected.startsWith("x has ") ? expected.substring("x ".length()) : expected.split(" \\(")[0];
        boolean says = text.contains(fact) || (fact.contains("is not a matrix") && text.contains("is not a matrix"));
        check.isTrue(says, "the text does not say '" + fact + "': " + text);
    }

    private static void related(JsonObject c, Check check) {
        String op = Check.get(c, "op").getAsString();
        Function<Tensor[], Tensor> operation = op.startsWith("khatri_rao")
                ? Kron::khatriRao
                : op.startsWith("face_splitting") ? Kron::faceSplitting : Kron::kronSum;
        JsonArray shapes = c.has("factors") ? Check.get(c, "factors").getAsJsonArray() : pair(c);
        compare(c, check, operation, shapes);
        if (c.has("times_x")) {
            Tensor sum = operation.apply(check.fill(shapes));
            Tensor x = check.fill(
                    Check.get(c, "x_operand_index").getAsInt(),
                    Shape.of(sum.shape().at(1)));
            check.equal("times_x", Check.get(c, "times_x"), MatMul.matmul(sum, x));
        }
    }

    private static void vecTrick(JsonObject c, Check check) {
        Tensor a = check.fill(0, Check.shape(Check.get(c, "A")));
        Tensor b = check.fill(1, Check.shape(Check.get(c, "B")));
        Tensor x = check.fill(2, Check.shape(Check.get(c, "X")));
        boolean rows = c.has("row_major");
        Tensor vec = rows ? x.reshape(-1) : x.transpose().reshape(-1);
        check.equal("result", Check.get(c, "result"), KroneckerOperator.of(a, b).apply(vec));
        Tensor matrix = rows
                ? MatMul.matmul(MatMul.matmul(a, x), b.transpose())
                : MatMul.matmul(MatMul.matmul(b, x), a.transpose()).transpose();
        check.equal("result by matrices", Check.get(c, "result"), matrix.reshape(-1));
    }

    private static void commutation(JsonObject c, Check check) {
        long m = Check.get(c, "m").getAsLong();
        long n = Check.get(c, "n").getAsLong();
        Tensor permutation = Kron.commutation(m, n);
        check.equal("permutation", Check.get(c, "permutation"), permutation);
        Tensor a = check.fill(0, Shape.of(m, n));
        Tensor moved = Indexing.take(a.reshape(-1), permutation, 0);
        boolean same = Elementwise.allClose(moved, a.transpose().reshape(-1), 0, 0);
        check.isTrue(same, "the permutation does not map vec(A) to vec(A^T)");
    }

    // ---- from the factors ----

    private static void determinant(JsonObject c, Check check) {
        Tensor[] factors = literals(Check.get(c, "factors"), check);
        KroneckerOperator k = KroneckerOperator.of(factors);
        check.equal("N", Check.number(Check.get(c, "N")), k.shape().at(0));
        Linalg.SignLog d = k.slogdet();
        check.equal("sign", Check.number(Check.get(c, "sign")), Check.value(d.sign()));
        // log|det| of a factor is off by its condition number at most, and counts N/n <= N times.
        double tolerance = CONDITION * k.shape().at(0) * check.dtype().epsilon();
        check.close(
                "logabsdet", Check.number(Check.get(c, "logabsdet")), d.logAbs().item(), tolerance);
        check.close(
                "log of det",
                Math.log(Math.abs(Check.number(Check.get(c, "det")))),
                d.logAbs().item(),
                tolerance);
        check.equal("trace", Check.number(Check.get(c, "trace")), Check.value(k.trace()));
        check.equal("diag", Check.get(c, "diag"), k.diag());
        Tensor frobenius = Reduce.sum(Elementwise.square(k.toDense()));
        check.equal("frobenius_sq", Check.number(Check.get(c, "frobenius_sq")), Check.value(frobenius));
    }

    private static void solve(JsonObject c, Check check) {
        if (c.has("factors")) {
            Tensor[] factors = literals(Check.get(c, "factors"), check);
            Tensor b = check.literal(Check.get(c, "b"));
            if (c.has("error")) {
                check.fails(
                        TensorException.class,
                        () -> KroneckerOperator.of(factors).solve(b));
                return;
            }
            KroneckerOperator k = KroneckerOperator.of(factors);
            double tolerance = CONDITION * k.shape().at(0) * check.dtype().epsilon();
            check.close("x", Check.get(c, "x"), k.solve(b), tolerance);
            check.equal("b", Check.get(c, "b"), k.apply(check.literal(Check.get(c, "x"))));
            return;
        }
        Tensor a = check.literal(Check.get(c, "A"));
        Tensor b = check.literal(Check.get(c, "B"));
        Tensor right = check.literal(Check.get(c, "C"));
        if (c.has("error")) {
            check.fails(TensorException.class, () -> Linalg.solve(Kron.kronSum(a, b.transpose()), right.reshape(-1)));
            return;
        }
        Tensor sum = Kron.kronSum(a, b.transpose());
        Tensor x = Linalg.solve(sum, right.reshape(-1)).reshape(right.shape());
        check.close(
                "X",
                Check.get(c, "X"),
                x,
                CONDITION * right.size() * check.dtype().epsilon());
    }

    private static void recurrentUnit(JsonObject c, Check check) {
        for (JsonElement e : Check.get(c, "parameters").getAsJsonArray()) {
            JsonObject p = e.getAsJsonObject();
            long n = Check.get(p, "N").getAsLong();
            Tensor factor = check.fill(
                    0,
                    Shape.of(
                            Check.get(p, "factor").getAsLong(),
                            Check.get(p, "factor").getAsLong()));
            Tensor[] factors = new Tensor[Check.get(p, "factors").getAsInt()];
            Arrays.fill(factors, factor);
            Shape shape = KroneckerOperator.of(factors).shape();
            check.isTrue(shape.equals(Shape.of(n, n)), "shape is " + shape + ", expected size " + n);
            // A complex number is two real parameters.
            double sparse = 2.0 * factors.length * factor.size();
            check.equal("parameters", Check.number(Check.get(p, "real_parameters_complex_factors")), sparse);
            check.equal("dense parameters", Check.number(Check.get(p, "dense_complex_parameters")), 2.0 * shape.size());
        }
        for (JsonElement e : Check.get(c, "penalty_examples").getAsJsonArray()) {
            String factor = Check.get(e.getAsJsonObject(), "factor").getAsString();
            if (!factor.contains("i")) {
                Tensor w = check.literal(JsonParser.parseString(factor));
                Tensor gram = MatMul.matmul(w.transpose(), w);
                Tensor off = Elementwise.subtract(
                        gram, Tensor.eye(check.dtype(), w.shape().at(1)));
                double penalty = Check.value(Reduce.sum(Elementwise.square(off)));
                check.equal("penalty of " + factor, Check.number(Check.get(e.getAsJsonObject(), "value")), penalty);
            }
        }
    }

    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

    /** The penalties of all factors as complex ones; those with an i only are complex. */
    private static void complexPenalties(JsonObject c, Check check) {
        for (JsonElement e : Check.get(c, "penalty_examples").getAsJsonArray()) {
            String factor = Check.get(e.getAsJsonObject(), "factor").getAsString();
            String pairs = NUMBER.matcher(factor).replaceAll("[$0,0]").replace("i", "[0,1]");
            Tensor w = check.complexLiteral(JsonParser.parseString(pairs));
            Tensor gram = MatMul.matmul(w, Form.ADJOINT, w, Form.PLAIN);
            Tensor off =
                    Elementwise.subtract(gram, Tensor.eye(w.dtype(), w.shape().at(1)));
            double penalty =
                    Reduce.sum(Elementwise.square(Elementwise.abs(off))).item();
            check.equal("penalty of " + factor, Check.number(Check.get(e.getAsJsonObject(), "value")), penalty);
        }
    }

    /** The product, formed and not, and that of the adjoints. */
    private static void complex(JsonObject c, Check check) {
        Tensor a = check.complexLiteral(Check.get(c, "a"));
        Tensor b = check.complexLiteral(Check.get(c, "b"));
        Tensor product = Kron.kron(a, b);
        check.equal("result", Check.get(c, "result"), ComplexNumbers.viewAsReal(product));
        KroneckerOperator operator = KroneckerOperator.of(a, b);
        Tensor applied = operator.apply(Tensor.eye(a.dtype(), operator.cols()));
        check.equal("applied", Check.get(c, "result"), ComplexNumbers.viewAsReal(applied));
        Tensor adjoint = Kron.kron(a.adjoint(), b.adjoint());
        check.isTrue(
                Arrays.equals(
                        adjoint.toComplexArray(), operator.adjoint().toDense().toComplexArray()),
                "the adjoint is " + operator.adjoint().toDense());
        Tensor twice = product.adjoint().subtract(adjoint);
        check.equal("adjoint", 0, Reduce.sum(Elementwise.abs(twice)).item());
    }

    private static void nearest(JsonObject c, Check check) {
        Tensor m = check.literal(Check.get(c, "M"));
        Kron.NearestKronecker nearest =
                Kron.nearestKronecker(m, Check.shape(Check.get(c, "m")), Check.shape(Check.get(c, "n")));
        // Rounding of a singular value decomposition: its norm, at most the number of elements times the largest, 16.
        double tolerance = 16 * m.size() * check.dtype().epsilon();
        check.close("distance", 0, nearest.distance().item(), tolerance);
        check.close("kron(A,B)", Check.get(c, "M"), Kron.kron(nearest.a(), nearest.b()), tolerance);
    }
}
