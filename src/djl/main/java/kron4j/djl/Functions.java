package kron4j.djl;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Special;

/** Functions of each element; of integers, in float32. */
interface Functions extends Steps {
    @Override
    default KronArray sqrt() {
        return floating(Elementwise::sqrt);
    }

    /** The real cube root; PyTorch's engine has NaN for negative numbers. */
    @Override
    default KronArray cbrt() {
        return floating(a -> Elementwise.sign(a).multiply(Elementwise.power(Elementwise.abs(a), 1.0 / 3)));
    }

    @Override
    default KronArray floor() {
        return unary(a -> a.dtype().isFloating() ? Elementwise.floor(a) : a);
    }

    @Override
    default KronArray ceil() {
        return unary(a -> a.dtype().isFloating() ? Elementwise.ceil(a) : a);
    }

    /** Halves to even. */
    @Override
    default KronArray round() {
        return unary(a -> a.dtype().isFloating() ? Elementwise.round(a) : a);
    }

    @Override
    default KronArray trunc() {
        return unary(a -> a.dtype().isFloating()
                ? Elementwise.where(Elementwise.less(a, 0), Elementwise.ceil(a), Elementwise.floor(a))
                : a);
    }

    @Override
    default KronArray exp() {
        return floating(Elementwise::exp);
    }

    @Override
    default KronArray log() {
        return floating(Elementwise::log);
    }

    @Override
    default KronArray log10() {
        return floating(a -> Elementwise.log(a).divide(Math.log(10)));
    }

    @Override
    default KronArray log2() {
        return floating(a -> Elementwise.log(a).divide(Math.log(2)));
    }

    @Override
    default KronArray sin() {
        return floating(Elementwise::sin);
    }

    @Override
    default KronArray cos() {
        return floating(Elementwise::cos);
    }

    @Override
    default KronArray tan() {
        return floating(Elementwise::tan);
    }

    @Override
    default KronArray asin() {
        return floating(Elementwise::asin);
    }

    @Override
    default KronArray acos() {
        return floating(Elementwise::acos);
    }

    @Override
    default KronArray atan() {
        return floating(Elementwise::atan);
    }

    @Override
    default KronArray sinh() {
        return floating(Elementwise::sinh);
    }

    @Override
    default KronArray cosh() {
        return floating(Elementwise::cosh);
    }

    @Override
    default KronArray tanh() {
        return floating(Elementwise::tanh);
    }

    @Override
    default KronArray asinh() {
        return floating(Special::asinh);
    }

    @Override
    default KronArray acosh() {
        return floating(Special::acosh);
    }

    @Override
    default KronArray atanh() {
        return floating(Special::atanh);
    }

    @Override
    default KronArray erf() {
        return floating(Special::erf);
    }

    @Override
    default KronArray erfinv() {
        return floating(Special::erfinv);
    }

    @Override
    default KronArray gammaln() {
        return floating(Special::lgamma);
    }

    @Override
    default KronArray toDegrees() {
        return floating(a -> a.multiply(180 / Math.PI));
    }

    @Override
    default KronArray toRadians() {
        return floating(a -> a.multiply(Math.PI / 180));
    }

    /** Pairs of the real and the imaginary part along a new last axis. */
    @Override
    default KronArray real() {
        return unary(a -> a.dtype().isComplex() ? ComplexNumbers.viewAsReal(a) : a);
    }

    @Override
    default KronArray conj() {
        return unary(Tensor::conj);
    }

    @Override
    default KronArray complex() {
        return unary(a -> {
            Tensor pairs = a.to(DType.FLOAT32);
            if (a.rank() == 0 || a.shape().at(-1) != 2) {
                throw new IllegalArgumentException(
                        "complex takes pairs of real and imaginary parts along the last axis, not " + a.shape());
            }
            return ComplexNumbers.complex(pairs.select(-1, 0), pairs.select(-1, 1));
        });
    }
}
