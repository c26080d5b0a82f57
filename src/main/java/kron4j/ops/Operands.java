package kron4j.ops;

import java.util.Arrays;
import java.util.stream.Collectors;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Shape;
import kron4j.Tensor;

/** What every operation checks of its operands, and how it makes its result. */
final class Operands {
    private Operands() {}

    /** The operands' common dtype. */
    static DType sameDType(String operation, Tensor... operands) {
        DType dtype = operands[0].dtype();
        for (Tensor t : operands) {
            if (t.dtype() != dtype) {
                throw new DTypeException(operation + ": operands have dtypes "
                        + Arrays.stream(operands)
                                .map(o -> o.dtype() + " " + o.shape())
                                .collect(Collectors.joining(", "))
                        + "; convert them to one with to(DType)");
            }
        }
        return dtype;
    }

    /** The operands' common device. */
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
                throw new DTypeException(operation + ": needs a floating dtype, got " + t.dtype() + " " + t.shape()
                        + "; convert it with to(DType.FLOAT64)");
            }
        }
    }

    /** An uninitialised result where {@code like} lives. */
    static Tensor empty(Tensor like, DType dtype, Shape shape) {
        return Tensor.empty(like.device(), dtype, shape);
    }
}
