package kron4j.cli.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Keras;
import kron4j.ops.MatMul;

/** The cases of Keras' products and of NumPy's matmul, dot and tensordot. */
final class KerasCases implements Replayer {
    @Override
    public Map<String, Case> sections() {
        Map<String, Case> sections = new LinkedHashMap<>();
        sections.put("batch_dot", (c, check) -> {
            if (isNested(Check.get(c, "axes"))) {
                check.skip("nested axes cannot be written in Java: axes are ints");
            }
            compare(
                    Check.get(c, "modern").getAsJsonObject(),
                    check,
                    t -> Keras.batchDot(t[0], t[1], axes(c)),
                    "x",
                    c,
                    "y");
        });
        sections.put("batch_dot/legacy", (c, check) -> {
            if (isNested(Check.get(c, "axes"))) {
                check.skip("nested axes cannot be written in Java: axes are ints");
            }
            compare(
                    Check.get(c, "legacy").getAsJsonObject(),
                    check,
                    t -> Keras.batchDotLegacy(t[0], t[1], axes(c)),
                    "x",
                    c,
                    "y");
        });
        sections.put("dot", (c, check) -> {
            JsonObject expected = Check.get(c, "keras_tf_backend").getAsJsonObject();
            compare(expected, check, t -> Keras.dot(t[0], t[1]), "x", c, "y");
            if (expected.has("error")) {
                reshapedSizes(Check.get(expected, "error").getAsString(), c, check);
            }
        });
        sections.put(
                "dot/numpy",
                (c, check) -> compare(
                        Check.get(c, "numpy_dot").getAsJsonObject(), check, t -> MatMul.dot(t[0], t[1]), "x", c, "y"));
        sections.put(
                "matmul",
                (c, check) -> compare(
                        Check.get(c, "numpy_matmul").getAsJsonObject(),
                        check,
                        t -> MatMul.matmul(t[0], t[1]),
                        "a",
                        c,
                        "b"));
        sections.put("matmul/tensorflow", (c, check) -> {
            if (Check.get(c, "tf_matmul").getAsString().equals("as numpy")) {
                compare(
                        Check.get(c, "numpy_matmul").getAsJsonObject(),
                        check,
                        t -> MatMul.tfMatmul(t[0], t[1]),
                        "a",
                        c,
                        "b");
            } else {
                Tensor[] t = operands(check, "a", c, "b");
                check.fails(ShapeException.class, () -> MatMul.tfMatmul(t[0], t[1]));
            }
        });
        sections.put(
                "tensordot",
                (c, check) -> compare(
                        Check.get(c, "numpy_tensordot").getAsJsonObject(),
                        check,
                        t -> tensordot(t[0], t[1], Check.get(c, "axes")),
                        "a",
                        c,
                        "b"));
        return sections;
    }

    private static Tensor[] operands(Check check, String left, JsonObject c, String right) {
        return new Tensor[] {
            check.fill(0, Check.shape(Check.get(c, left))), check.fill(1, Check.shape(Check.get(c, right)))
        };
    }

    private static void compare(
            JsonObject expected,
            Check check,
            Function<Tensor[], Tensor> operation,
            String left,
            JsonObject c,
            String right) {
        Tensor[] t = operands(check, left, c, right);
        if (expected.has("error")) {
            check.fails(ShapeException.class, () -> operation.apply(t));
        } else {
            check.matches(expected, check.exact(operation, t));
        }
    }

    /** Keras' error text ends with the two reshaped sizes; ours contains them too. */
    private static void reshapedSizes(String expected, JsonObject c, Check check) {
        String marker = "with input shapes ";
        int at = expected.indexOf(marker);
        if (at < 0) {
            return;
        }
        String sizes = expected.substring(at + marker.length()).replace(" ", "").replace("],[", "], [");
        Tensor[] t = operands(check, "x", c, "y");
        String text = check.fails(ShapeException.class, () -> Keras.dot(t[0], t[1]));
        check.isTrue(text.contains(sizes), "the text lacks " + sizes + ": " + text);
    }

    private static boolean isNested(JsonElement axes) {
        return axes.isJsonArray() && axes.getAsJsonArray().asList().stream().anyMatch(JsonElement::isJsonArray);
    }

    private static int[] axes(JsonObject c) {
        JsonElement axes = Check.get(c, "axes");
        if (axes.isJsonNull()) {
            return new int[0];
        }
        return axes.isJsonArray() ? Check.ints(axes) : new int[] {axes.getAsInt()};
    }

    private static Tensor tensordot(Tensor a, Tensor b, JsonElement axes) {
        if (!axes.isJsonArray()) {
            return MatMul.tensordot(a, b, axes.getAsInt());
        }
        JsonElement first = axes.getAsJsonArray().get(0);
        JsonElement second = axes.getAsJsonArray().get(1);
        return first.isJsonArray()
                ? MatMul.tensordot(a, b, Check.ints(first), Check.ints(second))
                : MatMul.tensordot(a, b, new int[] {first.getAsInt()}, new int[] {second.getAsInt()});
    }
}
