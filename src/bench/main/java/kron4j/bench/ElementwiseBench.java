package kron4j.bench;

import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
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

/** Sums of a matrix and a broadcast row or column; their floor is the sum of two matrices of that shape. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ElementwiseBench {
    @Param({
        "16384x8 8",
        "6272x16 16",
        "2048x64 64",
        "1024x128 128",
        "16384x8 16384x1",
        "6272x16 6272x1",
        "2048x64 2048x1"
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private Tensor b;
    private Tensor same;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        a = Inputs.random(dtype, Inputs.dims(words[0]));
        b = Inputs.random(dtype, Inputs.dims(words[1]));
        same = Inputs.random(dtype, Inputs.dims(words[0]));
        int columns = (int) a.shape().at(1);
        try (Tensor sum = a.add(b)) {
            double[] x = Inputs.doubles(a);
            double[] y = Inputs.doubles(b);
            double[] z = Inputs.doubles(sum);
            for (int i = 0; i < z.length; i++) {
                double expected = x[i] + y[b.rank() == 1 ? i % columns : i / columns];
                Inputs.check(row, expected, z[i], Inputs.epsilon(dtype) * Math.abs(expected));
            }
        }
    }

    @Benchmark
    public Object add() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return a.add(b);
        }
    }

    @Benchmark
    public Object addSame() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return a.add(same);
        }
    }
}
