package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.reference.Einsums;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import kron4j.train.BlockLinear;
import kron4j.train.ComplexKroneckerRecurrentUnit;
import kron4j.train.Gru;
import kron4j.train.KroneckerLinear;
import kron4j.train.KroneckerRecurrentUnit;
import kron4j.train.Layer;
import kron4j.train.Linear;
import kron4j.train.Lstm;
import kron4j.train.Recurrent;
import kron4j.train.Rnn;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;

/** Layers: values against their formulas, gradients against differences, and what recurrence means: no look ahead, no sample sees another. */
final class NetworkCases {
    private static final DType F64 = DType.FLOAT64;
    private static final double STEP = 0x1p-10;

    private final Draw draw;
    private final Random.Generator random;

    private NetworkCases(Draw draw) {
        this.draw = draw;
        random = new Random.Generator(draw.below(1 << 20));
    }

    static void check(Draw draw) {
        NetworkCases c = new NetworkCases(draw);
        switch (draw.below(4)) {
            case 0 -> c.affine();
            case 1, 2 -> c.recurrent();
            default -> c.step();
        }
    }

    private static NDArray parameter(Layer layer, String name) {
        return NDArray.of(layer.parameters().named().get(name));
    }

    /** Other than the zeros and ones it begins with. */
    private <L extends Layer> L shaken(L layer) {
        NoGrad.run(() -> layer.parameters()
                .tensors()
                .forEach(p -> InPlace.add(
                        p, random.normal(p.dtype(), p.shape().dims()).multiply(0.1))));
        return layer;
    }

    private static Tensor value(Layer layer, Tensor x) {
        return NoGrad.of(() -> layer.apply(x));
    }

    private void affine() {
        int kind = draw.below(3);
        long[] sides = {draw.between(1, 4), draw.between(1, 4), draw.between(1, 4), draw.between(1, 4)};
        Layer made = switch (kind) {
            case 0 -> new Linear(random, F64, sides[0] * sides[1], sides[2] * sides[3]);
            case 1 ->
                new KroneckerLinear(random, F64, new long[] {sides[2], sides[3]}, new long[] {sides[0], sides[1]});
            default -> new BlockLinear(random, F64, sides[0], sides[1], sides[2]);
        };
        try (Layer layer = shaken(made)) {
            NDArray weight = switch (kind) {
                case 0 -> parameter(layer, "weight");
                case 1 -> KronReference.kron(parameter(layer, "factor0"), parameter(layer, "factor1"));
                default -> KronReference.kron(KronReference.eye(sides[0]), parameter(layer, "weight"));
            };
            NDArray bias = kind == 2
                    ? KronReference.kron(NDArray.full(1, sides[0]), parameter(layer, "bias"))
                    : parameter(layer, "bias");
            long[] rows = draw.shape(draw.below(3), 17);
            long[] shape = Arrays.copyOf(rows, rows.length + 1);
            shape[rows.length] = sides[0] * sides[1];
            Operand x = Operand.any(draw, draw.numbers(shape), F64);
            long count = Arrays.stream(rows).reduce(1, (a, b) -> a * b);
            NDArray flat = x.values().reshape(count, shape[rows.length]);
            NDArray exact = Einsums.einsum("ni,oi->no", flat, weight).zip(bias, Double::sum);
            NDArray sizes = Einsums.einsum("ni,oi->no", flat.map(Math::abs), weight.map(Math::abs))
                    .zip(bias, (s, b) -> s + Math.abs(b));
            shape[rows.length] = weight.shape()[0];
            double unit = (shape[rows.length] + 20) * F64.epsilon();
            String what = layer.getClass().getSimpleName() + " of " + x.tensor().layout();
            Verify.close(what, exact.reshape(shape), sizes.map(s -> unit * s).reshape(shape), value(layer, x.tensor()));
            if (count > 0) {
                slopes(what, layer, x.tensor(), false);
            }
        }
    }

    private void recurrent() {
        int kind = draw.below(5);
        long inputs = draw.between(1, 3);
        int width = draw.between(1, 3);
        Recurrent made = switch (kind) {
            case 0 -> new Rnn(random, F64, inputs, width);
            case 1 -> new Gru(random, F64, inputs, width);
            case 2 -> new Lstm(random, F64, inputs, width);
            case 3 -> new KroneckerRecurrentUnit(random, F64, inputs, width, 2);
            default -> new ComplexKroneckerRecurrentUnit(random, F64, inputs, width, 2);
        };
        try (Recurrent layer = shaken(made)) {
            int time = draw.between(1, 5);
            long batch = draw.between(1, 3);
            // Where an input is 0, some units leave out their bias, and have no slope.
            Operand x = Operand.any(draw, draw.numbers(time, batch, inputs).map(v -> v == 0 ? 0.3 : v), F64);
            String what = layer.getClass().getSimpleName() + " of " + x.tensor().layout();
            Tensor y = value(layer, x.tensor());
            NDArray whole = NDArray.of(y);
            Verify.shape(what, new long[] {time, batch, layer.width()}, y);
            // Roundings are carried on from step to step, by matrices of norms near 1.
            double off = 1e-12 * (1 + whole.scale());
            long until = draw.between(1, time);
            Verify.close(
                    "the beginning of " + what,
                    whole.slice(0, 0, until, 1),
                    NDArray.full(off, until, batch, layer.width()),
                    value(layer, x.tensor().slice(0, 0, until)));
            long sample = draw.below((int) batch);
            Verify.close(
                    "a sample of " + what,
                    whole.slice(1, sample, sample + 1, 1),
                    NDArray.full(off, time, 1, layer.width()),
                    value(layer, x.tensor().slice(1, sample, sample + 1)));
            slopes(what, layer, x.tensor(), kind >= 3);
        }
    }

    /** Of a weighted sum of the outputs, along a random direction of the input and of each parameter. */
    private void slopes(String what, Layer layer, Tensor input, boolean kinks) {
        Tensor x = input.copy().requiresGrad();
        Tensor y = layer.apply(x);
        Tensor weights = random.normal(F64, y.shape().dims());
        List<Tensor> parameters = new java.util.ArrayList<>(layer.parameters().tensors());
        parameters.add(x);
        List<Tensor> gradients = Gradients.vjp(y, weights, parameters.toArray(Tensor[]::new));
        for (int k = 0; k < parameters.size(); k++) {
            Tensor p = parameters.get(k);
            Tensor direction = random.normal(p.dtype(), p.shape().dims());
            double found =
                    gradients.get(k).multiply(direction.conj()).real().sum().item();
            double[] values = new double[5];
            for (int i = 0; i < 5; i++) {
                double h = (i - 2) * STEP;
                NoGrad.run(() -> InPlace.add(p, direction.multiply(h)));
                values[i] = value(layer, x).multiply(weights).sum().item();
                NoGrad.run(() -> InPlace.add(p, direction.multiply(-h)));
            }
            double near = (values[3] - values[1]) / (2 * STEP);
            double far = (values[4] - values[0]) / (4 * STEP);
            double expected = near + (near - far) / 3;
            // At a kink the slopes on both sides differ.
            double sides = Math.abs(values[3] - 2 * values[2] + values[1]) / STEP;
            double rounding = 1e3
                    * F64.epsilon()
                    * (1 + Arrays.stream(values).map(Math::abs).max().orElse(0))
                    / STEP;
            double error = Math.abs(near - far) + rounding + (kinks ? sides : 0);
            Verify.that(
                    Math.abs(found - expected) <= error,
                    "gradient of " + what + " by parameter " + k + ": " + found + ", expected " + expected + " within "
                            + error);
        }
    }

    /** A step of gradient descent on a linear model with a softmax, all of it by hand. */
    private void step() {
        int n = draw.between(1, 5);
        int classes = draw.between(1, 4);
        int samples = draw.between(1, 9);
        double momentum = draw.of(0.0, 0.9);
        try (Linear layer = shaken(new Linear(random, F64, n, classes));
                Sgd optimizer = new Sgd(layer.parameters(), momentum, 0)) {
            NDArray x = draw.numbers(samples, n);
            NDArray labels = NDArray.integers(new SplittableRandom(draw.below(1000)), 0, classes, samples);
            NDArray w = parameter(layer, "weight");
            NDArray bias = parameter(layer, "bias");
            Trainer trainer = new Trainer(layer.parameters(), optimizer, Schedule.constant(0.5), 1);
            Tensor inputs = Operand.of(draw, x, F64).tensor();
            Tensor given = labels.toTensor(DType.INT64);
            NDArray velocity = NDArray.full(0, classes, n);
            for (int i = 0; i < 2; i++) {
                NDArray logits = Einsums.einsum("sn,cn->sc", x, w).zip(bias, Double::sum);
                NDArray total = logits.reduce(
                        g -> Math.log(Arrays.stream(g).map(Math::exp).sum()), true, 1);
                NDArray logs = logits.zip(total, (a, b) -> a - b);
                double loss =
                        -Arrays.stream(NDArray.generate(new long[] {samples}, s -> logs.get(s[0], (long) labels.get(s)))
                                                .data())
                                        .sum()
                                / samples;
                NDArray slope = NDArray.generate(
                        logs.shape(), s -> (Math.exp(logs.get(s)) - (labels.get(s[0]) == s[1] ? 1 : 0)) / samples);
                NDArray gradient = Einsums.einsum("sc,sn->cn", slope, x);
                double found = trainer.step(() -> Softmax.crossEntropy(layer.apply(inputs), given))
                        .item();
                Verify.that(
                        Math.abs(found - loss) <= 1e-13 * (1 + samples) * (1 + logits.scale()),
                        "step: loss " + found + ", expected " + loss);
                velocity = velocity.zip(gradient, (v, g) -> momentum * v + g);
                w = w.zip(velocity, (p, v) -> p - 0.5 * v);
                if (i == 0) {
                    Verify.close(
                            "step: weights",
                            w,
                            w.map(p -> 1e-13 * (1 + samples) * 20),
                            layer.parameters().named().get("weight"));
                }
                bias = parameter(layer, "bias");
                w = parameter(layer, "weight");
            }
        }
    }
}
