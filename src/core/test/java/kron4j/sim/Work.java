package kron4j.sim;

import static kron4j.ops.Einsum.einsum;

import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DeviceGraph;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Softmax;

/** Operations of every kind, on a square matrix that is well conditioned. */
enum Work {
    ADD(x -> x.add(x.transpose()).multiply(2)),
    SUM(x -> x.sum(0)),
    SOFTMAX(x -> Softmax.softmax(x, 1)),
    EINSUM(x -> einsum("ij,kj,kl->il", x, x, x)),
    EINSUM_REDUCTION(x -> einsum("ij,ij->i", x, x)),
    KRON(x -> Kron.kron(x, x)),
    LU(x -> Linalg.luFactor(x).solve(x)),
    SOLVE(x -> Linalg.solve(x, x)),
    SLOGDET(x -> Linalg.slogdet(x).logAbs()),
    SVD(x -> Linalg.svdvals(x)),
    COPY(x -> Tensor.of(x.toDoubleArray())),
    LARGE(x -> Tensor.ones(DType.FLOAT64, 400, 400).sum(0)),
    CAPTURE(Work::captured);

    private final UnaryOperator<Tensor> operation;

    Work(UnaryOperator<Tensor> operation) {
        this.operation = operation;
    }

    /** The matrix to work on, on the current device. */
    static Tensor input(int n) {
        Tensor random = Random.uniform(1, DType.FLOAT64, n, n);
        return random.add(Tensor.eye(DType.FLOAT64, n).multiply(n));
    }

    private static Tensor captured(Tensor x) {
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = x.device().capture(() -> y[0] = x.multiply(2).matmul(x))) {
            graph.replay();
            return y[0];
        }
    }

    /** What comes out, on the host; nothing stays on the device. */
    double[] run(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.adopt(operation.apply(x)).toDoubleArray();
        }
    }
}
