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
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;

/** The cases of Kronecker products, formed and not, and of their relatives. */
final class KronCases implements Replayer {
    /** At least the condition number of the products that are solved with and whose determinants are taken. */
    private static final double CONDITION = 21_000;

    @Override
    public Map<String, Case> sections() {
        Map<String, Case> sections = new LinkedHashMap<>();
        sections.put("kron", (c, check) -> compare(c, check, Kron::kron, pair(c)));
        sections.put("kron_literal", (c, check) -> {
            Tensor product = Kron.kron(check.literal(c.get("a")), check.literal(c.get("b")));
            check.equal("result", c.get("result"), product);
        });
        sections.put("kron_batched", (c, check) -> compare(c, check, t -> Kron.batchedKron(t[0], t[1]), pair(c)));
        sections.put("kron_matmul", KronCases::apply);
        sections.put("kron_matmul_errors", KronCases::applyErrors);
        sections.put(
                "matmul_kron_right",
                (c, check) -> compare(c, check, t -> operator(t).applyRight(last(t)), with(c, "factors", "x")));
        sections.put("identity_kron_rows", (c, check) -> {
            long k = c.get("k").getAsLong();
            compare(c, check, t -> KroneckerOperator.identityKron(k, t[0]).applyToRows(t[1]), two(c, "W", "data"));
        });
        sections.put("kron_identity_rows", (c, check) -> {
            long k = c.get("k").getAsLong();
            compare(c, check, t -> KroneckerOperator.kronIdentity(t[0], k).applyToRows(t[1]), two(c, "W", "data"));
        });
        sections.put("related_products", KronCases::related);
        sections.put("determinant_trace", KronCases::determinant);
        sections.put("solve", KronCases::solve);
        sections.put("vec_trick", KronCases::vecTrick);
        sections.put("commutation", KronCases::commutation);
        sections.put("gradients", KronCases::gradients);
        sections.put("kru", KronCases::recurrentUnit);
        sections.put("kru/complex", Case.skipped("complex dtypes come later"));
        sections.put("complex", Case.skipped("complex dtypes come later"));
        sections.put("nearest_kronecker", KronCases::nearest);
        return sections;
    }

    private static void gradients(JsonObject c, Check check) {
        boolean applied = c.has("x");
        JsonArray shapes = two(c, "a", "b");
        if (applied) {
            shapes.add(c.get("x"));
        }
        List<Tensor> found = check.gradients(
                t -> applied ? KroneckerOperator.of(t[0], t[1]).apply(t[2]) : Kron.kron(t), check.fill(shapes));
        check.equal("grad_a", c.get("grad_a"), found.get(0));
        check.equal("grad_b", c.get("grad_b"), found.get(1));
        if (applied) {
            check.equal("grad_x", c.get("grad_x"), found.get(2));
        }
    }

    // ---- operands ----

    private static JsonArray two(JsonObject c, String first, String second) {
        JsonArray shapes = new JsonArray();
        shapes.add(c.get(first));
        shapes.add(c.get(second));
        return shapes;
    }

    private static JsonArray pair(JsonObject c) {
        return two(c, "a", "b");
    }

    /** The shapes under {@code list}, then that under {@code last}. */
    private static JsonArray with(JsonObject c, String list, String last) {
        JsonArray shapes = c.getAsJsonArray(list).deepCopy();
        shapes.add(c.get(last));
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

    /** Of all but the last operand. */
    private static KroneckerOperator operator(Tensor[] t) {
        return KroneckerOperator.of(Arrays.copyOf(t, t.length - 1));
    }

    private static Tensor[] literals(JsonElement factors, Check check) {
        return factors.getAsJsonArray().asList().stream().map(check::literal).toArray(Tensor[]::new);
    }

    private static double eps(Check check) {
        return check.dtype() == DType.FLOAT32 ? Math.ulp(1f) : Math.ulp(1d);
    }

    // ---- products ----

    private static void apply(JsonObject c, Check check) {
        Function<Tensor[], Tensor> product = t -> {
            Tensor[] factors = Arrays.copyOf(t, t.length - 1);
            for (int i = 0; c.has("transposed") && i < factors.length; i++) {
                boolean transposed = c.getAsJsonArray("transposed").get(i).getAsBoolean();
                factors[i] = transposed ? factors[i].transpose() : factors[i];
            }
            return KroneckerOperator.of(factors).apply(last(t));
        };
        compare(c, check, product, with(c, "factors", "x"));
    }

    private static void applyErrors(JsonObject c, Check check) {
        Tensor[] t = check.fill(with(c, "factors", "x"));
        String text = check.fails(ShapeException.class, () -> operator(t).apply(last(t)));
        String expected = c.get("error").getAsString();
        String fact = expected.startsWith("x has ") ? expected.substring("x ".length()) : expected.split(" \\(")[0];
        boolean says = text.contains(fact) || (fact.contains("is not a matrix") && text.contains("is not a matrix"));
        check.isTrue(says, "the text does not say '" + fact + "': " + text);
    }

    private static void related(JsonObject c, Check check) {
        String op = c.get("op").getAsString();
        Function<Tensor[], Tensor> operation = op.startsWith("khatri_rao")
                ? Kron::khatriRao
                : op.startsWith("face_splitting") ? Kron::faceSplitting : Kron::kronSum;
        JsonArray shapes = c.has("factors") ? c.getAsJsonArray("factors") : pair(c);
        compare(c, check, operation, shapes);
        if (c.has("times_x")) {
            Tensor sum = operation.apply(check.fill(shapes));
            Tensor x = check.fill(
                    c.get("x_operand_index").getAsInt(), Shape.of(sum.shape().at(1)));
            check.equal("times_x", c.get("times_x"), MatMul.matmul(sum, x));
        }
    }

    private static void vecTrick(JsonObject c, Check check) {
        Tensor a = check.fill(0, Check.shape(c.get("A")));
        Tensor b = check.fill(1, Check.shape(c.get("B")));
        Tensor x = check.fill(2, Check.shape(c.get("X")));
        boolean rows = c.has("row_major");
        Tensor vec = rows ? x.reshape(-1) : x.transpose().reshape(-1);
        check.equal("result", c.get("result"), KroneckerOperator.of(a, b).apply(vec));
        Tensor matrix = rows
                ? MatMul.matmul(MatMul.matmul(a, x), b.transpose())
                : MatMul.matmul(MatMul.matmul(b, x), a.transpose()).transpose();
        check.equal("result by matrices", c.get("result"), matrix.reshape(-1));
    }

    private static void commutation(JsonObject c, Check check) {
        long m = c.get("m").getAsLong();
        long n = c.get("n").getAsLong();
        Tensor permutation = Kron.commutation(m, n);
        check.equal("permutation", c.get("permutation"), permutation);
        Tensor a = check.fill(0, Shape.of(m, n));
        Tensor moved = Indexing.take(a.reshape(-1), permutation, 0);
        boolean same = Elementwise.allClose(moved, a.transpose().reshape(-1), 0, 0);
        check.isTrue(same, "the permutation does not map vec(A) to vec(A^T)");
    }

    // ---- from the factors ----

    private static void determinant(JsonObject c, Check check) {
        Tensor[] factors = literals(c.get("factors"), check);
        KroneckerOperator k = KroneckerOperator.of(factors);
        check.equal("N", c.get("N").getAsDouble(), k.shape().at(0));
        Linalg.SignLog d = k.slogdet();
        check.equal("sign", c.get("sign").getAsDouble(), d.sign().item());
        // log|det| of a factor is off by its condition number at most, and counts N/n <= N times.
        double tolerance = CONDITION * k.shape().at(0) * eps(check);
        check.close("logabsdet", c.get("logabsdet").getAsDouble(), d.logAbs().item(), tolerance);
        check.close(
                "log of det",
                Math.log(Math.abs(c.get("det").getAsDouble())),
                d.logAbs().item(),
                tolerance);
        check.equal("trace", c.get("trace").getAsDouble(), k.trace().item());
        check.equal("diag", c.get("diag"), k.diag());
        Tensor frobenius = Reduce.sum(Elementwise.square(k.toDense()));
        check.equal("frobenius_sq", c.get("frobenius_sq").getAsDouble(), frobenius.item());
    }

    private static void solve(JsonObject c, Check check) {
        if (c.has("factors")) {
            KroneckerOperator k = KroneckerOperator.of(literals(c.get("factors"), check));
            Tensor b = check.literal(c.get("b"));
            double tolerance = CONDITION * k.shape().at(0) * eps(check);
            check.close("x", c.get("x"), k.solve(b), tolerance);
            check.equal("b", c.get("b"), k.apply(check.literal(c.get("x"))));
            return;
        }
        Tensor a = check.literal(c.get("A"));
        Tensor b = check.literal(c.get("B"));
        Tensor right = check.literal(c.get("C"));
        Tensor sum = Kron.kronSum(a, b.transpose());
        Tensor x = Linalg.solve(sum, right.reshape(-1)).reshape(right.shape());
        check.close("X", c.get("X"), x, CONDITION * right.size() * eps(check));
    }

    private static void recurrentUnit(JsonObject c, Check check) {
        for (JsonElement e : c.getAsJsonArray("parameters")) {
            JsonObject p = e.getAsJsonObject();
            long n = p.get("N").getAsLong();
            Tensor factor = check.fill(
                    0, Shape.of(p.get("factor").getAsLong(), p.get("factor").getAsLong()));
            Tensor[] factors = new Tensor[p.get("factors").getAsInt()];
            Arrays.fill(factors, factor);
            Shape shape = KroneckerOperator.of(factors).shape();
            check.isTrue(shape.equals(Shape.of(n, n)), "shape is " + shape + ", expected size " + n);
            // A complex number is two real parameters.
            double sparse = 2.0 * factors.length * factor.size();
            check.equal("parameters", p.get("real_parameters_complex_factors").getAsDouble(), sparse);
            check.equal("dense parameters", p.get("dense_complex_parameters").getAsDouble(), 2.0 * shape.size());
        }
        for (JsonElement e : c.getAsJsonArray("penalty_examples")) {
            String factor = e.getAsJsonObject().get("factor").getAsString();
            if (!factor.contains("i")) {
                Tensor w = check.literal(JsonParser.parseString(factor));
                Tensor gram = MatMul.matmul(w.transpose(), w);
                Tensor off = Elementwise.subtract(
                        gram, Tensor.eye(check.dtype(), w.shape().at(1)));
                double penalty = Reduce.sum(Elementwise.square(off)).item();
                check.equal(
                        "penalty of " + factor, e.getAsJsonObject().get("value").getAsDouble(), penalty);
            }
        }
    }

    private static void nearest(JsonObject c, Check check) {
        Tensor m = check.literal(c.get("M"));
        Kron.NearestKronecker nearest = Kron.nearestKronecker(m, Check.shape(c.get("m")), Check.shape(c.get("n")));
        // Rounding of a singular value decomposition: its norm, at most the number of elements times the largest, 16.
        double tolerance = 16 * m.size() * eps(check);
        check.close("distance", 0, nearest.distance().item(), tolerance);
        check.close("kron(A,B)", c.get("M"), Kron.kron(nearest.a(), nearest.b()), tolerance);
    }
}
