package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Scatter;
import org.junit.jupiter.api.Test;

/** Gradients of writing and adding at positions, and of picking by truth values. */
public class ScatterGradientContract extends GradientContract {
    @Test
    void writes() {
        Tensor index = Tensor.of(new long[][] {{0, 2, 2}, {1, 0, 7}});
        both("scatterEx", x -> Scatter.scatterEx(x[0], index, x[1], 0), uniform(1, 3, 4), uniform(2, 2, 5));
        smooth("scatterEx 1", x -> Scatter.scatterEx(x[0], index, x[1], 1), uniform(1, 2, 4), uniform(2, 2, 3));
        smooth("scatterEx of itself", x -> Scatter.scatterEx(x[0], index, x[0], 1), uniform(1, 2, 3));
        Tensor places = Tensor.of(new long[] {5, -1, 5, 0});
        smooth("putEx", x -> Scatter.putEx(x[0], places, x[1]), uniform(1, 2, 3), uniform(2, 3));
    }

    @Test
    void adds() {
        Tensor index = Tensor.of(new long[][] {{0, 2, 2}, {1, 0, 7}});
        both("scatterAddEx", x -> Scatter.scatterAddEx(x[0], index, x[1], 0), uniform(1, 3, 4), uniform(2, 2, 5));
        smooth(
                "scatterAddEx, squared",
                x -> {
                    Tensor y = Scatter.scatterAddEx(x[0], index, x[1], 1);
                    return y.multiply(y);
                },
                uniform(1, 2, 4),
                uniform(2, 2, 3));
        Tensor rows = Tensor.of(new long[] {2, 0, 2});
        smooth("indexAddEx", x -> Scatter.indexAddEx(x[0], rows, x[1], 0), uniform(1, 3, 2), uniform(2, 3, 2));
    }

    @Test
    void masks() {
        Tensor mask = Tensor.of(new boolean[][] {{true, false, true}, {false, false, true}});
        Tensor rows = Tensor.of(new boolean[] {false, true});
        smooth("gather by mask", x -> Scatter.booleanMask(x[0], mask), uniform(1, 2, 3, 2));
        complex("gather by mask", x -> Scatter.booleanMask(x[0], rows), uniform(1, 2, 3));
        smooth("gather by nothing", x -> Scatter.booleanMask(x[0], Tensor.zeros(DType.BOOL, 2, 3)), uniform(1, 2, 3));
        smooth("maskedFill", x -> Scatter.maskedFill(x[0], mask, 2), uniform(1, 2, 3));
    }

    @Test
    void emptyOnes() {
        Tensor x = Tensor.of(new double[] {1, 2}).requiresGrad();
        Tensor y = Tensor.of(new double[] {3}).requiresGrad();
        Tensor none = Tensor.zeros(DType.INT64, 0);
        for (Tensor z : new Tensor[] {Scatter.scatterEx(x, none, y, 0), Scatter.scatterAddEx(x, none, y, 0)}) {
            List<Tensor> g = Gradients.of(z.sum(), x, y);
            assertArrayEquals(new double[] {1, 1}, g.get(0).toDoubleArray());
            assertArrayEquals(new double[] {0}, g.get(1).toDoubleArray());
        }
        Tensor nothing = Tensor.zeros(DType.FLOAT64, 0).requiresGrad();
        Tensor z = Scatter.scatterAddEx(nothing, Tensor.of(new long[] {0}), y, 0);
        assertArrayEquals(new double[] {0}, Gradients.of(z.sum(), y).get(0).toDoubleArray());
    }
}
