package kron4j.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;

/** Complex numbers of the independent reference, as two real arrays of one shape. */
public record ComplexArray(NDArray re, NDArray im) {
    /** Real and imaginary parts uniform in [-1, 1), exact in float. */
    public static ComplexArray random(SplittableRandom random, long... shape) {
        return new ComplexArray(NDArray.random(random, shape), NDArray.random(random, shape));
    }

    /** Real and imaginary parts uniform integers in [-range, range]. */
    public static ComplexArray integers(SplittableRandom random, int range, long... shape) {
        return new ComplexArray(
                NDArray.integers(random, -range, range + 1, shape), NDArray.integers(random, -range, range + 1, shape));
    }

    /** Interleaved parts. */
    public static ComplexArray of(double[] pairs, long... shape) {
        double[] re = new double[pairs.length / 2];
        double[] im = new double[re.length];
        for (int i = 0; i < re.length; i++) {
            re[i] = pairs[2 * i];
            im[i] = pairs[2 * i + 1];
        }
        return new ComplexArray(NDArray.of(re, shape), NDArray.of(im, shape));
    }

    public static ComplexArray of(Tensor t) {
        return of(t.toComplexArray(), t.shape().dims());
    }

    public long[] shape() {
        return re.shape();
    }

    public ComplexArray conj() {
        return new ComplexArray(re, im.map(v -> -v));
    }

    /** Both parts moved alike. */
    public ComplexArray with(UnaryOperator<NDArray> move) {
        return new ComplexArray(move.apply(re), move.apply(im));
    }

    public ComplexArray times(double a, double b) {
        return new ComplexArray(
                NDArray.generate(shape(), i -> a * re.get(i) - b * im.get(i)),
                NDArray.generate(shape(), i -> a * im.get(i) + b * re.get(i)));
    }

    /** An upper bound of the parts of any sum of products: the sums of products of |re| + |im|. */
    private NDArray bound() {
        return NDArray.generate(shape(), i -> Math.abs(re.get(i)) + Math.abs(im.get(i)));
    }

    /** The greatest element of the sums of products of bounds, which rounding errors are measured by. */
    public static double scale(int[][] labels, int[] output, ComplexArray... operands) {
        NDArray[] bounds = Arrays.stream(operands).map(ComplexArray::bound).toArray(NDArray[]::new);
        return Einsums.einsum(labels, output, bounds).scale();
    }

    /** By the real einsums of all choices of parts: n imaginary ones give a factor of i to the n. */
    public static ComplexArray einsum(int[][] labels, int[] output, ComplexArray... operands) {
        double[][] sums = new double[2][];
        long[] shape = null;
        for (int choice = 0; choice < 1 << operands.length; choice++) {
            NDArray[] parts = new NDArray[operands.length];
            for (int k = 0; k < parts.length; k++) {
                parts[k] = (choice >> k & 1) == 0 ? operands[k].re : operands[k].im;
            }
            NDArray product = Einsums.einsum(labels, output, parts);
            shape = product.shape();
            int power = Integer.bitCount(choice) % 4;
            int part = power % 2;
            double sign = power < 2 ? 1 : -1;
            double[] data = product.data();
            sums[part] = sums[part] == null ? new double[data.length] : sums[part];
            for (int i = 0; i < data.length; i++) {
                sums[part][i] += sign * data[i];
            }
        }
        return new ComplexArray(NDArray.of(sums[0], shape), NDArray.of(sums[1], shape));
    }

    /** Letters, no ellipsis, explicit output. */
    public static ComplexArray einsum(String equation, ComplexArray... operands) {
        return einsum(inputs(equation), output(equation), operands);
    }

    public static int[][] inputs(String equation) {
        String[] terms = equation.substring(0, equation.indexOf("->")).split(",", -1);
        return Arrays.stream(terms).map(t -> t.codePoints().toArray()).toArray(int[][]::new);
    }

    public static int[] output(String equation) {
        return equation.substring(equation.indexOf("->") + 2).codePoints().toArray();
    }

    /** A row-major tensor. */
    public Tensor toTensor(DType dtype) {
        return NDArray.tensor(dtype, elements(), shape()).reshape(shape());
    }

    /** The elements in row-major order. */
    public Complex[] elements() {
        double[] a = re.data();
        double[] b = im.data();
        Complex[] elements = new Complex[a.length];
        Arrays.setAll(elements, i -> new Complex(a[i], b[i]));
        return elements;
    }

    /** Equal shapes, and parts within a tolerance; NaN and infinities as they are. */
    public static void close(ComplexArray expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape().dims(), "shape");
        ComplexArray got = of(actual);
        for (int part = 0; part < 2; part++) {
            double[] e = (part == 0 ? expected.re : expected.im).data();
            double[] a = (part == 0 ? got.re : got.im).data();
            for (int i = 0; i < e.length; i++) {
                if (e[i] != a[i]) {
                    assertEquals(e[i], a[i], tolerance, (part == 0 ? "re" : "im") + " of element " + i);
                }
            }
        }
    }
}
