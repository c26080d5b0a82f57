package kron4j.ops;

import java.util.Arrays;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.backend.LinalgBackend;

/**
 * Helpers of {@link Linalg}'s operations: checks, copies in the orientation that the backend needs, exceptions from
 * info.
 */
final class Matrices {
    private Matrices() {}

    static LinalgBackend backend(Tensor a) {
        return a.storage().backend().linalg();
    }

    static void requireMatrix(String operation, Tensor a) {
        Operands.requireFactorable(operation, a);
        if (a.rank() < 2) {
            throw new ShapeException(operation + ": needs a matrix or a batch of them, got shape " + a.shape()
                    + " of rank " + a.rank() + "; give it the axes with reshape");
        }
    }

    static void requireSquare(String operation, Tensor a) {
        requireMatrix(operation, a);
        if (a.shape().at(-2) != a.shape().at(-1)) {
            throw new ShapeException(operation + ": needs square matrices, got shape " + a.shape() + " with "
                    + a.shape().at(-2) + " rows and " + a.shape().at(-1) + " columns");
        }
    }

    /** {@return whether the backend has a kernel that does the whole operation in one pass} */
    static boolean isSmall(Tensor a) {
        return a.shape().at(-1) <= backend(a).onePassSize(a.dtype(), batch(a).size());
    }

    /** {@return the leading axes} */
    static Shape batch(Tensor a) {
        return a.shape().slice(0, a.rank() - 2);
    }

    /** Makes an uninitialised batch of column-major matrices. */
    static Tensor emptyColumnMajor(Tensor like, Shape shape) {
        try (Tensor rows = Operands.empty(like, like.dtype(), swapped(shape))) {
            return rows.transpose(-2, -1);
        }
    }

    /** {@return a column-major copy} */
    static Tensor columnMajor(Tensor a) {
        try (Tensor flipped = a.transpose(-2, -1)) {
            return transposeOfCopy(flipped);
        }
    }

    /** {@return a column-major copy of A^T: a row-major copy of A with its axes exchanged} */
    static Tensor transposeOfCopy(Tensor a) {
        try (Tensor rows = a.copy()) {
            return rows.transpose(-2, -1);
        }
    }

    /** {@return whether a backend can use this in place as a column-major matrix} */
    static boolean isColumnMajor(Tensor a) {
        return a.layout().stride(-2) == 1
                && a.layout().stride(-1) >= Math.max(1, a.shape().at(-2));
    }

    private static Shape swapped(Shape shape) {
        return shape.with(-2, shape.at(-1)).with(-1, shape.at(-2));
    }

    /** {@return real factors in the dtype of {@code a}} */
    static Tensor like(Tensor a, Tensor real) {
        return real.dtype() == a.dtype() ? real : real.to(a.dtype());
    }

    static Tensor infoFor(Tensor a) {
        return Operands.empty(a, DType.INT32, batch(a));
    }

    /** Makes the exception for the first matrix whose info is not 0. */
    interface Complaint {
        LinalgException of(String where, int info);
    }

    /**
     * Throws for the first entry with info other than 0, after closing {@code results}; reads info, so waits for the
     * device.
     */
    static void requireClean(String operation, Tensor a, Tensor info, Complaint complaint, Tensor... results) {
        int[] all = info.toIntArray();
        for (int i = 0; i < all.length; i++) {
            if (all[i] != 0) {
                for (Tensor result : results) {
                    result.close();
                }
                throw complaint.of(operation + ": " + name(a, i), all[i]);
            }
        }
    }

    private static String name(Tensor a, int entry) {
        Shape batch = batch(a);
        if (batch.rank() == 0) {
            return "the matrix of shape " + a.shape();
        }
        long[] index = new long[batch.rank()];
        long rest = entry;
        for (int i = index.length - 1; i >= 0; i--) {
            index[i] = rest % batch.at(i);
            rest /= batch.at(i);
        }
        String which = index.length == 1
                ? Long.toString(index[0])
                : Arrays.toString(index).replace(" ", "");
        return "matrix " + which + " of batch " + batch + " with shape " + a.shape();
    }

    /** {@return identity matrices of a's shape} */
    static Tensor identityLike(Tensor a) {
        Tensor result = Operands.empty(a, a.dtype(), a.shape());
        result.storage().backend().fill(0L, result.view());
        fillDiagonal(result, 1);
        return result;
    }

    /** Sets the main diagonal. */
    static void fillDiagonal(Tensor a, long value) {
        a.storage().backend().fill(value, a.view().with(a.layout().diagonal(0, -2, -1)));
    }
}
