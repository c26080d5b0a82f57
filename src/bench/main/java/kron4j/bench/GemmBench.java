package kron4j.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.MatMul;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
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

/** Batches of b square GEMMs of size n; their floor is a bare OpenBLAS call for each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class GemmBench {
    @Param({"b8192 n4", "b4096 n8", "b2048 n16", "b512 n32", "b128 n64", "b1 n256", "b1 n1024", "b1 n2048"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private int batch;
    private int n;
    private Tensor a;
    private Tensor b;
    private DoublePointer[] doubles;
    private FloatPointer[] floats;

    @Setup
    public void setUp() {
        Map<String, Long> sizes = Inputs.sizes(row);
        batch = sizes.get("b").intValue();
        n = sizes.get("n").intValue();
        long[] shape = batch == 1 ? new long[] {n, n} : new long[] {batch, n, n};
        a = Inputs.random(dtype, shape);
        b = Inputs.random(dtype, shape);
        double[] x = Inputs.doubles(a);
        double[] y = Inputs.doubles(b);
        double[] z = new double[x.length];
        if (dtype == DType.FLOAT64) {
            doubles = new DoublePointer[] {new DoublePointer(x), new DoublePointer(y), new DoublePointer(z)};
        } else {
            floats = new FloatPointer[] {pointer(x), pointer(y), pointer(z)};
        }
        double[] ours;
        try (Tensor product = MatMul.matmul(a, b)) {
            ours = Inputs.doubles(product);
        }
        openblas();
        int last = (batch - 1) * n * n;
        for (int sample = 0; sample < n; sample++) {
            int i = sample * 7 % n;
            int j = sample * 11 % n;
            double sum = 0;
            for (int k = 0; k < n; k++) {
                sum += x[last + i * n + k] * y[last + k * n + j];
            }
            int at = last + i * n + j;
            Inputs.check(row, sum, ours[at], 2 * n * Inputs.epsilon(dtype));
            Inputs.check(
                    row, sum, doubles != null ? doubles[2].get(at) : floats[2].get(at), 2 * n * Inputs.epsilon(dtype));
        }
    }

    private static FloatPointer pointer(double[] values) {
        FloatPointer pointer = new FloatPointer(values.length);
        for (int i = 0; i < values.length; i++) {
            pointer.put(i, (float) values[i]);
        }
        return pointer;
    }

    @Benchmark
    public Object matmul() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return MatMul.matmul(a, b);
        }
    }

    @Benchmark
    public void openblas() {
        for (int i = 0; i < batch; i++) {
            long at = (long) i * n * n;
            if (doubles != null) {
                openblas.cblas_dgemm(
                        openblas.CblasRowMajor,
                        openblas.CblasNoTrans,
                        openblas.CblasNoTrans,
                        n,
                        n,
                        n,
                        1,
                        doubles[0].position(at),
                        n,
                        doubles[1].position(at),
                        n,
                        0,
                        doubles[2].position(at),
                        n);
            } else {
                openblas.cblas_sgemm(
                        openblas.CblasRowMajor,
                        openblas.CblasNoTrans,
                        openblas.CblasNoTrans,
                        n,
                        n,
                        n,
                        1,
                        floats[0].position(at),
                        n,
                        floats[1].position(at),
                        n,
                        0,
                        floats[2].position(at),
                        n);
            }
        }
        if (doubles != null) {
            doubles[2].position(0);
        } else {
            floats[2].position(0);
        }
    }
}
