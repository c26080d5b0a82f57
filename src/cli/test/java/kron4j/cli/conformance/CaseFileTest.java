package kron4j.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseFileTest {
    private static Tensor product(Tensor a, Tensor b) {
        int n = (int) a.shape().at(0);
        int k = (int) a.shape().at(1);
        int m = (int) b.shape().at(1);
        if (k != b.shape().at(0)) {
            throw new ShapeException("product: " + a.shape() + " by " + b.shape());
        }
        double[] x = a.toDoubleArray();
        double[] y = b.toDoubleArray();
        double[] out = new double[n * m];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                for (int l = 0; l < k; l++) {
                    out[i * m + j] += x[i * k + l] * y[l * m + j];
                }
            }
        }
        return Check.tensor(out, Shape.of(n, m), a.dtype());
    }

    private static List<SectionResult> replay(String json, Map<String, Replayer.Case> sections) {
        JsonObject root = JsonParser.parseString(json).getAsJsonObject();
        int[] done = {0};
        CaseFile file = new CaseFile(Path.of("cases.json"), root, () -> sections);
        List<SectionResult> results = file.replay(Device.cpu(), DType.FLOAT64, () -> done[0]++);
        assertEquals(file.size(), done[0]);
        return results;
    }

    private static final Replayer.Case MATMUL = (c, check) -> {
        Shape a = Check.shape(c.get("a"));
        Shape b = Check.shape(c.get("b"));
        if (a.rank() != 2 || b.rank() != 2) {
            check.skip("this product takes matrices only");
        }
        JsonObject expected = c.getAsJsonObject("numpy_matmul");
        if (expected.has("error")) {
            check.fails(ShapeException.class, () -> product(check.fill(0, a), check.fill(1, b)));
        } else {
            check.matches(expected, check.exact(t -> product(t[0], t[1]), check.fill(0, a), check.fill(1, b)));
        }
    };

    @Test
    void replaysASectionOfTheSharedFile() throws IOException {
        String json = Files.readString(Path.of("src/cli/test/resources/cases/keras.json"));
        Map<String, Replayer.Case> sections = new LinkedHashMap<>();
        sections.put("matmul", MATMUL);
        sections.put("dot", (c, check) -> check.skip("not here"));
        List<SectionResult> results = replay(json, sections);
        assertEquals(
                new SectionResult("matmul", 3, 0, Map.of("this product takes matrices only", 7), List.of()),
                results.get(0));
        assertEquals(18, results.get(1).skippedCases());
        assertEquals(
                List.of("tensordot", "batch_dot"),
                results.subList(2, 4).stream()
                        .map(SectionResult::section)
                        .sorted(Comparator.reverseOrder())
                        .toList());
        assertEquals(
                List.of("batch_dot: no replayer knows this section"),
                results.get(2).failures());
        assertEquals(38, results.get(2).failed());
    }

    @Test
    void countsWhatDoesNotMatch() {
        String json = """
            {"m": [
              {"out_shape": [2], "values": [-2, 1], "sum": -1, "wsum": 0},
              {"out_shape": [2], "values": [-2, 2]},
              {"out_shape": [2, 1], "sum": -1},
              {"out_shape": [2], "sum": -2},
              {"out_shape": [2], "wsum": 1},
              {"note": "nothing to compare"}]}
            """;
        SectionResult m = replay(json, Map.of("m", (c, check) -> check.matches(c, check.fill(0, Shape.of(2)))))
                .get(0);
        assertEquals(1, m.passed());
        assertEquals(5, m.failed());
        assertEquals(
                "m[1]: values[1] is 1.0, expected 2.0\n  case: {\"out_shape\":[2],\"values\":[-2,2]}",
                m.failures().get(0));
        assertTrue(m.failures().get(1).startsWith("m[2]: shape is [2], expected [2,1]"));
        assertTrue(m.failures().get(2).startsWith("m[3]: sum is -1.0, expected -2.0"));
        assertTrue(m.failures().get(3).startsWith("m[4]: wsum is 0.0, expected 1.0"));
        assertTrue(m.failures().get(4).startsWith("m[5]: the case expects nothing comparable"));
    }

    @Test
    void countsExceptionsAsFailuresAndAbsentCasesNotAtAll() {
        Map<String, Replayer.Case> sections = new LinkedHashMap<>();
        sections.put(
                "s",
                (c, check) -> check.fails(ShapeException.class, () -> {
                    throw new DTypeException("other");
                }));
        sections.put("s/again", (c, check) -> check.absent());
        sections.put("s/broken", (c, check) -> {
            throw new ArithmeticException("broken");
        });
        sections.put("s/accepted", (c, check) -> check.fails(ShapeException.class, () -> check.fill(0, Shape.of(3))));
        List<SectionResult> r = replay("{\"s\": {\"one\": 1}, \"meta\": {}}", sections);
        assertTrue(r.get(0)
                .failures()
                .get(0)
                .startsWith("s[0]: expected ShapeException, got kron4j.DTypeException: other"));
        assertEquals(new SectionResult("s/again", 0, 0, Map.of(), List.of()), r.get(1));
        assertTrue(
                r.get(2).failures().get(0).startsWith("s/broken[0]: unexpected java.lang.ArithmeticException: broken"));
        assertTrue(r.get(3)
                .failures()
                .get(0)
                .startsWith("s/accepted[0]: expected ShapeException, got the result of shape [3]"));
    }

    @Test
    void float32SkipsWhatIsNotExactThere() {
        Check check = new Check(DType.FLOAT32);
        try (var scope = Device.cpu().openScope()) {
            Tensor a = Check.tensor(new double[] {-4096, 4096}, Shape.of(1, 2), DType.FLOAT32);
            Tensor b = Check.tensor(new double[] {4096, 4096}, Shape.of(2, 1), DType.FLOAT32);
            assertThrows(Check.Skip.class, () -> check.exact(t -> product(t[0], t[1]), a, b));
            Tensor half = Check.tensor(new double[] {2047, 2047}, Shape.of(2, 1), DType.FLOAT32);
            assertEquals(0, check.exact(t -> product(t[0], t[1]), a, half).item());
        }
    }

    @Test
    void comparesInfinitiesNaNAndTolerances() {
        Check check = new Check(DType.FLOAT64);
        double infinity = Double.POSITIVE_INFINITY;
        check.close("x", Double.NaN, Double.NaN, 0);
        check.close("x", -infinity, -infinity, 1);
        check.close("x", 1, 1.5, 0.5);
        assertThrows(Check.Mismatch.class, () -> check.close("x", 1, Double.NaN, 1));
        assertThrows(Check.Mismatch.class, () -> check.close("x", infinity, 1e300, infinity));
        Check.Mismatch e = assertThrows(Check.Mismatch.class, () -> check.close("log", 1, 2, 0.5));
        assertEquals("log is 2.0, expected 1.0 within 0.5 (off by 1.0)", e.getMessage());
    }

    private static SectionResult only(String section, String cases, Replayer replayer) {
        return replay("{\"" + section + "\": " + cases + "}", replayer.sections())
                .get(0);
    }

    @Test
    void malformedCasesAreCalledSo() {
        SectionResult einsum = only("valid", """
            [{"eq": "i->"}, {"eq": "i->i", "shapes": [[2]], "sum": "x"}, 3, {"eq": "i->i", "shapes": [[-1]]},
             {"eq": "i->i", "shapes": 2}]
            """, new EinsumCases());
        assertEquals(5, einsum.failed());
        assertTrue(einsum.failures().get(0).startsWith("valid[0]: malformed case: lacks 'shapes'\n"));
        for (String failure : einsum.failures()) {
            assertTrue(failure.contains("]: malformed case: "), failure);
        }
        SectionResult invalid =
                only("invalid", "[{\"eq\": \"i\", \"shapes\": [[2]], \"error\": \"X\"}]", new EinsumCases());
        assertTrue(invalid.failures().get(0).contains("malformed case: no error is called 'X'"));
        SectionResult ragged =
                only("kron_literal", "[{\"a\": [[1, 2], [3]], \"b\": [1], \"result\": []}]", new KronCases());
        assertTrue(ragged.failures().get(0).contains("malformed case: an array's rows differ in length"));
    }

    @Test
    void aCaseNeedsNoGradient() {
        List<SectionResult> results = replay(
                "{\"valid\": [{\"eq\": \"i->i\", \"shapes\": [[2]], \"values\": [-2, 1]}]}",
                new EinsumCases().sections());
        assertEquals(new SectionResult("valid", 1, 0, Map.of(), List.of()), results.get(0));
        assertEquals(new SectionResult("valid/gradients", 0, 0, Map.of(), List.of()), results.get(1));
    }

    @Test
    void singularKroneckerProductsAreCasesToo() {
        SectionResult determinant = only("determinant_trace", """
            [{"factors": [[[1, 1], [1, 1]], [[2]]], "N": 2, "sign": 0, "logabsdet": "-inf", "det": 0,
              "trace": 4, "diag": [2, 2], "frobenius_sq": 16}]
            """, new KronCases());
        assertEquals(List.of(), determinant.failures());
        assertEquals(1, determinant.passed());
        SectionResult solve = only("solve", """
            [{"factors": [[[1, 1], [1, 1]]], "b": [1, 2], "error": "singular"},
             {"factors": [[[1, 1], [0, 1]]], "b": [1, 2], "error": "singular"},
             {"A": [[1]], "B": [[-1]], "C": [[2]], "error": "singular"}]
            """, new KronCases());
        assertEquals(2, solve.passed(), solve.failures()::toString);
        assertTrue(
                solve.failures().get(0).startsWith("solve[1]: expected TensorException, got the result of shape [2]"));
    }

    @Test
    void negativeDeterminantsHaveATolerance() {
        // 49 (1/49) is not 1 in float64.
        SectionResult lu = only("lu", """
            [{"A": [[49, 1], [1, 0]], "P": [[1, 0], [0, 1]], "L": [[1, 0], ["1/49", 1]], "U": [[49, 1], [0, "-1/49"]],
              "perm": [0, 1], "det": -1},
             {"A": [[49, 1], [1, 0]], "P": [[1, 0], [0, 1]], "L": [[1, 0], ["1/49", 1]], "U": [[49, 1], [0, "-1/49"]],
              "perm": [0, 1], "det": -1.001}]
            """, new SlogdetCases());
        assertEquals(1, lu.passed(), lu.failures()::toString);
        assertTrue(lu.failures().get(0).startsWith("lu[1]: det is -0.99"), lu.failures()::toString);
    }

    @Test
    void refusesOtherFiles(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("x.json");
        Files.writeString(file, "{\"a\": ");
        assertTrue(assertThrows(FormatException.class, () -> CaseFile.read(file))
                .getMessage()
                .equals("conformance: " + file + " is not JSON; give a file of cases"));
        Files.writeString(file, "[1]");
        assertEquals(
                "conformance: " + file + " is not a JSON object of sections",
                assertThrows(FormatException.class, () -> CaseFile.read(file)).getMessage());
        Files.writeString(file, "{\"other\": []}");
        assertTrue(assertThrows(FormatException.class, () -> CaseFile.read(file))
                .getMessage()
                .startsWith("conformance: " + file + " has the sections [other]; none is known"));
    }
}
