package kron4j.examples;

import static kron4j.DType.FLOAT64;

import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;

/** The work of DJL's NDManager, GradientCollector and Trainer: fits the covariance of a Gaussian by its log-determinant. */
public final class FromDjl {
    private FromDjl() {}

    public static void main(String[] args) {
        try (TensorScope scope = Device.best().openScope();
                Parameters parameters = new Parameters()) {
            Tensor mixing =
                    Random.normal(1, FLOAT64, 3, 3).add(Tensor.eye(FLOAT64, 3).multiply(3));
            Tensor x = MatMul.matmul(Random.normal(2, FLOAT64, 4096, 3), false, mixing, true);
            Tensor w = parameters.add("w", Tensor.eye(FLOAT64, 3));
            try (Sgd optimizer = new Sgd(parameters, 0.9, 0)) {
                Trainer trainer = new Trainer(parameters, optimizer, Schedule.constant(0.01), 4);
                for (int step = 0; step < 300; step++) {
                    try (TensorScope one = scope.device().openScope()) {
                        trainer.step(() -> {
                            Tensor y = MatMul.matmul(x, false, w, true);
                            return y.multiply(y).sum(1).mean().multiply(0.5).subtract(Linalg.logabsdet(w));
                        });
                    }
                }
                System.out.printf(
                        "log|det w| + log|det mixing| = %.3f%n",
                        Linalg.logabsdet(w.detach())
                                .add(Linalg.logabsdet(mixing))
                                .item());
            }
        }
    }
}
