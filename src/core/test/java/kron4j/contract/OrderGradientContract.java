package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Order;
import kron4j.ops.Statistics;
import org.junit.jupiter.api.Test;

/** Gradients of what sorts. */
public class OrderGradientContract extends GradientContract {
    @Test
    void sorts() {
        smooth("sort", x -> Order.sort(x[0], 0), distinct(1, 5));
        smooth("sort of rows", x -> Order.sort(x[0], true, -1), distinct(2, 3, 4));
        smooth("sort of columns", x -> Order.sort(x[0], 0), distinct(3, 4, 2));
    }

    @Test
    void picks() {
        smooth("topk", x -> Order.topk(x[0], 2, 1).values(), distinct(1, 3, 4));
        smooth("smallest", x -> Order.topk(x[0], 2, false, 0).values(), distinct(2, 4, 2));
        smooth("median", x -> Statistics.median(x[0], 1), distinct(3, 3, 5));
        smooth("median of two", x -> Statistics.median(x[0]), distinct(4, 3, 4));
        smooth("quantile", x -> Statistics.quantile(x[0], new double[] {0.1, 0.7, 1}, 0), distinct(5, 4, 3));
    }

    @Test
    void weights() {
        Tensor places = Tensor.of(new int[] {2, 0, 2, 5});
        smooth("bincountEx", x -> Statistics.bincountEx(places, 4, x[0]), uniform(1, 4));
        Tensor values = Tensor.of(new double[] {0.5, 1, -1, 0.2});
        smooth("histogram", x -> Statistics.histogram(values, 2, 0, 1, x[0]).counts(), uniform(2, 4));
    }

    /** Equal elements are in the order in which they are. */
    @Test
    void theFirstOfEqualElementsCounts() {
        Tensor x = Tensor.of(new double[] {1, 2, 1, 2}).requiresGrad();
        Tensor v = Tensor.of(new double[] {10, 20});
        Tensor best = Order.topk(x, 2, 0).values();
        assertArrayEquals(
                new double[] {0, 10, 0, 20}, Gradients.vjp(best, v, x).get(0).toDoubleArray());
        Tensor different = Order.unique(x);
        assertArrayEquals(
                new double[] {10, 20, 0, 0},
                Gradients.vjp(different, v, x).get(0).toDoubleArray());
    }
}
