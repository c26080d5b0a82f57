package kron4j.backend;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;

/**
 * A value of a recorded computation: an operand, a constant, or what an operation made of others. Its elements are meant row-major.
 *
 * @param order later than that of all values that it was computed from
 * @param op a {@link UnaryOp}, {@link BinaryOp}, {@link ReduceOp}, {@link FusedProgram.Special} or {@link Source}
 * @param uses what it is computed from; of a reduction the operand, whose last axes are reduced
 * @param number of an operand its index, of a constant its value
 */
record Traced(long order, Enum<?> op, DType dtype, Shape shape, List<Use> uses, Number number) {
    private static final AtomicLong COUNT = new AtomicLong();

    /** What no operation made, or no operation of its own. */
    enum Source {
        OPERAND,
        CONSTANT,
        /** The same numbers, in another layout. */
        SAME
    }

    /** Elements of a value at the places that a layout says, counted in its row-major order. */
    record Use(Traced value, Layout layout) {}

    static Traced of(Enum<?> op, DType dtype, Shape shape, Use... uses) {
        return new Traced(COUNT.incrementAndGet(), op, dtype, shape, List.of(uses), 0);
    }

    static Traced operand(int index, DType dtype, Shape shape) {
        return new Traced(COUNT.incrementAndGet(), Source.OPERAND, dtype, shape, List.of(), index);
    }

    static Traced constant(Number value, DType dtype, Shape shape) {
        return new Traced(COUNT.incrementAndGet(), Source.CONSTANT, dtype, shape, List.of(), value);
    }

    boolean isReduction() {
        return op instanceof ReduceOp;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(order);
    }
}
