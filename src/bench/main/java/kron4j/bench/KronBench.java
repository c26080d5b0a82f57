package kron4j.bench;

import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Kron;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Kronecker products of matrices, and of a batch of them; checked against the definition. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class KronBench {
    @Param({"48x48 48x48", "30x30 30x784", "2048x1 1x2048", "64x10x10 64x6x6", "2000x4x4 2000x4x4", "1000x8x8 1000x8x8"
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private Tensor b;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        a = Inputs.random(dtype, Inputs.dims(words[0]));
        b = Inputs.random(dtype, Inputs.dims(words[1]));
        double[] x = Inputs.doubles(a);
        double[] y = Inputs.doubles(b);
        int m = (int) a.shape().at(-2);
        int n = (int) a.shape().at(-1);
        int p = (int) b.shape().at(-2);
        int q = (int) b.shape().at(-1);
        try (Tensor product = multiply()) {
            double[] z = Inputs.doubles(product);
            for (int at = 0; at < z.length; at += 89) {
                int matrix = at / (m * p * n * q);
                int i = at / (n * q) % (m * p);
                int j = at % (n * q);
                double expected = x[(matrix * m + i / p) * n + j / q] * y[(matrix * p + i % p) * q + j % q];
                Inputs.check(row, expected, z[at], Inputs.epsilon(dtype));
            }
        }
    }

    private Tensor multiply() {
        return a.rank() == 2 ? Kron.kron(a, b) : Kron.batchedKron(a, b);
    }

    @Benchmark
    public Object kron() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return multiply();
        }
    }
}
