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

/** Sums over one axis; their floor is the copy of the operand. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ReduceBench {
    /** A shape of two or three axes and the axis that is summed. */
    @Param({"4096x4096 0", "4096x4096 1", "16x64x4096 1", "128x256 0", "100000x16 0"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private int axis;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        a = Inputs.random(dtype, Inputs.dims(words[0]));
        axis = Integer.parseInt(words[1]);
        int n = (int) a.shape().at(axis);
        int step = (int) a.layout().stride(axis);
        double[] x = Inputs.doubles(a);
        try (Tensor sum = a.sum(axis)) {
            double[] y = Inputs.doubles(sum);
            for (int i = 0; i < y.length; i += 7) {
                double expected = 0;
                for (int k = 0; k < n; k++) {
                    expected += x[i / step * n * step + i % step + k * step];
                }
                Inputs.check(row, expected, y[i], Inputs.epsilon(dtype) * n);
            }
        }
    }

    @Benchmark
    public Object sum() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return a.sum(axis);
        }
    }

    @Benchmark
    public Object copy() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return a.copy();
        }
    }
}
