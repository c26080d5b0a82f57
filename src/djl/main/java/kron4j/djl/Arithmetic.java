package kron4j.djl;

import ai.djl.ndarray.NDArray;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;

/** Arithmetic, of two arrays or an array and a number, and in place. Integers divide as PyTorch's do: the result is float32. */
interface Arithmetic extends Steps {
    private static Tensor divided(Tensor a, Tensor b) {
        return Types.floating(a).divide(Types.floating(b));
    }

    private static Tensor divided(Tensor a, Number b) {
        return Types.floating(a).divide(b);
    }

    /** Powers of integers by whole exponents stay integers. */
    private static Tensor power(Tensor a, Tensor b) {
        if (a.dtype().isFloating() || a.dtype().isComplex()) {
            return Elementwise.power(a, b);
        }
        return Elementwise.round(Elementwise.power(a.to(DType.FLOAT64), b.to(DType.FLOAT64)))
                .to(a.dtype());
    }

    private static Tensor power(Tensor a, Number b) {
        if (a.dtype().isFloating() || a.dtype().isComplex()) {
            return Elementwise.power(a, b);
        }
        return Elementwise.round(Elementwise.power(a.to(DType.FLOAT64), b)).to(a.dtype());
    }

    @Override
    default KronArray add(Number n) {
        return joined(n, Elementwise::add);
    }

    @Override
    default KronArray add(NDArray other) {
        return joined(other, Elementwise::add);
    }

    @Override
    default KronArray sub(Number n) {
        return joined(n, Elementwise::subtract);
    }

    @Override
    default KronArray sub(NDArray other) {
        return joined(other, Elementwise::subtract);
    }

    @Override
    default KronArray mul(Number n) {
        return joined(n, Elementwise::multiply);
    }

    @Override
    default KronArray mul(NDArray other) {
        return joined(other, Elementwise::multiply);
    }

    @Override
    default KronArray div(Number n) {
        return joined(n, Arithmetic::divided);
    }

    @Override
    default KronArray div(NDArray other) {
        return joined(other, Arithmetic::divided);
    }

    @Override
    default KronArray mod(Number n) {
        return joined(n, Elementwise::remainder);
    }

    @Override
    default KronArray mod(NDArray other) {
        return joined(other, Elementwise::remainder);
    }

    @Override
    default KronArray pow(Number n) {
        return joined(n, Arithmetic::power);
    }

    @Override
    default KronArray pow(NDArray other) {
        return joined(other, Arithmetic::power);
    }

    @Override
    default KronArray addi(Number n) {
        return replacing(n, Elementwise::add);
    }

    @Override
    default KronArray addi(NDArray other) {
        return replacing(other, Elementwise::add);
    }

    @Override
    default KronArray subi(Number n) {
        return replacing(n, Elementwise::subtract);
    }

    @Override
    default KronArray subi(NDArray other) {
        return replacing(other, Elementwise::subtract);
    }

    @Override
    default KronArray muli(Number n) {
        return replacing(n, Elementwise::multiply);
    }

    @Override
    default KronArray muli(NDArray other) {
        return replacing(other, Elementwise::multiply);
    }

    @Override
    default KronArray divi(Number n) {
        return replacing(n, Arithmetic::divided);
    }

    @Override
    default KronArray divi(NDArray other) {
        return replacing(other, Arithmetic::divided);
    }

    @Override
    default KronArray modi(Number n) {
        return replacing(n, Elementwise::remainder);
    }

    @Override
    default KronArray modi(NDArray other) {
        return replacing(other, Elementwise::remainder);
    }

    @Override
    default KronArray powi(Number n) {
        return replacing(n, Arithmetic::power);
    }

    @Override
    default KronArray powi(NDArray other) {
        return replacing(other, Arithmetic::power);
    }

    @Override
    default KronArray maximum(Number n) {
        return joined(n, Elementwise::maximum);
    }

    @Override
    default KronArray maximum(NDArray other) {
        return joined(other, Elementwise::maximum);
    }

    @Override
    default KronArray minimum(Number n) {
        return joined(n, Elementwise::minimum);
    }

    @Override
    default KronArray minimum(NDArray other) {
        return joined(other, Elementwise::minimum);
    }

    @Override
    default KronArray atan2(NDArray other) {
        return joined(other, (a, b) -> Elementwise.atan2(Types.floating(a), Types.floating(b)));
    }

    /** {@code x log y}, 0 where x is 0. */
    @Override
    default KronArray xlogy(NDArray other) {
        if (isScalar() || other.isScalar()) {
            throw new IllegalArgumentException("xlogy takes arrays with axes, not scalars");
        }
        return joined(other, (a, b) -> {
            Tensor x = Types.floating(a);
            Tensor zero = Elementwise.logicalAnd(
                    Elementwise.equal(x, 0), Elementwise.logicalNot(Elementwise.isNan(Types.floating(b))));
            return Elementwise.where(zero, 0.0, x.multiply(Elementwise.log(Types.floating(b))));
        });
    }

    @Override
    default KronArray neg() {
        return unary(Elementwise::negative);
    }

    @Override
    default KronArray negi() {
        return replace(Elementwise::negative);
    }

    @Override
    default KronArray abs() {
        return unary(Elementwise::abs);
    }

    @Override
    default KronArray sign() {
        return unary(Elementwise::sign);
    }

    @Override
    default KronArray signi() {
        return replace(Elementwise::sign);
    }

    @Override
    default KronArray square() {
        return unary(Elementwise::square);
    }

    @Override
    default KronArray clip(Number min, Number max) {
        return unary(a -> Elementwise.clamp(a, min, max));
    }
}
