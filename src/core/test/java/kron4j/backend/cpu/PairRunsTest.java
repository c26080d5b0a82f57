package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of pairs of all sizes around those of vectors. */
class PairRunsTest {
    private static final double[] EDGES = {
        0,
        -0.0,
        0x1p-149,
        0x1p-140,
        0x1p-75,
        0x1p-63,
        0x1p62,
        0x1.fffffep126,
        0x1p-1074,
        0x1p-1060,
        0x1p-520,
        0x1p511,
        0x1p1022,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
    };

    private final Random random = new Random(5);

    private double[] parts(int n, boolean edges) {
        double[] x = new double[2 * n];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextGaussian();
            if (edges && random.nextInt(5) == 0) {
                x[i] = EDGES[random.nextInt(EDGES.length)];
            }
        }
        return x;
    }

    private static Tensor complex(double[] parts, DType dtype) {
        Tensor pairs = Tensor.of(parts, parts.length / 2, 2).to(dtype.realPart());
        return ComplexNumbers.viewAsComplex(pairs);
    }

    private static boolean isOrdinary(double x) {
        return Math.abs(x) > 0x1p-20 && Math.abs(x) < 0x1p20;
    }

    private static double[] reciprocal(double x, double y) {
        if (!Double.isFinite(x) || !Double.isFinite(y) || (x == 0 && y == 0)) {
            Tile special = new Tile();
            ComplexFunctions.reciprocal(x, y, special, 0);
            return new double[] {special.doubles[0], special.imaginary[0]};
        }
        BigDecimal re = new BigDecimal(x);
        BigDecimal im = new BigDecimal(y);
        BigDecimal square = re.multiply(re).add(im.multiply(im));
        return new double[] {
            re.divide(square, MathContext.DECIMAL128).doubleValue(),
            im.negate().divide(square, MathContext.DECIMAL128).doubleValue()
        };
    }

    private static double[] numbers(Tensor x) {
        return x.to(DType.FLOAT64).contiguous().toDoubleArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 33, 64, 127, 128, 129, 250, 999, 2048, 8191, 20001})
    void absoluteValuesAreThoseOfEachNumber(int n) {
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor x = complex(parts(n, true), dtype);
                double[] parts = numbers(ComplexNumbers.viewAsReal(x));
                double[] actual = numbers(x.abs());
                for (int i = 0; i < n; i++) {
                    double exact = Math.hypot(parts[2 * i], parts[2 * i + 1]);
                    boolean single = dtype == DType.COMPLEX64;
                    double expected = single ? (float) exact : exact;
                    double unit = single ? Math.ulp((float) exact) : Math.ulp(exact);
                    boolean finite = Double.isFinite(expected);
                    assertEquals(expected, actual[i], finite ? 2 * unit : 0, parts[2 * i] + " " + parts[2 * i + 1]);
                }
                double[] ordinary = parts.clone();
                for (int i = 0; i < n; i++) {
                    if (!isOrdinary(parts[2 * i]) || !isOrdinary(parts[2 * i + 1])) {
                        ordinary[2 * i] = 1;
                        ordinary[2 * i + 1] = 1;
                    }
                }
                double[] among = numbers(complex(ordinary, dtype).abs());
                for (int i = 0; i < n; i++) {
                    boolean kept = ordinary[2 * i] == parts[2 * i] && ordinary[2 * i + 1] == parts[2 * i + 1];
                    assertEquals(kept ? among[i] : 0, kept ? actual[i] : 0);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 33, 64, 127, 128, 129, 250, 999, 8191, 20001})
    void partsSquaresAndComplexNumbersOfRealOnes(int n) {
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor x = complex(parts(n, false), dtype);
                double[] parts = numbers(ComplexNumbers.viewAsReal(x));
                double[] re = numbers(x.real().copy());
                double[] im = numbers(x.imag().copy());
                double[] ofReal =
                        numbers(ComplexNumbers.viewAsReal(x.real().copy().to(dtype)));
                double[] odd = numbers(x.imag().slice(0, 0, n - 1).copy());
                double[] squares = numbers(ComplexNumbers.viewAsReal(Elementwise.square(x)));
                double[] products = numbers(ComplexNumbers.viewAsReal(x.multiply(x.copy())));
                for (int i = 0; i < n; i++) {
                    assertEquals(parts[2 * i], re[i]);
                    assertEquals(parts[2 * i + 1], im[i]);
                    assertEquals(parts[2 * i], ofReal[2 * i]);
                    assertEquals(0, ofReal[2 * i + 1]);
                    assertEquals(i < n - 1 ? im[i] : 0, i < n - 1 ? odd[i] : 0);
                }
                assertArrayEquals(products, squares);
            }
        }
    }

    /** Of any bits, those of NaN among them. */
    @Test
    void everySecondElementKeepsItsBits() {
        long[] x = random.longs(2 * 2100 + 1).toArray();
        x[0] = -1;
        int[] halves = Arrays.stream(x).mapToInt(v -> (int) v).toArray();
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor words = Tensor.of(x);
            Tensor ints = Tensor.of(halves);
            for (int first = 0; first < 2; first++) {
                for (int n : new int[] {64, 999, 2048, 2100}) {
                    long[] copied =
                            words.slice(0, first, first + 2 * n, 2).copy().toLongArray();
                    int[] copiedInts =
                            ints.slice(0, first, first + 2 * n, 2).copy().toIntArray();
                    for (int i = 0; i < n; i++) {
                        assertEquals(x[first + 2 * i], copied[i]);
                        assertEquals(halves[first + 2 * i], copiedInts[i]);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 63, 64, 1023, 1024, 1025, 5000})
    void numbersAreEqualIfBothPartsAre(int n) {
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            try (TensorScope scope = Device.cpu().openScope()) {
                double[] x = new double[2 * n];
                double[] y = new double[2 * n];
                double[] few = {0, -0.0, 1, Double.NaN};
                for (int i = 0; i < 2 * n; i++) {
                    x[i] = few[random.nextInt(4)];
                    y[i] = few[random.nextInt(4)];
                }
                Tensor a = complex(x, dtype);
                Tensor b = complex(y, dtype);
                double[] equal = numbers(Elementwise.equal(a, b));
                double[] other = numbers(Elementwise.notEqual(a, b));
                Tensor mask = Elementwise.equal(a, b);
                double[] chosen = numbers(ComplexNumbers.viewAsReal(Elementwise.where(mask, a, b)));
                for (int i = 0; i < n; i++) {
                    boolean same = x[2 * i] == y[2 * i] && x[2 * i + 1] == y[2 * i + 1];
                    assertEquals(same ? 1 : 0, equal[i]);
                    assertEquals(same ? 0 : 1, other[i]);
                    assertEquals(same ? x[2 * i] : y[2 * i], chosen[2 * i]);
                    assertEquals(same ? x[2 * i + 1] : y[2 * i + 1], chosen[2 * i + 1]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 31, 32, 33, 100, 1024, 1030, 5001})
    void productsOfLinesAndColumnsAreThoseOfTheirFactors(int n) {
        double[] units = new double[6 * n];
        double[][] exact = {{1, 0}, {1, 0}, {1, 0}};
        for (int i = 0; i < 3 * n; i++) {
            double angle = random.nextDouble() * 2 * Math.PI;
            double length = Math.exp(random.nextGaussian() / Math.sqrt(n));
            double re = (float) (length * Math.cos(angle));
            double im = i == 1 ? 0 : (float) (length * Math.sin(angle));
            units[2 * i] = re;
            units[2 * i + 1] = im;
            double[] line = exact[i / n];
            double product = line[0] * re - line[1] * im;
            line[1] = line[0] * im + line[1] * re;
            line[0] = product;
        }
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor x = complex(units, dtype).reshape(3, n);
                double[] rows = numbers(ComplexNumbers.viewAsReal(Reduce.prod(x, 1)));
                double[] columns = numbers(
                        ComplexNumbers.viewAsReal(Reduce.prod(x.transpose().copy(), 0)));
                double unit = dtype == DType.COMPLEX64 ? Math.ulp(1f) : 0;
                for (int i = 0; i < 3; i++) {
                    double size = Math.hypot(exact[i][0], exact[i][1]);
                    double tolerance = size * (4 * n * Math.ulp(1.0) + unit);
                    for (int part = 0; part < 2; part++) {
                        assertEquals(exact[i][part], rows[2 * i + part], tolerance);
                        assertEquals(exact[i][part], columns[2 * i + part], tolerance);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 63, 64, 1023, 1025, 5000})
    void reciprocalsAreThoseOfEachNumber(int n) {
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor x = complex(parts(n, true), dtype);
                double[] all = numbers(ComplexNumbers.viewAsReal(Elementwise.reciprocal(x)));
                double[] parts = numbers(ComplexNumbers.viewAsReal(x));
                for (int i = 0; i < 2 * n; i += 2) {
                    double[] expected = reciprocal(parts[i], parts[i + 1]);
                    for (int part = 0; part < 2; part++) {
                        boolean single = dtype == DType.COMPLEX64;
                        double value = single ? (float) expected[part] : expected[part];
                        double unit = single ? Math.ulp((float) value) : Math.ulp(value);
                        assertEquals(value, all[i + part], Double.isFinite(value) ? 4 * unit : 0);
                    }
                }
            }
        }
    }

    /** The last lines of a tile have nothing behind them. */
    @Test
    void productsOfShortLines() {
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            for (int length = 1; length < 20; length++) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    int lines = 3000 / length;
                    Tensor x = complex(parts(lines * length, false), dtype).reshape(lines, length);
                    double[] pairs = numbers(ComplexNumbers.viewAsReal(x));
                    double[] products = numbers(ComplexNumbers.viewAsReal(Reduce.prod(x, 1)));
                    for (int line = 0; line < lines; line++) {
                        double re = 1;
                        double im = 0;
                        double size = 1;
                        for (int i = line * length; i < (line + 1) * length; i++) {
                            double a = pairs[2 * i];
                            double b = pairs[2 * i + 1];
                            double next = re * a - im * b;
                            im = re * b + im * a;
                            re = next;
                            size *= Math.hypot(a, b);
                        }
                        double tolerance = 4 * length * dtype.epsilon() * size;
                        assertEquals(re, products[2 * line], tolerance, length + " elements, line " + line);
                        assertEquals(im, products[2 * line + 1], tolerance);
                    }
                }
            }
        }
    }
}
