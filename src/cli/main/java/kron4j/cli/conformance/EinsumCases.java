package kron4j.cli.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.EinsumException;
import kron4j.EinsumException.Kind;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;

/** The cases of einsum equations. */
final class EinsumCases implements Replayer {
    @Override
    public Map<String, Case> sections() {
        Map<String, Case> sections = new LinkedHashMap<>();
        sections.put("valid", EinsumCases::valid);
        sections.put("valid/gradients", EinsumCases::gradients);
        sections.put("valid/complex", EinsumCases::complex);
        sections.put("invalid", EinsumCases::invalid);
        sections.put("invalid/extensions", EinsumCases::extension);
        sections.put("unicode_labels", EinsumCases::valid);
        sections.put("sublist_valid", EinsumCases::sublists);
        sections.put(
                "sublist_invalid",
                (c, check) -> check.fails(EinsumException.class, () -> einsum(c, operands(c, check))));
        return sections;
    }

    private static Tensor[] operands(JsonObject c, Check check) {
        return check.fill(Check.get(c, "shapes").getAsJsonArray());
    }

    private static void valid(JsonObject c, Check check) {
        String equation = Check.get(c, "eq").getAsString();
        check.matches(c, check.exact(t -> Einsum.einsum(equation, t), operands(c, check)));
    }

    /** Complex operands: the sum of the result, small enough for float32. */
    private static void complex(JsonObject c, Check check) {
        if (!c.has("complex_sum")) {
            check.absent();
        }
        String equation = Check.get(c, "eq").getAsString();
        Tensor[] operands = check.fillComplex(Check.get(c, "shapes").getAsJsonArray());
        Tensor result = Einsum.einsum(equation, operands);
        check.isTrue(result.dtype() == check.complex(), "dtype is " + result.dtype());
        check.equal("complex_sum", Check.get(c, "complex_sum"), ComplexNumbers.viewAsReal(result.sum()));
    }

    /** The gradient of the result's weighted sum with respect to each operand, as its own weighted sum. */
    private static void gradients(JsonObject c, Check check) {
        if (!c.has("grad_wsum")) {
            check.absent();
        }
        String equation = Check.get(c, "eq").getAsString();
        double[] expected = Check.numbers(Check.get(c, "grad_wsum"));
        double[] rounding = new double[expected.length];
        Tensor sums = check.exact(
                t -> {
                    List<Tensor> gradients = check.gradients(x -> Einsum.einsum(equation, x), t);
                    Tensor[] each = new Tensor[gradients.size()];
                    for (int k = 0; k < each.length; k++) {
                        Tensor g = gradients.get(k);
                        each[k] = Check.weightedSum(g.dtype().isHalf() ? g.to(DType.FLOAT64) : g);
                        // Elements of halves are exact, but for one rounding each.
                        rounding[k] = g.dtype().isHalf()
                                ? g.dtype().epsilon()
                                        / 2
                                        * Check.value(Check.weightedSum(
                                                Elementwise.abs(g).to(DType.FLOAT64)))
                                : 0;
                    }
                    return Indexing.stack(0, each);
                },
                operands(c, check));
        check.isTrue(sums.size() == expected.length, "gradients: " + sums.size() + ", expected " + expected.length);
        double[] got = Check.values(sums);
        for (int k = 0; k < expected.length; k++) {
            check.close("grad_wsum[" + k + "]", expected[k], got[k], rounding[k]);
        }
    }

    private static void sublists(JsonObject c, Check check) {
        check.matches(c, check.exact(t -> einsum(c, t), operands(c, check)));
    }

    private static Tensor einsum(JsonObject c, Tensor... operands) {
        List<int[]> labels = new ArrayList<>();
        Check.get(c, "sublists").getAsJsonArray().forEach(sublist -> labels.add(labels(sublist)));
        int[][] inputs = labels.toArray(new int[0][]);
        JsonElement out = Check.get(c, "out");
        return out.isJsonNull() ? Einsum.einsum(operands, inputs) : Einsum.einsum(operands, inputs, labels(out));
    }

    private static int[] labels(JsonElement sublist) {
        return sublist.getAsJsonArray().asList().stream()
                .mapToInt(label -> label.getAsJsonPrimitive().isString() ? Einsum.ELLIPSIS : label.getAsInt())
                .toArray();
    }

    private static void invalid(JsonObject c, Check check) {
        if (isExtension(c)) {
            check.absent();
        }
        Tensor[] operands = operands(c, check);
        Kind expected = kind(Check.get(c, "error").getAsString());
        try {
            Tensor result = Einsum.einsum(Check.get(c, "eq").getAsString(), operands);
            check.fail("expected " + expected + ", got a result of shape " + result.shape());
        } catch (EinsumException e) {
            check.isTrue(e.kind() == expected, "expected " + expected + ", got " + e.kind() + ": " + e.getMessage());
        }
    }

    private static Kind kind(String name) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new Check.Malformed("no error is called '" + name + "'"));
    }

    /**
     * Equations that NumPy refuses and Kron4J defines: a repeated output label writes a diagonal, and every Unicode letter is a label. Only
     * their expected errors do not count.
     */
    private static boolean isExtension(JsonObject c) {
        String error = Check.get(c, "error").getAsString();
        boolean letters = Check.get(c, "eq").getAsString().codePoints().allMatch(Character::isLetter);
        return error.equals(Kind.OUTPUT_LABEL_REPEATED.name()) || (error.equals(Kind.BAD_CHAR.name()) && letters);
    }

    /** The diagonal must be the result of the equation with each output label once; all else must be zero. */
    private static void extension(JsonObject c, Check check) {
        if (!isExtension(c)) {
            check.absent();
        }
        String equation = Check.get(c, "eq").getAsString();
        String[] sides = (equation.contains("->") ? equation : equation + "->" + equation).split("->", -1);
        Tensor[] operands = operands(c, check);
        Tensor result = Einsum.einsum(equation, operands);
        StringBuilder once = new StringBuilder();
        sides[1].chars().distinct().forEach(label -> once.append((char) label));
        Tensor diagonal = Einsum.einsum(sides[0] + "->" + once, operands);
        double[] got = Check.values(result);
        for (int i = 0; i < got.length; i++) {
            long[] at = new long[once.length()];
            boolean onDiagonal = true;
            long rest = i;
            for (int axis = sides[1].length() - 1; axis >= 0; axis--) {
                int label = once.indexOf(sides[1].substring(axis, axis + 1));
                long index = rest % result.shape().at(axis);
                rest /= result.shape().at(axis);
                boolean first = sides[1].lastIndexOf(sides[1].charAt(axis)) == axis;
                onDiagonal &= first || at[label] == index;
                at[label] = index;
            }
            check.equal("element " + i, onDiagonal ? Check.value(diagonal.get(at)) : 0, got[i]);
        }
    }
}
