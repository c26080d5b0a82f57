package kron4j.bench.peer;

import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A contraction of two operands as one batched matrix product, [batch, m, k] times [batch, k, n]: what one writes where a library has no einsum. The
 * operands are permuted and reshaped before, the result is reshaped and permuted after.
 *
 * @param left how the first operand becomes [batch, m, k]
 * @param right how the second becomes [batch, k, n]
 * @param result how what is reshaped to the labels' sizes becomes the result
 * @param batch number of products
 * @param m rows of the result
 * @param n columns of the result
 * @param k terms of its elements
 */
public record PairProduct(Order left, Order right, Order result, long batch, long m, long n, long k) {

    /**
     * An order of axes.
     *
     * @param axes for each axis after the permutation, which it was before
     * @param sizes the sizes before it
     */
    public record Order(int[] axes, long[] sizes) {
        /** The sizes after it. */
        public long[] permutedSizes() {
            return IntStream.of(axes).mapToLong(axis -> sizes[axis]).toArray();
        }

        /** Whether nothing moves. */
        public boolean isIdentity() {
            return IntStream.range(0, axes.length).allMatch(i -> axes[i] == i);
        }

        /** Where what is at a position after the permutation was before it. */
        public long before(long position) {
            long[] strides = new long[sizes.length];
            long stride = 1;
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                strides[axis] = stride;
                stride *= sizes[axis];
            }
            long rest = position;
            long at = 0;
            for (int i = axes.length - 1; i >= 0; i--) {
                at += rest % sizes[axes[i]] * strides[axes[i]];
                rest /= sizes[axes[i]];
            }
            return at;
        }

        /** The operand's elements in this order. */
        public double[] permuted(Input input) {
            double[] values = new double[input.size()];
            boolean identity = isIdentity();
            for (int i = 0; i < values.length; i++) {
                values[i] = input.at(identity ? i : before(i));
            }
            return values;
        }
    }

    /** The product that computes the row, whose operation is einsum or matmul. */
    public static PairProduct of(Row row) {
        String a = row.terms().get(0);
        String b = row.terms().get(1);
        String out = row.output();
        String batch = common(common(a, b), out);
        String m = without(common(a, out), b);
        String n = without(common(b, out), a);
        String k = without(common(a, b), out);
        if (a.length() != (batch + m + k).length() || b.length() != (batch + n + k).length()) {
            throw new UnsupportedOperationException("a label of one operand only is summed");
        }
        long[] left = row.inputs().get(0).shape();
        long[] right = row.inputs().get(1).shape();
        String product = batch + m + n;
        long[] sizes = product.chars()
                .mapToLong(c -> a.indexOf(c) >= 0 ? left[a.indexOf(c)] : right[b.indexOf(c)])
                .toArray();
        return new PairProduct(
                order(a, batch + m + k, left),
                order(b, batch + k + n, right),
                order(product, out, sizes),
                size(batch, a, left),
                size(m, a, left),
                size(n, b, right),
                size(k, a, left));
    }

    /** Where the result's element is in the batched product. */
    public long position(long position) {
        return result.before(position);
    }

    private static Order order(String from, String to, long[] sizes) {
        return new Order(to.chars().map(from::indexOf).toArray(), sizes);
    }

    private static long size(String labels, String term, long[] shape) {
        return labels.chars().mapToLong(c -> shape[term.indexOf(c)]).reduce(1, (x, y) -> x * y);
    }

    private static String common(String a, String b) {
        return filtered(a, c -> b.indexOf(c) >= 0);
    }

    private static String without(String a, String b) {
        return filtered(a, c -> b.indexOf(c) < 0);
    }

    private static String filtered(String labels, IntPredicate keep) {
        return labels.chars()
                .filter(keep)
                .mapToObj(c -> String.valueOf((char) c))
                .collect(Collectors.joining());
    }
}
