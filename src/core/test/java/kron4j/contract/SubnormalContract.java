package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;
import kron4j.ops.LuFactors;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Pivots below the smallest normal number are numbers like others: their reciprocals may be infinite, they themselves are not zero. */
public class SubnormalContract extends Contract {
    private static final int[] SIZES = {1, 2, 3, 16, 17, 20, 32, 33, 64, 65, 100, 210, 256};

    private static double least(DType dtype) {
        return dtype == DType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
    }

    /** {@code min(i, j) + 1} in units of 4 times the least number: det 1 in these units, and U is 4 times the ones, L too, but for the units. */
    private static NDArray minima(int n, double least) {
        return NDArray.generate(new long[] {n, n}, i -> 4 * least * (Math.min(i[0], i[1]) + 1));
    }

    private static Tensor tensor(NDArray values, DType dtype) {
        return Tensor.of(values.data(), values.shape()).to(dtype);
    }

    private static void expect(double sign, double log, SignLog d, String what) {
        double ulp = d.logAbs().dtype() == DType.FLOAT32 ? Math.ulp((float) log) : Math.ulp(log);
        assertEquals(sign, d.sign().item(), () -> "sign, " + what);
        assertEquals(log, d.logAbs().item(), 2 * ulp, () -> "logarithm, " + what);
    }

    /** The right end of the range: NumPy and PyTorch agree. */
    @Test
    void twoSmallestNumbers() {
        Tensor a = Tensor.of(new double[][] {{0x1p-1074, 0}, {0, 0x1p-1074}});
        for (Tensor each : List.of(a, a.detach().requiresGrad(), a.transpose())) {
            expect(1, -1488.8801438427624, Linalg.slogdet(each), "2^-1074");
            expect(1, -1488.8801438427624, Linalg.slogdetEx(each), "2^-1074");
            expect(1, -1488.8801438427624, Linalg.luFactor(each).slogdet(), "2^-1074");
            expect(1, -1488.8801438427624, Linalg.slogdet(each, Accuracy.COMPENSATED), "2^-1074");
            assertEquals(-1488.8801438427624, Linalg.logabsdet(each).item());
            assertEquals(-1488.8801438427624, Linalg.logdet(each).item());
        }
        expect(1, 4 * -1488.8801438427624, KroneckerOperator.of(a, a).slogdet(), "2^-2148");
        assertEquals(
                0x1p-1074,
                Linalg.det(Tensor.of(new double[][] {{0x1p-1074, 0}, {0, 1}})).item());
        assertEquals(
                0x1p-174,
                Linalg.det(Tensor.of(new double[][] {{0, 0x1p900}, {-0x1p-1074, 3}}))
                        .item());
    }

    @Test
    void determinants() {
        for (DType dtype : FLOATING) {
            double least = least(dtype);
            for (int n : SIZES) {
                double log = n * Math.log(least);
                Tensor diagonal =
                        tensor(DecompositionContract.identity(new long[0], n).map(x -> x * least), dtype);
                String what = dtype + ", n = " + n;
                double reversal = n / 2 % 2 == 0 ? 1 : -1;
                Tensor dense = tensor(minima(n, least), dtype);
                for (boolean batched : new boolean[] {false, true}) {
                    Tensor d = batched ? twice(diagonal) : diagonal;
                    Tensor r = batched ? twice(diagonal.flip(0)) : diagonal.flip(0);
                    Tensor m = batched ? twice(dense) : dense;
                    expect(1, log, one(Linalg.slogdet(d)), what);
                    expect(reversal, log, one(Linalg.slogdet(r)), what + ", reversed");
                    expect(1, log + n * Math.log(4), one(Linalg.slogdet(m)), what + ", dense");
                    expect(1, log + n * Math.log(4), one(Linalg.luFactor(m).slogdet()), what + ", dense, factored");
                    for (Tensor each : List.of(d, r, m)) {
                        LuFactors factors = Linalg.luFactor(each);
                        assertArrayEquals(
                                new int[batched ? 2 : 1], factors.info().toIntArray(), what);
                        if (batched || n > 100) {
                            continue;
                        }
                        Linalg.Lu lu = Linalg.lu(each);
                        Check.same(
                                NDArray.of(each),
                                Tensor.of(
                                                Products.of(lu.p(), lu.l(), lu.u())
                                                        .toDoubleArray(),
                                                each.shape().dims())
                                        .to(dtype));
                    }
                }
                if (n <= 33) {
                    expect(1, log + n * Math.log(4), Linalg.slogdet(dense, Accuracy.COMPENSATED), what);
                }
            }
        }
    }

    private static Tensor twice(Tensor a) {
        return a.unsqueeze(0).expand(2, a.shape().at(0), a.shape().at(1));
    }

    /** Of the last of a batch, or of the only one. */
    private static SignLog one(SignLog d) {
        return d.sign().rank() == 0
                ? d
                : new SignLog(d.sign().get(1), d.logAbs().get(1));
    }

    /** A single tiny pivot between others, reached by elimination. */
    @Test
    void oneOfMany() {
        SplittableRandom random = random(61);
        for (DType dtype : FLOATING) {
            double least = least(dtype);
            for (int n : SIZES) {
                int at = n / 2;
                double[] u = random.doubles(n, 1, 2).map(x -> (float) x).toArray();
                NDArray values = NDArray.generate(
                        new long[] {n, n},
                        i -> i[0] == i[1]
                                ? (i[0] == at ? 3 * least : u[(int) i[0]])
                                : i[0] == n - 1 && i[1] == at ? least : 0);
                double log = Math.log(3) + Math.log(least);
                for (int i = 0; i < n; i++) {
                    log += i == at ? 0 : Math.log(u[i]);
                }
                String what = dtype + ", n = " + n;
                if (n > 2) {
                    double near = 4 * n * dtype.epsilon() * Math.abs(log);
                    assertEquals(
                            log, Linalg.slogdet(tensor(values, dtype)).logAbs().item(), near, what);
                    assertEquals(
                            log,
                            Linalg.luFactor(tensor(values, dtype))
                                    .slogdet()
                                    .logAbs()
                                    .item(),
                            near,
                            what);
                }
            }
        }
    }

    @Test
    void solves() {
        for (DType dtype : FLOATING) {
            double least = least(dtype);
            for (int n : SIZES) {
                NDArray x = NDArray.generate(new long[] {n, 3}, i -> 1 + (i[0] + i[1]) % 3);
                NDArray diagonal =
                        DecompositionContract.identity(new long[0], n).map(v -> v * least);
                Tensor d = tensor(diagonal, dtype);
                Tensor b = tensor(x.map(v -> v * least), dtype);
                Check.same(x, Linalg.solve(d, b));
                Check.same(x, Linalg.solve(d.flip(0), b.flip(0)));
                Check.same(x, Linalg.solve(d, b.requiresGrad()));
                Check.same(x, Linalg.luFactor(d).solve(b));
                Check.same(x, Linalg.luFactor(d.flip(0)).solveTransposed(b).flip(0));
                Check.same(x, Linalg.triangularSolve(d, b, true));
                Check.same(x, Linalg.triangularSolve(d, b, false, true, false));
                Check.same(x, Linalg.triangularSolve(twice(d), b, true).get(1));
                Check.same(x, KroneckerOperator.of(d).solve(b));
                double tiny = 0x1p-1023;
                if (dtype == DType.FLOAT64) {
                    Check.same(
                            diagonal.map(v -> v == 0 ? 0 : 1 / tiny),
                            Linalg.inverse(tensor(diagonal.map(v -> v / least * tiny), dtype)));
                }
            }
        }
    }

    /** One pivot of many at the ends of the range, in the last matrix of a batch: right-hand sides that make the solution 1, 2, 3, ... exactly. */
    @Test
    void solvesWithOneOddPivot() {
        for (DType dtype : FLOATING) {
            double most = dtype == DType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
            for (double odd : new double[] {3 * least(dtype), most}) {
                for (int n : new int[] {3, 33, 65, 130}) {
                    for (int columns : new int[] {1, 70}) {
                        solveWithPivot(dtype, odd, n, columns);
                    }
                }
            }
        }
    }

    /** U is 1 on the diagonal, but for the odd one, and 1 beside it in every second row above that one; L is the unit matrix. */
    private void solveWithPivot(DType dtype, double odd, int n, int columns) {
        int at = n / 2;
        NDArray upper = NDArray.generate(new long[] {2, n, n}, i -> {
            boolean pivot = i[0] == 1 && i[1] == at && i[2] == at;
            return pivot ? odd : i[1] == i[2] || (i[1] < at && i[1] % 2 == 0 && i[2] == at + 1) ? 1 : 0;
        });
        NDArray x = NDArray.generate(new long[] {2, n, columns}, i -> i[1] == at ? 1 : 1 + (i[1] + i[2]) % 5);
        NDArray b = NDArray.generate(
                new long[] {2, n, columns},
                i -> i[0] == 1 && i[1] == at
                        ? odd
                        : x.get(i) + (i[1] < at && i[1] % 2 == 0 && at + 1 < n ? x.get(i[0], at + 1, i[2]) : 0));
        Tensor u = tensor(upper, dtype);
        Tensor right = tensor(b, dtype);
        Check.same(x, Linalg.solve(u, right));
        Check.same(x, Linalg.triangularSolve(u, right, true));
        Check.same(x, Linalg.triangularSolve(u.transpose(-2, -1), right, false, true, false));
        Check.same(x, Linalg.luFactor(u.transpose(-2, -1)).solveTransposed(right));
        NDArray last = x.select(0, 1);
        Check.same(last, Linalg.solve(u.get(1), right.get(1)));
        Check.same(last, Linalg.triangularSolve(u.get(1), right.get(1), true));
    }
}
