package kron4j;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The sizes of a tensor's axes: immutable, row-major (the last axis is the fastest). */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long size;

    private Shape(long[] dims) {
        this.dims = dims;
        this.size = checkedSize(dims);
    }

    /**
     * The shape with these sizes.
     *
     * @throws ShapeException if one is negative or the number of elements exceeds 2^63-1
     */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    private static long checkedSize(long[] dims) {
        long size = 1;
        boolean overflow = false;
        boolean empty = false;
        for (long d : dims) {
            if (d < 0) {
                throw new ShapeException("shape " + text(dims) + ": sizes must not be negative");
            }
            empty |= d == 0;
            overflow |= d != 0 && size > Long.MAX_VALUE / d;
            size = overflow ? size : size * Math.max(d, 1);
        }
        if (empty) {
            return 0;
        }
        if (overflow) {
            throw new ShapeException("shape " + text(dims) + ": more than 2^63-1 elements");
        }
        return size;
    }

    public int rank() {
        return dims.length;
    }

    /** Number of elements; 1 for a scalar. */
    public long size() {
        return size;
    }

    /** Size of an axis; negative axes count from the end. */
    public long at(int axis) {
        return dims[axis(axis)];
    }

    /** A copy of the sizes. */
    public long[] dims() {
        return dims.clone();
    }

    /**
     * The axis as a number in [0, rank).
     *
     * @throws ShapeException if it is not in [-rank, rank)
     */
    public int axis(int axis) {
        if (axis < -dims.length || axis >= dims.length) {
            throw new ShapeException("axis " + axis + " is out of range for shape " + this + " of rank " + dims.length);
        }
        return axis < 0 ? axis + dims.length : axis;
    }

    /** The sizes from axis {@code from} (inclusive) to {@code to} (exclusive), both in [0, rank]. */
    public Shape slice(int from, int to) {
        return of(Arrays.copyOfRange(dims, from, to));
    }

    /** These sizes followed by those of {@code other}. */
    public Shape concat(Shape other) {
        long[] joined = Arrays.copyOf(dims, dims.length + other.dims.length);
        System.arraycopy(other.dims, 0, joined, dims.length, other.dims.length);
        return of(joined);
    }

    /** This shape with one axis set to {@code size}. */
    public Shape with(int axis, long size) {
        long[] changed = dims.clone();
        changed[axis(axis)] = size;
        return of(changed);
    }

    /** {@code dims} with the one -1 in it, if any, set so that the number of elements is that of this shape. */
    Shape inferred(long... dims) {
        int unknown = -1;
        for (int i = 0; i < dims.length; i++) {
            unknown = dims[i] == -1 && unknown < 0 ? i : unknown;
        }
        if (unknown < 0) {
            return of(dims);
        }
        long[] full = dims.clone();
        full[unknown] = 1;
        long known = of(full).size;
        if (known == 0 || size % known != 0) {
            throw new ShapeException(
                    "reshape: shape " + this + " of " + size + " elements does not determine the -1 in " + text(dims));
        }
        full[unknown] = size / known;
        return of(full);
    }

    /**
     * The common shape by NumPy's rule: right-aligned, sizes equal or 1.
     *
     * @throws ShapeException naming {@code operation} and all shapes if they do not broadcast
     */
    public static Shape broadcast(String operation, Shape... shapes) {
        int rank = 0;
        for (Shape s : shapes) {
            rank = Math.max(rank, s.rank());
        }
        long[] result = new long[rank];
        Arrays.fill(result, 1);
        for (Shape s : shapes) {
            int shift = rank - s.rank();
            for (int i = 0; i < s.rank(); i++) {
                long d = s.dims[i];
                if (d != 1 && result[i + shift] != 1 && result[i + shift] != d) {
                    throw new ShapeException(operation + ": shapes "
                            + Arrays.stream(shapes).map(Shape::toString).collect(Collectors.joining(", "))
                            + " do not broadcast: sizes " + result[i + shift] + " and " + d + " at axis "
                            + (i + shift - rank)
                            + " are neither equal nor 1");
                }
                result[i + shift] = d == 1 ? result[i + shift] : d;
            }
        }
        return of(result);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As in error texts: {@code [2,3]}, {@code []} for a scalar. */
    @Override
    public String toString() {
        return text(dims);
    }

    private static String text(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
