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
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.EarlyStopping;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;

/**
 * A normalising flow learns the density of two interleaved half-moons, or of the 8 x 8 digits, by maximum likelihood. It is compared with the Gaussian of the same
 * mean and covariance.
 *
 * @param digits the digits, else the half-moons
 */
public record Flow(boolean digits, int layers, int hidden, int epochs, int batch, double rate, long seed) {
    private static final int EXAMPLES = 4096;
    private static final int HELD = 1024;
    /** Epochs without improvement before it stops. */
    private static final int PATIENCE = 30;
    /** Epochs that are enough to judge, unless it stopped by itself. */
    private static final int ENOUGH = 60;
    /** Points on each side of the density's grid over [-3, 3]. */
    private static final int GRID = 241;

    private static final double EXTENT = 3;

    private static final String NLL = "nll";

    public void run(Run run) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor all = digits ? optical() : moons();
            long held = digits ? all.shape().at(0) / 5 : HELD;
            Tensor order = Random.permutation(seed, 7, (int) all.shape().at(0));
            Tensor learn = Indexing.take(all, order.slice(0, held, all.shape().at(0)), 0);
            Tensor test = Indexing.take(all, order.slice(0, 0, held), 0);
            long size = all.shape().at(1);
            try (InvertibleFlow flow = new InvertibleFlow(new Random.Generator(seed), size, layers, hidden)) {
                run.say(
                        "%s: %d to learn from, %d held out, %d numbers each; %d layers, %d parameters, seed %d",
                        digits ? "8 x 8 digits" : "two half-moons",
                        learn.shape().at(0),
                        held,
                        size,
                        layers,
                        flow.parameters().count(),
                        seed);
                double best = train(flow, learn, test, run);
                double gaussian = gaussian(learn, test);
                run.say(
                        "negative log-likelihood of the held-out data: %.4f nats by the flow, %.4f by a Gaussian",
                        best, gaussian);
                run.number("nll", best);
                run.number("gaussian", gaussian);
                run.check(
                        "the flow explains unseen data better than a Gaussian",
                        best < gaussian,
                        "epochs",
                        epochs,
                        ENOUGH);
                NoGrad.run(() -> {
                    invertible(flow, test, run);
                    show(flow, test, run);
                });
            }
        }
    }

    private double train(InvertibleFlow flow, Tensor learn, Tensor test, Run run) {
        try (Adam adam = new Adam(flow.parameters())) {
            Batches batches = new Batches(seed, (int) learn.shape().at(0), batch);
            long steps = (long) epochs * batches.perEpoch();
            Trainer trainer = new Trainer(
                            flow.parameters(),
                            adam,
                            Schedule.cosine(rate, rate / 50, steps).warmedUp(20),
                            seed)
                    .clipNorm(10);
            EarlyStopping stopping = new EarlyStopping(PATIENCE, 0);
            TrainingHistory history = new TrainingLoop(
                            trainer,
                            batches,
                            chosen -> flow.logDensity(batches.pick(learn, chosen))
                                    .mean()
                                    .negate(),
                            () -> Map.of(NLL, -flow.logDensity(test).mean().item()))
                    .listener((done, of) -> run.progress("flow", done, of))
                    .stopEarly(stopping, NLL)
                    .run(epochs);
            if (trainer.steps() < steps) {
                run.say("stops after %d steps: no improvement in the last %d epochs", trainer.steps(), PATIENCE);
            }
            run.file("flow.csv").ifPresent(history::writeCsv);
            return stopping.best();
        }
    }

    /** The negative log-likelihood of {@code test} under the Gaussian with the mean and covariance of {@code learn}. */
    private static double gaussian(Tensor learn, Tensor test) {
        try (TensorScope scope = learn.device().openScope()) {
            Tensor x = learn.to(DType.FLOAT64);
            Tensor mean = x.mean(0);
            Tensor centred = x.subtract(mean);
            long size = x.shape().at(1);
            Tensor covariance = MatMul.matmul(centred, true, centred, false)
                    .multiply(1.0 / x.shape().at(0));
            Tensor off = test.to(DType.FLOAT64).subtract(mean);
            Tensor distance = off.multiply(
                            Linalg.solve(covariance, off.transpose()).transpose())
                    .sum(1)
                    .mean();
            double logDet = Linalg.logdetCholesky(covariance).item();
            return (distance.item() + logDet + size * Math.log(2 * Math.PI)) / 2;
        }
    }

    /** Checks that mapping there and back gives the data again. */
    private void invertible(InvertibleFlow flow, Tensor test, Run run) {
        Tensor error = flow.data(flow.normal(test)).subtract(test).abs();
        double worst = error.max().item();
        run.say("data -> normal -> data is off by %.2g at most", worst);
        run.check("the flow is inverted", worst < 1e-2);
    }

    private void show(InvertibleFlow flow, Tensor test, Run run) {
        long size = test.shape().at(1);
        if (digits) {
            run.file("samples.png").ifPresent(png -> {
                Tensor samples = flow.data(
                        Random.normal(seed, 9, DType.FLOAT32, 40, size).multiply(0.7));
                double[][] pictures = new double[40][];
                Arrays.setAll(pictures, i -> samples.select(0, i).toDoubleArray());
                Pictures.write(png, pictures, 8, 8, 10, 6);
            });
            return;
        }
        Tensor axis = Creation.linspace(DType.FLOAT32, -EXTENT, EXTENT, GRID);
        Tensor grid = Indexing.stack(
                2, axis.unsqueeze(0).expand(GRID, GRID), axis.unsqueeze(1).expand(GRID, GRID));
        Tensor density = flow.logDensity(grid.reshape(-1, 2)).exp();
        double mass = density.sum().item() * Math.pow(2 * EXTENT / (GRID - 1), 2);
        run.say("the density integrates to %.4f over [-3, 3]^2", mass);
        run.number("mass", mass);
        // Room for the rule's own error and the mass outside; a wrong Jacobian would be off by a factor.
        run.check("the density integrates to 1 within 3 %", Math.abs(mass - 1) < 0.03, "epochs", epochs, ENOUGH);
        run.file("density.png").ifPresent(png -> {
            Tensor samples = flow.data(Random.normal(seed, 9, DType.FLOAT32, HELD, size));
            Pictures.beside(
                    png,
                    Pictures.density("density of the flow", EXTENT, GRID, density.toDoubleArray()),
                    Pictures.points("samples of the flow", EXTENT, samples),
                    Pictures.points("held-out data", EXTENT, test));
        });
    }

    /** Two interleaved half circles with noise, scaled to about unit variance, float32 [examples, 2]. */
    private Tensor moons() {
        int n = EXAMPLES + HELD;
        Tensor angle = Random.uniform(seed, 1, DType.FLOAT32, n).multiply(Math.PI);
        Tensor lower = Random.bernoulli(seed, 2, 0.5, kron4j.Shape.of(n));
        Tensor x = Elementwise.where(lower, Elementwise.subtract(1, Elementwise.cos(angle)), Elementwise.cos(angle));
        Tensor y = Elementwise.where(lower, Elementwise.subtract(0.5, Elementwise.sin(angle)), Elementwise.sin(angle));
        Tensor points = Indexing.stack(
                1, x.subtract(0.5).multiply(1.15), y.subtract(0.25).multiply(2));
        return points.add(Random.normal(seed, 3, DType.FLOAT32, n, 2).multiply(0.1));
    }

    /** Pixels made continuous by uniform noise of their step, float32 [1797, 64] in (0, 17/16). */
    private Tensor optical() {
        Tensor pixels = LabelledDigits.optical().images();
        return pixels.add(
                Random.uniform(seed, 4, DType.FLOAT32, pixels.shape().dims()).multiply(1 / 16.0));
    }
}
