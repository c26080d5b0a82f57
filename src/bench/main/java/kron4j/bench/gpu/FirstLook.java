package kron4j.bench.gpu;

import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.Precision;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import kron4j.ops.InPlace;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import kron4j.ops.Random;

/** The riskiest checks of an untried card, in seconds: each family of kernels and each library once, against the CPU. Argument: the file of results. */
public final class FirstLook {
    private final Results results;
    private final Device card = Device.of(System.getProperty("kron4j.bench.device", "cuda:0"));

    private FirstLook(Results results) {
        this.results = results;
    }

    public static void main(String[] args) throws IOException {
        Results results = new Results(Path.of(args[0]));
        new FirstLook(results).look();
        System.exit(results.finish());
    }

    private void look() {
        results.piece("device", result -> result.put("facts", card.describe()));
        for (DType dtype : new DType[] {FLOAT64, FLOAT32}) {
            compare("gemm " + dtype, dtype, 1000, x -> x.matmul(x), 500, 500);
            compare("gemm of a batch " + dtype, dtype, 1000, x -> x.matmul(x), 300, 20, 20);
            compare("sum " + dtype, dtype, 2000, x -> x.sum(1), 1000, 1000);
            compare("sum of products " + dtype, dtype, 2000, x -> Einsum.einsum("abc,bcd->ad", x, x), 64, 64, 64);
            compare("kron " + dtype, dtype, 10, x -> Kron.kron(x, x), 40, 30);
            compare("permute " + dtype, dtype, 0, x -> x.permute(2, 0, 1).copy(), 30, 40, 50);
            compare("exp " + dtype, dtype, 100, Tensor::exp, 1000, 1000);
            for (int n : new int[] {4, 32, 64, 128, 256, 512}) {
                compare(
                        "slogdet n" + n + " " + dtype,
                        dtype,
                        1000.0 * n,
                        x -> Linalg.slogdetEx(x).logAbs(),
                        16,
                        n,
                        n);
            }
            compare(
                    "slogdet by cuSOLVER " + dtype,
                    dtype,
                    1e6,
                    x -> Linalg.slogdetEx(x).logAbs(),
                    600,
                    600);
            compare("svdvals by cuSOLVER " + dtype, dtype, 1e4, Linalg::svdvals, 100, 100);
            compare(
                    "graph " + dtype,
                    dtype,
                    1000,
                    x -> replayed(t -> t.matmul(t).exp().sum(1), x),
                    16,
                    16);
            compare(
                    "graph of lu " + dtype,
                    dtype,
                    1e5,
                    x -> replayed(t -> Linalg.slogdetEx(t).logAbs(), x),
                    8,
                    100,
                    100);
        }
        compare(
                "gemm tf32",
                FLOAT32,
                1000 * 0x1p13,
                x -> {
                    try (Precision.Scope fast = Precision.TF32.open()) {
                        return x.matmul(x);
                    }
                },
                500,
                500);
    }

    private Tensor replayed(UnaryOperator<Tensor> work, Tensor x) {
        if (x.device().equals(Device.cpu())) {
            return work.apply(x);
        }
        Tensor input = Tensor.zeros(x.dtype(), x.shape().dims());
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = card.capture(() -> y[0] = work.apply(input))) {
            InPlace.assign(input, x);
            graph.replay();
            card.synchronize();
            return y[0];
        }
    }

    /** @param tolerance in units of the dtype's epsilon, of the largest element of the result */
    private void compare(String name, DType dtype, double tolerance, UnaryOperator<Tensor> work, long... shape) {
        results.piece(name, result -> {
            try (TensorScope scope = card.openScope()) {
                Tensor x = Random.uniform(1, dtype, shape);
                double[] got = work.apply(x).toDoubleArray();
                double[] expected;
                try (TensorScope cpu = Device.cpu().openScope()) {
                    expected = work.apply(x.to(Device.cpu()).to(FLOAT64)).toDoubleArray();
                }
                report(result, got, expected, tolerance * (dtype == FLOAT64 ? 0x1p-52 : 0x1p-23));
            }
        });
    }

    private static void report(Map<String, Object> result, double[] got, double[] expected, double tolerance) {
        double scale = 1;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            double off = Math.abs(got[i] - expected[i]);
            error = Double.isNaN(off) ? Double.POSITIVE_INFINITY : Math.max(error, off);
        }
        result.put("relative error", error / scale);
        if (error > tolerance * scale) {
            result.put("error", "off by " + error + " of " + scale + ", allowed " + tolerance * scale);
        }
    }
}
