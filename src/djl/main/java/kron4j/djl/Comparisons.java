package kron4j.djl;

import ai.djl.ndarray.NDArray;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;

/** Comparisons and logic; results are boolean. */
interface Comparisons extends Steps {
    private static Tensor truth(Tensor a) {
        return a.dtype() == DType.BOOL ? a : Elementwise.notEqual(a, 0);
    }

    @Override
    default boolean contentEquals(Number number) {
        if (tensor().rank() > 0 || tensor().dtype() != Types.of(number)) {
            return false;
        }
        return manager().read(() -> {
            Tensor a = tensor();
            return Reduce.all(Elementwise.equal(a.to(Types.common(a, number)), number))
                            .item()
                    != 0;
        });
    }

    @Override
    default boolean contentEquals(NDArray other) {
        if (other == null || !shapeEquals(other) || getDataType() != other.getDataType()) {
            return false;
        }
        Tensor b = manager().from(other).tensor();
        return manager()
                .read(() -> Reduce.all(Elementwise.equal(tensor(), b.to(tensor().device())))
                                .item()
                        != 0);
    }

    @Override
    default KronArray eq(Number n) {
        return joined(n, Elementwise::equal);
    }

    @Override
    default KronArray eq(NDArray other) {
        return joined(other, Elementwise::equal);
    }

    @Override
    default KronArray neq(Number n) {
        return joined(n, Elementwise::notEqual);
    }

    @Override
    default KronArray neq(NDArray other) {
        return joined(other, Elementwise::notEqual);
    }

    @Override
    default KronArray gt(Number n) {
        return joined(n, Elementwise::greater);
    }

    @Override
    default KronArray gt(NDArray other) {
        return joined(other, Elementwise::greater);
    }

    @Override
    default KronArray gte(Number n) {
        return joined(n, Elementwise::greaterEqual);
    }

    @Override
    default KronArray gte(NDArray other) {
        return joined(other, Elementwise::greaterEqual);
    }

    @Override
    default KronArray lt(Number n) {
        return joined(n, Elementwise::less);
    }

    @Override
    default KronArray lt(NDArray other) {
        return joined(other, Elementwise::less);
    }

    @Override
    default KronArray lte(Number n) {
        return joined(n, Elementwise::lessEqual);
    }

    @Override
    default KronArray lte(NDArray other) {
        return joined(other, Elementwise::lessEqual);
    }

    @Override
    default KronArray logicalAnd(NDArray other) {
        return binary(other, (a, b) -> Elementwise.logicalAnd(truth(a), truth(b)));
    }

    @Override
    default KronArray logicalOr(NDArray other) {
        return binary(other, (a, b) -> Elementwise.logicalOr(truth(a), truth(b)));
    }

    @Override
    default KronArray logicalXor(NDArray other) {
        return binary(other, (a, b) -> Elementwise.logicalXor(truth(a), truth(b)));
    }

    @Override
    default KronArray logicalNot() {
        return unary(a -> Elementwise.logicalNot(truth(a)));
    }

    @Override
    default KronArray isNaN() {
        return unary(a -> Elementwise.isNan(Types.floating(a)));
    }

    @Override
    default KronArray isInfinite() {
        return unary(a -> Elementwise.isInf(Types.floating(a)));
    }

    @Override
    default KronArray all() {
        return unary(a -> Reduce.all(truth(a)));
    }

    @Override
    default KronArray any() {
        return unary(a -> Reduce.any(truth(a)));
    }

    @Override
    default KronArray none() {
        return unary(a -> Elementwise.logicalNot(Reduce.any(truth(a))));
    }
}
