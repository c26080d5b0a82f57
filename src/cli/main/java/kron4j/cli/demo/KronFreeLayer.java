package kron4j.cli.demo;

import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.memory.Bytes;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Softmax;

/** A 784-30-10 network over rows of 30 digits. Its layers are (I_30 (x) W) x; the Kronecker product is never formed. */
final class KronFreeLayer implements Step {
    private static final int ROWS = 1666;
    private static final int DIGITS = 30;
    private static final int PIXELS = 784;
    private static final int HIDDEN = 30;
    private static final int CLASSES = 10;

    @Override
    public String title() {
        return "A 784-30-10 network on rows of 30 digits, (I_30 (x) W) x never formed";
    }

    @Override
    public void run(Digits digits, Report report) {
        Tensor data = data(digits, report);
        // Not trained: this shows the layer's arithmetic. Scaled so that the sums are of order 1.
        Tensor w1 = Random.normal(784, DType.FLOAT32, HIDDEN, PIXELS).multiply(1f / 28);
        Tensor w2 = Random.normal(30, DType.FLOAT32, CLASSES, HIDDEN).multiply(1 / (float) Math.sqrt(HIDDEN));
        report.say("weights: random (Philox), W1 %s, W2 %s", w1.shape(), w2.shape());

        KroneckerOperator layer1 = KroneckerOperator.identityKron(DIGITS, w1);
        KroneckerOperator layer2 = KroneckerOperator.identityKron(DIGITS, w2);
        Tensor linear = withPeak(report, "(I_30 (x) W1) x for all rows, never formed", () -> layer1.applyToRows(data));
        Tensor output = report.timed("sigmoid, (I_30 (x) W2), softmax per digit", () -> {
            try (TensorScope scope = data.device().openScope()) {
                Tensor logits = layer2.applyToRows(Elementwise.sigmoid(linear));
                return scope.keep(Softmax.softmax(logits.reshape(ROWS, DIGITS, CLASSES), -1));
            }
        });
        againstLoops(report, data, w1, linear);
        againstFormed(report, data, w1, linear);
        secondLayer(report, linear, w2, output);
    }

    /** Rows of 30 images, the 10,000 of them over and over. */
    private static Tensor data(Digits digits, Report report) {
        long count = digits.images().shape().at(0);
        Tensor index = Elementwise.remainder(Tensor.arange(DType.INT64, 0, (long) ROWS * DIGITS), count);
        Tensor data = report.timed(
                "x: 30 digits a row, each of " + count + " about five times",
                () -> Indexing.take(digits.images().reshape(count, PIXELS), index, 0)
                        .reshape(ROWS, DIGITS * PIXELS));
        report.say(
                "x takes %s, W1 %s; I_30 (x) W1 would be %s of %s",
                Bytes.text(bytes(data.shape())),
                Bytes.text(bytes(Shape.of(HIDDEN, PIXELS))),
                formedShape(),
                Bytes.text(bytes(formedShape())));
        return data;
    }

    private static Shape formedShape() {
        return Shape.of(DIGITS * HIDDEN, DIGITS * PIXELS);
    }

    private static long bytes(Shape shape) {
        return shape.size() * DType.FLOAT32.bytes();
    }

    /** Times the work and reports its peak memory above what was in use before. */
    private static Tensor withPeak(Report report, String what, Supplier<Tensor> computation) {
        Device device = Device.current();
        long before = device.memoryReport().live();
        device.resetPeakMemory();
        Tensor result = report.timed(what, computation);
        report.say(
                "  peak memory beyond the operands: %s",
                Bytes.text(device.memoryReport().peak() - before));
        return result;
    }

    private static void againstFormed(Report report, Tensor data, Tensor w1, Tensor linear) {
        Tensor row = data.get(0);
        Tensor formed = withPeak(report, "the same for one row, I_30 (x) W1 formed", () -> {
            try (TensorScope scope = data.device().openScope()) {
                Tensor matrix = Kron.kron(Tensor.eye(DType.FLOAT32, DIGITS), w1);
                return scope.keep(MatMul.matmul(matrix, row));
            }
        });
        // Both sum 784 products (and the formed one zeros besides): twice their error.
        double[] tolerance = tolerance(data, w1, 1);
        for (int i = 0; i < tolerance.length; i++) {
            tolerance[i] *= 2;
        }
        report.check(
                "row 0 against the formed product",
                formed.toDoubleArray(),
                linear.get(0).toDoubleArray(),
                tolerance);
    }

    /** Every element by plain loops in float64. */
    private static void againstLoops(Report report, Tensor data, Tensor w1, Tensor linear) {
        int rows = 100;
        report.check(
                "rows 0 to 99 against plain loops in float64",
                products(data, w1, rows, false),
                linear.slice(0, 0, rows).toDoubleArray(),
                tolerance(data, w1, rows));
    }

    private static double[] tolerance(Tensor data, Tensor w1, int rows) {
        double[] scale = products(data, w1, rows, true);
        for (int i = 0; i < scale.length; i++) {
            scale[i] *= PIXELS * DType.FLOAT32.epsilon();
        }
        return scale;
    }

    private static double[] products(Tensor data, Tensor w1, int rows, boolean absolute) {
        float[] x = data.slice(0, 0, rows).toFloatArray();
        float[] w = w1.toFloatArray();
        double[] out = new double[rows * DIGITS * HIDDEN];
        for (int i = 0; i < out.length; i++) {
            int digit = i / HIDDEN * PIXELS;
            int unit = i % HIDDEN * PIXELS;
            double sum = 0;
            for (int p = 0; p < PIXELS; p++) {
                double product = (double) x[digit + p] * w[unit + p];
                sum += absolute ? Math.abs(product) : product;
            }
            out[i] = sum;
        }
        return out;
    }

    /** The rest of the network by plain loops, from the first layer's numbers. */
    private static void secondLayer(Report report, Tensor linear, Tensor w2, Tensor output) {
        int count = 3000;
        double[] hidden = linear.reshape(-1).slice(0, 0, (long) count * HIDDEN).toDoubleArray();
        double[] w = w2.toDoubleArray();
        double[] expected = new double[count * CLASSES];
        double[] tolerance = new double[expected.length];
        for (int d = 0; d < count; d++) {
            double total = 0;
            double largest = 0;
            for (int c = 0; c < CLASSES; c++) {
                double logit = 0;
                double scale = 0;
                for (int h = 0; h < HIDDEN; h++) {
                    double activation = 1 / (1 + Math.exp(-hidden[d * HIDDEN + h]));
                    logit += w[c * HIDDEN + h] * activation;
                    scale += Math.abs(w[c * HIDDEN + h] * activation);
                }
                expected[d * CLASSES + c] = Math.exp(logit);
                total += expected[d * CLASSES + c];
                largest = Math.max(largest, scale);
            }
            for (int c = 0; c < CLASSES; c++) {
                expected[d * CLASSES + c] /= total;
                // An error e of the logits changes a probability by at most 2e of it; then exp, the sum and the
                // quotient round.
                tolerance[d * CLASSES + c] = expected[d * CLASSES + c]
                        * DType.FLOAT32.epsilon()
                        * (2 * (HIDDEN + 4) * largest + 2 * CLASSES);
            }
        }
        report.check(
                "the network's output for 3000 digits against plain loops in float64",
                expected,
                output.reshape(-1).slice(0, 0, expected.length).toDoubleArray(),
                tolerance);
    }
}
