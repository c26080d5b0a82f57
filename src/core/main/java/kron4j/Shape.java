package kron4j;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The sizes of a tensor's axes: immutable, row-major (the last axis is the fastest). */
public final class Shape {
    /** The shape of a scalar: no axes, one element. */
    public static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long size;

    private Shape(long[] dims) {
        this.dims = dims;
        this.size = checkedSize(dims);
    }

    /**
     * {@return the shape with these sizes}
     *
     * @param dims 0 or more each; none for a scalar
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

    /** {@return the number of axes} */
    public int rank() {
        return dims.length;
    }

    /** {@return the number of elements; 1 for a scalar} */
    public long size() {
        return size;
    }

    /**
     * {@return the size of an axis}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if there is no such axis
     */
    public long at(int axis) {
        return dims[axis(axis)];
    }

    /** {@return the size of an axis in [0, rank)} */
    long dim(int axis) {
        return dims[axis];
    }

    /** {@return a copy of the sizes} */
    public long[] dims() {
        return dims.clone();
    }

    /**
     * {@return the axis as a number in [0, rank)}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if it is not in [-rank, rank)
     */
    public int axis(int axis) {
        if (!hasAxis(axis)) {
            throw new ShapeException(noAxis(axis));
        }
        return axis < 0 ? axis + dims.length : axis;
    }

    /**
     * {@return the axis as a number in [0, rank)}
     *
     * @param operation the name for the exception's text
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException naming {@code operation} if it is not in [-rank, rank)
     */
    public int axis(String operation, int axis) {
        if (!hasAxis(axis)) {
            throw new ShapeException(operation + ": " + noAxis(axis));
        }
        return axis(axis);
    }

    private boolean hasAxis(int axis) {
        return axis >= -dims.length && axis < dims.length;
    }

    private String noAxis(int axis) {
        return "axis " + axis + " is out of range for shape " + this + " of rank " + dims.length;
    }

    /**
     * {@return the sizes from one axis up to another}
     *
     * @param from the first axis, in [0, rank]
     * @param to the axis after the last, in [from, rank]
     */
    public Shape slice(int from, int to) {
        return of(Arrays.copyOfRange(dims, from, to));
    }

    /**
     * {@return these sizes followed by those of {@code other}}
     *
     * @param other the sizes to append
     */
    public Shape concat(Shape other) {
        long[] joined = Arrays.copyOf(dims, dims.length + other.dims.length);
        System.arraycopy(other.dims, 0, joined, dims.length, other.dims.length);
        return of(joined);
    }

    /**
     * {@return this shape with one size changed}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param size the new size, 0 or more
     * @throws ShapeException if there is no such axis, or the size is negative
     */
    public Shape with(int axis, long size) {
        long[] changed = dims.clone();
        changed[axis(axis)] = size;
        return of(changed);
    }

    /**
     * Replaces the one -1 in {@code dims}, if any, so that the number of elements is that of this shape.
     *
     * @param dims sizes, at most one of them -1
     * @return the full shape
     */
    Shape inferred(long... dims) {
        int unknown = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && unknown >= 0) {
                throw new ShapeException("reshape: " + text(dims) + " has more than one -1, for shape " + this
                        + "; only one size can be computed from the others");
            }
            unknown = dims[i] == -1 ? i : unknown;
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
     * {@return the common shape by NumPy's rule: right-aligned, sizes equal or 1}
     *
     * @param operation the name for the exception's text
     * @param shapes any number of shapes
     * @throws ShapeException naming {@code operation} and all shapes if they do not broadcast
     */
    public static Shape broadcast(String operation, Shape... shapes) {
        int rank = 0;
        boolean same = shapes.length > 0;
        for (Shape s : shapes) {
            rank = Math.max(rank, s.rank());
            same = same && s.equals(shapes[0]);
        }
        if (same) {
            return shapes[0];
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
        return other == this || (other instanceof Shape s && Arrays.equals(dims, s.dims));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** {@return the sizes as in error texts: {@code [2,3]}, or {@code []} for a scalar} */
    @Override
    public String toString() {
        return text(dims);
    }

    private static String text(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
