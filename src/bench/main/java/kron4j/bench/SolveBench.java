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

/** Linear systems; checked by their residual. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SolveBench {
    @Param({"b10000 n8 r1", "b1000 n32 r4", "b1 n500 r1", "b1 n1000 r16"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private Tensor b;

    @Setup
    public void setUp() {
        Map<String, Long> sizes = Inputs.sizes(row);
        int batch = sizes.get("b").intValue();
        int n = sizes.get("n").intValue();
        int r = sizes.get("r").intValue();
        a = batch == 1 ? Inputs.random(dtype, n, n) : Inputs.random(dtype, batch, n, n);
        b = batch == 1 ? Inputs.random(dtype, n, r) : Inputs.random(dtype, batch, n, r);
        try (Tensor x = Linalg.solve(a, b)) {
            Inputs.checkProduct(
                    row, Inputs.doubles(a), Inputs.doubles(x), Inputs.doubles(b), n, r, Inputs.epsilon(dtype));
        }
    }

    @Benchmark
    public Object solve() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Linalg.solve(a, b);
        }
    }
}
