package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;

/** Loops that compute from memory to memory by vectors, {@code MemoryVectorLoops}: elements that lie side by side need no tile. */
interface MemoryLoops {
    /** Bytes of a vector. */
    int width();

    boolean has(BinaryOp op, DType dtype);

    /** The memory of a direct buffer, as {@link #run} takes it. */
    Object show(ByteBuffer buffer);

    /** {@code z = op(x, y)} for so many bytes, whole vectors, from byte positions on. The result may be an operand at the same place. */
    void run(BinaryOp op, DType dtype, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes);

    boolean has(UnaryOp op, DType dtype);

    /** {@code z = op(x)}, as the other. */
    void run(UnaryOp op, DType dtype, Object x, long atX, Object z, long atZ, long bytes);

    /** Whether there are loops of an operation for rows and one row. */
    boolean hasRows(BinaryOp op, DType dtype);

    /** {@code z = op(x, y)} for so many rows of so many bytes, whole vectors, of x and z, which are {@code step} bytes apart, and one row y. */
    void run(
            BinaryOp op,
            DType dtype,
            int count,
            Object x,
            long atX,
            long stepX,
            Object y,
            long atY,
            Object z,
            long atZ,
            long stepZ,
            long bytes);

    /** Whether there are loops of an operation for rows and numbers. */
    boolean hasNumber(BinaryOp op, DType dtype);

    /**
     * {@code z = op(x, number)}, or {@code op(number, x)} where it comes first, for rows of so many bytes, whole vectors, and a number for each.
     *
     * @param stepX bytes from one row to the next, or 0
     */
    void run(
            BinaryOp op,
            boolean first,
            double[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes);

    /** Whether there are loops of an operation, either operand of which may be the number, for rows of integers and numbers. */
    boolean hasInteger(BinaryOp op, DType dtype);

    /** The same of integers. */
    void run(
            BinaryOp op,
            long[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes);

    /** Whether {@link #convert} takes these dtypes. */
    boolean converts(DType from, DType to);

    /** Converts so many elements, whole vectors of both dtypes; returns whether that is right: no number is beyond what the loop can do. */
    boolean convert(DType from, DType to, Object x, long atX, Object z, long atZ, long n);

    /** Whether there are folds of lines by an operation. */
    boolean folds(ReduceOp op, DType dtype);

    /** Whether there are folds across rows. */
    boolean foldsRows(ReduceOp op, DType dtype);

    /**
     * Folds so many lines, which are {@code step} bytes apart.
     *
     * @param bytes of a line: a vector's or more, for PROD whole vectors
     */
    void fold(ReduceOp op, DType dtype, Object x, long at, long step, int count, long bytes, double[] z);

    /** {@code z = op(z, row)} for MAX or MIN of {@code n} rows that are {@code step} bytes apart, two vectors of each; returns whether that is right: no row has NaN. */
    boolean foldRows(ReduceOp op, DType dtype, Object x, long at, long step, int n, Object z, long atZ);

    /** Whether {@link #findPositions} takes a dtype. */
    boolean findsPositions(DType dtype);

    /**
     * Finds in which of {@code n} rows, which are {@code step} bytes apart, a vector's columns have their first greatest element, if that is greater than those found before.
     *
     * @param least whether to find the least elements instead
     * @param first the number of the first row
     * @param keys what was found before in the order that the loop compares in, the least integers at first: an int[] for elements of four bytes, else a long[]
     * @param places the rows of these, as {@code keys}
     */
    void findPositions(
            boolean least,
            DType dtype,
            Object x,
            long at,
            long step,
            int first,
            int n,
            Object keys,
            Object places,
            int to);

    /** Whether {@link #scale} takes a dtype. */
    boolean scales(DType dtype);

    /** {@code z = factor * x} as {@link #run}; the parts of the factor are those of real elements in turn. */
    void scale(DType dtype, Complex factor, Object x, long atX, Object z, long atZ, long bytes);

    /** {@code z = factor * x / divisor} of complex dtypes that have {@link #scale}; returns whether all are finite. */
    boolean divide(DType dtype, Complex factor, double divisor, Object x, long atX, Object z, long atZ, long bytes);

    /** {@code z = x + i y} for so many bytes of the result, whole vectors of the operands, whose elements have {@code width} bytes. */
    void join(int width, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes);

    /** Whether {@link #run(PairLoop, int, Object, long, Object, long, long)} has loops. */
    boolean hasPairs();

    /**
     * Runs a loop over complex elements whose parts have {@code width} bytes, or over real ones of that width; those that copy have 1 and 2 bytes too.
     *
     * @param bytes of as many real elements as there are numbers, whole vectors
     */
    void run(PairLoop op, int width, Object x, long atX, Object z, long atZ, long bytes);

    /** Complex numbers that {@link #products(DType, Object, long, long, int, double[], double[], double[], int)} multiplies side by side. */
    int products();

    /**
     * Multiplies {@link #products} numbers, given by their parts from {@code to} on, by those that lie side by side in each of {@code n} rows, which are {@code step} bytes apart; in double.
     *
     * @param dtype a complex dtype
     * @param lanes room for twice as many
     */
    void products(DType dtype, Object x, long at, long step, int n, double[] lanes, double[] re, double[] im, int to);

    /**
     * Writes the pairs of so many bytes, whole vectors, times each of {@code n} complex numbers, given by their parts, one row behind the other; and so
     * for several rows that are {@code step} bytes apart, to places that are {@code stepZ} bytes apart.
     *
     * @param dtype a complex dtype that has products
     */
    void outer(
            DType dtype,
            double[] re,
            double[] im,
            int n,
            Object row,
            long at,
            long bytes,
            int rows,
            long step,
            Object z,
            long atZ,
            long stepZ);

    /**
     * Adds each float32 or float64 element to one of the sums in turn; they divide a vector's elements, which are added up in the dtype before.
     *
     * @return how many bytes of the beginning were taken: whole vectors
     */
    long addInTurn(DType dtype, Object x, long at, long bytes, double[] sums);

    /**
     * Writes a run of elements from its last one to its first.
     *
     * @param size bytes of an element: 1, 2, 4 or 8
     * @param bytes of the run, a vector's or more
     */
    void reverse(int size, Object x, long atX, Object z, long atZ, long bytes);

    /** Writes eight bytes again and again, to so many bytes. If they are fewer than a vector's, those before them get the same. */
    void fill(Object z, long at, long bytes, long eight);

    /** Widens a pair of bounds to those of int64 elements in so many bytes: whole vectors. */
    void bounds(long[] bounds, Object x, long at, long bytes);

    /**
     * Folds words of 64 bits in so many bytes, a vector's or more: for ANY they are put together by OR, for ALL each is made to have the highest bits of its true
     * elements, as {@link TruthFolds} says, before they are put together by AND.
     *
     * @param high the highest bit of each element
     * @param sign the same, or 0 if that does not make an element true
     */
    long truths(boolean all, long high, long sign, Object x, long at, long bytes);

    /** Puts the highest bits of true elements of {@code n} rows, which are {@code step} bytes apart, together with those that were found before; two vectors of each. */
    void truthsOfRows(boolean all, long high, long sign, Object x, long at, long step, int n, long[] found, int from);
}
