package kron4j.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
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

/** What one operation on small square matrices costs, its scope included: host work, hardly any arithmetic. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SmallBench {
    @Param({
        "add",
        "add row",
        "add transposed",
        "exp",
        "sum",
        "sum rows",
        "matmul",
        "item",
        "recorded multiply",
        "gradient"
    })
    public String operation;

    @Param({"4", "16"})
    public int size;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Supplier<Object> work;

    @Setup
    public void setUp() {
        Tensor a = Inputs.random(dtype, size, size);
        Tensor b = Inputs.random(dtype, size, size);
        Tensor row = Inputs.random(dtype, size);
        Tensor one = Inputs.random(dtype);
        Tensor w = Inputs.random(dtype, size, size).requiresGrad();
        work = switch (operation) {
            case "add" -> () -> a.add(b);
            case "add row" -> () -> a.add(row);
            case "add transposed" -> () -> a.add(b.transpose());
            case "exp" -> a::exp;
            case "sum" -> a::sum;
            case "sum rows" -> () -> a.sum(0);
            case "matmul" -> () -> a.matmul(b);
            case "item" -> one::item;
            case "recorded multiply" -> () -> w.multiply(a);
            case "gradient" -> () -> Gradients.of(w.multiply(a).sum(), w);
            default -> throw new IllegalArgumentException(operation);
        };
        try (Tensor sum = a.add(b)) {
            double[] x = Inputs.doubles(a);
            double[] y = Inputs.doubles(b);
            double[] z = Inputs.doubles(sum);
            for (int i = 0; i < z.length; i++) {
                Inputs.check(operation, x[i] + y[i], z[i], Inputs.epsilon(dtype) * Math.abs(x[i] + y[i]));
            }
        }
    }

    @Benchmark
    public Object run() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return work.get();
        }
    }
}
