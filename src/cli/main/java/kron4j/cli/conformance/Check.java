package kron4j.cli.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;

/** Makes the operands of a case and compares its results. Both belong to the scope around the case. */
public final class Check {
    /** float32 holds every integer up to here. */
    private final DType dtype;

    Check(DType dtype) {
        this.dtype = dtype;
    }

    static final class Skip extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Skip(String reason) {
            super(reason, null, false, false);
        }
    }

    static final class Absent extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Absent() {
            super(null, null, false, false);
        }
    }

    /** The case itself is wrong, not the library. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Malformed(String text) {
            super(text, null, false, false);
        }
    }

    static final class Mismatch extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Mismatch(String text) {
            super(text, null, false, false);
        }
    }

    /** The dtype that the file is replayed in. */
    public DType dtype() {
        return dtype;
    }

    // ---- ends of a case ----

    /** Ends the case as skipped for a reason; cases of one reason are counted together. */
    public void skip(String reason) {
        throw new Skip(reason);
    }

    /** Ends the case uncounted: it has nothing that this section looks at. */
    public void absent() {
        throw new Absent();
    }

    /** Ends the case as failed. */
    public void fail(String text) {
        throw new Mismatch(text);
    }

    public void isTrue(boolean condition, String text) {
        if (!condition) {
            fail(text);
        }
    }

    // ---- operands ----

    /** Operand k of this shape: element i of the row-major order is ((i*(2k+3) + k*k + 1) mod 7) - 3. */
    public Tensor fill(int k, Shape shape) {
        double[] values = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * (2L * k + 3) + (long) k * k + 1) % 7 - 3;
        }
        return tensor(values, shape, dtype);
    }

    /** Operands 0, 1, ... of these shapes, each an array of sizes. */
    public Tensor[] fill(JsonArray shapes) {
        Tensor[] operands = new Tensor[shapes.size()];
        for (int k = 0; k < operands.length; k++) {
            operands[k] = fill(k, shape(shapes.get(k)));
        }
        return operands;
    }

    /** The numbers of a nested array (numbers, or strings that hold an integer, a decimal or p/q), in the dtype of the replay. */
    public Tensor literal(JsonElement nested) {
        double[] numbers = numbers(nested);
        Shape shape = shapeOf(nested);
        if (numbers.length != shape.size()) {
            throw new Malformed("an array's rows differ in length: " + nested);
        }
        return tensor(numbers, shape, dtype);
    }

    /** The complex dtype beside that of the replay; a case of complex numbers is skipped where there is none. */
    public DType complex() {
        try {
            return dtype.toComplex();
        } catch (DTypeException e) {
            throw new Skip("there are no complex numbers of two " + dtype);
        }
    }

    /** As {@link #fill(JsonArray)}, with the imaginary parts ((i*(3k+2) + 2) mod 5) - 2. */
    public Tensor[] fillComplex(JsonArray shapes) {
        Tensor[] operands = new Tensor[shapes.size()];
        for (int k = 0; k < operands.length; k++) {
            Shape shape = shape(shapes.get(k));
            double[] imaginary = new double[Math.toIntExact(shape.size())];
            for (int i = 0; i < imaginary.length; i++) {
                imaginary[i] = (i * (3L * k + 2) + 2) % 5 - 2;
            }
            DType part = complex().realPart();
            operands[k] =
                    ComplexNumbers.complex(tensor(values(fill(k, shape)), shape, part), tensor(imaginary, shape, part));
        }
        return operands;
    }

    /** A nested array whose innermost rows are pairs of a real and an imaginary part. */
    public Tensor complexLiteral(JsonElement nested) {
        double[] numbers = numbers(nested);
        Shape shape = shapeOf(nested);
        if (numbers.length != shape.size() || shape.rank() == 0 || shape.at(-1) != 2) {
            throw new Malformed("not an array of pairs: " + nested);
        }
        return ComplexNumbers.viewAsComplex(tensor(numbers, shape, complex().realPart()));
    }

    /** The element of a name, which the case must have. */
    public static JsonElement get(JsonObject c, String name) {
        if (!c.has(name)) {
            throw new Malformed("lacks '" + name + "'");
        }
        return c.get(name);
    }

    public static Shape shape(JsonElement sizes) {
        try {
            return Shape.of(longs(sizes));
        } catch (ShapeException e) {
            throw new Malformed(e.getMessage());
        }
    }

    public static long[] longs(JsonElement array) {
        return array.getAsJsonArray().asList().stream()
                .mapToLong(JsonElement::getAsLong)
                .toArray();
    }

    public static int[] ints(JsonElement array) {
        return Arrays.stream(longs(array)).mapToInt(Math::toIntExact).toArray();
    }

    /** The leaves of a nested array in row-major order; a number alone is an array of one. */
    public static double[] numbers(JsonElement nested) {
        if (nested.isJsonArray()) {
            return nested.getAsJsonArray().asList().stream()
                    .flatMapToDouble(e -> Arrays.stream(numbers(e)))
                    .toArray();
        }
        return new double[] {number(nested)};
    }

    /** A number, or a string that holds one: an integer, a decimal, p/q, inf, -inf or nan. */
    public static double number(JsonElement element) {
        JsonPrimitive leaf = element.getAsJsonPrimitive();
        if (leaf.isNumber()) {
            return leaf.getAsDouble();
        }
        String text = leaf.getAsString();
        int slash = text.indexOf('/');
        if (slash >= 0) {
            return Double.parseDouble(text.substring(0, slash)) / Double.parseDouble(text.substring(slash + 1));
        }
        return switch (text) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    /** The shape of a nested array, by its first elements. */
    public static Shape shapeOf(JsonElement nested) {
        if (!nested.isJsonArray()) {
            return Shape.SCALAR;
        }
        JsonArray rows = nested.getAsJsonArray();
        return Shape.of(rows.size()).concat(rows.isEmpty() ? Shape.SCALAR : shapeOf(rows.get(0)));
    }

    /** Numbers in row-major order as a tensor. */
    public static Tensor tensor(double[] values, Shape shape, DType dtype) {
        return Tensor.of(values).reshape(shape).to(dtype);
    }

    // ---- computing ----

    /**
     * The result of a sum of products of integer operands, exact in any order of summation. In a dtype coarser than float64 the absolute values are
     * computed first, in float64: the case is skipped if a partial sum may be too large for the dtype in which it is added up to hold all integers.
     */
    public Tensor exact(Function<Tensor[], Tensor> operation, Tensor... operands) {
        if (dtype.epsilon() > DType.FLOAT64.epsilon()) {
            Tensor[] absolute = new Tensor[operands.length];
            for (int k = 0; k < operands.length; k++) {
                double[] values =
                        Arrays.stream(values(operands[k])).map(Math::abs).toArray();
                absolute[k] = tensor(values, operands[k].shape(), DType.FLOAT64);
            }
            double bound = Arrays.stream(operation.apply(absolute).toDoubleArray())
                    .max()
                    .orElse(0);
            double exact = 2 / dtype.computed().epsilon();
            if (bound >= exact) {
                skip("partial sums may reach 2^" + Math.getExponent(exact) + ", where " + dtype.computed()
                        + " is not exact");
            }
        }
        return operation.apply(operands);
    }

    /** The gradients of {@link #weightedSum} of the operation's result; integers have none, which skips the case. */
    public List<Tensor> gradients(Function<Tensor[], Tensor> operation, Tensor... operands) {
        if (!dtype.isDifferentiable()) {
            skip(dtype + " has no gradients");
        }
        List<Tensor> leaves = Arrays.stream(operands).map(Tensor::requiresGrad).toList();
        return Gradients.of(ComplexNumbers.real(weightedSum(operation.apply(operands))), leaves);
    }

    /** The sum of {@code ((i mod 5) + 1) * t[i]} over the row-major order. */
    public static Tensor weightedSum(Tensor t) {
        double[] weights = new double[Math.toIntExact(t.size())];
        Arrays.setAll(weights, i -> i % 5 + 1);
        return t.multiply(tensor(weights, t.shape(), t.dtype())).sum();
    }

    // ---- comparing ----

    /** Exactly {@code out_shape}, {@code values}, {@code sum} and {@code wsum} of the expectation, as far as it has them, in the replay's dtype. */
    public void matches(JsonObject expected, Tensor result) {
        isTrue(
                expected.has("out_shape") || expected.has("values") || expected.has("sum"),
                "the case expects nothing comparable: " + expected);
        isTrue(result.dtype() == dtype, "dtype is " + result.dtype() + ", expected " + dtype);
        if (expected.has("out_shape")) {
            Shape shape = shape(expected.get("out_shape"));
            isTrue(result.shape().equals(shape), "shape is " + result.shape() + ", expected " + shape);
        }
        double[] got = values(result);
        if (expected.has("values")) {
            sameNumbers("values", numbers(expected.get("values")), got);
        }
        double sum = 0;
        double wsum = 0;
        double magnitude = 0;
        for (int i = 0; i < got.length; i++) {
            sum += got[i];
            wsum += (i % 5 + 1) * got[i];
            magnitude += Math.abs(got[i]);
        }
        // Elements of halves are exact, but for one rounding each.
        double rounding = dtype.isHalf() ? magnitude * dtype.epsilon() / 2 : 0;
        if (expected.has("sum")) {
            close("sum", number(expected.get("sum")), sum, rounding);
        }
        if (expected.has("wsum")) {
            close("wsum", number(expected.get("wsum")), wsum, 5 * rounding);
        }
    }

    /** Exactly these nested numbers, in shape and values. */
    public void equal(String what, JsonElement nested, Tensor result) {
        Shape shape = shapeOf(nested);
        isTrue(result.shape().equals(shape), what + ": shape is " + result.shape() + ", expected " + shape);
        sameNumbers(what, numbers(nested), values(result));
    }

    /** Equal; in a half dtype, also to the number that the expected one rounds to. */
    public void equal(String what, double expected, double got) {
        boolean rounds = dtype.isHalf() && expected != got;
        close(what, rounds ? Tensor.of(expected).to(dtype).item() : expected, got, 0);
    }

    /** Equal up to an absolute tolerance; NaN equals NaN, an infinity itself only. */
    public void close(String what, double expected, double got, double tolerance) {
        boolean same = expected == got || (Double.isNaN(expected) && Double.isNaN(got));
        // Also false where got is NaN.
        boolean near = Math.abs(expected - got) <= tolerance && !Double.isInfinite(expected);
        isTrue(
                same || near,
                what + " is " + got + ", expected " + expected
                        + (tolerance == 0
                                ? ""
                                : " within " + tolerance + " (off by " + Math.abs(expected - got) + ")"));
    }

    /** The nested numbers' shape, and each of them up to an absolute tolerance. */
    public void close(String what, JsonElement nested, Tensor result, double tolerance) {
        Shape shape = shapeOf(nested);
        isTrue(result.shape().equals(shape), what + ": shape is " + result.shape() + ", expected " + shape);
        double[] expected = numbers(nested);
        double[] got = values(result);
        for (int i = 0; i < expected.length; i++) {
            close(what + "[" + i + "]", expected[i], got[i], tolerance);
        }
    }

    private void sameNumbers(String what, double[] expected, double[] got) {
        isTrue(got.length == expected.length, what + ": " + got.length + " elements, expected " + expected.length);
        for (int i = 0; i < got.length; i++) {
            equal(what + "[" + i + "]", expected[i], got[i]);
        }
    }

    /** The element of a scalar; a complex one must be real. */
    static double value(Tensor scalar) {
        return values(scalar)[0];
    }

    /** The elements; complex ones must be real. */
    static double[] values(Tensor t) {
        for (double imaginary : ComplexNumbers.imag(t).to(DType.FLOAT64).toDoubleArray()) {
            if (imaginary != 0) {
                throw new Mismatch("an imaginary part is " + imaginary + ", expected 0");
            }
        }
        return ComplexNumbers.real(t).to(DType.FLOAT64).toDoubleArray();
    }

    /** Runs what must fail with a {@link TensorException} of this class; returns its text. */
    public String fails(Class<? extends TensorException> kind, Supplier<?> operation) {
        Object result;
        try {
            result = operation.get();
        } catch (TensorException e) {
            if (e instanceof DTypeException && !kind.isInstance(e) && !dtype.isDifferentiable()) {
                throw e;
            }
            isTrue(kind.isInstance(e), "expected " + kind.getSimpleName() + ", got " + e);
            return e.getMessage();
        }
        throw new Mismatch("expected " + kind.getSimpleName() + ", got the result "
                + (result instanceof Tensor t ? "of shape " + t.shape() : result));
    }
}
