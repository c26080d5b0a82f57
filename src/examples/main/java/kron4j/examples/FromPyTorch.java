package kron4j.examples;

import static kron4j.DType.FLOAT32;

import java.util.List;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.Clipping;
import kron4j.train.Linear;
import kron4j.train.Parameters;

/** A training loop in the style of PyTorch. */
public final class FromPyTorch {
    private FromPyTorch() {}

    public static void main(String[] args) {
        try (TensorScope scope = Device.best().openScope()) {
            Tensor x = Random.normal(1, FLOAT32, 512, 2);
            Tensor labels = Elementwise.greater(x.select(1, 0).multiply(x.select(1, 1)), 0)
                    .to(kron4j.DType.INT64);

            Random.Generator random = new Random.Generator(2);
            Linear hidden = new Linear(random, FLOAT32, 2, 32);
            Linear out = new Linear(random, FLOAT32, 32, 2);
            Parameters parameters =
                    new Parameters().include("hidden", hidden.parameters()).include("out", out.parameters());
            try (parameters;
                    Adam optimizer = Adam.withDecay(parameters, 1e-4)) {
                optimizer.rate(1e-2);
                for (int step = 0; step < 200; step++) {
                    try (TensorScope one = scope.device().openScope()) {
                        Tensor scores = out.apply(Elementwise.tanh(hidden.apply(x)));
                        Tensor loss = Softmax.crossEntropy(scores, labels);
                        List<Tensor> gradients = Gradients.of(loss, parameters.tensors());
                        optimizer.step(Clipping.byNorm(gradients, 1));
                    }
                }
                try (NoGrad evaluating = NoGrad.open()) {
                    Tensor scores = out.apply(Elementwise.tanh(hidden.apply(x)));
                    Tensor right = Elementwise.equal(Reduce.argmax(scores, 1), labels);
                    System.out.printf(
                            "accuracy %.3f%n", right.to(FLOAT32).mean().item());
                }
            }
        }
    }
}
