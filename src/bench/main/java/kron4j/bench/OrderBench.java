package kron4j.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Order;
import kron4j.ops.Scan;
import kron4j.ops.Scatter;
import kron4j.ops.Statistics;
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

/** Orders, running sums, choices by index and counts along one axis; their floor is the copy of the operand. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class OrderBench {
    /** A shape and the axis. */
    @Param({"1000000 0", "1000x1000 1", "1000x1000 0", "16x16 1"})
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private Tensor other;
    private Tensor index;
    private Tensor vector;
    private Tensor mask;
    private Tensor sorted;
    private int axis;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        long[] shape = Inputs.dims(words[0]);
        a = Inputs.random(dtype, shape);
        other = Inputs.random(dtype, shape);
        axis = Integer.parseInt(words[1]);
        long n = shape[axis];
        SplittableRandom random = new SplittableRandom(2);
        index = Tensor.of(random.longs(a.size(), 0, n).toArray(), shape);
        vector = Tensor.of(random.longs(n, 0, n).toArray());
        mask = Elementwise.less(other, 0);
        sorted = Order.sort(Inputs.random(dtype, 1000), 0);
        double[] x = Inputs.doubles(a);
        Arrays.sort(x);
        try (Tensor all = Order.sort(a.reshape(-1), 0)) {
            double[] y = Inputs.doubles(all);
            for (int i = 0; i < x.length; i += 7) {
                Inputs.check(row, x[i], y[i], 0);
            }
        }
    }

    private Object scoped(Supplier<Object> call) {
        try (TensorScope scope = Device.cpu().openScope()) {
            return call.get();
        }
    }

    @Benchmark
    public Object sort() {
        return scoped(() -> Order.sort(a, axis));
    }

    @Benchmark
    public Object argsort() {
        return scoped(() -> Order.argsort(a, axis));
    }

    @Benchmark
    public Object topk() {
        return scoped(() -> Order.topk(a, 10, axis));
    }

    @Benchmark
    public Object unique() {
        return scoped(() -> Order.unique(a));
    }

    @Benchmark
    public Object searchSorted() {
        return scoped(() -> Order.searchSorted(sorted, a, false));
    }

    @Benchmark
    public Object median() {
        return scoped(() -> Statistics.median(a, axis));
    }

    @Benchmark
    public Object histogram() {
        return scoped(() -> Statistics.histogram(a, 100));
    }

    @Benchmark
    public Object bincount() {
        return scoped(() -> Statistics.bincount(index, 0));
    }

    @Benchmark
    public Object cumsum() {
        return scoped(() -> Scan.cumsum(a, axis));
    }

    @Benchmark
    public Object cumprod() {
        return scoped(() -> Scan.cumprod(a, axis));
    }

    @Benchmark
    public Object cummax() {
        return scoped(() -> Scan.cummax(a, axis));
    }

    @Benchmark
    public Object gather() {
        return scoped(() -> Indexing.gather(a, index, axis));
    }

    @Benchmark
    public Object scatter() {
        return scoped(() -> Scatter.scatter(other, index, a, axis));
    }

    @Benchmark
    public Object scatterAdd() {
        return scoped(() -> Scatter.scatterAdd(other, index, a, axis));
    }

    @Benchmark
    public Object indexAdd() {
        return scoped(() -> Scatter.indexAdd(other, vector, a, axis));
    }

    @Benchmark
    public Object booleanMask() {
        return scoped(() -> Scatter.booleanMask(a, mask));
    }

    @Benchmark
    public Object nonzero() {
        return scoped(() -> Scatter.nonzero(a));
    }

    @Benchmark
    public Object copy() {
        return scoped(() -> a.copy());
    }
}
