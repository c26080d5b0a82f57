package kron4j.cli.train;

import java.util.Map;
import java.util.Optional;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Iterative;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.KroneckerPlusVaryingDiagonal;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.train.Adam;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;

/**
 * A Gaussian process on the pixel grid of a digit, with covariance {@code v K1 (x) K2 + s I} of Matern 3/2 kernels along both axes, learns its hyperparameters from
 * a picture with missing pixels and fills them in.
 *
 * <p>With noise for each pixel it is {@code v K1 (x) K2 + diag(s)}, the logarithms of s a Gaussian process themselves, around a
 * common one, of which the most likely one is learnt: systems by preconditioned conjugate gradients, determinants by
 * stochastic Lanczos quadrature.
 *
 * <p>With all pixels, the marginal likelihood and its gradient come from eigendecompositions of the factors. With observed pixels alone, Fisher's identity holds: the
 * gradient of their log-likelihood is the mean gradient over complete pictures with missing pixels drawn from the posterior. Each step draws one such picture, by
 * Matheron's rule with conjugate gradients, and follows its gradient.
 *
 * <p>Source: Saatci (2011), chapter 5; Wilson, Adams: Gaussian process kernels for pattern discovery (ICML 2013), section 5; Journel, Huijbregts (1978);
 * Goldberg, Williams, Bishop: Regression with input-dependent noise (NIPS 1997).
 *
 * @param picture index among MNIST's images
 * @param missing fraction of hidden pixels
 * @param perPixel whether each pixel has a noise of its own
 */
public record GridProcess(int picture, double missing, boolean perPixel, int steps, double rate, long seed) {
    private static final int SIDE = 28;
    private static final int PIXELS = SIDE * SIDE;
    private static final DType DTYPE = DType.FLOAT64;
    private static final int ITERATIONS = 400;
    /** Steps. */
    private static final int ENOUGH = 150;

    private static final double TOLERANCE = 1e-8;

    /** Length in pixels and standard deviation of the logarithms of the pixels' noises; with wider ones strokes pass for noise. */
    private static final double SMOOTH = 2;

    private static final double SPREAD = 0.2;

    /** Of the determinant in each training step, and in the check. */
    private static final int PROBES = 4;

    private static final int LANCZOS = 10;
    private static final int MANY_PROBES = 64;
    private static final int MANY_STEPS = 60;

    /** The logarithms of two lengths in pixels, of the signal's and of the noise's variance, the last for each pixel. */
    private static final class Hyperparameters implements AutoCloseable {
        final Parameters all = new Parameters();
        final Tensor length1 = all.add("logLength1", Tensor.full(DTYPE, Math.log(2)));
        final Tensor length2 = all.add("logLength2", Tensor.full(DTYPE, Math.log(2)));
        final Tensor signal = all.add("logSignal", Tensor.full(DTYPE, Math.log(0.1)));
        final Tensor noise = all.add("logNoise", Tensor.full(DTYPE, Math.log(0.01)));
        /** Normal numbers, of which the differences of the pixels' logarithms from {@link #noise} are made. */
        final Optional<Tensor> differences;

        private final KroneckerOperator smooth;

        Hyperparameters(boolean perPixel) {
            differences =
                    perPixel ? Optional.of(all.add("logNoisePerPixel", Tensor.zeros(DTYPE, PIXELS))) : Optional.empty();
            try (Tensor length = Tensor.full(DTYPE, Math.log(SMOOTH))) {
                Tensor root = Linalg.cholesky(matern(length));
                smooth = KroneckerOperator.of(root.multiply(SPREAD), root);
            }
        }

        /** The noise's variance at each pixel. */
        Tensor variances() {
            return differences
                    .map(z -> noise.add(smooth.apply(z)))
                    .orElse(noise.expand(PIXELS))
                    .exp();
        }

        /** {@code (1 + d) exp(-d)} with d = sqrt(3) distance / length. */
        private static Tensor matern(Tensor logLength) {
            Tensor at = Creation.arange(DTYPE, 0, SIDE, 1L);
            Tensor distance = at.unsqueeze(1).subtract(at).abs().multiply(Math.sqrt(3));
            Tensor d = distance.multiply(logLength.negate().exp());
            return d.add(1).multiply(d.negate().exp());
        }

        /** {@code v K1 (x) K2}, divided by {@code exp(logUnit)}. */
        KroneckerOperator covariance(Tensor logUnit) {
            return KroneckerOperator.of(
                    matern(length1).multiply(signal.subtract(logUnit).exp()), matern(length2));
        }

        /** {@code v K1 (x) K2}. */
        KroneckerOperator covariance() {
            return covariance(Creation.zerosLike(noise));
        }

        @Override
        public void close() {
            all.close();
        }
    }

    public void run(Run run) {
        try (TensorScope scope = Device.current().openScope();
                Hyperparameters h = new Hyperparameters(perPixel)) {
            Tensor truth = LabelledDigits.mnist().images().select(0, picture).to(DTYPE);
            Tensor observed = Random.bernoulli(seed, 1, 1 - missing, kron4j.Shape.of(PIXELS))
                    .to(DTYPE);
            double mean = truth.multiply(observed).sum().item() / observed.sum().item();
            Tensor y = truth.subtract(mean);
            learn(h, y, observed, run);
            NoGrad.run(() -> {
                Tensor filled = expectation(h, y, observed);
                report(h, truth, observed, mean, filled, run);
                verify(h, y, run);
            });
        }
    }

    private void learn(Hyperparameters h, Tensor y, Tensor observed, Run run) {
        TrainingHistory history = new TrainingHistory();
        try (Adam adam = new Adam(h.all)) {
            Trainer trainer = new Trainer(h.all, adam, Schedule.cosine(rate, rate / 20, steps), seed);
            for (int i = 0; i < steps; i++) {
                try (TensorScope one = Device.current().openScope()) {
                    int round = i;
                    Tensor complete = NoGrad.of(() -> draw(h, y, observed, round));
                    // First with equal noises, which take little of the picture for noise.
                    boolean equal = round < steps / 2;
                    double loss = trainer.step(() -> equal ? lossOfEqualNoises(h, complete) : loss(h, complete, round))
                            .item();
                    history.add(i, Map.of("negativeLogLikelihood", loss));
                }
                run.progress("gp", i + 1, steps);
            }
        }
        run.file("gp.csv").ifPresent(history::writeCsv);
    }

    /**
     * The negative log-likelihood of a complete picture, and that of the noises; with {@code S = s (I + K / s)} it is
     * differentiable in s too.
     */
    private static Tensor loss(Hyperparameters h, Tensor complete, long round) {
        if (h.differences.isPresent()) {
            KroneckerPlusVaryingDiagonal s = KroneckerPlusVaryingDiagonal.of(h.variances(), h.covariance());
            Tensor logDet = s.logdet(round, PROBES, LANCZOS).value();
            Tensor unusual = Elementwise.square(h.differences.get()).sum();
            return s.quadraticForm(complete)
                    .add(logDet)
                    .add(unusual)
                    .add(PIXELS * Math.log(2 * Math.PI))
                    .multiply(0.5);
        }
        return lossOfEqualNoises(h, complete);
    }

    private static Tensor lossOfEqualNoises(Hyperparameters h, Tensor complete) {
        KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(1, h.covariance(h.noise));
        Tensor quadratic = s.quadraticForm(complete).multiply(h.noise.negate().exp());
        Tensor logDet = s.slogdet().logAbs().add(h.noise.multiply(PIXELS));
        Tensor sum = quadratic.add(logDet).add(PIXELS * Math.log(2 * Math.PI));
        return h.differences
                .map(z -> sum.add(Elementwise.square(z).sum()))
                .orElse(sum)
                .multiply(0.5);
    }

    /** A picture from the posterior with noise: observed pixels as they are, missing ones drawn. */
    private Tensor draw(Hyperparameters h, Tensor y, Tensor observed, int round) {
        Tensor noise = h.variances().sqrt();
        KroneckerOperator k = h.covariance();
        Tensor prior = k.cholesky().apply(Random.normal(seed, 2L * round + 2, DTYPE, PIXELS));
        Tensor noisy =
                prior.add(Random.normal(seed, 2L * round + 3, DTYPE, PIXELS).multiply(noise));
        Tensor correction = k.apply(weights(h, y.subtract(noisy).multiply(observed), observed));
        Tensor drawn = noisy.add(correction);
        return Elementwise.where(Elementwise.greater(observed, 0.5), y, drawn);
    }

    /** The posterior mean of the noiseless picture. */
    private static Tensor expectation(Hyperparameters h, Tensor y, Tensor observed) {
        return h.covariance().apply(weights(h, y.multiply(observed), observed));
    }

    /** Solves {@code (M K M + diag(s)) a = b} by conjugate gradients, M keeping the observed pixels; a and b are 0 elsewhere. */
    private static Tensor weights(Hyperparameters h, Tensor b, Tensor observed) {
        Tensor s = h.variances();
        KroneckerOperator k = h.covariance();
        return Iterative.cg(
                        x -> k.apply(x).multiply(observed).add(x.multiply(s)),
                        s.pow(-1)::multiply,
                        b,
                        Iterative.Stop.at(TOLERANCE, ITERATIONS))
                .x();
    }

    private static double rootMeanSquare(Tensor error, Tensor hidden) {
        return Math.sqrt(Elementwise.square(error).multiply(hidden).sum().item()
                / hidden.sum().item());
    }

    private void report(Hyperparameters h, Tensor truth, Tensor observed, double mean, Tensor filled, Run run) {
        Tensor hidden = Elementwise.subtract(1, observed);
        Tensor guess = filled.add(mean);
        double error = rootMeanSquare(guess.subtract(truth), hidden);
        double flat = rootMeanSquare(truth.subtract(mean), hidden);
        double neighbour = rootMeanSquare(neighbours(truth, observed).subtract(truth), hidden);
        run.say(
                "%.0f of %d pixels hidden; learnt: lengths %.2f and %.2f pixels, signal %.3f, noise %.4f (standard"
                        + " deviations)",
                hidden.sum().item(),
                PIXELS,
                h.length1.exp().item(),
                h.length2.exp().item(),
                Math.exp(h.signal.item() / 2),
                Math.exp(h.noise.item() / 2));
        h.differences.ifPresent(d -> run.say(
                "noise by pixel from %.4f to %.4f",
                h.variances().min().sqrt().item(), h.variances().max().sqrt().item()));
        run.say(
                "hidden pixels: root mean square error %.4f; by their nearest observed neighbours %.4f, by the mean"
                        + " %.4f",
                error, neighbour, flat);
        run.number("rmse", error);
        run.number("rmse.neighbours", neighbour);
        run.number("rmse.mean", flat);
        run.check(
                "the hidden pixels are filled in better than by their nearest neighbours",
                error < neighbour,
                "steps",
                steps,
                ENOUGH);
        run.file("filled.png").ifPresent(png -> {
            double[] shown = truth.multiply(observed).add(hidden.multiply(0.5)).toDoubleArray();
            Tensor all = Elementwise.where(Elementwise.greater(observed, 0.5), truth, guess);
            Pictures.write(png, new double[][] {truth.toDoubleArray(), shown, all.toDoubleArray()}, SIDE, SIDE, 3, 8);
        });
    }

    /** Every pixel as the mean of the observed pixels nearest to it. */
    private static Tensor neighbours(Tensor truth, Tensor observed) {
        double[] pixels = truth.toDoubleArray();
        double[] known = observed.toDoubleArray();
        double[] result = new double[PIXELS];
        for (int p = 0; p < PIXELS; p++) {
            int nearest = Integer.MAX_VALUE;
            double sum = 0;
            int count = 0;
            for (int q = 0; q < PIXELS; q++) {
                int rows = p / SIDE - q / SIDE;
                int columns = p % SIDE - q % SIDE;
                int distance = rows * rows + columns * columns;
                if (known[q] > 0 && distance <= nearest) {
                    sum = distance == nearest ? sum + pixels[q] : pixels[q];
                    count = distance == nearest ? count + 1 : 1;
                    nearest = distance;
                }
            }
            result[p] = sum / count;
        }
        return Tensor.of(result, PIXELS);
    }

    /** The likelihood of the complete picture once more, with the covariance formed. */
    private static void verify(Hyperparameters h, Tensor y, Run run) {
        Tensor s = h.covariance().toDense().add(Creation.diag(h.variances()));
        double logDet = Linalg.logdetCholesky(s).item();
        double quadratic = y.multiply(Linalg.solve(s, y)).sum().item();
        if (h.differences.isPresent()) {
            KroneckerPlusVaryingDiagonal fast = KroneckerPlusVaryingDiagonal.of(h.variances(), h.covariance());
            double form = fast.quadraticForm(y).item();
            var estimate = fast.logdet(0, MANY_PROBES, MANY_STEPS);
            double error = estimate.error().item();
            run.say(
                    "log determinant by factors %.3f, its standard error %.3f, with the 784 x 784 covariance formed %.3f",
                    estimate.value().item(), error, logDet);
            run.check("both ways to the quadratic form agree", Math.abs(form - quadratic) < 1e-8 * quadratic);
            run.check(
                    "both ways to the determinant agree within five standard errors",
                    Math.abs(estimate.value().item() - logDet) < 5 * error);
            return;
        }
        double fast = loss(h, y, 0).item();
        double direct = (quadratic + logDet + PIXELS * Math.log(2 * Math.PI)) / 2;
        double relative = Math.abs(fast - direct) / Math.max(1, Math.abs(direct));
        run.say("likelihood by factors %.6f, with the 784 x 784 covariance formed %.6f", -fast, -direct);
        run.check("both ways to the likelihood agree", relative < 1e-8);
    }
}
