package kron4j.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
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

/** Kronecker products times matrices of x columns, never formed; checked entry by entry against their definition as a sum. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class KronApplyBench {
    @Param({
        "16x16 16x16 16x16 x64",
        "8x8 8x8 8x8 8x8 x64",
        "8x8 8x8 8x8 8x8 x8",
        "8x8 8x8 8x8 8x8 x1",
        "64x64 64x64 x64",
        "I30 30x784 x200",
        "30x784 I30 x200"
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private KroneckerOperator operator;
    private Tensor x;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        String[] factors = Arrays.copyOf(words, words.length - 1);
        int columns = Integer.parseInt(words[factors.length].substring(1));
        double[][] values = new double[factors.length][];
        int[] heights = new int[factors.length];
        int[] widths = new int[factors.length];
        for (int f = 0; f < factors.length; f++) {
            boolean identity = factors[f].startsWith("I");
            long k = identity ? Long.parseLong(factors[f].substring(1)) : 0;
            Tensor factor = identity ? null : Inputs.random(dtype, Inputs.dims(factors[f]));
            KroneckerOperator next = identity ? KroneckerOperator.eye(dtype, k) : KroneckerOperator.of(factor);
            operator = operator == null ? next : operator.kron(next);
            values[f] = identity ? null : Inputs.doubles(factor);
            heights[f] = (int) (identity ? k : factor.shape().at(0));
            widths[f] = (int) (identity ? k : factor.shape().at(1));
        }
        int n = Arrays.stream(widths).reduce(1, (p, q) -> p * q);
        x = Inputs.random(dtype, n, columns);
        try (Tensor y = operator.apply(x)) {
            double[] in = Inputs.doubles(x);
            double[] out = Inputs.doubles(y);
            for (int at = 0; at < out.length; at += out.length / 20 + 1) {
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    sum += entry(values, heights, widths, at / columns, j) * in[j * columns + at % columns];
                }
                Inputs.check(row, sum, out[at], 4 * n * Inputs.epsilon(dtype));
            }
        }
    }

    private static double entry(double[][] values, int[] heights, int[] widths, int i, int j) {
        double product = 1;
        for (int f = values.length - 1; f >= 0; f--) {
            int p = i % heights[f];
            int q = j % widths[f];
            product *= values[f] != null ? values[f][p * widths[f] + q] : p == q ? 1 : 0;
            i /= heights[f];
            j /= widths[f];
        }
        return product;
    }

    @Benchmark
    public Object kronApply() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return operator.apply(x);
        }
    }
}
