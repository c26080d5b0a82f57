package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LAPACK and BLAS print to the process's own output when an argument displeases them, past System.out: here to files of another process. */
class SilentNativesTest {
    private static final double[] HOSTILE = {
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        0,
        Double.MIN_VALUE,
        Float.MIN_VALUE,
        Float.MAX_VALUE,
        Double.MAX_VALUE
    };
    private static final long[][] SHAPES = {
        {0, 0},
        {0, 3},
        {3, 0},
        {2, 0, 0},
        {0, 4, 4},
        {1, 1},
        {1, 7},
        {7, 1},
        {3, 3},
        {5, 2},
        {2, 5},
        {17, 17},
        {33, 20},
        {2, 20, 20},
        {70, 70}
    };

    /** What the other process runs; exceptions are as they may be. */
    public static void main(String[] args) {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            for (long[] shape : SHAPES) {
                for (double value : HOSTILE) {
                    try (TensorScope scope = Device.cpu().openScope()) {
                        Tensor full = Tensor.full(dtype, value, shape);
                        everything(full);
                        if (full.size() > 0) {
                            Tensor one = Tensor.ones(dtype, shape);
                            long last = full.size() - 1;
                            scope.device()
                                    .backend()
                                    .fill(
                                            value,
                                            one.reshape(last + 1)
                                                    .slice(0, last, last + 1)
                                                    .view());
                            everything(one);
                            everything(one.transpose(-1, -2));
                            everything(one.flip(-1));
                        }
                    }
                }
            }
        }
    }

    private static void everything(Tensor a) {
        Tensor rows = Tensor.ones(a.dtype(), a.shape().at(-2), 2);
        Tensor none = Tensor.ones(a.dtype(), a.shape().at(-2), 0);
        List<Runnable> all = List.of(
                () -> Linalg.svd(a),
                () -> Linalg.svd(a, true),
                () -> Linalg.svdvals(a),
                () -> Linalg.eigh(a),
                () -> Linalg.qr(a),
                () -> Linalg.qr(a, true),
                () -> Linalg.lu(a),
                () -> Linalg.cholesky(a),
                () -> Linalg.pinv(a),
                () -> Linalg.matrixRank(a),
                () -> Linalg.inverse(a),
                () -> Linalg.inverseEx(a),
                () -> Linalg.solve(a, rows),
                () -> Linalg.solveEx(a, none),
                () -> Linalg.luFactor(a).solve(none),
                () -> Linalg.luFactor(a).solveTransposed(rows),
                () -> Linalg.triangularSolve(a, rows, true),
                () -> Linalg.triangularSolve(a, none, false, true, true),
                () -> Linalg.slogdet(a),
                () -> Linalg.det(a),
                () -> Linalg.logabsdetSvd(a),
                () -> Linalg.logdetCholesky(a),
                () -> {
                    if (a.shape().at(-1) < 34) {
                        Linalg.slogdet(a, Accuracy.COMPENSATED);
                    }
                },
                () -> MatMul.matmul(a, true, a, false),
                () -> MatMul.matmul(a, false, a, true),
                () -> MatMul.matmul(a, true, none, false),
                () -> {
                    Tensor x = a.detach().requiresGrad();
                    Gradients.of(Linalg.det(x).sum(), x);
                });
        for (Runnable each : all) {
            try {
                each.run();
            } catch (TensorException refused) {
                assertTrue(refused.getMessage().length() > 10);
            }
        }
    }

    @Test
    void nothingIsPrinted(@TempDir Path dir) throws IOException, InterruptedException {
        Path output = dir.resolve("output");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(
                        java.toString(),
                        "-Xmx512m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dkron4j.cpu.threads=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SilentNativesTest.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertTrue(ended, "hangs");
        assertEquals("", Files.readString(output));
        assertEquals(0, process.exitValue());
    }
}
