package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import org.junit.jupiter.api.Test;

/** Arithmetic of rows of lengths around those of vectors and of pieces of threads, where an operand is a run, a row, a column or one number. Whole numbers, so that all is exact. */
public class RowArithmeticContract extends Contract {
    private static final List<DType> DTYPES = List.of(
            DType.FLOAT32,
            DType.FLOAT64,
            DType.INT32,
            DType.INT64,
            DType.INT8,
            DType.UINT8,
            DType.COMPLEX64,
            DType.COMPLEX128);

    private static final int ROWS = 3;

    private enum Op {
        ADD(Elementwise::add),
        SUBTRACT(Elementwise::subtract),
        MULTIPLY(Elementwise::multiply);

        private final BinaryOperator<Tensor> tested;

        Op(BinaryOperator<Tensor> tested) {
            this.tested = tested;
        }

        /** Of pairs, whose imaginary parts are 0 for real dtypes. */
        double[] expected(double[] x, double[] y) {
            double[] z = new double[x.length];
            for (int i = 0; i < z.length; i += 2) {
                z[i] = switch (this) {
                    case ADD -> x[i] + y[i];
                    case SUBTRACT -> x[i] - y[i];
                    case MULTIPLY -> x[i] * y[i] - x[i + 1] * y[i + 1];
                };
                z[i + 1] = switch (this) {
                    case ADD -> x[i + 1] + y[i + 1];
                    case SUBTRACT -> x[i + 1] - y[i + 1];
                    case MULTIPLY -> x[i] * y[i + 1] + x[i + 1] * y[i];
                };
            }
            return z;
        }
    }

    /** Numbers from {@code least} to {@code least + 4}, in both parts. */
    private Tensor numbers(int seed, int least, DType dtype, long... shape) {
        Tensor empty = Tensor.zeros(DType.INT32, shape);
        int[] values = random(seed).ints(empty.size(), least, least + 5).toArray();
        Tensor re = Tensor.of(values).reshape(shape).to(dtype);
        return dtype.isComplex() ? re.add(re.flip(0).multiply(Complex.I)) : re;
    }

    private static double[] pairs(Tensor t, long... shape) {
        DType dtype = t.dtype() == DType.COMPLEX64 || t.dtype() == DType.COMPLEX128 ? DType.COMPLEX128 : DType.FLOAT64;
        return t.to(dtype).to(DType.COMPLEX128).expand(shape).toComplexArray();
    }

    @Test
    void runsRowsColumnsAndNumbers() {
        for (DType dtype : DTYPES) {
            for (long n : new long[] {1, 63, 64, 257, 1024, 1039, 20_011}) {
                Tensor wide = numbers(1, 5, dtype, ROWS, n + 1);
                List<Tensor> left = List.of(numbers(2, 5, dtype, ROWS, n), wide.slice(1, 1, n + 1));
                List<Tensor> right = List.of(
                        numbers(3, 0, dtype, ROWS, n),
                        numbers(4, 0, dtype, n),
                        numbers(5, 0, dtype, ROWS, 1),
                        numbers(6, 0, dtype, 1),
                        numbers(7, 0, dtype, n, ROWS).transpose());
                for (Op op : Op.values()) {
                    for (Tensor x : left) {
                        for (Tensor y : right) {
                            double[] expected = op.expected(pairs(x, ROWS, n), pairs(y, ROWS, n));
                            String what = op + " " + dtype + " " + x.layout() + " " + y.layout();
                            assertArrayEquals(expected, pairs(op.tested.apply(x, y), ROWS, n), what);
                        }
                    }
                }
            }
        }
    }

    /** A thread may begin with the short end of a row, and go on with a long part of the next one. */
    @Test
    void aNumberIsRepeatedAsFarAsLongerPartsNeed() {
        Tensor x = Tensor.ones(DType.FLOAT32, ROWS, 16_449).slice(1, 1, 16_449);
        for (int round = 0; round < 300; round++) {
            Tensor number = Tensor.full(DType.FLOAT32, round, 1);
            float[] expected = new float[ROWS * 16_448];
            Arrays.fill(expected, 1 + round);
            assertArrayEquals(expected, x.add(number).toFloatArray(), "round " + round);
        }
    }

    @Test
    void scalesSquaresNegatesAndConjugates() {
        for (DType dtype : DTYPES) {
            for (long n : new long[] {64, 257, 1039, 20_011}) {
                Tensor x = numbers(1, 0, dtype, ROWS, n + 1).slice(1, 1, n + 1);
                double[] z = pairs(x, ROWS, n);
                Complex factor = new Complex(3, dtype.isComplex() ? -2 : 0);
                double[] factors = new double[z.length];
                for (int i = 0; i < z.length; i += 2) {
                    factors[i] = factor.re();
                    factors[i + 1] = factor.im();
                }
                String what = dtype + " " + n;
                Number scalar = dtype.isComplex() ? factor : (Number) 3;
                assertArrayEquals(Op.MULTIPLY.expected(z, factors), pairs(x.multiply(scalar), ROWS, n), what);
                assertArrayEquals(Op.MULTIPLY.expected(z, z), pairs(Elementwise.square(x), ROWS, n), what);
                if (dtype.isComplex() || dtype.isFloating()) {
                    double[] minus = Arrays.stream(z).map(v -> -v).toArray();
                    assertArrayEquals(minus, pairs(x.negate(), ROWS, n), 0.0, what);
                }
                if (dtype.isComplex()) {
                    double[] turned = z.clone();
                    for (int i = 1; i < z.length; i += 2) {
                        turned[i] = -z[i];
                    }
                    assertArrayEquals(turned, pairs(x.conj(), ROWS, n), 0.0, what);
                }
            }
        }
    }

    @Test
    void updatesInPlace() {
        for (DType dtype : DTYPES) {
            Tensor x = numbers(1, 0, dtype, 2077);
            double[] before = pairs(x, 2077);
            Tensor squared = x.copy();
            InPlace.multiply(squared, squared);
            assertArrayEquals(Op.MULTIPLY.expected(before, before), pairs(squared, 2077), dtype.toString());
            Tensor moved = x.copy();
            InPlace.add(moved.slice(0, 1, 2077), moved.slice(0, 0, 2076));
            double[] sums = Op.ADD.expected(pairs(x.slice(0, 1, 2077), 2076), pairs(x.slice(0, 0, 2076), 2076));
            assertArrayEquals(sums, pairs(moved.slice(0, 1, 2077), 2076), dtype.toString());
        }
    }
}
