package kron4j.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
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

/** Functions of a million numbers; their floor is a copy. {@code -jvmArgsAppend -Dkron4j.cpu.vectors=false} shows what vectors gain. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class FunctionBench {
    private static final int ROWS = 1024;
    private static final int COLUMNS = 1024;

    /** A function of positive numbers. */
    public enum Function {
        COPY(Tensor::copy, x -> x),
        EXP(Elementwise::exp, Math::exp),
        LOG(Elementwise::log, Math::log),
        TANH(Elementwise::tanh, Math::tanh),
        SIGMOID(Elementwise::sigmoid, x -> 1 / (1 + Math.exp(-x))),
        SIN(Elementwise::sin, Math::sin),
        MAX(a -> Reduce.max(a, -1), null),
        SOFTMAX(a -> Softmax.softmax(a, -1), null);

        private final UnaryOperator<Tensor> of;
        private final DoubleUnaryOperator exact;

        Function(UnaryOperator<Tensor> of, DoubleUnaryOperator exact) {
            this.of = of;
            this.exact = exact;
        }
    }

    @Param
    public Function function;

    @Param({"FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16"})
    public DType dtype;

    private Tensor a;

    @Setup
    public void setUp() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor positive = Inputs.random(DType.FLOAT32, ROWS, COLUMNS).abs().add(0.5);
            a = scope.keep(positive.to(dtype)).keep();
            if (function.exact != null) {
                double[] x = Inputs.doubles(a.to(DType.FLOAT64));
                double[] z = Inputs.doubles(function.of.apply(a).to(DType.FLOAT64));
                for (int i = 0; i < z.length; i++) {
                    double expected = function.exact.applyAsDouble(x[i]);
                    Inputs.check(
                            function.name(), expected, z[i], 4 * dtype.epsilon() * Math.max(1, Math.abs(expected)));
                }
            }
        }
    }

    @Benchmark
    public Object compute() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return function.of.apply(a);
        }
    }
}
