package kron4j.djl;

import ai.djl.ndarray.NDArray;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;

/** What the groups of an array's methods are made of. */
interface Steps extends NDArray {
    Tensor tensor();

    KronManager manager();

    KronArray unary(UnaryOperator<Tensor> steps);

    KronArray binary(NDArray other, BinaryOperator<Tensor> steps);

    KronArray replace(UnaryOperator<Tensor> steps);

    /** Of both in their common dtype. */
    default KronArray joined(NDArray other, BinaryOperator<Tensor> steps) {
        return binary(other, inCommon(steps));
    }

    /** Of this in the common dtype, and a number. */
    default KronArray joined(Number other, BiFunction<Tensor, Number, Tensor> steps) {
        return unary(a -> steps.apply(a.to(Types.common(a, other)), other));
    }

    default KronArray replacing(NDArray other, BinaryOperator<Tensor> steps) {
        Tensor b = manager().from(other).tensor();
        return replace(a -> inCommon(steps).apply(a, b));
    }

    default KronArray replacing(Number other, BiFunction<Tensor, Number, Tensor> steps) {
        return replace(a -> steps.apply(a.to(Types.common(a, other)), other));
    }

    private static BinaryOperator<Tensor> inCommon(BinaryOperator<Tensor> steps) {
        return (a, b) -> {
            DType dtype = Types.common(a, b);
            return steps.apply(a.to(dtype), b.to(dtype));
        };
    }

    /** A function of floating numbers: of integers, in float32. */
    default KronArray floating(UnaryOperator<Tensor> steps) {
        return unary(a -> steps.apply(Types.floating(a)));
    }
}
