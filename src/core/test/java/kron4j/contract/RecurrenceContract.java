package kron4j.contract;

import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Recurrence;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Units over whole sequences beside their formulas, step by step, and their gradients. */
public class RecurrenceContract extends GradientContract {
    /** Lengths, batches and widths around vectors, and rows and weights for several threads. */
    private static final int[][] SIZES = {
        {1, 1, 1}, {3, 5, 7}, {4, 3, 16}, {2, 6, 33}, {5, 9, 32}, {28, 32, 64}, {7, 70, 40}, {2, 2, 300}
    };

    /** The states of all steps, and the last cell, in one column. */
    private static Tensor column(List<Tensor> found) {
        return Indexing.concat(0, found.get(0).reshape(-1), found.get(1).reshape(-1));
    }

    private static Tensor lstm(boolean candidateLast, Tensor... x) {
        return column(Recurrence.lstm(x[0], x[1], x[2], x[3], candidateLast));
    }

    /** By the formulas. */
    private static Tensor steps(boolean candidateLast, Tensor... x) {
        int length = (int) x[0].shape().at(0);
        long n = x[2].shape().at(1);
        Tensor h = x[2];
        Tensor c = x[3];
        Tensor[] states = new Tensor[length];
        for (int t = 0; t < length; t++) {
            Tensor sum = x[0].get(t).add(h.matmul(x[1].transpose()));
            Tensor third = sum.slice(1, 2 * n, 3 * n);
            Tensor last = sum.slice(1, 3 * n, 4 * n);
            Tensor candidate = Elementwise.tanh(candidateLast ? last : third);
            Tensor output = Elementwise.sigmoid(candidateLast ? third : last);
            c = Elementwise.sigmoid(sum.slice(1, n, 2 * n))
                    .multiply(c)
                    .add(Elementwise.sigmoid(sum.slice(1, 0, n)).multiply(candidate));
            h = output.multiply(Elementwise.tanh(c));
            states[t] = h;
        }
        return column(List.of(Indexing.stack(0, states), c));
    }

    /** Rows of the weights add up to less than 1, so that errors do not grow from step to step. */
    private static NDArray[] inputs(int length, int batch, int width, int gates) {
        double largest = 1.0 / width;
        return new NDArray[] {
            between(1, -2, 2, length, batch, (long) gates * width),
            between(2, -largest, largest, (long) gates * width, width),
            uniform(3, batch, width),
            uniform(4, batch, width)
        };
    }

    private static Tensor[] leaves(DType dtype, NDArray... values) {
        return Arrays.stream(values).map(v -> v.toTensor(dtype).requiresGrad()).toArray(Tensor[]::new);
    }

    /**
     * Each step rounds sums of width terms and fewer than 16 other numbers, all below 4; gradients of weights are sums of such over steps and rows.
     *
     * @param layout makes what the operations get of the operands
     */
    private static void agree(Operation found, Operation expected, int[] size, Operation layout, NDArray... values) {
        double tolerance = size[0] * (size[2] + 16.0) * 4 * FLOAT32.epsilon();
        Tensor[] exact = leaves(FLOAT64, values);
        Tensor[] rounded = leaves(FLOAT32, values);
        Tensor[] exactOperands = exact.clone();
        Tensor[] operands = rounded.clone();
        exactOperands[0] = layout.apply(exact);
        operands[0] = layout.apply(rounded);
        Tensor y = expected.apply(exactOperands);
        Tensor z = found.apply(operands);
        close(NDArray.of(y), z, tolerance);
        NDArray g = uniform(5, y.size());
        List<Tensor> wanted = Gradients.vjp(Graph.FREE, List.of(y), List.of(g.toTensor(FLOAT64)), List.of(exact));
        List<Tensor> got = Gradients.vjp(Graph.FREE, List.of(z), List.of(g.toTensor(FLOAT32)), List.of(rounded));
        for (int i = 0; i < values.length; i++) {
            close(NDArray.of(wanted.get(i)), got.get(i), tolerance * (i == 1 ? size[0] * size[1] : size[0]));
        }
    }

    @Test
    void lstmOfAllSizes() {
        for (int[] size : SIZES) {
            NDArray[] values = inputs(size[0], size[1], size[2], 4);
            for (boolean last : new boolean[] {false, true}) {
                agree(x -> lstm(last, x), x -> steps(last, x), size, x -> x[0], values);
            }
        }
    }

    /** Operands that lie otherwise in memory: the sequence from its end, and with the batch outside. */
    @Test
    void lstmOfViews() {
        for (int[] size : new int[][] {{3, 5, 7}, {5, 9, 32}}) {
            NDArray[] values = inputs(size[0], size[1], size[2], 4);
            Operation steps = x -> steps(false, x);
            agree(x -> lstm(false, x), steps, size, x -> x[0].flip(0), values);
            agree(
                    x -> lstm(false, x),
                    steps,
                    size,
                    x -> x[0].transpose(0, 1).copy().transpose(0, 1),
                    values);
            agree(x -> lstm(false, x), steps, size, x -> x[0].flip(2), values);
            agree(
                    x -> lstm(false, x[0], x[1].transpose().copy().transpose(), x[2].flip(0), x[3].flip(1)),
                    x -> steps(false, x[0], x[1], x[2].flip(0), x[3].flip(1)),
                    size,
                    x -> x[0],
                    values);
        }
    }

    @Test
    void gradientsOfEitherResult() {
        int[] size = {4, 3, 32};
        NDArray[] values = inputs(4, 3, 32, 4);
        for (int result : new int[] {0, 1}) {
            long n = 4 * 3 * 32;
            agree(
                    x -> Recurrence.lstm(x[0], x[1], x[2], x[3], true)
                            .get(result)
                            .reshape(-1),
                    x -> result == 0
                            ? steps(true, x).slice(0, 0, n)
                            : steps(true, x).slice(0, n, n + 3 * 32),
                    size,
                    x -> x[0],
                    values);
        }
    }

    @Test
    void gradients() {
        NDArray[] values = inputs(2, 2, 2, 4);
        smooth("lstm", x -> lstm(false, x), values);
        along("lstm, candidate last", x -> lstm(true, x), values);
    }

    @Test
    void notANumberStaysInItsRow() {
        NDArray[] values = inputs(3, 4, 32, 4);
        Tensor[] x =
                IntStream.range(0, 4).mapToObj(i -> values[i].toTensor(FLOAT32)).toArray(Tensor[]::new);
        NDArray first = NDArray.generate(
                new long[] {3, 4, 128},
                i -> i[0] == 1 && i[1] == 2 ? Double.NaN : i[1] == 3 ? 1e38 * values[0].get(i) : values[0].get(i));
        Tensor found = Recurrence.lstm(first.toTensor(FLOAT32), x[1], x[2], x[3], false)
                .get(0);
        Tensor exact = Recurrence.lstm(
                        first.toTensor(FLOAT64), x[1].to(FLOAT64), x[2].to(FLOAT64), x[3].to(FLOAT64), false)
                .get(0);
        close(NDArray.of(exact), found, 3 * (32 + 16) * 4 * FLOAT32.epsilon());
    }

    @Test
    void refusals() {
        Tensor driven = Tensor.zeros(FLOAT32, 2, 3, 8);
        Tensor recurrent = Tensor.zeros(FLOAT32, 8, 2);
        Tensor state = Tensor.zeros(FLOAT32, 3, 2);
        refused(
                ShapeException.class,
                () -> Recurrence.lstm(driven, recurrent.transpose(), state, state, false),
                "lstm: driven [2,3,8], recurrent [2,8], state [3,2], cell [3,2]; expected [length, batch, 4 width]");
        refused(
                ShapeException.class,
                () -> Recurrence.lstm(driven.slice(0, 0, 0), recurrent, state, state, false),
                "with at least one step");
        refused(
                ShapeException.class,
                () -> Recurrence.lstm(driven, recurrent, state, state.slice(0, 0, 2), false),
                "cell [2,2]");
        refused(
                DTypeException.class,
                () -> Recurrence.lstm(driven, recurrent.to(FLOAT64), state, state, false),
                "lstm: operands have dtypes");
    }
}
