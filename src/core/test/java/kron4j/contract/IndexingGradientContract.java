package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Creation;
import kron4j.ops.Indexing;
import org.junit.jupiter.api.Test;

/** Gradients of joining, splitting and picking. */
public class IndexingGradientContract extends GradientContract {
    @Test
    void joins() {
        smooth("concat", x -> Indexing.concat(1, x), uniform(1, 2, 3), uniform(2, 2, 0), uniform(3, 2, 2));
        smooth("concat of itself", x -> Indexing.concat(0, x[0], x[0]), uniform(1, 2, 3));
        smooth("stack", x -> Indexing.stack(-1, x), uniform(1, 2, 3), uniform(2, 2, 3));
        smooth("split", x -> Indexing.split(x[0], 1, 1, 0, 3).get(2), uniform(1, 2, 4));
        smooth("split, all used", x -> product(Indexing.split(x[0], 1, 2, 2)), uniform(1, 3, 4));
        smooth("unbind", x -> product(Indexing.unbind(x[0], 1)), uniform(1, 2, 3, 2));
        smooth("unbind, one used", x -> Indexing.unbind(x[0], -1).get(1), uniform(1, 2, 3));
        smooth("tril", x -> Indexing.tril(x[0], 0), uniform(1, 2, 3, 3));
        smooth("triu", x -> Indexing.triu(x[0], -1), uniform(1, 3, 2));
    }

    private static Tensor product(List<Tensor> pieces) {
        return pieces.stream().reduce(Tensor::multiply).orElseThrow();
    }

    @Test
    void picks() {
        Tensor index = Tensor.of(new long[][] {{0, 2, -1}, {2, 2, 1}});
        smooth("take 0", x -> Indexing.take(x[0], index, 0), uniform(1, 3, 2));
        smooth("take 1", x -> Indexing.take(x[0], index, 1), uniform(1, 2, 4, 2));
        smooth("takeEx", x -> Indexing.takeEx(x[0], index, 1), uniform(1, 2, 4, 2));
        smooth("take scalar", x -> Indexing.take(x[0], Tensor.of(1), -1), uniform(1, 2, 4));
        smooth("take none", x -> Indexing.take(x[0], Tensor.of(new long[0]), 0), uniform(1, 2, 4));
        smooth("gather", x -> Indexing.gather(x[0], index, 1), uniform(1, 2, 4));
        smooth("gather, index broadcast", x -> Indexing.gather(x[0], index.slice(0, 0, 1), 1), uniform(1, 3, 4));
        smooth("gather, operand broadcast", x -> Indexing.gather(x[0], index, 1), uniform(1, 1, 4));
    }

    @Test
    void repeatedPicksAddUp() {
        Tensor x = Tensor.of(new double[] {1, 2, 3}).requiresGrad();
        Tensor y = Indexing.take(x, Tensor.of(new int[] {2, 0, 2, 2}), 0);
        Tensor v = Tensor.of(new double[] {1, 10, 100, 1000});
        assertArrayEquals(
                new double[] {10, 0, 1101}, Gradients.vjp(y, v, x).get(0).toDoubleArray());
        Tensor outside = Indexing.takeEx(x, Tensor.of(new int[] {2, 3, 2, -4}), 0);
        assertArrayEquals(
                new double[] {0, 0, 101}, Gradients.vjp(outside, v, x).get(0).toDoubleArray());
    }

    @Test
    void picksOfNothingAreRecorded() {
        for (long[] index : new long[][] {{}, {0, 5}}) {
            Tensor x = Tensor.zeros(DType.FLOAT64, 2, 0).requiresGrad();
            Tensor y = Indexing.takeEx(x, Tensor.of(index, index.length), 1);
            Tensor v = Creation.onesLike(y);
            assertEquals(x.shape(), Gradients.vjp(y, v, x).get(0).shape());
        }
    }
}
