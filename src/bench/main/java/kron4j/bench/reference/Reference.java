package kron4j.bench.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Row;

/** Elements of each output of a row, by plain loops in float64 that share nothing with any peer. */
public final class Reference {
    /** Elements of an output that are checked. */
    private static final int SAMPLES = 24;

    /** Matrices of a batch that are factored. */
    private static final int MATRICES = 4;

    /** What the constants of the usual error bounds, which are proportional to n eps, come to. */
    private static final double MARGIN = 10;

    private final Row row;
    private final List<Input> inputs;
    private final Input a;
    private final double epsilon;
    private final SplittableRandom random = new SplittableRandom(5);

    private Reference(Row row) {
        this.row = row;
        this.inputs = row.inputs();
        this.a = inputs.get(0);
        this.epsilon = row.epsilon();
    }

    /** The expectations, an entry for each output. */
    public static List<Expected> of(Row row) {
        return new Reference(row).outputs();
    }

    private List<Expected> outputs() {
        return switch (row.op()) {
            case "add" -> elements(i -> rounded(a.at(i) + second().at(i), 1));
            case "multiply" -> elements(i -> rounded(a.at(i) * second().at(i), 1));
            case "exp" -> elements(i -> rounded(Math.exp(a.at(i)), 4));
            case "tanh(a*b+c)" -> elements(this::tanh);
            case "softmax" -> elements(this::softmax);
            case "slogdet" -> slogdet();
            case "solve" -> List.of(solutions(false));
            case "inverse" -> List.of(solutions(false));
            case "gradient of slogdet" -> List.of(solutions(true));
            case "cholesky" -> List.of(cholesky());
            case "qr", "svd", "eigh" -> factors();
            case "gradient of einsum" -> gradientsOfEinsum();
            case "gradient of kronmatmul", "gradient of mlp" -> gradients();
            default -> List.of(einsum(row.equation(), row.scale(), inputs));
        };
    }

    private Input second() {
        return inputs.get(1);
    }

    private long[] positions(long size) {
        LongStream ends = LongStream.of(0, size - 1);
        return LongStream.concat(ends, random.longs(SAMPLES, 0, size)).toArray();
    }

    private Expected einsum(String equation, double scale, List<Input> operands) {
        Map<Character, Long> sizes = Labels.sizes(equation, operands);
        Sum sum = new Sum(equation, scale, operands, sizes);
        return sum.expected(positions(sum.size()), epsilon);
    }

    // ---- elements ----

    private List<Expected> elements(LongFunction<double[]> element) {
        long[] positions = positions(a.size());
        double[][] pairs = LongStream.of(positions).mapToObj(element).toArray(double[][]::new);
        return List.of(new Expected(positions, column(pairs, 0), column(pairs, 1)));
    }

    private static double[] column(double[][] pairs, int i) {
        return Arrays.stream(pairs).mapToDouble(pair -> pair[i]).toArray();
    }

    /** A value with a tolerance of so many units in the last place. */
    private double[] rounded(double value, double ulps) {
        return new double[] {value, ulps * epsilon * Math.abs(value)};
    }

    private double[] tanh(long i) {
        double product = a.at(i) * second().at(i);
        double c = inputs.get(2).at(i);
        double value = Math.tanh(product + c);
        return new double[] {value, 2 * epsilon * (Math.abs(product) + Math.abs(c)) + 8 * epsilon * Math.abs(value)};
    }

    private double[] softmax(long i) {
        long n = a.shape()[1];
        double sum = 0;
        for (long j = i / n * n; j < i / n * n + n; j++) {
            sum += Math.exp(a.at(j));
        }
        return rounded(Math.exp(a.at(i)) / sum, n + MARGIN);
    }

    // ---- matrices ----

    private int order() {
        return (int) a.shape()[a.shape().length - 1];
    }

    /** Numbers of matrices of the batch. */
    private long[] matrices() {
        long batch = a.size() / ((long) order() * order());
        return batch == 1 ? new long[1] : random.longs(MATRICES, 0, batch).toArray();
    }

    private double[][] matrix(long number) {
        int n = order();
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                matrix[i][j] = a.at((number * n + i) * n + j);
            }
        }
        return matrix;
    }

    private List<Expected> slogdet() {
        long[] matrices = matrices();
        double[] signs = new double[matrices.length];
        double[] logs = new double[matrices.length];
        double[] tolerances = new double[matrices.length];
        for (int i = 0; i < matrices.length; i++) {
            Lu lu = new Lu(matrix(matrices[i]));
            signs[i] = lu.sign();
            logs[i] = lu.logAbs();
            tolerances[i] = epsilon * (MARGIN * order() * lu.condition() + Math.abs(logs[i]));
        }
        return List.of(
                new Expected(matrices, signs, new double[matrices.length]), new Expected(matrices, logs, tolerances));
    }

    /** Elements of solutions, whose right sides are the second operand or those of the inverse. */
    private Expected solutions(boolean transposed) {
        int n = order();
        boolean inverse = inputs.size() == 1;
        int r = inverse ? n : (int) second().shape()[second().shape().length - 1];
        List<Long> positions = new ArrayList<>();
        List<double[]> pairs = new ArrayList<>();
        for (long matrix : matrices()) {
            Lu lu = new Lu(matrix(matrix));
            double relative = MARGIN * n * epsilon * lu.condition();
            for (int sample = 0; sample < MATRICES; sample++) {
                int i = random.nextInt(n);
                int j = random.nextInt(r);
                double[] b = new double[n];
                for (int k = 0; k < n; k++) {
                    b[k] = inverse ? (k == j ? 1 : 0) : second().at((matrix * n + k) * r + j);
                }
                double[] x = lu.solve(b);
                positions.add(matrix * n * r + (transposed ? (long) j * n + i : (long) i * r + j));
                pairs.add(new double[] {x[i], relative * Math.sqrt(Lu.squares(x))});
            }
        }
        double[][] elements = pairs.toArray(double[][]::new);
        return new Expected(
                positions.stream().mapToLong(Long::longValue).toArray(), column(elements, 0), column(elements, 1));
    }

    private Expected cholesky() {
        int n = order();
        double[][] l = matrix(0);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = l[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= l[i][k] * l[j][k];
                }
                l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
            }
        }
        long[] positions = positions((long) n * n);
        double[] values = LongStream.of(positions)
                .mapToDouble(p -> p % n > p / n ? 0 : l[(int) (p / n)][(int) (p % n)])
                .toArray();
        // The diagonal makes the matrix well conditioned.
        return new Expected(positions, values, constant(positions.length, MARGIN * n * epsilon * Math.sqrt(n)));
    }

    /** The product of the factors is the matrix, and the first one's columns are orthonormal. */
    private List<Expected> factors() {
        int n = order();
        long[] positions = positions((long) n * n);
        double[] values = LongStream.of(positions).mapToDouble(a::at).toArray();
        double[] identity = LongStream.of(positions)
                .mapToDouble(p -> p % n == p / n ? 1 : 0)
                .toArray();
        double bound = MARGIN * n * epsilon;
        return List.of(
                new Expected(positions, values, constant(values.length, bound * Math.sqrt(Lu.squares(a.doubles())))),
                new Expected(positions, identity, constant(values.length, bound)));
    }

    private static double[] constant(int n, double value) {
        double[] values = new double[n];
        Arrays.fill(values, value);
        return values;
    }

    // ---- gradients ----

    /** Of sum(einsum(a, b) * w). */
    private List<Expected> gradientsOfEinsum() {
        String first = row.terms().get(0);
        String second = row.terms().get(1);
        String out = row.output();
        Input w = inputs.get(2);
        return List.of(
                einsum(second + "," + out + "->" + first, 1, List.of(second(), w)),
                einsum(first + "," + out + "->" + second, 1, List.of(a, w)),
                einsum(row.equation(), 1, List.of(a, second())));
    }

    private List<Expected> gradients() {
        double[][] operands = inputs.stream().map(Input::doubles).toArray(double[][]::new);
        long[][] shapes = inputs.stream().map(Input::shape).toArray(long[][]::new);
        double[][] gradients =
                row.op().endsWith("mlp") ? Backward.perceptron(operands, shapes) : Backward.kronecker(operands, shapes);
        // No element is a longer sum than there are elements in all operands.
        double terms = inputs.stream().mapToDouble(Input::size).max().orElseThrow() / order();
        List<Expected> expected = new ArrayList<>();
        for (double[] gradient : gradients) {
            double largest = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
            long[] positions = positions(gradient.length);
            double[] values =
                    LongStream.of(positions).mapToDouble(p -> gradient[(int) p]).toArray();
            expected.add(new Expected(positions, values, constant(values.length, MARGIN * terms * epsilon * largest)));
        }
        return expected;
    }
}
