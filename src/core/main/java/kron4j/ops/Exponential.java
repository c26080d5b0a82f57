package kron4j.ops;

import java.util.Arrays;
import java.util.List;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.backend.View;
import kron4j.plan.PadeApproximant;

/** The exponential of matrices; what it computes is in {@link MatrixFunctions#expm}. */
// A. Al-Mohy, N. Higham: A new scaling and squaring algorithm for the matrix exponential (2009); N. Higham: The scaling
// and squaring method for the matrix exponential revisited (2005), for the degree 7 of single precision. What the
// former halves more against cancellation is left out: over random matrices near nilpotent ones, where it happens,
// errors are a third without it, because each squaring doubles them.
final class Exponential {
    private static final int MOST_SQUARINGS = 32;
    private static final Fused KNOWN = Fused.compile(t -> Elementwise.multiply(Elementwise.where(t[0], t[1], 0), t[2]));
    private static final Fused SIDES =
            Fused.compileAll(t -> new Tensor[] {Elementwise.subtract(t[0], t[1]), Elementwise.add(t[0], t[1])});

    private static final Approximant SINGLE = new Approximant(PadeApproximant.SINGLE, 60);
    private static final Approximant DOUBLE = new Approximant(PadeApproximant.DOUBLE, 500);

    private final Tensor a;
    private final Approximant approximant;

    private Exponential(Tensor a) {
        this.a = a;
        approximant = a.dtype().realPart().bytes() == Float.BYTES ? SINGLE : DOUBLE;
    }

    /**
     * {@return the exponential, in the current scope with the temporaries}
     *
     * @param a without history, not empty
     */
    static Tensor of(Tensor a) {
        Tensor result = Operands.empty(a, a.dtype(), a.shape());
        View byColumns = result.transpose(-2, -1).view();
        boolean done = Matrices.backend(a).expm(a.contiguous().transpose(-2, -1).view(), byColumns);
        return done ? result : new Exponential(a).computed();
    }

    /** {@return the largest sum of a column's |a_ij|: [..., 1, 1]} */
    static Tensor norm(Tensor a) {
        return Reduce.max(Reduce.sum(Elementwise.abs(a), true, -2), true, -1);
    }

    private boolean onHost() {
        return a.device().equals(Device.cpu());
    }

    private Tensor computed() {
        // Halved so often that the norm is in reach; the powers then say which halvings were too many.
        List<Tensor> first = approximant.halved.applyAll(norm(a));
        Tensor x = KNOWN.apply(first.get(0), a, Matrices.like(a, first.get(2)));
        Tensor x2 = MatMul.matmul(x, x);
        Tensor x4 = MatMul.matmul(x2, x2);
        Tensor x6 = MatMul.matmul(x4, x2);
        List<Tensor> second = approximant.undone.applyAll(first.get(0), first.get(1), norm(x4), norm(x6));
        Tensor factor = Matrices.like(a, second.get(1));
        Tensor result = squared(approximant.of(factor, x, x2, x4, x6, Matrices.identityLike(a)), second.get(0));
        return Elementwise.where(second.get(2), result, Double.NaN);
    }

    private Tensor squared(Tensor start, Tensor halvings) {
        double[] counts = onHost() ? halvings.toDoubleArray() : new double[] {0, MOST_SQUARINGS};
        double least = Arrays.stream(counts).min().orElse(0);
        double most = Math.min(MOST_SQUARINGS, Arrays.stream(counts).max().orElse(0));
        Tensor result = start;
        for (int i = 0; i < most; i++) {
            Tensor before = result;
            Tensor square = MatMul.matmul(before, before);
            result = square;
            if (i >= least) {
                try (Tensor more = Elementwise.greater(halvings, i)) {
                    result = Elementwise.where(more, square, before);
                }
                square.close();
            }
            before.close();
        }
        return result;
    }

    /** {@code (V - U)^-1 (V + U)} for U and V, the odd and the even part of a polynomial, and when it is right. */
    private static final class Approximant {
        private final double[] b;
        /** The norm up to which it is right to the last place. */
        private final double reach;
        /** So many halvings are undone that 4 to the power of them is in range. */
        private final int range;

        private final Fused halved = Fused.compileAll(t -> halved(t[0]));
        private final Fused undone = Fused.compileAll(t -> undone(t[0], t[1], t[2], t[3]));
        private final Fused sums = Fused.compileAll(t -> sums(t[0], t[1], t[2], t[3], t[4], t[5]));

        /** The one of the highest degree. */
        Approximant(List<PadeApproximant> all, int range) {
            PadeApproximant last = all.get(all.size() - 1);
            b = last.coefficients();
            reach = last.reach();
            this.range = range;
        }

        /** Whether the norm is finite, how many halvings bring it into reach, and the factor of so many. */
        private Tensor[] halved(Tensor norm) {
            Tensor finite = Elementwise.isFinite(norm);
            Tensor needed = log2(Elementwise.divide(Elementwise.where(finite, norm, 0), reach));
            Tensor most = Elementwise.maximum(Elementwise.ceil(needed), 0);
            return new Tensor[] {finite, most, Elementwise.power(2, Elementwise.negative(most))};
        }

        /** The halvings that norms of powers do not spare, the factor of the others, and whether they are not too many. */
        private Tensor[] undone(Tensor finite, Tensor most, Tensor norm4, Tensor norm6) {
            Tensor root4 = Elementwise.sqrt(Elementwise.sqrt(norm4));
            Tensor root6 = Elementwise.power(norm6, 1 / 6.0);
            Tensor spared = log2(Elementwise.divide(reach, Elementwise.maximum(root4, root6)));
            Tensor undone = Elementwise.minimum(Elementwise.clamp(Elementwise.floor(spared), 0, range), most);
            Tensor halvings = Elementwise.subtract(most, undone);
            Tensor good = Elementwise.logicalAnd(finite, Elementwise.lessEqual(halvings, MOST_SQUARINGS));
            return new Tensor[] {halvings, Elementwise.power(2, undone), good};
        }

        private static Tensor log2(Tensor x) {
            return Elementwise.multiply(Elementwise.log(x), 1 / Math.log(2));
        }

        /** At f X. */
        Tensor of(Tensor f, Tensor x, Tensor x2, Tensor x4, Tensor x6, Tensor identity) {
            List<Tensor> sums = this.sums.applyAll(f, x, x2, x4, x6, identity);
            Tensor odd = sums.get(1);
            Tensor even = sums.get(2);
            if (sums.size() > 3) {
                odd = Elementwise.add(odd, MatMul.matmul(sums.get(3), sums.get(4)));
                even = Elementwise.add(even, MatMul.matmul(sums.get(3), sums.get(5)));
            }
            List<Tensor> sides = SIDES.applyAll(even, MatMul.matmul(sums.get(0), odd));
            return Solvers.solve("expm", sides.get(0), sides.get(1)).result();
        }

        /** f X, the sums of the powers of odd and of even parts, and what more of them the sixth power multiplies. */
        private Tensor[] sums(Tensor f, Tensor x, Tensor x2, Tensor x4, Tensor x6, Tensor identity) {
            Tensor f2 = Elementwise.square(f);
            Tensor y2 = Elementwise.multiply(x2, f2);
            Tensor y4 = Elementwise.multiply(Elementwise.multiply(x4, f2), f2);
            Tensor y6 = Elementwise.multiply(Elementwise.multiply(Elementwise.multiply(x6, f2), f2), f2);
            Tensor y = Elementwise.multiply(x, f);
            Tensor odd = sum(1, identity, y2, y4, y6);
            Tensor even = sum(0, identity, y2, y4, y6);
            return b.length == 8
                    ? new Tensor[] {y, odd, even}
                    : new Tensor[] {y, odd, even, y6, sum(9, y2, y4, y6), sum(8, y2, y4, y6)};
        }

        /** Every other coefficient from the first one on, times the powers. */
        private Tensor sum(int first, Tensor... powers) {
            Tensor sum = Elementwise.multiply(powers[0], b[first]);
            for (int i = 1; i < powers.length; i++) {
                sum = Elementwise.add(sum, Elementwise.multiply(powers[i], b[first + 2 * i]));
            }
            return sum;
        }
    }
}
