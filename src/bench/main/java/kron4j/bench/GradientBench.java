package kron4j.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Einsum;
import kron4j.ops.InPlace;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.train.ComplexKroneckerRecurrentUnit;
import kron4j.train.Linear;
import kron4j.train.Parameters;
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

/** A loss with nothing recorded, and the loss with its gradients, which are first checked against differences of the loss in a random direction. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class GradientBench {
    @Param({"einsum ahwm,ahwn->amn a32 h14 w14 m16 n16", "slogdet b1000 n32", "slogdet b1 n500", "kru t64 b32 n128"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Supplier<Tensor> loss;
    private List<Tensor> parameters;

    @Setup
    public void setUp() {
        String what = row.substring(0, row.indexOf(' '));
        var sizes = Inputs.sizes(row);
        switch (what) {
            case "einsum" -> {
                Tensor f1 = input(sizes.get("a"), sizes.get("h"), sizes.get("w"), sizes.get("m"));
                Tensor f2 = input(sizes.get("a"), sizes.get("h"), sizes.get("w"), sizes.get("n"));
                // Without weights the incoming gradient would be one number, broadcast.
                Tensor weights = Inputs.random(dtype, sizes.get("a"), sizes.get("m"), sizes.get("n"));
                parameters = List.of(f1, f2);
                loss = () -> Einsum.einsum("ahwm,ahwn->amn", f1, f2)
                        .multiply(weights)
                        .sum();
            }
            case "slogdet" -> {
                // Away from singular matrices, where differences say nothing.
                Tensor a = Inputs.random(dtype, sizes.get("b"), sizes.get("n"), sizes.get("n"))
                        .add(Tensor.eye(dtype, sizes.get("n")).multiply(sizes.get("n")))
                        .requiresGrad();
                parameters = List.of(a);
                loss = () -> Linalg.logabsdet(a).sum();
            }
            default -> recurrent(sizes.get("t"), sizes.get("b"), sizes.get("n"));
        }
        if (dtype == DType.FLOAT64) {
            check();
        }
    }

    private Tensor input(long... shape) {
        return Inputs.random(dtype, shape).requiresGrad();
    }

    private void recurrent(long time, long batch, long width) {
        Random.Generator random = new Random.Generator(1);
        ComplexKroneckerRecurrentUnit unit = new ComplexKroneckerRecurrentUnit(random, dtype, 1, 2, 2, 2, 2, 2, 2);
        if (unit.width() != width) {
            throw new IllegalStateException(row + ": the unit has width " + unit.width());
        }
        Linear out = new Linear(random, dtype, width, 10);
        Tensor x = Inputs.random(dtype, time, batch, 1);
        Tensor labels = Random.randint(1, 0, 10, batch);
        parameters = new Parameters()
                .include("unit", unit.parameters())
                .include("out", out.parameters())
                .tensors();
        loss = () -> Softmax.crossEntropy(out.apply(unit.apply(x).select(0, -1)), labels);
    }

    /** Checks along one random direction for all parameters by central differences; their error is h^2 and epsilon / h relative to the loss. */
    private void check() {
        double h = 1e-5;
        try (TensorScope scope = Device.cpu().openScope()) {
            List<Tensor> gradients = Gradients.of(loss.get(), parameters);
            List<Tensor> direction = parameters.stream()
                    .map(p -> Inputs.random(dtype, p.shape().dims()))
                    .toList();
            double expected = 0;
            for (int i = 0; i < gradients.size(); i++) {
                expected += gradients.get(i).multiply(direction.get(i)).sum().item();
            }
            double above = moved(direction, h);
            double below = moved(direction, -2 * h);
            moved(direction, h);
            Inputs.check(row, expected, (above - below) / (2 * h), 1e-4 * (1 + Math.abs(expected) + Math.abs(above)));
        }
    }

    private double moved(List<Tensor> direction, double by) {
        return NoGrad.of(() -> {
            for (int i = 0; i < direction.size(); i++) {
                InPlace.add(parameters.get(i), direction.get(i).multiply(by));
            }
            return loss.get().item();
        });
    }

    @Benchmark
    public Object forward() {
        try (TensorScope scope = Device.cpu().openScope();
                NoGrad off = NoGrad.open()) {
            return loss.get();
        }
    }

    @Benchmark
    public Object gradients() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Gradients.of(loss.get(), parameters);
        }
    }
}
