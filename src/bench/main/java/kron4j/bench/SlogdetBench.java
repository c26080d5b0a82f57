package kron4j.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Linalg;
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

/** Sign and log|det|; checked by elimination in plain Java. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SlogdetBench {
    @Param({"b10000 n4", "b10000 n8", "b2000 n16", "b1000 n32", "b100 n100", "b1 n500", "b1 n1000"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;

    @Setup
    public void setUp() {
        Map<String, Long> sizes = Inputs.sizes(row);
        int batch = sizes.get("b").intValue();
        int n = sizes.get("n").intValue();
        a = batch == 1 ? Inputs.random(dtype, n, n) : Inputs.random(dtype, batch, n, n);
        double[] expected = slogdet(Inputs.doubles(a), (batch - 1) * n * n, n);
        try (TensorScope scope = Device.cpu().openScope()) {
            var result = Linalg.slogdet(a);
            Inputs.check(row, expected[0], Inputs.doubles(result.sign())[batch - 1], 0);
            // The condition of a random matrix grows like n; a thousand leaves room for an unlucky one.
            double tolerance = 1000.0 * n * Inputs.epsilon(dtype);
            Inputs.check(row, expected[1], Inputs.doubles(result.logAbs())[batch - 1], tolerance);
        }
    }

    private static double[] slogdet(double[] a, int at, int n) {
        double sign = 1;
        double log = 0;
        for (int k = 0; k < n; k++) {
            int pivot = k;
            for (int i = k; i < n; i++) {
                pivot = Math.abs(a[at + i * n + k]) > Math.abs(a[at + pivot * n + k]) ? i : pivot;
            }
            sign *= (pivot == k ? 1 : -1) * Math.signum(a[at + pivot * n + k]);
            for (int j = k; j < n; j++) {
                double t = a[at + k * n + j];
                a[at + k * n + j] = a[at + pivot * n + j];
                a[at + pivot * n + j] = t;
            }
            log += Math.log(Math.abs(a[at + k * n + k]));
            for (int i = k + 1; i < n; i++) {
                double factor = a[at + i * n + k] / a[at + k * n + k];
                for (int j = k + 1; j < n; j++) {
                    a[at + i * n + j] -= factor * a[at + k * n + j];
                }
            }
        }
        return new double[] {sign, log};
    }

    @Benchmark
    public Object slogdet() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Linalg.slogdet(a);
        }
    }
}
