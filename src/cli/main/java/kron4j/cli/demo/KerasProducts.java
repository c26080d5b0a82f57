package kron4j.cli.demo;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Keras;

/** Keras' dot and batch_dot, current and legacy, on the same operands: whole pixels, so that every sum is exact. */
final class KerasProducts implements Step {
    @Override
    public String title() {
        return "Keras dot and batch_dot, current and legacy";
    }

    @Override
    public void run(Digits digits, Report report) {
        dot(digits, report, Shape.of(1, 2, 3, 4), Shape.of(8, 7, 4, 5));
        dot(digits, report, Shape.of(3), Shape.of(2, 3, 4));
        batchDot(digits, report);
        failure(digits, report);
    }

    /** The first pixels in use, as float64 integers from 0 to 16, in this shape. */
    private static Tensor pixels(Digits digits, long from, Shape shape) {
        return digits.small()
                .reshape(-1)
                .slice(0, from, from + shape.size())
                .to(DType.FLOAT64)
                .reshape(shape);
    }

    private static void dot(Digits digits, Report report, Shape xShape, Shape yShape) {
        Tensor x = pixels(digits, 2, xShape);
        Tensor y = pixels(digits, 66, yShape);
        Tensor z = report.timed("dot(" + xShape + ", " + yShape + ")", () -> Keras.dot(x, y));
        int k = (int) xShape.at(-1);
        int n = (int) yShape.at(-1);
        int blocks = (int) (yShape.size() / k / n);
        double[] a = x.toDoubleArray();
        double[] b = y.toDoubleArray();
        double[] expected = new double[a.length / k * blocks * n];
        for (int i = 0; i < expected.length; i++) {
            int row = i / n / blocks;
            int block = i / n % blocks;
            for (int l = 0; l < k; l++) {
                expected[i] += a[row * k + l] * b[(block * k + l) * n + i % n];
            }
        }
        report.check("equals plain loops exactly", Arrays.equals(expected, z.toDoubleArray()));
    }

    private static void batchDot(Digits digits, Report report) {
        Shape xShape = Shape.of(10, 12, 4, 5);
        Shape yShape = Shape.of(10, 12, 5, 8);
        Tensor x = pixels(digits, 0, xShape);
        Tensor y = pixels(digits, xShape.size(), yShape);
        String operands = "(" + xShape + ", " + yShape + ")";
        Tensor current = report.timed("batch_dot" + operands + ", current Keras", () -> Keras.batchDot(x, y));
        Tensor legacy = report.timed("batch_dot" + operands + ", Keras up to 2.2.4", () -> Keras.batchDotLegacy(x, y));
        double[] a = x.toDoubleArray();
        double[] b = y.toDoubleArray();
        double[] expected = new double[10 * 12 * 4 * 12 * 8];
        double[] expectedLegacy = new double[10 * 12 * 4 * 8];
        for (int i = 0; i < expected.length; i++) {
            int column = i % 8;
            int right = i / 8 % 12;
            int row = i / 96 % 4;
            int left = i / 384 % 12;
            int batch = i / 4608;
            for (int k = 0; k < 5; k++) {
                expected[i] +=
                        a[((batch * 12 + left) * 4 + row) * 5 + k] * b[((batch * 12 + right) * 5 + k) * 8 + column];
            }
            if (left == right) {
                expectedLegacy[((batch * 12 + left) * 4 + row) * 8 + column] = expected[i];
            }
        }
        report.check("current equals plain loops exactly", Arrays.equals(expected, current.toDoubleArray()));
        report.check(
                "legacy equals the diagonal over both axes of 12 of the current one, exactly",
                Arrays.equals(expectedLegacy, legacy.toDoubleArray()));
    }

    private static void failure(Digits digits, Report report) {
        Tensor x = pixels(digits, 0, Shape.of(3, 4, 5, 2));
        Tensor y = pixels(digits, 0, Shape.of(2, 5, 3, 7));
        String text;
        try (Tensor result = Keras.dot(x, y)) {
            text = "no error, but a result of shape " + result.shape();
        } catch (ShapeException e) {
            text = e.getMessage();
        }
        report.say("dot([3,4,5,2], [2,5,3,7]) must fail: %s", text);
        report.check(
                "the error names the matrices [60,2] and [3,70]", text.contains("[60,2]") && text.contains("[3,70]"));
    }
}
