package kron4j.ops;

import java.util.Arrays;
import kron4j.Device;
import kron4j.Tensor;

/** The exponential of matrices; what it computes is in {@link MatrixFunctions#expm}. */
// A. Al-Mohy, N. Higham: A new scaling and squaring algorithm for the matrix exponential (2009); N. Higham: The scaling
// and squaring method for the matrix exponential revisited (2005), for the degree 7 of single precision. What the
// former halves more against cancellation is left out: over random matrices near nilpotent ones, where it happens,
// errors are a third without it, because each squaring doubles them.
final class Exponential {
    private static final int MOST_SQUARINGS = 32;
    private static final double[] DEGREE_7 = {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1};
    private static final double[] DEGREE_13 = {
        64764752532480000.0,
        32382376266240000.0,
        7771770303897600.0,
        1187353796428800.0,
        129060195264000.0,
        10559470521600.0,
        670442572800.0,
        33522128640.0,
        1323241920,
        40840800,
        960960,
        16380,
        182,
        1
    };

    private final Tensor a;
    private final boolean narrow;
    /** The norm up to which the approximant is right to the last place. */
    private final double reach;

    private Exponential(Tensor a) {
        this.a = a;
        narrow = a.dtype().realPart().bytes() == Float.BYTES;
        reach = narrow ? 3.92572478313866 : 4.25;
    }

    /**
     * {@return the exponential, in the current scope with the temporaries}
     *
     * @param a without history, not empty
     */
    static Tensor of(Tensor a) {
        return new Exponential(a).computed();
    }

    /** {@return the largest sum of a column's |a_ij|: [..., 1, 1]} */
    static Tensor norm(Tensor a) {
        return Reduce.max(Reduce.sum(Elementwise.abs(a), true, -2), true, -1);
    }

    private static Tensor log2(Tensor x) {
        return Elementwise.multiply(Elementwise.log(x), 1 / Math.log(2));
    }

    private boolean onHost() {
        return a.device().equals(Device.cpu());
    }

    private static double largest(Tensor x) {
        return Arrays.stream(x.toDoubleArray()).max().orElse(0);
    }

    private Tensor computed() {
        Tensor norm = norm(a);
        Tensor finite = Elementwise.isFinite(norm);
        // Halved so often that the norm is in reach; the powers then say which halvings were too many.
        Tensor needed = log2(Elementwise.divide(Elementwise.where(finite, norm, 0), reach));
        Tensor most = Elementwise.maximum(Elementwise.ceil(needed), 0);
        Tensor known = Elementwise.where(finite, a, 0);
        Tensor x = Elementwise.multiply(known, Matrices.like(a, Elementwise.power(2, Elementwise.negative(most))));
        Tensor x2 = MatMul.matmul(x, x);
        Tensor x4 = MatMul.matmul(x2, x2);
        Tensor x6 = MatMul.matmul(x4, x2);
        Tensor undone = undone(most, x4, x6);
        Tensor halvings = Elementwise.subtract(most, undone);
        Tensor approximant = approximant(Matrices.like(a, Elementwise.power(2, undone)), x, x2, x4, x6);
        Tensor result = squared(approximant, halvings);
        Tensor good = Elementwise.logicalAnd(finite, Elementwise.lessEqual(halvings, MOST_SQUARINGS));
        return Elementwise.where(good, result, Double.NaN);
    }

    /** How many halvings the norms of powers spare, at most all. */
    private Tensor undone(Tensor most, Tensor x4, Tensor x6) {
        Tensor root4 = Elementwise.sqrt(Elementwise.sqrt(norm(x4)));
        Tensor root6 = Elementwise.power(norm(x6), 1 / 6.0);
        Tensor spared = log2(Elementwise.divide(reach, Elementwise.maximum(root4, root6)));
        // at most so many that 4^undone is in range
        Tensor safe = Elementwise.clamp(Elementwise.floor(spared), 0, narrow ? 60 : 500);
        return Elementwise.minimum(safe, most);
    }

    /** {@code (V - U)^-1 (V + U)} for U, V the odd and the even part at f X. */
    private Tensor approximant(Tensor f, Tensor x, Tensor x2, Tensor x4, Tensor x6) {
        double[] b = narrow ? DEGREE_7 : DEGREE_13;
        Tensor identity = Matrices.identityLike(a);
        Tensor f2 = Elementwise.square(f);
        Tensor y2 = Elementwise.multiply(x2, f2);
        Tensor y4 = Elementwise.multiply(Elementwise.multiply(x4, f2), f2);
        Tensor y6 = Elementwise.multiply(Elementwise.multiply(Elementwise.multiply(x6, f2), f2), f2);
        Tensor odd = sum(b, 1, identity, y2, y4, y6);
        Tensor even = sum(b, 0, identity, y2, y4, y6);
        if (!narrow) {
            odd = Elementwise.add(odd, MatMul.matmul(y6, sum(b, 9, y2, y4, y6)));
            even = Elementwise.add(even, MatMul.matmul(y6, sum(b, 8, y2, y4, y6)));
        }
        odd = MatMul.matmul(Elementwise.multiply(x, f), odd);
        return Solvers.solve("expm", Elementwise.subtract(even, odd), Elementwise.add(even, odd))
                .result();
    }

    /** Every other coefficient from the first one on, times the powers. */
    private static Tensor sum(double[] b, int first, Tensor... powers) {
        return Fused.of(
                t -> {
                    Tensor sum = Elementwise.multiply(t[0], b[first]);
                    for (int i = 1; i < t.length; i++) {
                        sum = Elementwise.add(sum, Elementwise.multiply(t[i], b[first + 2 * i]));
                    }
                    return sum;
                },
                powers);
    }

    private Tensor squared(Tensor start, Tensor halvings) {
        int squarings = onHost() ? (int) Math.min(MOST_SQUARINGS, largest(halvings)) : MOST_SQUARINGS;
        Tensor result = start;
        for (int i = 0; i < squarings; i++) {
            try (Tensor before = result;
                    Tensor square = MatMul.matmul(before, before);
                    Tensor more = Elementwise.greater(halvings, i)) {
                result = Elementwise.where(more, square, before);
            }
        }
        return result;
    }
}
