package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.ops.Special;
import kron4j.reference.ComplexArray;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Elementwise operations on complex numbers: values of numerics/complex-functions.txt, which NumPy and mpmath made, and C99's rules. */
public class ComplexElementwiseContract extends Contract {
    /** What the Javadoc promises, in units of epsilon times the result's absolute value. */
    private static final double BOUND = 8;

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static final Map<String, UnaryOperator<Tensor>> FUNCTIONS = Map.ofEntries(
            Map.entry("square", Elementwise::square),
            Map.entry("sqrt", Elementwise::sqrt),
            Map.entry("rsqrt", Elementwise::rsqrt),
            Map.entry("reciprocal", Elementwise::reciprocal),
            Map.entry("exp", Elementwise::exp),
            Map.entry("expm1", Elementwise::expm1),
            Map.entry("log", Elementwise::log),
            Map.entry("log1p", Elementwise::log1p),
            Map.entry("sin", Elementwise::sin),
            Map.entry("cos", Elementwise::cos),
            Map.entry("tan", Elementwise::tan),
            Map.entry("asin", Elementwise::asin),
            Map.entry("acos", Elementwise::acos),
            Map.entry("atan", Elementwise::atan),
            Map.entry("asinh", Special::asinh),
            Map.entry("acosh", Special::acosh),
            Map.entry("atanh", Special::atanh),
            Map.entry("sinh", Elementwise::sinh),
            Map.entry("cosh", Elementwise::cosh),
            Map.entry("tanh", Elementwise::tanh),
            Map.entry("sigmoid", Elementwise::sigmoid),
            Map.entry("sign", Elementwise::sign));

    private static final Map<String, String[]> TABLES = tables();

    private static Map<String, String[]> tables() {
        Map<String, String[]> tables = new LinkedHashMap<>();
        try (InputStream in = ComplexElementwiseContract.class.getResourceAsStream("/numerics/complex-functions.txt")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
                String[] words = line.split(" ");
                tables.put(words[0], Arrays.copyOfRange(words, 1, words.length));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return tables;
    }

    /** A part: of an open sign if it begins with ~, of no expectation if it is _. */
    private record Part(double value, boolean open, boolean any) {
        static Part of(String word) {
            return word.equals("_")
                    ? new Part(0, true, true)
                    : new Part(Double.parseDouble(word.replace("~", "")), word.startsWith("~"), false);
        }

        boolean matches(double actual, double tolerance) {
            if (any) {
                return true;
            }
            double e = open ? Math.abs(value) : value;
            double a = open ? Math.abs(actual) : actual;
            return Double.compare(e, a) == 0 || (e != 0 && Math.abs(e - a) <= tolerance);
        }
    }

    private static ComplexArray numbers(String table) {
        double[] pairs = Arrays.stream(TABLES.get(table))
                .mapToDouble(Double::parseDouble)
                .toArray();
        return ComplexArray.of(pairs, pairs.length / 2);
    }

    private static void matches(String name, String table, Tensor operand, Tensor actual) {
        String[] words = TABLES.get(table);
        double[] got = actual.toComplexArray();
        double[] at = operand.toComplexArray();
        double[] asked = Arrays.stream(TABLES.get(table.endsWith("grid") ? "grid" : "points"))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertEquals(words.length, got.length);
        int checked = 0;
        for (int i = 0; i < got.length; i += 2) {
            if ((at[i] != asked[i] && !Double.isNaN(asked[i]))
                    || (at[i + 1] != asked[i + 1] && !Double.isNaN(asked[i + 1]))) {
                continue; // the dtype does not hold the point
            }
            Part re = Part.of(words[i]);
            Part im = Part.of(words[i + 1]);
            double size =
                    Double.isFinite(re.value) && Double.isFinite(im.value) ? Math.hypot(re.value, im.value) : Math.PI;
            double tolerance = BOUND * actual.dtype().epsilon() * size;
            checked++;
            assertTrue(
                    re.matches(got[i], tolerance) && im.matches(got[i + 1], tolerance),
                    name + " of " + new Complex(at[i], at[i + 1]) + ": expected " + words[i] + " " + words[i + 1]
                            + ", got " + new Complex(got[i], got[i + 1]));
        }
        assertTrue(checked > got.length / 4);
    }

    @Test
    void functionsAtSpecialValues() {
        for (DType dtype : DTypes.complex()) {
            Tensor grid = strided(random(1), numbers("grid"), dtype);
            FUNCTIONS.forEach((name, f) -> matches(name + " " + dtype, name + ".grid", grid, f.apply(grid)));
        }
    }

    @Test
    void functionsAtOrdinaryPointsAndCloseToCriticalOnes() {
        for (DType dtype : DTypes.complex()) {
            Tensor points = numbers("points").toTensor(dtype);
            FUNCTIONS.forEach((name, f) -> matches(name + " " + dtype, name + ".points", points, f.apply(points)));
        }
    }

    @Test
    void productsQuotientsAndPowers() {
        for (DType dtype : DTypes.complex()) {
            Tensor points = numbers("points").toTensor(dtype);
            Tensor next = Indexing.concat(0, points.slice(0, 1, points.size()), points.slice(0, 0, 1));
            Tensor exponents = numbers("exponents").toTensor(dtype);
            matches("multiply", "multiply.points", points, Elementwise.multiply(points, next));
            matches("divide", "divide.points", points, Elementwise.divide(points, next));
            matches("power", "power.points", points, Elementwise.power(points, exponents));
        }
    }

    /** Rows, columns, single numbers and transposes give what copies of them in the operand's order give. */
    @Test
    void operandsOfAnyLayout() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {3, 16, 67}) {
                Tensor x = ComplexArray.random(random(4), n, n).toTensor(dtype);
                Tensor y = ComplexArray.random(random(5), n, n).toTensor(dtype);
                Tensor mask = Elementwise.greater(y.real(), 0);
                for (Tensor v : List.of(y.slice(0, 0, 1), y.slice(1, 0, 1), y.get(0, 1), y.transpose(), y.flip(0))) {
                    Tensor w = v.expand(n, n).contiguous();
                    same(x.add(w), x.add(v));
                    same(w.subtract(x), v.subtract(x));
                    same(x.multiply(w), x.multiply(v));
                    same(w.multiply(x), v.multiply(x));
                    same(Elementwise.where(mask, x, w), Elementwise.where(mask, x, v));
                }
                Tensor product = x.multiply(y.transpose());
                same(product, InPlace.multiply(x, y.transpose()));
                same(product.multiply(product.transpose()), InPlace.multiply(product, product.transpose()));
            }
        }
    }

    /** Numbers times rows of all lengths around those of vectors, in both orders and any direction, give what copies of both give. */
    @Test
    void outerProducts() {
        for (DType dtype : DTypes.complex()) {
            for (int width : new int[] {1, 3, 4, 8, 16, 24}) {
                for (int rows : new int[] {1, 7}) {
                    long[] shape = {2, 5, rows, 9, width};
                    Tensor x = ComplexArray.random(random(6), 2, 5, 1, 9, 1).toTensor(dtype);
                    Tensor y =
                            ComplexArray.random(random(7), 2, 1, rows, 1, width).toTensor(dtype);
                    for (Tensor a : List.of(x, x.flip(3), x.slice(0, 0, 1), x.slice(3, 2, 3))) {
                        for (Tensor b : List.of(y, y.flip(2), y.flip(4), y.slice(0, 1, 2))) {
                            Tensor wide = a.expand(2, 5, 1, 9, 1).expand(shape).contiguous();
                            Tensor expected = wide.multiply(b.expand(shape).contiguous());
                            Tensor narrow = a.expand(2, 5, 1, 9, 1);
                            same(expected, narrow.multiply(b));
                            same(expected, b.multiply(narrow));
                        }
                    }
                }
            }
            Tensor row = Random.normal(1, dtype, 3000, 1);
            Tensor small = Random.normal(2, dtype, 5, 1, 8);
            Tensor wide = row.expand(5, 3000, 8).contiguous();
            same(wide.multiply(small.expand(5, 3000, 8).contiguous()), row.multiply(small));
        }
    }

    private static void same(Tensor expected, Tensor actual) {
        assertArrayEquals(expected.toComplexArray(), actual.toComplexArray());
    }

    private static Tensor of(DType dtype, double... pairs) {
        return ComplexArray.of(pairs, pairs.length / 2).toTensor(dtype);
    }

    /** Where the plain formulas over- or underflow in between. */
    @Test
    void quotientsAndAbsoluteValuesOfExtremeNumbers() {
        for (DType dtype : DTypes.complex()) {
            double huge = dtype == DType.COMPLEX64 ? 0x1.8p127 : 0x1.8p1023;
            double tiny = dtype == DType.COMPLEX64 ? 0x3p-149 : 0x3p-1074;
            Tensor x = of(dtype, huge, huge, tiny, tiny, huge, 0, tiny, -tiny, 3, 4, -huge, huge / 2);
            Tensor y = of(dtype, huge, huge, tiny, -tiny, 2, 2, 0, 2 * tiny, huge, huge, huge, huge / 2);
            double[] expected = {1, 0, 0, 1, huge / 4, -huge / 4, -0.5, -0.5, 3.5 / huge, 0.5 / huge, -0.6, 0.8};
            double[] got = Elementwise.divide(x, y).toComplexArray();
            for (int i = 0; i < got.length; i += 2) {
                double size = Math.hypot(expected[i], expected[i + 1]);
                double tolerance = BOUND * dtype.epsilon() * size + Math.max(0, tiny / 3);
                assertEquals(expected[i], got[i], tolerance, dtype + " " + i / 2);
                assertEquals(expected[i + 1], got[i + 1], tolerance, dtype + " " + i / 2);
            }
            Tensor z = of(dtype, 0.75 * huge / 2, huge / 2, -3 * tiny, 4 * tiny, INF, NAN, NAN, -INF, NAN, 1, -0.0, 0);
            Tensor abs = Elementwise.abs(z);
            assertEquals(dtype.realPart(), abs.dtype());
            assertArrayEquals(new double[] {1.25 * huge / 2, 5 * tiny, INF, INF, NAN, 0}, abs.toDoubleArray());
        }
    }

    @Test
    void quotientsOfZerosAndInfinitiesAsC99() {
        double[][] cases = {
            // a, b, a / b
            {1, 2, 0, 0, INF, INF},
            {1, -2, -0.0, 0, -INF, INF},
            {0, 0, 0, 0, NAN, NAN},
            {INF, 1, 2, 1, INF, -INF},
            {-INF, NAN, 1, 1, -INF, INF},
            {1, 1, INF, INF, 0, 0},
            {1, 1, NAN, -INF, -0.0, 0},
            {INF, 0, INF, 0, NAN, NAN},
            {NAN, 1, 1, 0, NAN, NAN},
            {1, 0, 2, NAN, NAN, NAN},
        };
        for (DType dtype : DTypes.complex()) {
            for (double[] c : cases) {
                double[] got = Elementwise.divide(of(dtype, c[0], c[1]), of(dtype, c[2], c[3]))
                        .toComplexArray();
                for (int part = 0; part < 2; part++) {
                    double e = c[4 + part];
                    assertTrue(
                            e == got[part] || (Double.isNaN(e) && Double.isNaN(got[part])),
                            Arrays.toString(c) + " got " + Arrays.toString(got));
                }
            }
        }
    }

    /** Numbers give what tensors that are full of them give, in lines of vectors too: special values with the signs of zeros, and quotients to some roundings. */
    @Test
    void numbersAsTensors() {
        double[] parts = {0, -0.0, 1, -3, 0x1p-1000, 0x1p1000, 0x1p-1060, INF, -INF, NAN};
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 100, 131}) {
                double[] pairs = new double[2 * n * 100];
                for (int i = 0; i < pairs.length; i += 2) {
                    pairs[i] = parts[i / 2 / n % 10];
                    pairs[i + 1] = parts[i / 2 / n / 10];
                }
                Tensor x = ComplexArray.of(pairs, 100, n).toTensor(dtype);
                Tensor finite = ComplexArray.random(random(8), 7, n).toTensor(dtype);
                for (Complex c : List.of(new Complex(1, -0.5), new Complex(-0.0, 3), new Complex(-0x1p-40, 0x1p-43))) {
                    Tensor full = Creation.fullLike(x, c);
                    assertArrayEquals(
                            Creation.full(dtype, c, 1).toComplexArray(),
                            full.get(99, n - 1).toComplexArray());
                    same(x.add(full), x.add(c));
                    same(x.subtract(full), x.subtract(c));
                    same(full.subtract(x), Elementwise.subtract(c, x));
                    same(full.divide(x), Elementwise.divide(c, x));
                    same(
                            Elementwise.equal(x, full).to(dtype),
                            Elementwise.equal(x, c).to(dtype));
                    same(Creation.fullLike(x, 1), full.divide(c));
                    double[] expected =
                            finite.divide(Creation.fullLike(finite, c)).toComplexArray();
                    assertArrayEquals(
                            expected,
                            finite.divide(c).toComplexArray(),
                            BOUND * dtype.epsilon() * finite.abs().max().item() / Math.hypot(c.re(), c.im()));
                    if (dtype == DType.COMPLEX128 && c.re() == 1) {
                        same(x.divide(full), x.divide(c));
                    }
                    same(x.divide(c), InPlace.divide(x.copy(), full.get(0, 0)));
                }
            }
        }
    }

    /** Of parts in any layout, with all their bits. */
    @Test
    void numbersOfParts() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 7, 64, 131, 1000}) {
                Tensor z = ComplexArray.random(random(9), 3, n).toTensor(dtype);
                Tensor re = z.real().copy();
                Tensor im = z.imag().copy();
                same(z, ComplexNumbers.complex(re, im));
                same(z, ComplexNumbers.complex(z.real(), im));
                same(z.flip(1), ComplexNumbers.complex(re.flip(1), im.flip(1)));
                same(z.transpose(), ComplexNumbers.complex(re.transpose(), im.transpose()));
                Tensor row = re.slice(0, 1, 2);
                same(ComplexNumbers.complex(row.expand(3, n).contiguous(), im), ComplexNumbers.complex(row, im));
            }
        }
    }

    /** Operations on the parts, views of every second element, give what those on copies give. */
    @Test
    void partsAsOperands() {
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : new long[][] {{5}, {64}, {70_001}, {130, 67}, {3, 5, 300}}) {
                Tensor z = ComplexArray.random(random(10), shape).toTensor(dtype);
                Tensor slice = z.slice(0, 1, shape[0]);
                for (Tensor v : List.of(z, slice, slice.flip(0), z.slice(shape.length - 1, 0, 3))) {
                    Tensor re = v.real().copy();
                    Tensor im = v.imag().copy();
                    assertArrayEquals(
                            re.add(im).toDoubleArray(), v.real().add(v.imag()).toDoubleArray());
                    assertArrayEquals(
                            re.subtract(im).toDoubleArray(),
                            re.subtract(v.imag()).toDoubleArray());
                    assertArrayEquals(im.exp().toDoubleArray(), v.imag().exp().toDoubleArray());
                    assertArrayEquals(
                            Elementwise.clamp(im, -0.5, 0.5).toDoubleArray(),
                            Elementwise.clamp(v.imag(), -0.5, 0.5).toDoubleArray());
                    assertArrayEquals(
                            Elementwise.where(Elementwise.greater(re, im), re, im)
                                    .toDoubleArray(),
                            Elementwise.where(Elementwise.greater(v.real(), v.imag()), v.real(), v.imag())
                                    .toDoubleArray());
                }
            }
        }
    }

    /** Gaussian integers, whose powers are exact; and NumPy's special ones. */
    @Test
    void wholeAndSpecialPowers() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, 2, 1, -1, 1, 0, 1, -3, 0, 0, 0);
            long[] re = {1, 1, 1, 1, 1};
            long[] im = new long[5];
            long[][] base = {{2, 1}, {-1, 1}, {0, 1}, {-3, 0}, {0, 0}};
            for (int n = 0; n <= 12; n++) {
                double[] got = Elementwise.power(z, n).toComplexArray();
                for (int i = 0; i < 5; i++) {
                    assertEquals(re[i], got[2 * i], (2 + n) * dtype.epsilon() * Math.abs(re[i]), i + " to the " + n);
                    assertEquals(
                            im[i], got[2 * i + 1], (2 + n) * dtype.epsilon() * Math.abs(im[i]), i + " to the " + n);
                    long product = re[i] * base[i][0] - im[i] * base[i][1];
                    im[i] = re[i] * base[i][1] + im[i] * base[i][0];
                    re[i] = product;
                }
            }
            assertArrayEquals(
                    new double[] {0, 0, NAN, NAN, 1, 0}, special(dtype, 0, 0, 2, 3, 0, 0, -1, 0, NAN, INF, 0, 0));
            assertArrayEquals(new double[] {0, 0}, special(dtype, 0, 0, 0.5, 0));
            double[] fourth = Elementwise.power(of(dtype, -4, 0, -4, -0.0), 0.5).toComplexArray();
            assertArrayEquals(new double[] {0, 2, 0, -2}, fourth, 16 * dtype.epsilon());
            double[] turned = Elementwise.power(-1, of(dtype, 0.5, 0)).toComplexArray();
            assertArrayEquals(new double[] {0, 1}, turned, 16 * dtype.epsilon());
            double[] real = Elementwise.power(Complex.I, of(dtype, 0, 1)).toComplexArray();
            assertArrayEquals(new double[] {Math.exp(-Math.PI / 2), 0}, real, 16 * dtype.epsilon());
        }
    }

    /** Zeros as those of products and of C99's quotients; real exponents of conjugates give conjugates. */
    @Test
    void signsOfZerosOfPowers() {
        double[][] cases = {
            // a, c, a^c
            {2, 0, -2, 0.25, 0},
            {2, -0.0, -2, 0.25, 0},
            {-2, 0, -3, -0.125, -0.0},
            {0, 2, -2, -0.25, -0.0},
            {0, -2, -1, 0, 0.5},
            {2, -0.0, 2, 4, -0.0},
            {4, 0, 0.5, 2, 0},
            {4, -0.0, 0.5, 2, -0.0},
            {4, -0.0, -0.5, 0.5, 0},
            {4, 0, -0.5, 0.5, -0.0},
            {0, 0x1p-100, -1, 0, -0x1p100},
        };
        for (DType dtype : DTypes.complex()) {
            for (double[] c : cases) {
                for (double zero : new double[] {0, -0.0}) {
                    double[] got = Elementwise.power(of(dtype, c[0], c[1]), of(dtype, c[2], zero))
                            .toComplexArray();
                    assertArrayEquals(new double[] {c[3], c[4]}, got, Arrays.toString(c));
                }
            }
        }
        double[] large =
                Elementwise.power(of(DType.COMPLEX128, 0, 0x1p-1000), -1).toComplexArray();
        assertArrayEquals(new double[] {0, -0x1p1000}, large);
    }

    /** The powers of numbers and exponents that come in turn. */
    private static double[] special(DType dtype, double... both) {
        int n = both.length / 4;
        Tensor a = Creation.full(dtype, 0, n);
        Tensor b = Creation.full(dtype, 0, n);
        for (int i = 0; i < n; i++) {
            InPlace.fill(a.get(i), new Complex(both[4 * i], both[4 * i + 1]));
            InPlace.fill(b.get(i), new Complex(both[4 * i + 2], both[4 * i + 3]));
        }
        return Elementwise.power(a, b).toComplexArray();
    }

    @Test
    void anglesConjugatesAndTruth() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, -1, 0, -1, -0.0, 0, -0.0, 0, 2, INF, INF, NAN, 1, -0.0, -0.0);
            double[] angles = ComplexNumbers.angle(z).toDoubleArray();
            double[] expected = {Math.PI, -Math.PI, -0.0, Math.PI / 2, Math.PI / 4, NAN, -Math.PI};
            assertArrayEquals(expected, angles, 4 * dtype.epsilon());
            assertEquals(0, Double.compare(-0.0, angles[2]));
            assertArrayEquals(
                    new boolean[] {false, false, true, false, false, false, true},
                    Elementwise.logicalNot(z).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {false, false, false, false, false, true, false},
                    Elementwise.isNan(z).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {false, false, false, false, true, false, false},
                    Elementwise.isInf(z).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {true, true, true, true, false, false, true},
                    Elementwise.isFinite(z).toBooleanArray());
            Tensor w = of(dtype, 0, 1, 0, 0, NAN, 0);
            Tensor v = of(dtype, 0, 1, -0.0, 0, NAN, 0);
            assertArrayEquals(
                    new boolean[] {true, true, false}, Elementwise.equal(w, v).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {false, false, true},
                    Elementwise.notEqual(w, v).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {true, false, true},
                    Elementwise.logicalAnd(w, w).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {false, false, false}, Elementwise.equal(w, 1).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {true, false, false},
                    Elementwise.equal(w, Complex.I).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {true, false, true}, w.to(DType.BOOL).toBooleanArray());
        }
        double[] real =
                ComplexNumbers.angle(Tensor.of(new double[] {2, -2, 0, NAN})).toDoubleArray();
        assertArrayEquals(new double[] {0, Math.PI, 0, NAN}, real);
    }

    @Test
    void closenessIsThatOfAbsoluteValues() {
        for (DType dtype : DTypes.complex()) {
            Tensor a = of(dtype, 3, 4, 3, 4, INF, 0, NAN, 0);
            Tensor b = of(dtype, 3, 4.125, 3, 4.375, INF, 0, NAN, 0);
            assertArrayEquals(
                    new boolean[] {true, false, true, false},
                    Elementwise.isClose(a, b, 0.0625, 0).toBooleanArray());
        }
    }

    /** Of every layout, and with real and complex scalars on either side. */
    @Test
    void arithmeticBroadcasts() {
        Map<String, BinaryOperator<Tensor>> operations = Map.of(
                "add", Elementwise::add,
                "subtract", Elementwise::subtract,
                "multiply", Elementwise::multiply);
        long[][][] shapes = {
            {{3, 4}, {3, 4}}, {{3, 1}, {4}}, {{}, {2, 3}}, {{2, 1, 3}, {4, 1}}, {{0, 3}, {1}}, {{700, 3}, {3}}
        };
        for (DType dtype : DTypes.complex()) {
            operations.forEach((name, tested) -> {
                for (long[][] s : shapes) {
                    ComplexArray x = ComplexArray.integers(random(3), 9, s[0]);
                    ComplexArray y = ComplexArray.integers(random(4), 9, s[1]);
                    Tensor result = tested.apply(strided(random(5), x, dtype), strided(random(6), y, dtype));
                    ComplexArray.close(expected(name, x, y), result, 0);
                }
            });
            ComplexArray x = ComplexArray.integers(random(7), 9, 5);
            Tensor z = x.toTensor(dtype);
            Complex c = new Complex(2, -4);
            ComplexArray.close(x.times(2, -4), Elementwise.multiply(z, c), 0);
            ComplexArray.close(x.times(3, 0), Elementwise.multiply(z, 3), 0);
            ComplexArray.close(x.times(0.5, 0), Elementwise.divide(z, 2), 0);
            ComplexArray.close(x.times(0.1, 0.2), Elementwise.divide(z, c), 8 * dtype.epsilon() * 9);
            ComplexArray.close(x.with(v -> v), z.add(c).subtract(c), 0);
            Tensor minus = Elementwise.subtract(c, z);
            ComplexArray.close(ComplexArray.of(z.negate().add(c)), minus, 0);
            ComplexArray.close(
                    ComplexArray.of(Elementwise.divide(Creation.fullLike(z, c), z.add(20))),
                    Elementwise.divide(c, z.add(20)),
                    0);
        }
    }

    private static ComplexArray expected(String name, ComplexArray x, ComplexArray y) {
        if (name.equals("multiply")) {
            NDArray re = x.re().zip(y.re(), (a, b) -> a * b).zip(x.im().zip(y.im(), (a, b) -> a * b), (a, b) -> a - b);
            NDArray im = x.re().zip(y.im(), (a, b) -> a * b).zip(x.im().zip(y.re(), (a, b) -> a * b), Double::sum);
            return new ComplexArray(re, im);
        }
        double sign = name.equals("add") ? 1 : -1;
        return new ComplexArray(x.re().zip(y.re(), (a, b) -> a + sign * b), x.im().zip(y.im(), (a, b) -> a + sign * b));
    }

    @Test
    void selection() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, 1, 2, 3, 4, 5, 6);
            Tensor mask = Tensor.of(new boolean[] {true, false, true});
            assertArrayEquals(
                    new double[] {1, 2, 0, -1, 5, 6},
                    Elementwise.where(mask, z, new Complex(0, -1)).toComplexArray());
            assertArrayEquals(
                    new double[] {7, 0, 3, 4, 7, 0},
                    Elementwise.where(mask, 7, z).toComplexArray());
            assertArrayEquals(
                    new double[] {1, 2, -3, -4, 5, 6},
                    Elementwise.where(mask, z, z.negate()).toComplexArray());
            ComplexArray.close(
                    ComplexArray.of(z.multiply(new Complex(0.5, 1))),
                    Elementwise.lerp(Creation.zerosLike(z), z, new Complex(0.5, 1)),
                    0);
        }
    }

    /** Real and imaginary parts are views: writing to them writes to the complex numbers, and what overlaps is read before. */
    @Test
    void updatesThroughParts() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, 1, 2, 3, 4);
            InPlace.add(z.real(), z.imag());
            assertArrayEquals(new double[] {3, 2, 7, 4}, z.toComplexArray());
            InPlace.assign(z.imag(), z.real().flip(0));
            assertArrayEquals(new double[] {3, 7, 7, 3}, z.toComplexArray());
            Tensor pairs = ComplexNumbers.viewAsReal(z);
            InPlace.multiply(pairs, z.real());
            assertArrayEquals(new double[] {9, 49, 21, 21}, z.toComplexArray());
            InPlace.assign(z, ComplexNumbers.viewAsComplex(pairs).flip(0));
            assertArrayEquals(new double[] {21, 21, 9, 49}, z.toComplexArray());
            InPlace.multiply(z, z);
            assertArrayEquals(new double[] {0, 882, 81 - 49 * 49, 882}, z.toComplexArray());
            InPlace.multiply(z, new Complex(0, 1));
            assertArrayEquals(new double[] {-882, 0, -882, 81 - 49 * 49}, z.toComplexArray());
            InPlace.fill(z.imag(), 0.5);
            InPlace.divide(z, Tensor.full(dtype, 2));
            assertArrayEquals(new double[] {-441, 0.25, -441, 0.25}, z.toComplexArray());
            refused(
                    DTypeException.class,
                    () -> InPlace.add(z, z.real()),
                    "InPlace.add",
                    "to(DType." + dtype.name() + ")");
            refused(DTypeException.class, () -> InPlace.fill(z.real(), Complex.I), "InPlace.fill", "complex scalar");
        }
    }

    @Test
    void whatNeedsAnOrderIsRefused() {
        Tensor z = of(DType.COMPLEX64, 1, 2);
        List<Runnable> ordered = List.of(
                () -> Elementwise.less(z, z),
                () -> Elementwise.lessEqual(z, 1),
                () -> Elementwise.greater(z, z),
                () -> Elementwise.greaterEqual(z, z),
                () -> Elementwise.maximum(z, z),
                () -> Elementwise.minimum(z, 0),
                () -> Elementwise.clamp(z, 0, 1),
                () -> Elementwise.remainder(z, z),
                () -> Elementwise.atan2(z, z),
                () -> Elementwise.relu(z),
                () -> Elementwise.softplus(z),
                () -> Elementwise.floor(z),
                () -> Elementwise.ceil(z),
                () -> Elementwise.round(z),
                () -> z.max(),
                () -> z.min(0),
                () -> z.argmax(0),
                () -> Reduce.argmin(z),
                () -> Reduce.logsumexp(z),
                () -> Softmax.softmax(z, 0),
                () -> Softmax.logSoftmax(z, 0));
        for (Runnable r : ordered) {
            refused(DTypeException.class, r::run, "complex64 [1]", "take abs, real or imag");
        }
        Tensor x = Tensor.of(new float[] {1});
        refused(
                DTypeException.class,
                () -> z.add(x),
                "add: operands have dtypes complex64 [1], float32 [1]",
                "to(DType.COMPLEX64)");
        refused(DTypeException.class, () -> x.multiply(z), "to(DType.COMPLEX64)");
        refused(DTypeException.class, () -> x.multiply(Complex.I), "complex scalar", "to(DType.COMPLEX64)");
        refused(DTypeException.class, () -> Elementwise.where(Tensor.of(true), z, x), "where", "to(DType.COMPLEX64)");
        refused(DTypeException.class, () -> ComplexNumbers.angle(Tensor.of(new int[] {1})), "angle");
        refused(DTypeException.class, () -> z.to(DType.FLOAT32), "real, imag or abs");
        refused(DTypeException.class, () -> Elementwise.clamp(x, Complex.I, Complex.I), "clamp", "complex scalar");
        Tensor bytes = Tensor.of(new byte[] {1, 2});
        refused(ShapeException.class, () -> z.adjoint(), "adjoint", "[1]", "conj()");
        refused(DTypeException.class, () -> ComplexNumbers.viewAsComplex(bytes), "viewAsComplex", "int8 [2]");
        refused(DTypeException.class, () -> ComplexNumbers.complex(z, z), "complex64 [1]", "complex already");
    }
}
