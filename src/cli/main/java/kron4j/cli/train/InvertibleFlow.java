package kron4j.cli.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.train.Initializers;
import kron4j.train.Linear;
import kron4j.train.Parameters;

/**
 * A normalising flow from data to a standard normal. Invertible linear layers {@code y = W x + b} with a general W, whose log-Jacobian is {@code log|det W|},
 * alternate with affine couplings, which scale and shift one half of y by functions of the other half.
 *
 * <p>Source: Dinh, Sohl-Dickstein, Bengio: Density estimation using Real NVP (ICLR 2017); Kingma, Dhariwal: Glow (NeurIPS 2018).
 */
final class InvertibleFlow implements AutoCloseable {
    private static final double MOST_SCALE = 2;

    private final Parameters parameters = new Parameters();
    private final List<Block> blocks = new ArrayList<>();
    private final long size;
    private final long kept;

    private record Block(Tensor weight, Tensor bias, Linear in, Linear middle, Linear out) {}

    InvertibleFlow(Random.Generator random, long size, int layers, long hidden) {
        DType dtype = DType.FLOAT32;
        this.size = size;
        this.kept = size / 2;
        for (int i = 0; i < layers; i++) {
            Tensor weight = parameters.add("weight" + i, Initializers.orthogonal(random, dtype, size, size));
            Tensor bias = parameters.add("bias" + i, Initializers.zeros(dtype, size));
            Linear in = new Linear(random, dtype, kept, hidden);
            Linear middle = new Linear(random, dtype, hidden, hidden);
            Linear out = new Linear(random, dtype, hidden, 2 * (size - kept));
            // The identity at first.
            out.parameters().tensors().forEach(p -> kron4j.autograd.NoGrad.run(() -> InPlace.fill(p, 0)));
            parameters
                    .include("in" + i, in.parameters())
                    .include("middle" + i, middle.parameters())
                    .include("out" + i, out.parameters());
            blocks.add(new Block(weight, bias, in, middle, out));
        }
    }

    Parameters parameters() {
        return parameters;
    }

    /** The log-density of each row of [rows, size], in nats. */
    Tensor logDensity(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            Mapped m = mapped(x);
            Tensor square = Reduce.sum(Elementwise.square(m.z), 1).multiply(-0.5);
            return scope.keep(square.add(m.logJacobian).subtract(size / 2.0 * Math.log(2 * Math.PI)));
        }
    }

    /** Maps data to normal vectors, [rows, size]. */
    Tensor normal(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(mapped(x).z);
        }
    }

    /** Maps data to normal vectors, with the logarithm of the Jacobian's modulus of each row. */
    private record Mapped(Tensor z, Tensor logJacobian) {}

    private Mapped mapped(Tensor x) {
        Tensor z = x;
        Tensor logJacobian = Initializers.zeros(x.dtype(), x.shape().at(0));
        for (Block b : blocks) {
            Tensor y = MatMul.matmul(z, false, b.weight, true).add(b.bias);
            List<Tensor> halves = Indexing.split(y, 1, kept, size - kept);
            Coupling c = coupling(b, halves.get(0));
            z = Indexing.concat(
                    1, halves.get(0), halves.get(1).multiply(c.scale.exp()).add(c.shift));
            logJacobian = logJacobian.add(Reduce.sum(c.scale, 1)).add(Linalg.logabsdet(b.weight));
        }
        return new Mapped(z, logJacobian);
    }

    private record Coupling(Tensor scale, Tensor shift) {}

    private Coupling coupling(Block b, Tensor first) {
        Tensor hidden = Elementwise.tanh(b.middle.apply(Elementwise.tanh(b.in.apply(first))));
        List<Tensor> both = Indexing.split(b.out.apply(hidden), 1, size - kept, size - kept);
        Tensor scale = Elementwise.tanh(both.get(0).multiply(1 / MOST_SCALE)).multiply(MOST_SCALE);
        return new Coupling(scale, both.get(1));
    }

    /** Maps normal vectors back to data. */
    Tensor data(Tensor normal) {
        try (TensorScope scope = normal.device().openScope()) {
            Tensor z = normal;
            for (int i = blocks.size() - 1; i >= 0; i--) {
                Block b = blocks.get(i);
                Tensor first = z.slice(1, 0, kept);
                Coupling c = coupling(b, first);
                Tensor second = z.slice(1, kept, size).subtract(c.shift).divide(c.scale.exp());
                Tensor y = Indexing.concat(1, first, second).subtract(b.bias);
                z = Linalg.solve(b.weight, y.transpose()).transpose();
            }
            return scope.keep(z.copy());
        }
    }

    @Override
    public void close() {
        parameters.close();
    }
}
