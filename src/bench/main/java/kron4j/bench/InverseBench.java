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

/** Inverses; checked by their residual. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class InverseBench {
    @Param({"b1000 n16", "b1 n500"})
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
        double[] identity = new double[(int) a.size()];
        for (int i = 0; i < batch * n; i++) {
            identity[i * n + i % n] = 1;
        }
        try (Tensor x = Linalg.inverse(a)) {
            Inputs.checkProduct(row, Inputs.doubles(a), Inputs.doubles(x), identity, n, n, Inputs.epsilon(dtype));
        }
    }

    @Benchmark
    public Object inverse() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Linalg.inverse(a);
        }
    }
}
