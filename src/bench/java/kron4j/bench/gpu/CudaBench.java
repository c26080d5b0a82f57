package kron4j.bench.gpu;

import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.TensorScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Operations on a CUDA card ({@code -Dkron4j.bench.device}, cuda:0), several of them between two waits for it. The first word of a row says which
 * operation; scripts/gpu-peers.py reads the same rows. {@code copy} and {@code fill} are the bandwidths that others are shares of, {@code cublas} is
 * the bare call beside {@code matmul}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class CudaBench {
    /** Operations in a sample. */
    private static final int CALLS = 8;

    @Param({
        "copy 268435456",
        "fill 268435456",
        "kron 1024x1024 16x16",
        "kron 300x300 48x50",
        "kron 17x19 999x1001",
        "kron 100000x10x10 100000x6x6",
        "kron 1000000x4x4 1000000x2x2",
        "einsum abc,abc->a a64 b1024 c2048",
        "einsum ab,ab,ab->b a65536 b1024",
        "einsum abc->b a256 b512 c1024",
        "einsum aii->a a20000 i64",
        "einsum aii->ai a20000 i64",
        "einsum i,j->ij i12000 j12000",
        "einsum ahwm,ahwn->amn a256 h14 w14 m64 n64",
        "einsum bhqd,bhkd->bhqk b8 h16 q512 k512 d64",
        "matmul b1000000 n4",
        "cublas b1000000 n4",
        "matmul b200000 n16",
        "cublas b200000 n16",
        "matmul b50000 n32",
        "cublas b50000 n32",
        "matmul b2000 n128",
        "cublas b2000 n128",
        "matmul b1 n4096",
        "cublas b1 n4096",
        "slogdet b1000000 n4",
        "slogdet b500000 n8",
        "slogdet b100000 n16",
        "slogdet b50000 n32",
        "slogdet b20000 n64",
        "slogdet b4000 n128",
        "slogdet b1000 n256",
        "slogdet b200 n512",
        "slogdet b50 n1024",
        "kronApply 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 x1024",
        "kronApply 4x4 4x4 4x4 4x4 4x4 4x4 x1024",
        "kronApply 8x8 8x8 8x8 8x8 x1024",
        "kronApply 16x16 16x16 16x16 x1024",
        "kronApply 64x64 64x64 x1024",
        "kronApply 128x128 128x128 x1024",
        "kronApply 4x4 4x4 4x4 x16",
        "tccg 1",
        "tccg 2",
        "tccg 3",
        "tccg 4",
        "tccg 5",
        "tccg 6",
        "tccg 7",
        "tccg 8",
        "tccg 9",
        "tccg 10",
        "tccg 11",
        "tccg 12",
        "tccg 13",
        "tccg 14",
        "tccg 15",
        "tccg 16",
        "tccg 17",
        "tccg 18",
        "tccg 19",
        "tccg 20",
        "tccg 21",
        "tccg 22",
        "tccg 23",
        "tccg 24",
        "tccg 25",
        "tccg 26",
        "tccg 27",
        "tccg 28",
        "tccg 29",
        "tccg 30",
        "tccg 31",
        "tccg 32",
        "tccg 33",
        "tccg 34",
        "tccg 35",
        "tccg 36",
        "tccg 37",
        "tccg 38",
        "tccg 39",
        "tccg 40",
        "tccg 41",
        "tccg 42",
        "tccg 43",
        "tccg 44",
        "tccg 45",
        "tccg 46",
        "tccg 47",
        "tccg 48",
        "kru t16 b256 p4 f5",
        "kruCaptured t16 b256 p4 f5",
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private Device device;
    private TensorScope inputs;
    private Row work;

    @Setup
    public void setUp() {
        device = Device.of(System.getProperty("kron4j.bench.device", "cuda:0"));
        inputs = device.openScope();
        work = Row.of(row, dtype);
        try (TensorScope scope = device.openScope()) {
            work.check();
        }
    }

    @TearDown
    public void tearDown() {
        work.close();
        inputs.close();
        device.trim();
    }

    /** Waits for the card once for all calls. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void run() {
        for (int i = 0; i < CALLS; i++) {
            try (TensorScope scope = device.openScope()) {
                work.run();
            }
        }
        work.await();
    }
}
