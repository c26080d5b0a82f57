package kron4j.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;
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

/** Elementwise operations and reductions of a million elements in every dtype; their floor is a copy. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class DtypeBench {
    private static final int SIDE = 1024;

    /** An operation on two tensors of the dtype. */
    public enum Operation {
        COPY((a, b) -> a.copy()),
        ADD(Tensor::add),
        MULTIPLY(Tensor::multiply),
        MAXIMUM(Elementwise::maximum),
        LESS(Elementwise::less),
        EQUAL(Elementwise::equal),
        WHERE((a, b) -> Elementwise.where(Elementwise.equal(a, b), a, b)),
        TO_FLOAT32((a, b) -> a.to(DType.FLOAT32)),
        SUM((a, b) -> Reduce.sum(a)),
        SUM_ROWS((a, b) -> Reduce.sum(a, 1)),
        SUM_COLUMNS((a, b) -> Reduce.sum(a, 0)),
        MAX_ROWS((a, b) -> Reduce.max(a, 1)),
        PRODUCT_ROWS((a, b) -> Reduce.prod(a, 1));

        private final BinaryOperator<Tensor> of;

        Operation(BinaryOperator<Tensor> of) {
            this.of = of;
        }

        boolean needsOrder() {
            return this == MAXIMUM || this == LESS || this == MAX_ROWS || this == TO_FLOAT32;
        }
    }

    @Param
    public Operation operation;

    @Param({"INT8", "UINT8", "INT32", "INT64", "FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    public DType dtype;

    private Tensor a;
    private Tensor b;

    @Setup
    public void setUp() {
        if (dtype.isComplex() && operation.needsOrder()) {
            throw new IllegalArgumentException("complex numbers have no order: -p dtype=... without them");
        }
        a = random();
        b = random();
    }

    private Tensor random() {
        DType real = dtype.realPart();
        Tensor numbers = Inputs.random(DType.FLOAT32, SIDE, SIDE).multiply(real.isFloating() ? 1 : 50);
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor part = real == DType.UINT8 ? numbers.abs().to(real) : numbers.to(real);
            return scope.keep(dtype.isComplex() ? ComplexNumbers.complex(part, part.add(0.5)) : part);
        }
    }

    @Benchmark
    public Object compute() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return operation.of.apply(a, b);
        }
    }
}
