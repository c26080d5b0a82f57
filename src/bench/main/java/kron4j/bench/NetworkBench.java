package kron4j.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Activations;
import kron4j.ops.Attention;
import kron4j.ops.Convolutions;
import kron4j.ops.Indexing;
import kron4j.ops.Normalization;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Regularization;
import kron4j.ops.Sliding;
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

/** Operations of networks in float32, forward and with gradients of all operands. {@code -jvmArgsAppend -Dkron4j.cpu.vectors=false} shows what vectors gain. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class NetworkBench {
    /** An operation and its operands' shapes. */
    public enum Operation {
        CONV2D(padded(1, 1), new long[] {32, 3, 64, 64}, new long[] {16, 3, 3, 3}),
        CONV2D_64_CHANNELS(padded(1, 1), new long[] {32, 64, 32, 32}, new long[] {64, 64, 3, 3}),
        CONV2D_ONE_TAP(t -> Convolutions.conv2d(t[0], t[1]), new long[] {32, 64, 32, 32}, new long[] {64, 64, 1, 1}),
        CONV2D_STRIDE_2(padded(2, 1), new long[] {32, 16, 64, 64}, new long[] {32, 16, 3, 3}),
        CONV2D_DEPTHWISE(padded(1, 32), new long[] {32, 32, 64, 64}, new long[] {32, 1, 3, 3}),
        CONV1D(t -> Convolutions.conv1d(t[0], t[1], Sliding.ONE.padding(1)), new long[] {32, 64, 512}, new long[] {
            64, 64, 3
        }),
        MAX_POOL(t -> Pooling.maxPool2d(t[0], 2), new long[] {32, 16, 64, 64}),
        AVG_POOL(t -> Pooling.avgPool2d(t[0], 2), new long[] {32, 16, 64, 64}),
        LAYER_NORM(
                t -> Normalization.layerNorm(t[0], t[1], t[2], 1e-5),
                new long[] {2048, 512},
                new long[] {512},
                new long[] {512}),
        BATCH_NORM(
                t -> Normalization.batchNorm(t[0], t[1], t[2], 1e-5),
                new long[] {32, 64, 32, 32},
                new long[] {64},
                new long[] {64}),
        GROUP_NORM(
                t -> Normalization.groupNorm(t[0], 8, t[1], t[2], 1e-5),
                new long[] {32, 64, 32, 32},
                new long[] {64},
                new long[] {64}),
        ATTENTION(
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2]),
                new long[] {8, 8, 256, 64},
                new long[] {8, 8, 256, 64},
                new long[] {8, 8, 256, 64}),
        CAUSAL_ATTENTION(
                t -> Attention.causal(t[0], t[1], t[2]),
                new long[] {8, 8, 256, 64},
                new long[] {8, 8, 256, 64},
                new long[] {8, 8, 256, 64}),
        LONG_ATTENTION(
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2]),
                new long[] {1, 8, 2048, 64},
                new long[] {1, 8, 2048, 64},
                new long[] {1, 8, 2048, 64}),
        BATCH_NORM_ROWS(
                t -> Normalization.batchNorm(t[0], t[1], t[2], 1e-5),
                new long[] {512, 1024},
                new long[] {1024},
                new long[] {1024}),
        RMS_NORM(t -> Normalization.rmsNorm(t[0], t[1], 1e-5), new long[] {2048, 512}, new long[] {512}),
        ADAPTIVE_AVG_POOL(t -> Pooling.adaptiveAvgPool2d(t[0], 1), new long[] {32, 64, 32, 32}),
        CROSS_ENTROPY(
                t -> Softmax.crossEntropy(
                        t[0], Random.randint(7, 0, 1000, t[0].shape().at(0))),
                new long[] {2048, 1000}),
        EMBEDDING(t -> Indexing.take(t[0], Random.randint(7, 0, 1000, 64, 128), 0), new long[] {1000, 256}),
        DROPOUT(t -> Regularization.dropout(t[0], 0.1, new Random.Generator(7)), new long[] {1000000}),
        GELU(t -> Activations.gelu(t[0]), new long[] {1000000}),
        LOG_SOFTMAX(t -> Softmax.logSoftmax(t[0], -1), new long[] {2048, 1000}),
        SOFTMAX(t -> Softmax.softmax(t[0], -1), new long[] {2048, 1000});

        private final Function<Tensor[], Tensor> of;
        private final long[][] shapes;

        Operation(Function<Tensor[], Tensor> of, long[]... shapes) {
            this.of = of;
            this.shapes = shapes;
        }

        private static Function<Tensor[], Tensor> padded(int stride, int groups) {
            return t -> Convolutions.conv2d(
                    t[0], t[1], Sliding.by(stride).padding(1).groups(groups));
        }
    }

    @Param
    public Operation operation;

    private Tensor[] operands;
    private Tensor slopes;

    @Setup
    public void setUp() {
        try (TensorScope scope = Device.cpu().openScope()) {
            operands = new Tensor[operation.shapes.length];
            for (int i = 0; i < operands.length; i++) {
                operands[i] = Random.normal(i, DType.FLOAT32, operation.shapes[i])
                        .keep()
                        .requiresGrad();
            }
            Tensor y = operation.of.apply(operands);
            slopes = Random.normal(9, y.dtype(), y.shape().dims()).keep();
        }
    }

    @Benchmark
    public Object forward() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return NoGrad.of(() -> operation.of.apply(operands));
        }
    }

    @Benchmark
    public Object withGradients() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Gradients.vjp(operation.of.apply(operands), slopes, operands);
        }
    }
}
