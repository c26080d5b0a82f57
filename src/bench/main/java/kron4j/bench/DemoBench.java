package kron4j.bench;

import java.util.concurrent.TimeUnit;
import kron4j.Device;
import kron4j.TensorScope;
import kron4j.cli.demo.Digits;
import kron4j.cli.demo.Report;
import kron4j.cli.demo.Step;
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

/** The steps of the demo, with the independent checks that they make on real digits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class DemoBench {
    @Param({"1", "2", "3", "4", "5"})
    public int row;

    private Digits digits;

    @Setup
    public void setUp() {
        digits = Digits.load();
        if (!demo().holds()) {
            throw new IllegalStateException("step " + row + " of the demo does not hold");
        }
    }

    @Benchmark
    public Report demo() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Report report = new Report(() -> {});
            Step.all().get(row - 1).run(digits, report);
            return report;
        }
    }
}
