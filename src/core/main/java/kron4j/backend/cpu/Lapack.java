package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

import kron4j.DType;
import kron4j.DeviceMemoryException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/** LAPACK's routines on column-major matrices of one precision that begin at an element of a storage. They return LAPACK's info. */
abstract class Lapack {
    static final int COLUMNS = LAPACK_COL_MAJOR;
    private static final int OUT_OF_MEMORY = -1010;
    /** The library splits longer sums among threads, and their synchronisation takes longer than the sum. */
    private static final int SUMMED = 8192;

    private static final class Library {
        static {
            // NaN has to come out as NaN, not as an argument error that leaves the result undefined.
            LAPACKE_set_nancheck(0);
        }

        static void load() {}
    }

    static Lapack of(DType dtype) {
        OpenBlas.load();
        Library.load();
        return switch (dtype) {
            case FLOAT32 -> LapackRoutines.SINGLE;
            case FLOAT64 -> LapackRoutines.DOUBLE;
            case COMPLEX64 -> LapackRoutines.SINGLE_COMPLEX;
            case COMPLEX128 -> LapackRoutines.DOUBLE_COMPLEX;
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL -> throw Real.unsupported(dtype);
        };
    }

    /** A matrix: its storage, first element and leading dimension. */
    record Matrix(CpuStorage storage, long element, int ld) {
        static Matrix of(Entries entries, long index) {
            return new Matrix(entries.storage(), entries.at(index), entries.leadingDimension());
        }

        static Matrix vector(Entries entries, long index) {
            return new Matrix(entries.storage(), entries.at(index), 1);
        }

        /** The matrix that begins some elements further. */
        Matrix at(long elements) {
            return new Matrix(storage, element + elements, ld);
        }

        /** The matrix that begins at some element. */
        Matrix at(int row, int column) {
            return at(row + (long) column * ld);
        }

        /** Its first m rows and n columns. */
        Entries entries(int m, int n) {
            return new Entries(new View(storage, Layout.of(Shape.of(m, n), new long[] {1, ld}, element)), 2);
        }

        FloatPointer floats() {
            return OpenBlas.floats(storage, element * (storage.dtype().bytes() / Float.BYTES));
        }

        DoublePointer doubles() {
            return OpenBlas.doubles(storage, element * (storage.dtype().bytes() / Double.BYTES));
        }

        IntPointer ints() {
            return OpenBlas.ints(storage, element);
        }
    }

    abstract int getrf(int m, int n, Matrix a, Matrix pivots);

    abstract void copy(int m, int n, Matrix from, Matrix to);

    abstract void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b);

    /** A^-1 in place of the packed LU, unless that is singular. */
    abstract int getri(int n, Matrix lu, Matrix pivots, CpuStorage work);

    abstract void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b);

    /** Solves for one column, by divisions. */
    abstract void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b);

    /** {@code C -= A B} with A m x k, or the transpose of k x m, and B k x n. */
    abstract void subtractProduct(boolean transposed, int m, int n, int k, Matrix a, Matrix b, Matrix c);

    /** {@code C = A B}, all n x n. */
    abstract void multiply(int n, Matrix a, Matrix b, Matrix c);

    /** Exchanges row i with row {@code pivots[i]} for i in [from, to), counted from 0 (the pivots themselves from 1). */
    abstract void laswp(int columns, Matrix a, int from, int to, Matrix pivots);

    abstract int potrf(boolean upper, int n, Matrix a);

    abstract void geqrf(int m, int n, Matrix a, Matrix tau);

    abstract void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau);

    /** As {@link #geqrf}, with the triangular factor of each block of reflectors, one beside the other in t. */
    abstract void geqrt(int m, int n, int block, Matrix a, Matrix t);

    /** Multiplies C, m x n, by a block of k reflectors, below the diagonal of v, or by its conjugate transpose. */
    abstract void larfb(boolean transposed, int m, int n, int k, Matrix v, Matrix t, Matrix c);

    /** @param job 'A' all singular vectors, 'S' the first min(m,n), 'N' none */
    abstract int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt);

    abstract int syevd(boolean upper, int n, Matrix a, Matrix w);

    /**
     * Eigenvalues, and eigenvectors if {@code v} is not null, of any square matrix, which is destroyed. A real matrix's are packed: w has n real parts,
     * then n imaginary ones; of a pair of conjugates v has the real part of the first in its column and the imaginary one in the next.
     */
    abstract int geev(int n, Matrix a, Matrix w, Matrix v);

    /** Least squares of a matrix of full rank: b has max(m,n) rows, and its first n become x. A is destroyed. */
    abstract int gels(int m, int n, int columns, Matrix a, Matrix b);

    /** The same of least norm, of a matrix of any rank, with its singular values: those up to {@code rcond} times the largest count as 0. */
    abstract int gelsd(int m, int n, int columns, Matrix a, Matrix b, double rcond, Matrix s, Matrix rank);

    /** Returns the sum of the absolute values of {@code n} neighbouring elements. */
    abstract double asum(int n, Matrix a);

    /** Whether one of {@code n} neighbouring elements is NaN: a sum of absolute values is NaN only then. */
    final boolean hasNaN(int n, Matrix a) {
        for (int from = 0; from < n; from += SUMMED) {
            if (Double.isNaN(asum(Math.min(SUMMED, n - from), a.at(from)))) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether {@code n} neighbouring elements are all finite. Their sum may overflow; then sums of parts decide. */
    final boolean isFinite(int n, Matrix a) {
        double sum = n > SUMMED ? Double.POSITIVE_INFINITY : asum(n, a);
        int half = n / 2;
        return sum < Double.POSITIVE_INFINITY
                || (n > 1 && !Double.isNaN(sum) && isFinite(half, a) && isFinite(n - half, a.at(half)));
    }

    static byte letter(boolean upper) {
        return (byte) (upper ? 'U' : 'L');
    }

    static int triangle(boolean upper) {
        return upper ? CblasUpper : CblasLower;
    }

    static int form(boolean transposed) {
        return transposed ? CblasTrans : CblasNoTrans;
    }

    static int checked(int info) {
        if (info <= OUT_OF_MEMORY) {
            throw new DeviceMemoryException("cpu: LAPACK found no memory for its workspace; close tensors or scopes");
        }
        return info;
    }
}
