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

    /** complex64 and complex128. */
    public static DType[] complex() {
        return where(DType::isComplex);
    }

    /** float16 and bfloat16. */
    public static DType[] halves() {
        return where(DType::isHalf);
    }

    private static DType[] where(Predicate<DType> some) {
        return Arrays.stream(DType.values()).filter(some).toArray(DType[]::new);
    }
}
