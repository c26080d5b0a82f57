package kron4j.bench.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A library that has no einsum: contractions are what an application writes with its matrix product, permutations and reshapes.
 *
 * @param <T> its arrays; results are never changed
 */
public abstract class ArrayLibrary<T> implements Library {
    /** An array of the operand. */
    protected abstract T operand(Row row, Input input);

    /** The product of matrices, or of as many in two batches. */
    protected abstract T matmul(T a, T b);

    /** Permuted and contiguous. */
    protected abstract T permute(T a, int[] axes);

    /** The same elements in another shape. */
    protected abstract T reshape(T a, long[] shape);

    /** An operation by its name in the rows, of operands of one shape; or throws {@link UnsupportedOperationException}. */
    protected abstract T other(Row row, List<T> operands);

    /** Elements by position in row-major order. */
    protected abstract double[] values(T a, long[] positions);

    /** Called before a computation; the results of the one before are no longer needed. */
    protected void begin() {}

    /** Called when nothing is needed any more. */
    protected void end() {}

    @Override
    public Work prepare(Row row) {
        List<T> in = new ArrayList<>();
        row.inputs().forEach(input -> in.add(operand(row, input)));
        Supplier<T> work = switch (row.op()) {
            case "einsum", "kron" -> product(row, in);
            case "matmul" -> () -> matmul(in.get(0), in.get(1));
            case "permute" -> () -> permute(in.get(0), row.axes());
            case "kronmatmul" -> () -> kronecker(row, in);
            default -> () -> other(row, in);
        };
        return new Work() {
            private T result;

            @Override
            public void run() {
                begin();
                result = work.get();
            }

            @Override
            public double[] values(int output, long[] positions) {
                return ArrayLibrary.this.values(result, positions);
            }

            @Override
            public void close() {
                end();
            }
        };
    }

    private Supplier<T> product(Row row, List<T> in) {
        if (in.size() != 2 || row.scale() != 1) {
            throw new UnsupportedOperationException(row.equation());
        }
        PairProduct p = PairProduct.of(row);
        boolean batched = p.batch() > 1;
        long[] left = batched ? new long[] {p.batch(), p.m(), p.k()} : new long[] {p.m(), p.k()};
        long[] right = batched ? new long[] {p.batch(), p.k(), p.n()} : new long[] {p.k(), p.n()};
        return () -> {
            T a = reshape(ordered(in.get(0), p.left()), left);
            T b = reshape(ordered(in.get(1), p.right()), right);
            return ordered(reshape(matmul(a, b), p.result().sizes()), p.result());
        };
    }

    private T ordered(T a, PairProduct.Order order) {
        return order.isIdentity() ? a : permute(a, order.axes());
    }

    /** From the last factor to the first: each takes the last axis and puts its own before the others. */
    private T kronecker(Row row, List<T> in) {
        long rows = row.inputs().get(0).shape()[0];
        long columns = row.inputs().get(0).shape()[1];
        T x = in.get(0);
        for (int f = in.size() - 1; f > 0; f--) {
            long n = row.inputs().get(f).shape()[0];
            x = reshape(matmul(reshape(x, new long[] {rows * columns / n, n}), in.get(f)), new long[] {
                rows, columns / n, n
            });
            x = permute(x, new int[] {0, 2, 1});
        }
        return reshape(x, new long[] {rows, columns});
    }
}
