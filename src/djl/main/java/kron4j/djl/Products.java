package kron4j.djl;

import ai.djl.ndarray.NDArray;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;

/** Products of vectors and matrices. */
interface Products extends Steps {
    private void requireAxes(String operation, NDArray other) {
        if (isScalar() || other.isScalar()) {
            throw new IllegalArgumentException(operation + " takes arrays with axes, not scalars");
        }
    }

    /** As NumPy's: over the last axis of this and the last but one of the other, or a product with a scalar. */
    @Override
    default KronArray dot(NDArray other) {
        return joined(other, MatMul::dot);
    }

    @Override
    default KronArray matMul(NDArray other) {
        requireAxes("matMul", other);
        return joined(other, MatMul::matmul);
    }

    @Override
    default KronArray batchMatMul(NDArray other) {
        if (getShape().dimension() != 3 || other.getShape().dimension() != 3 || size(0) != other.size(0)) {
            throw new IllegalArgumentException("batchMatMul takes [batch, n, m] and [batch, m, p], not " + getShape()
                    + " and " + other.getShape());
        }
        return joined(other, MatMul::matmul);
    }

    /** Of the last axis with the last but one, for each of the leading axes. */
    @Override
    default KronArray batchDot(NDArray other) {
        requireAxes("batchDot", other);
        return joined(other, MatMul::matmul);
    }

    @Override
    default KronArray inverse() {
        return floating(Linalg::inverse);
    }
}
