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
            if (isNested(c.get("axes"))) {
                check.skip("nested axes cannot be written in Java: axes are ints");
            }
            compare(c.getAsJsonObject("modern"), check, t -> Keras.batchDot(t[0], t[1], axes(c)), "x", c, "y");
        });
        sections.put("batch_dot/legacy", (c, check) -> {
            if (isNested(c.get("axes"))) {
                check.skip("nested axes cannot be written in Java: axes are ints");
            }
            compare(c.getAsJsonObject("legacy"), check, t -> Keras.batchDotLegacy(t[0], t[1], axes(c)), "x", c, "y");
        });
        sections.put("dot", (c, check) -> {
            JsonObject expected = c.getAsJsonObject("keras_tf_backend");
            compare(expected, check, t -> Keras.dot(t[0], t[1]), "x", c, "y");
            if (expected.has("error")) {
                reshapedSizes(expected.get("error").getAsString(), c, check);
            }
        });
        sections.put(
                "dot/numpy",
                (c, check) -> compare(c.getAsJsonObject("numpy_dot"), check, t -> MatMul.dot(t[0], t[1]), "x", c, "y"));
        sections.put(
                "matmul",
                (c, check) ->
                        compare(c.getAsJsonObject("numpy_matmul"), check, t -> MatMul.matmul(t[0], t[1]), "a", c, "b"));
        sections.put("matmul/tensorflow", (c, check) -> {
            if (c.get("tf_matmul").getAsString().equals("as numpy")) {
                compare(c.getAsJsonObject("numpy_matmul"), check, t -> MatMul.tfMatmul(t[0], t[1]), "a", c, "b");
            } else {
                Tensor[] t = operands(check, "a", c, "b");
                check.fails(ShapeException.class, () -> MatMul.tfMatmul(t[0], t[1]));
            }
        });
        sections.put(
                "tensordot",
                (c, check) -> compare(
                        c.getAsJsonObject("numpy_tensordot"),
                        check,
                        t -> tensordot(t[0], t[1], c.get("axes")),
                        "a",
                        c,
                        "b"));
        return sections;
    }

    private static Tensor[] operands(Check check, String left, JsonObject c, String right) {
        return new Tensor[] {check.fill(0, Check.shape(c.get(left))), check.fill(1, Check.shape(c.get(right)))};
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

    /** Keras' text ends with the two reshaped sizes; ours carries them too. */
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
        JsonElement axes = c.get("axes");
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
