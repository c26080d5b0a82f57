package kron4j.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
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

/** Transposed copies into row-major order; their floor is a plain copy (memcpy) of as many bytes, split over the cores. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class PermuteBench {
    @Param({
        "3000x2800 1,0",
        "4200000x2 1,0",
        "200x210x200 0,2,1",
        "200x210x200 1,0,2",
        "200x210x200 2,1,0",
        "200x210x200 1,2,0",
        "50x60x50x56 0,2,1,3",
        "50x60x50x56 3,2,1,0",
        "50x60x50x56 2,0,3,1",
        "24x24x24x24x25 4,2,0,3,1",
        "24x24x24x24x25 1,0,3,2,4",
        "14x14x14x14x14x15 5,3,1,4,2,0",
        "14x14x14x14x14x15 4,5,2,3,0,1",
        "64x32x4x16x4x16 0,2,4,1,3,5",
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Tensor a;
    private int[] axes;
    private BytePointer source;
    private BytePointer target;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        a = Inputs.random(dtype, Inputs.dims(words[0]));
        axes = Arrays.stream(words[1].split(",")).mapToInt(Integer::parseInt).toArray();
        long bytes = a.size() * dtype.bytes();
        source = new BytePointer(bytes);
        target = new BytePointer(bytes);
        Pointer.memset(source, 1, bytes);
        Pointer.memset(target, 2, bytes);
        try (Tensor view = a.permute(axes);
                Tensor copy = view.copy()) {
            check(Inputs.doubles(a), Inputs.doubles(copy), copy.shape().dims());
        }
    }

    private void check(double[] from, double[] to, long[] dims) {
        long[] stride = new long[axes.length];
        long step = 1;
        for (int axis = axes.length - 1; axis >= 0; axis--) {
            for (int i = 0; i < axes.length; i++) {
                if (axes[i] == axis) {
                    stride[i] = step;
                    step *= dims[i];
                }
            }
        }
        for (int position = 0; position < to.length; position += 997) {
            long rest = position;
            long at = 0;
            for (int i = axes.length - 1; i >= 0; i--) {
                at += rest % dims[i] * stride[i];
                rest /= dims[i];
            }
            Inputs.check(row, from[(int) at], to[position], 0);
        }
    }

    @Benchmark
    public Object permute() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return a.permute(axes).copy();
        }
    }

    @Benchmark
    public void copy() {
        long bytes = source.capacity();
        int threads = Runtime.getRuntime().availableProcessors();
        long step = (bytes / threads + 63) / 64 * 64;
        IntStream.range(0, threads).parallel().forEach(i -> {
            long from = i * step;
            BytePointer s = new BytePointer(source).position(from);
            BytePointer t = new BytePointer(target).position(from);
            Pointer.memcpy(t, s, Math.min(step, bytes - from));
        });
    }
}
