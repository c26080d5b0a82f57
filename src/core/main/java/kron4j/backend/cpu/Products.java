package kron4j.backend.cpu;

import java.lang.reflect.Array;

/** Products of small matrices of one precision, {@code float[]} or {@code double[]}, and what else is made of such. */
abstract class Products extends RowProducts {
    /** This thread's arrays, each of at least so many elements. */
    final Object[] local(int... elements) {
        Object[] arrays = local();
        for (int i = 0; i < elements.length; i++) {
            if (Array.getLength(arrays[i]) < elements[i] + width()) {
                arrays[i] = allocate(elements[i]);
            }
        }
        return arrays;
    }

    /** Columns of B that {@link #multiply} reads at a time. */
    abstract int width();

    @Override
    final void conjugate(Object of, int at, int n) {}

    /** Writes all the values to the array. */
    abstract void set(double[] values, Object to);

    /** Copies rows that lie so many elements apart one behind the other, and anything for two vectors behind them. */
    abstract void join(Object from, int step, int rows, int columns, Object to);

    /** Makes the first n elements 0. */
    abstract void clear(Object of, int n);

    /**
     * {@code C = A^T B}: A k x m, B k x n, C m x n, row-major without gaps. Reads and writes past the ends as {@link #multiply}, but up to seven rows of C
     * and elements of A.
     */
    abstract void outer(Object a, int m, Object b, int n, int k, Object c);

    /**
     * Adds the sums over l and p of {@code a[l,i,p] b[l,j,p]}, of [before, m, after] and [before, n, after], to element {@code [i, j]} of lanes, [m, n] with
     * an even step between rows; each is the sum of a vector's lanes. Reads up to three rows past the end of a and one past that of b, and writes three rows
     * past the end of lanes.
     */
    abstract void inner(Object a, int m, Object b, int n, int before, int after, Object lanes);

    /** Adds sums of so many lanes, in rows so many sums apart, to numbers without gaps, and clears them. */
    abstract void drain(Object from, int rows, int columns, int lanes, int step, double[] to);

    /**
     * Writes rows {@code c[(k m + i) n + j] = a[k stepA + i step] b[k stepB + j]} of m x n elements. Reads a vector past the end of b, and writes one past
     * the end of c, with anything.
     */
    abstract void outerRows(
            Object a,
            int atA,
            int stepA,
            int step,
            int m,
            Object b,
            int atB,
            int stepB,
            int n,
            int rows,
            Object c,
            int atC);

    /**
     * {@code C += alpha A B} for as many columns as {@link #width}, the rows of B without gaps, which is faster than any: the sum of these terms is added as a
     * whole. Reads up to three rows past the end of A, and writes as many past the end of C, with anything.
     */
    abstract void add(
            double alpha, Object a, int atA, int stepA, int m, int k, Object b, int atB, Object c, int atC, int stepC);
}
