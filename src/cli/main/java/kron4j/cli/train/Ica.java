package kron4j.cli.train;

import java.util.Arrays;
import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.train.Adam;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;

/**
 * Independent component analysis by maximum likelihood. For {@code x = A s} with independent sources of density {@code 1 / (pi cosh s)}, the unmixing matrix W
 * maximises {@code log|det W| - mean sum log cosh(W x)}; W is general. First on mixed Laplace sources with known mixing, then on patches of digits; their
 * components are strokes.
 *
 * <p>Source: Bell, Sejnowski (1995); Cardoso: Infomax and maximum likelihood for blind source separation (1997); the distance: Amari, Cichocki, Yang (NIPS 1996).
 *
 * @param sources number of sources in the synthetic check
 * @param samples number of samples in both parts
 * @param components number of components of the patches
 */
public record Ica(int sources, int samples, int components, int steps, double rate, long seed) {
    private static final int PATCH = 8;
    private static final int PIXELS = PATCH * PATCH;
    /** Steps. */
    private static final int ENOUGH = 300;

    public void run(Run run) {
        synthetic(run);
        patches(run);
    }

    private void synthetic(Run run) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor mixing = Random.normal(seed, 0, DType.FLOAT64, sources, sources);
            Tensor x = MatMul.matmul(laplace(), false, mixing, true);
            // Sphered, so that the same steps fit every mixing; the sources must still be told apart.
            Tensor sphere = Linalg.inverse(Linalg.cholesky(covariance(x)));
            Tensor w =
                    fit("synthetic", MatMul.matmul(x, false, sphere, true), run).matmul(sphere);
            double before = amari(mixing);
            double after = amari(w.matmul(mixing));
            run.say(
                    "%d Laplace sources in %d samples: Amari distance of W A %.4f (A alone %.3f; 0 is perfect),"
                            + " log|det W| %.4f, -log|det A| %.4f",
                    sources,
                    samples,
                    after,
                    before,
                    Linalg.logabsdet(w).item(),
                    -Linalg.logabsdet(mixing).item());
            run.number("amari", after);
            // Each entry of W A off the permutation has a standard error of about 1/sqrt(samples); the distance
            // averages their moduli twice.
            run.check(
                    "the sources are found: Amari distance below 4 / sqrt(samples)",
                    after < 4 / Math.sqrt(samples),
                    "steps",
                    steps,
                    ENOUGH);
        }
    }

    /** Variance 2, [samples, sources]. */
    private Tensor laplace() {
        Tensor u = Random.uniform(seed, 1, DType.FLOAT64, samples, sources).subtract(0.5);
        return Elementwise.log1p(u.abs().multiply(-2))
                .multiply(Elementwise.sign(u))
                .negate();
    }

    private void patches(Run run) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor patches = cut();
            Tensor centred = patches.subtract(patches.mean(0));
            Linalg.Eigh e = Linalg.eigh(covariance(centred));
            // The largest come last.
            Tensor values = e.w().slice(0, PIXELS - components, PIXELS);
            Tensor vectors = e.v().slice(1, PIXELS - components, PIXELS);
            Tensor white = MatMul.matmul(centred, vectors).divide(values.sqrt());
            Tensor w = fit("patches", white, run);
            double likelihood = -loss(w, white).item();
            // The Gaussian of the same mean and covariance, here the standard one.
            double gaussian = -components / 2.0 * (Math.log(2 * Math.PI) + 1);
            run.say(
                    "%d patches of digits, %d principal components: log-likelihood %.3f a patch, %.3f by a Gaussian",
                    samples, components, likelihood, gaussian);
            run.number("patches.logLikelihood", likelihood);
            run.number("patches.gaussian", gaussian);
            run.check(
                    "independent components explain the patches better than a Gaussian",
                    likelihood > gaussian,
                    "steps",
                    steps,
                    ENOUGH);
            run.file("components.png").ifPresent(png -> {
                Tensor basis = MatMul.matmul(vectors.multiply(values.sqrt()), Linalg.inverse(w));
                double[][] pictures = new double[components][];
                Arrays.setAll(
                        pictures, i -> Pictures.stretched(basis.select(1, i).toDoubleArray()));
                Pictures.write(png, pictures, PATCH, PATCH, 8, 6);
            });
        }
    }

    /** The covariance of rows with mean 0. */
    private static Tensor covariance(Tensor rows) {
        return MatMul.matmul(rows, true, rows, false)
                .multiply(1.0 / rows.shape().at(0));
    }

    /** Patches at random places of MNIST's images, float64 [samples, pixels]. */
    private Tensor cut() {
        Tensor images = LabelledDigits.mnist().images().reshape(-1, 28, 28);
        int places = 40;
        long[] corners = Random.randint(seed, 2, 0, 28 - PATCH + 1, kron4j.Shape.of(2, places))
                .toLongArray();
        int each = samples / places;
        Tensor[] cuts = new Tensor[places];
        for (int i = 0; i < places; i++) {
            long row = corners[i];
            long column = corners[places + i];
            cuts[i] = images.slice(0, (long) i * each % 9000, (long) i * each % 9000 + each)
                    .slice(1, row, row + PATCH)
                    .slice(2, column, column + PATCH)
                    .reshape(each, PIXELS);
        }
        // A little noise, as most borders are exactly black.
        Tensor noise = Random.normal(seed, 3, DType.FLOAT64, (long) each * places, PIXELS)
                .multiply(0.02);
        return Indexing.concat(0, cuts).to(DType.FLOAT64).add(noise);
    }

    private Tensor fit(String name, Tensor x, Run run) {
        try (Parameters parameters = new Parameters();
                TensorScope scope = Device.current().openScope()) {
            Tensor w = parameters.add(
                    "unmixing", Creation.eye(DType.FLOAT64, x.shape().at(1)));
            try (Adam adam = new Adam(parameters)) {
                Trainer trainer = new Trainer(parameters, adam, Schedule.cosine(rate, rate / 100, steps), seed);
                TrainingHistory history = new TrainingHistory();
                for (int i = 0; i < steps; i++) {
                    try (TensorScope one = Device.current().openScope()) {
                        Tensor loss = trainer.step(() -> loss(w, x));
                        if (i % 20 == 0) {
                            history.add(i, Map.of("loss", loss.item()));
                        }
                    }
                    run.progress(name, i + 1, steps);
                }
                run.file(name + ".csv").ifPresent(history::writeCsv);
            }
            return scope.keep(NoGrad.of(w::copy));
        }
    }

    /** The negative log-likelihood of a sample: {@code log cosh y = y + softplus(-2 y) - log 2}. */
    private static Tensor loss(Tensor w, Tensor x) {
        Tensor y = MatMul.matmul(x, false, w, true);
        Tensor logCosh = Elementwise.softplus(y.multiply(-2)).add(y);
        double constant = w.shape().at(0) * (Math.log(Math.PI) - Math.log(2));
        return Reduce.sum(logCosh, 1).mean().subtract(Linalg.logabsdet(w)).add(constant);
    }

    /** How far a square matrix is from a scaled permutation: 0 if it is one, at most 1. */
    static double amari(Tensor matrix) {
        try (TensorScope scope = matrix.device().openScope()) {
            long n = matrix.shape().at(0);
            Tensor p = matrix.abs();
            double rows = p.divide(Reduce.max(p, true, 1)).sum().item();
            double columns = p.divide(Reduce.max(p, true, 0)).sum().item();
            return (rows + columns - 2 * n) / (2.0 * n * (n - 1));
        }
    }
}
