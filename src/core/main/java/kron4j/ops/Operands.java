package kron4j.ops;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Checks of operands that all operations share, and ways to make their results. */
final class Operands {
    private static final String[] UNARY = names(UnaryOp.values());
    private static final String[] BINARY = names(BinaryOp.values());
    private static final String[] REDUCE = names(ReduceOp.values());

    private Operands() {}

    /** {@return whether fused steps take an operand in one pass; they take any other step by step} */
    static boolean areFused(Tensor a) {
        return a.dtype().isFloating();
    }

    /**
     * {@return the operands' common dtype}
     *
     * @throws DTypeException if they differ
     */
    static DType sameDType(String operation, Tensor... operands) {
        DType dtype = operands[0].dtype();
        for (Tensor t : operands) {
            if (t.dtype() != dtype) {
                throw new DTypeException(operation + ": operands have dtypes "
                        + Arrays.stream(operands)
                                .map(o -> o.dtype() + " " + o.shape())
                                .collect(Collectors.joining(", "))
                        + "; convert them to one with to(DType" + complexOf(operands) + ")");
            }
        }
        return dtype;
    }

    /** {@return the dtype to convert to, as {@code .COMPLEX64}, where a complex one is among operands} */
    private static String complexOf(Tensor... operands) {
        return Arrays.stream(operands)
                .map(Tensor::dtype)
                .filter(DType::isComplex)
                .map(dtype -> "." + dtype.name())
                .min(String::compareTo)
                .orElse("");
    }

    /**
     * {@return the operands' common device}
     *
     * @throws DeviceException if they differ
     */
    static Device sameDevice(String operation, Tensor... operands) {
        Device device = operands[0].device();
        for (Tensor t : operands) {
            if (!t.device().equals(device)) {
                throw new DeviceException(operation + ": operands lie on "
                        + Arrays.stream(operands)
                                .map(o -> o.device() + " " + o.shape())
                                .collect(Collectors.joining(", "))
                        + "; move them to one with to(Device)");
            }
        }
        return device;
    }

    static void requireFloating(String operation, Tensor... operands) {
        for (Tensor t : operands) {
            if (!t.dtype().isFloating()) {
                boolean complex = t.dtype().isComplex();
                throw new DTypeException(operation + ": needs a " + (complex ? "real" : "floating") + " dtype, got "
                        + t.dtype() + " " + t.shape()
                        + (complex ? "; take abs, real or imag" : "; convert it with to(DType.FLOAT64)"));
            }
        }
    }

    /** Refuses what is neither floating nor complex. */
    static void requireInexact(String operation, Tensor... operands) {
        for (Tensor t : operands) {
            if (!t.dtype().isComplex()) {
                requireFloating(operation, t);
            }
        }
    }

    /** Refuses what no routine factors: all but float32, float64, complex64 and complex128. */
    static void requireFactorable(String operation, Tensor a) {
        requireInexact(operation, a);
        if (a.dtype().isHalf()) {
            throw new DTypeException(operation + ": takes float32, float64, complex64 or complex128, got " + a.dtype()
                    + " " + a.shape() + "; convert it with to(DType.FLOAT32)");
        }
    }

    /** Refuses complex operands of what needs an order. */
    static void requireReal(String operation, Tensor... operands) {
        for (Tensor t : operands) {
            if (t.dtype().isComplex()) {
                throw new DTypeException(operation + ": complex numbers have no order, got " + t.dtype() + " "
                        + t.shape() + "; take abs, real or imag");
            }
        }
    }

    /** {@return an uninitialised result on the device of {@code like}} */
    static Tensor empty(Tensor like, DType dtype, Shape shape) {
        return Tensor.empty(like.device(), dtype, shape);
    }

    /** {@return the operation's name as the methods have it: notEqual for NOT_EQUAL} */
    static String name(UnaryOp op) {
        return UNARY[op.ordinal()];
    }

    static String name(BinaryOp op) {
        return BINARY[op.ordinal()];
    }

    static String name(ReduceOp op) {
        return REDUCE[op.ordinal()];
    }

    private static String[] names(Enum<?>... ops) {
        return Arrays.stream(ops).map(op -> camelCase(op.name())).toArray(String[]::new);
    }

    private static String camelCase(String name) {
        String[] words = name.toLowerCase(Locale.ROOT).split("_");
        StringBuilder text = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            text.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        return text.toString();
    }

    /**
     * {@return the axis as a number in [0, rank)}
     *
     * @throws ShapeException if it is out of range
     */
    static int axis(String operation, Shape shape, int axis) {
        return shape.axis(operation, axis);
    }

    static View expanded(Tensor t, Shape shape) {
        return t.view().with(t.layout().expand(shape));
    }

    /** {@return the tensor in a dtype: a view if it has that dtype already, else a copy} */
    static Tensor in(DType dtype, Tensor t) {
        return t.dtype() == dtype ? t.viewAs(t.layout()) : t.to(dtype);
    }

    /**
     * Computes from halves in float32 what takes several steps, so that only its result is rounded.
     *
     * @param operation gets the operands, halves among them converted
     * @param operands the first is of a half dtype, that of the result
     */
    static Tensor inFloat32(Function<Tensor[], Tensor> operation, Tensor... operands) {
        try (TensorScope scope = operands[0].device().openScope()) {
            Tensor[] wide = Arrays.stream(operands)
                    .map(t -> t.dtype().isHalf() ? t.to(t.dtype().computed()) : t)
                    .toArray(Tensor[]::new);
            return scope.keep(operation.apply(wide).to(operands[0].dtype()));
        }
    }

    /** {@return a scalar of {@code like}'s dtype, on its device} */
    static Tensor scalar(String operation, Tensor like, Number value) {
        Number converted = Numbers.of(operation, like, value);
        Backend backend = like.device().backend();
        return Tensor.make(like.device(), like.dtype(), Shape.SCALAR, out -> backend.fill(converted, out));
    }

    static Tensor unary(UnaryOp op, Tensor a) {
        check(op, a);
        View in = a.view();
        return Tensor.make(
                a.device(),
                op.resultOf(a.dtype()),
                a.shape(),
                out -> in.storage().backend().unary(op, in, out));
    }

    static Tensor binary(BinaryOp op, Tensor a, Tensor b) {
        DType dtype = sameDType(name(op), a, b);
        check(op, a);
        Device device = sameDevice(name(op), a, b);
        Shape shape = Shape.broadcast(name(op), a.shape(), b.shape());
        View x = expanded(a, shape);
        View y = expanded(b, shape);
        return Tensor.make(
                device,
                op.isPredicate() ? DType.BOOL : dtype,
                shape,
                out -> device.backend().binary(op, x, y, out));
    }

    static Tensor binary(BinaryOp op, Tensor a, Number scalar, boolean scalarFirst) {
        check(op, a);
        Number value = Numbers.of(name(op), a, scalar);
        View in = a.view();
        return Tensor.make(
                a.device(),
                op.isPredicate() ? DType.BOOL : a.dtype(),
                a.shape(),
                out -> in.storage().backend().binary(op, in, value, scalarFirst, out));
    }

    /** Sets {@code target = op(target)}: only for temporaries of the operation itself, as all methods below. */
    static void update(UnaryOp op, Tensor target) {
        check(op, target);
        target.device().backend().unary(op, target.view(), target.view());
    }

    /** Sets {@code target = op(target, b)}, with {@code b} broadcast to it. */
    static void update(BinaryOp op, Tensor target, Tensor b) {
        update(op, target, expanded(b, target.shape()));
    }

    static void update(BinaryOp op, Tensor target, View b) {
        check(op, target);
        target.device().backend().binary(op, target.view(), b, target.view());
    }

    static void update(BinaryOp op, Tensor target, Number scalar) {
        check(op, target);
        target.device().backend().binary(op, target.view(), Numbers.of(name(op), target, scalar), false, target.view());
    }

    private static void check(UnaryOp op, Tensor a) {
        if (op.needsReal()) {
            requireReal(name(op), a);
        }
        if (op.needsFloating()) {
            requireInexact(name(op), a);
        }
        if (!op.isPredicate()) {
            requireNumber(name(op), a);
        }
    }

    private static void check(BinaryOp op, Tensor a) {
        if (op.needsReal()) {
            requireReal(name(op), a);
        }
        if (op.needsFloating()) {
            requireFloating(name(op), a);
        }
        switch (op) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, FMOD, POWER -> requireNumber(name(op), a);
            default -> {}
        }
    }

    /** {@return the shape of a product of the operands} Refuses what {@link #binary} would, in the name of an operation made of it. */
    static Shape ofProduct(String operation, Tensor a, Tensor b) {
        sameDType(operation, a, b);
        requireNumber(operation, a);
        sameDevice(operation, a, b);
        return Shape.broadcast(operation, a.shape(), b.shape());
    }

    static void requireNumber(String operation, Tensor a) {
        if (!a.dtype().isNumber()) {
            throw new DTypeException(operation + ": bool is not a number (shape " + a.shape()
                    + "); use logicalAnd, logicalOr, logicalXor or logicalNot, or convert it with to(DType.INT64)");
        }
    }

    /** The sum of sizes, none of which is negative. */
    static long total(String operation, LongStream sizes) {
        return sizes.reduce(0, (x, y) -> {
            if (x > Long.MAX_VALUE - y) {
                throw new ShapeException(operation + ": the sizes add up to more than 2^63-1");
            }
            return x + y;
        });
    }
}
