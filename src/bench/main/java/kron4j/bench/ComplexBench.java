package kron4j.bench;

import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Einsum;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
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

/** Products of complex tensors; checked against the products of their real and imaginary parts. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ComplexBench {
    @Param({
        "matmul 512x512 512x512",
        "matmul 128x64x64 128x64x64",
        "matmul 4096x8x8 4096x8x8",
        "adjoint 512x512 512x512",
        "ahwm,ahwn->amn 32x14x14x16 32x14x14x16",
        "abc,abc->a 64x128x256 64x128x256",
        "kron 48x48 48x48",
        "kron 30x30 30x784",
    })
    public String row;

    @Param({"COMPLEX128", "COMPLEX64"})
    public DType dtype;

    private String operation;
    private Tensor a;
    private Tensor b;

    @Setup
    public void setUp() {
        String[] words = row.split(" ");
        operation = words[0];
        DType part = dtype.realPart();
        Tensor[] parts = new Tensor[4];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Inputs.random(part, Inputs.dims(words[1 + i / 2]));
        }
        a = ComplexNumbers.complex(parts[0], parts[1]);
        b = ComplexNumbers.complex(parts[2], parts[3]);
        double sign = operation.equals("adjoint") ? -1 : 1;
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor result = multiply(a, b);
            Tensor squares = multiply(parts[1], parts[3]).multiply(sign);
            Tensor crossed = multiply(parts[1], parts[2]).multiply(sign);
            double[] re = Inputs.doubles(multiply(parts[0], parts[2]).subtract(squares));
            double[] im = Inputs.doubles(multiply(parts[0], parts[3]).add(crossed));
            double[] got = result.toComplexArray();
            double tolerance = 8.0 * a.size() / result.size() * b.size() * dtype.epsilon();
            for (int i = 0; i < re.length; i += 1 + re.length / 1000) {
                Inputs.check(row, re[i], got[2 * i], tolerance);
                Inputs.check(row, im[i], got[2 * i + 1], tolerance);
            }
        }
    }

    private Tensor multiply(Tensor x, Tensor y) {
        return switch (operation) {
            case "matmul" -> MatMul.matmul(x, y);
            case "adjoint" -> MatMul.matmul(x, Form.ADJOINT, y, Form.PLAIN);
            case "kron" -> Kron.kron(x, y);
            default -> Einsum.einsum(operation, x, y);
        };
    }

    @Benchmark
    public Object product() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return multiply(a, b);
        }
    }
}
