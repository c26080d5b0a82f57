package kron4j.cli.demo;

import static kron4j.ops.Einsum.einsum;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import kron4j.Tensor;
import kron4j.ops.Elementwise;

/** G = einsum('ahwm,ahwn->amn', F1, F2) / (h*w): second-order statistics of two feature maps of every image. */
final class BilinearPooling implements Step {
    private static final int IMAGES = 1000;
    private static final int KERNEL = 5;
    private static final int EDGES = 8;
    private static final int WAVES = 6;

    @Override
    public String title() {
        return "Bilinear pooling over two feature maps of " + IMAGES + " MNIST images";
    }

    @Override
    public void run(Digits digits, Report report) {
        Tensor images = digits.images().slice(0, 0, IMAGES);
        Tensor patches = images.unfold(1, KERNEL, 1).unfold(2, KERNEL, 1);
        report.say("patches %s: a view of the images %s, by unfold", patches.shape(), images.shape());
        float[][][] edges = filters(EDGES, BilinearPooling::edge);
        float[][][] waves = filters(WAVES, BilinearPooling::wave);
        Tensor f1 = features(report, "F1 = relu(edges at 8 angles)", patches, edges);
        Tensor f2 = features(report, "F2 = relu(waves at 6 angles)", patches, waves);
        long h = f1.shape().at(1);
        long w = f1.shape().at(2);
        Tensor g = report.timed(
                "G = einsum('ahwm,ahwn->amn', F1, F2) / " + h * w,
                () -> einsum(1.0 / (h * w), "ahwm,ahwn->amn", f1, f2));
        check(report, images, edges, waves, g);
    }

    private static Tensor features(Report report, String name, Tensor patches, float[][][] filters) {
        Tensor bank = Tensor.of(filters);
        return report.timed(name, () -> {
            try (Tensor linear = einsum("ahwij,ijm->ahwm", patches, bank)) {
                return Elementwise.relu(linear);
            }
        });
    }

    /** [KERNEL][KERNEL][count]: one filter for each of {@code count} angles. */
    private static float[][][] filters(int count, DoubleBinaryOperator profile) {
        float[][][] filters = new float[KERNEL][KERNEL][count];
        for (int m = 0; m < count; m++) {
            double angle = Math.PI * 2 * m / count;
            for (int i = 0; i < KERNEL; i++) {
                for (int j = 0; j < KERNEL; j++) {
                    double y = i - KERNEL / 2;
                    double x = j - KERNEL / 2;
                    double along = x * Math.cos(angle) + y * Math.sin(angle);
                    double across = y * Math.cos(angle) - x * Math.sin(angle);
                    filters[i][j][m] = (float) profile.applyAsDouble(along, across);
                }
            }
        }
        return filters;
    }

    /** The derivative of a Gaussian. */
    private static double edge(double along, double across) {
        return along * Math.exp(-(along * along + across * across) / 2);
    }

    /** Gabor's filter. */
    private static double wave(double along, double across) {
        return Math.cos(Math.PI / 2 * along) * Math.exp(-(along * along + across * across) / 4);
    }

    /** Convolution and pooling by plain loops in double precision, with the same loops over absolute values as the scale of rounding. */
    private static void check(Report report, Tensor images, float[][][] edges, float[][][] waves, Tensor g) {
        float[] pixels = images.toFloatArray();
        int size = 28;
        int h = size - KERNEL + 1;
        double[] expected = new double[IMAGES * EDGES * WAVES];
        double[] scale = new double[expected.length];
        double[] first = new double[2 * EDGES];
        double[] second = new double[2 * WAVES];
        for (int a = 0; a < IMAGES; a++) {
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < h; x++) {
                    convolve(pixels, (a * size + y) * size + x, size, edges, first);
                    convolve(pixels, (a * size + y) * size + x, size, waves, second);
                    for (int m = 0; m < EDGES; m++) {
                        for (int n = 0; n < WAVES; n++) {
                            int at = (a * EDGES + m) * WAVES + n;
                            expected[at] += Math.max(0, first[m]) * Math.max(0, second[n]) / (h * h);
                            scale[at] += first[EDGES + m] * second[WAVES + n] / (h * h);
                        }
                    }
                }
            }
        }
        // One rounding for each of 25 products and sums in both factors, and for each of the h*w in the pooling.
        double roundings = 2 * KERNEL * KERNEL + h * h + 3;
        for (int i = 0; i < scale.length; i++) {
            scale[i] *= roundings * g.dtype().epsilon();
        }
        report.check("G against plain loops in float64", expected, g.toDoubleArray(), scale);
    }

    /** Writes the filters' responses to {@code out}, then the sums of the absolute products. */
    private static void convolve(float[] pixels, int corner, int stride, float[][][] filters, double[] out) {
        int count = out.length / 2;
        Arrays.fill(out, 0);
        for (int i = 0; i < KERNEL; i++) {
            for (int j = 0; j < KERNEL; j++) {
                double pixel = pixels[corner + i * stride + j];
                float[] weights = filters[i][j];
                for (int m = 0; m < count; m++) {
                    out[m] += weights[m] * pixel;
                    out[count + m] += Math.abs(weights[m] * pixel);
                }
            }
        }
    }
}
