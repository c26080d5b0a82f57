package kron4j.reference;

import java.util.Arrays;
import java.util.function.Predicate;
import kron4j.DType;

/** Sets of dtypes that suites go through. */
public final class DTypes {
    private DTypes() {}

    /** Those whose elements are doubles in Java without a loss: neither complex nor half. */
    public static DType[] plain() {
        return where(dtype -> !dtype.isComplex() && !dtype.isHalf());
    }

    /** float64, float32, float16 and bfloat16. */
    public static DType[] real() {
        return where(DType::isFloating);
    }

    /** All but the complex ones: what a double holds. */
    public static DType[] ofReals() {
        return where(dtype -> !dtype.isComplex());
    }

    /** complex64 and complex128. */
    public static DType[] complex() {
        return where(DType::isComplex);
    }

    /** float16 and bfloat16. */
    public static DType[] halves() {
        return where(DType::isHalf);
    }

    /** The number of a half dtype that is nearest to a double, ties to even: a multiple of the distance between neighbours there. */
    public static double rounded(DType half, double value) {
        int fraction = half == DType.FLOAT16 ? 10 : 7;
        int bias = half == DType.FLOAT16 ? 15 : 127;
        if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
            return value;
        }
        double step = Math.scalb(1.0, Math.max(Math.getExponent(value), 1 - bias) - fraction);
        double near = Math.rint(value / step) * step;
        return Math.abs(near) < Math.scalb(1.0, bias + 1) ? near : Math.copySign(Double.POSITIVE_INFINITY, value);
    }

    private static DType[] where(Predicate<DType> some) {
        return Arrays.stream(DType.values()).filter(some).toArray(DType[]::new);
    }
}
