package kron4j.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorScope;

/**
 * Compares gradients with differences of function values, in float64 and complex128. A complex number counts as its real
 * and its imaginary part, so both directions are checked, of operands and of results. The derivative along a line is extrapolated from
 * central differences with steps h and 2h. Their distance and the rounding errors of the values over h bound its error;
 * a gradient that differs by more throws. Results may have any shape; they are weighted by fixed random numbers. The
 * function must be smooth around the point: no ties, kinks or repeated eigenvalues.
 *
 * <pre>{@code
 * GradCheck.directions(x -> Linalg.inverse(x[0]), Random.normal(1, DType.FLOAT64, 3, 3));
 * }</pre>
 */
public final class GradCheck {
    /** A power of 2 near the fifth root of epsilon, where the error of the extrapolated difference is least. */
    private static final double STEP = 0x1p-10;

    private static final int DIRECTIONS = 4;
    /** Rounding errors of a function's values, in units of epsilon times their size. */
    private static final double ULPS = 64;

    private GradCheck() {}

    /**
     * Checks the gradient with respect to all inputs along four random directions. Cost: one sweep and 17 evaluations.
     *
     * @param f must not modify its operands; other tensors that it uses are constants
     * @param inputs float64 or complex128, one or more, of any layout
     * @throws GradientException with both derivatives if they differ, or if f is not smooth enough around the inputs
     * @throws DTypeException if an input is neither float64 nor complex128
     */
    public static void directions(Function<Tensor[], Tensor> f, Tensor... inputs) {
        Point at = new Point(f, inputs);
        double[][] gradients = at.gradients(at.weights);
        for (int d = 0; d < DIRECTIONS; d++) {
            double[][] along = at.random(1 + d);
            double expected = 0;
            double size = 0;
            for (int k = 0; k < along.length; k++) {
                for (int i = 0; i < along[k].length; i++) {
                    expected += gradients[k][i] * along[k][i];
                    size += Math.abs(gradients[k][i] * along[k][i]);
                }
            }
            double[] values = at.slopes(along);
            double found = 0;
            double error = ULPS * Math.ulp(size);
            for (int j = 0; j < at.weights.length; j++) {
                found += at.weights[j] * values[j];
                error += Math.abs(at.weights[j]) * at.errors[j];
            }
            compare("along direction " + d, expected, found, error);
        }
    }

    /**
     * Checks every element of the Jacobian. Cost: one sweep per element of the result and four evaluations per element of
     * the inputs; complex ones count twice.
     *
     * @param f as for {@link #directions}
     * @param inputs as for {@link #directions}
     * @throws GradientException with both derivatives if they differ, or if f is not smooth enough around the inputs
     * @throws DTypeException if an input is neither float64 nor complex128
     */
    public static void jacobian(Function<Tensor[], Tensor> f, Tensor... inputs) {
        Point at = new Point(f, inputs);
        double[][][] rows = new double[at.weights.length][][];
        for (int j = 0; j < rows.length; j++) {
            double[] unit = new double[rows.length];
            unit[j] = 1;
            rows[j] = at.gradients(unit);
        }
        for (int k = 0; k < inputs.length; k++) {
            for (int i = 0; i < at.values[k].length; i++) {
                double[][] along = at.zeros();
                along[k][i] = 1;
                double[] column = at.slopes(along);
                for (int j = 0; j < rows.length; j++) {
                    double error = at.errors[j] + ULPS * Math.ulp(rows[j][k][i]);
                    compare("of result " + j + " by element " + i + " of input " + k, rows[j][k][i], column[j], error);
                }
            }
        }
    }

    /**
     * Checks the gradient of the gradient: {@link #directions} for a weighted sum of the gradients.
     *
     * @param f as for {@link #directions}; its gradients must be differentiable
     * @param inputs as for {@link #directions}
     * @throws GradientException with both derivatives if they differ, or if f is not smooth enough around the inputs
     * @throws DTypeException if an input is neither float64 nor complex128
     */
    public static void second(Function<Tensor[], Tensor> f, Tensor... inputs) {
        directions(x -> slope(f, x), inputs);
    }

    /** The sum of the gradients of f's weighted sum, weighted too: differentiable if the gradients are. */
    private static Tensor slope(Function<Tensor[], Tensor> f, Tensor... x) {
        List<Tensor> tracked = new ArrayList<>();
        for (Tensor t : x) {
            tracked.add(t.requiresGrad());
        }
        try (NoGrad on = NoGrad.recordingAgain()) {
            Tensor y = f.apply(tracked.toArray(Tensor[]::new));
            Tensor weights = tensor(numbers(0, count(y)), y);
            List<Tensor> gradients = Gradients.vjp(Graph.DIFFERENTIABLE, List.of(y), List.of(weights), tracked);
            Tensor total = null;
            for (int k = 0; k < x.length; k++) {
                Tensor term = gradients
                        .get(k)
                        .conj()
                        .multiply(tensor(numbers(100 + k, count(x[k])), x[k]))
                        .sum()
                        .real();
                total = total == null ? term : total.add(term);
            }
            return total;
        }
    }

    private static void compare(String what, double gradient, double difference, double error) {
        if (!(Math.abs(gradient - difference) <= error)) {
            throw new GradientException("GradCheck: the derivative " + what + " is " + gradient
                    + " by the gradient, but " + difference + " +- " + error + " by differences");
        }
    }

    /** Numbers in [-1, 1), the same in every run. */
    private static double[] numbers(long seed, long n) {
        return new SplittableRandom(seed).doubles(n, -1, 1).toArray();
    }

    /** The number of real numbers in a tensor. */
    private static long count(Tensor t) {
        return t.dtype().isComplex() ? 2 * t.size() : t.size();
    }

    private static double[] values(Tensor t) {
        return t.dtype().isComplex() ? t.toComplexArray() : t.toDoubleArray();
    }

    private static Tensor tensor(double[] values, Tensor like) {
        Object elements = values;
        if (like.dtype().isComplex()) {
            Complex[] pairs = new Complex[values.length / 2];
            Arrays.setAll(pairs, i -> new Complex(values[2 * i], values[2 * i + 1]));
            elements = pairs;
        }
        try (Tensor flat = Tensor.of(elements, like.size());
                Tensor there = flat.to(like.device())) {
            return there.reshape(like.shape());
        }
    }

    private static final class Point {
        private final Function<Tensor[], Tensor> f;
        private final Tensor[] inputs;
        private final double[][] values;
        final double[] weights;
        /** Error bounds of what {@link #slopes} returned last. */
        double[] errors = {};

        Point(Function<Tensor[], Tensor> f, Tensor... inputs) {
            this.f = f;
            this.inputs = inputs;
            for (Tensor t : inputs) {
                if (t.dtype().realPart() != DType.FLOAT64) {
                    DType wide = t.dtype().isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
                    throw new DTypeException("GradCheck: an input of shape " + t.shape() + " is " + t.dtype()
                            + "; differences need " + wide + ", convert it with to(DType." + wide.name() + ")");
                }
            }
            this.values = Arrays.stream(inputs).map(GradCheck::values).toArray(double[][]::new);
            this.weights = numbers(0, evaluate(zeros(), 0).length);
        }

        double[][] zeros() {
            return Arrays.stream(values).map(v -> new double[v.length]).toArray(double[][]::new);
        }

        double[][] random(long seed) {
            double[][] along = zeros();
            for (int k = 0; k < along.length; k++) {
                along[k] = numbers(1000 * seed + k, along[k].length);
            }
            return along;
        }

        double[][] gradients(double[] v) {
            try (TensorScope scope = inputs[0].device().openScope();
                    NoGrad on = NoGrad.recordingAgain()) {
                Tensor[] tracked = Arrays.stream(inputs)
                        .map(t -> t.detach().requiresGrad())
                        .toArray(Tensor[]::new);
                Tensor y = f.apply(tracked);
                if (!Tape.records(y)) {
                    return zeros(); // a constant
                }
                return Gradients.vjp(Graph.FREE, List.of(y), List.of(tensor(v, y)), List.of(tracked)).stream()
                        .map(GradCheck::values)
                        .toArray(double[][]::new);
            }
        }

        private double[] evaluate(double[][] along, double step) {
            try (TensorScope scope = inputs[0].device().openScope()) {
                Tensor[] moved = new Tensor[inputs.length];
                for (int k = 0; k < moved.length; k++) {
                    double[] x = values[k].clone();
                    for (int i = 0; i < x.length; i++) {
                        x[i] += step * along[k][i];
                    }
                    moved[k] = tensor(x, inputs[k]);
                }
                return values(f.apply(moved));
            }
        }

        /** The derivative of every element of the result along a direction. */
        double[] slopes(double[][] along) {
            double[] near = evaluate(along, STEP);
            double[] nearBack = evaluate(along, -STEP);
            double[] far = evaluate(along, 2 * STEP);
            double[] farBack = evaluate(along, -2 * STEP);
            errors = new double[near.length];
            for (int j = 0; j < near.length; j++) {
                double size = Math.max(Math.abs(far[j]), Math.abs(farBack[j]));
                double narrow = (near[j] - nearBack[j]) / (2 * STEP);
                double wide = (far[j] - farBack[j]) / (4 * STEP);
                near[j] = (4 * narrow - wide) / 3;
                errors[j] = Math.abs(narrow - wide) / 3 + ULPS * Math.ulp(Math.max(1, size)) / STEP;
                if (errors[j] > 0.01 * (1 + Math.abs(near[j]) + size)) {
                    throw new GradientException("GradCheck: element " + j + " of the result is not smooth enough:"
                            + " differences give " + narrow + " and " + wide + "; take another point");
                }
            }
            return near;
        }
    }
}
