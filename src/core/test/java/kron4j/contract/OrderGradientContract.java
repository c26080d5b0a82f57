package kron4j.contract;

import kron4j.ops.Order;
import org.junit.jupiter.api.Test;

/** Gradients of what sorts. */
public class OrderGradientContract extends GradientContract {
    @Test
    void sorts() {
        smooth("sort", x -> Order.sort(x[0], 0), distinct(1, 5));
        smooth("sort of rows", x -> Order.sort(x[0], true, -1), distinct(2, 3, 4));
        smooth("sort of columns", x -> Order.sort(x[0], 0), distinct(3, 4, 2));
    }
}
