package kron4j.cli.demo;

import java.util.Arrays;
import kron4j.Tensor;
import kron4j.ops.Kron;

/** The Kronecker product of two digits in four ways. They must agree to the last bit: each element is one product, rounded once. */
final class FourKroneckers implements Step {
    @Override
    public String title() {
        return "Kronecker products of digits in four ways";
    }

    @Override
    public void run(Digits digits, Report report) {
        products(report, "28x28 (x) 8x8", digits.images().get(0), digits.small().get(0));
        products(
                report,
                "28x28 (x) 28x28",
                digits.images().get(1),
                digits.images().get(2));
        products(
                report,
                "8x28, transposed and strided, (x) 28x8",
                digits.images().get(3).transpose().slice(0, 4, 20, 2),
                digits.images().get(4).slice(1, 20, 4, -2));
    }

    private static void products(Report report, String what, Tensor a, Tensor b) {
        Tensor kernel = report.timed(what + " by the kernel", () -> Kron.kron(a, b));
        same(report, kernel, report.timed("  by a broadcast product and reshape", () -> Kron.kronByReshape(a, b)));
        same(report, kernel, report.timed("  by blocks a[i,j] * b", () -> Kron.kronByBlocks(a, b)));
        same(
                report,
                kernel,
                report.timed(
                        "  by a transposed convolution, stride = kernel size", () -> Kron.kronByConvolution(a, b)));
        report.check("equals plain loops in all bits", Arrays.equals(loops(a, b), kernel.toFloatArray()));
    }

    private static void same(Report report, Tensor expected, Tensor got) {
        report.check(
                "all bits are equal",
                expected.shape().equals(got.shape()) && expected.toBuffer().equals(got.toBuffer()));
    }

    private static float[] loops(Tensor a, Tensor b) {
        int rows = (int) b.shape().at(0);
        int cols = (int) b.shape().at(1);
        int width = (int) a.shape().at(1) * cols;
        float[] x = a.toFloatArray();
        float[] y = b.toFloatArray();
        float[] out = new float[(int) a.shape().at(0) * rows * width];
        for (int i = 0; i < out.length; i++) {
            int row = i / width;
            int col = i % width;
            out[i] = x[row / rows * (width / cols) + col / cols] * y[row % rows * cols + col % cols];
        }
        return out;
    }
}
