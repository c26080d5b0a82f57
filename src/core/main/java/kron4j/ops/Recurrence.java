package kron4j.ops;

import java.util.Arrays;
import java.util.List;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.Backend.Lstm;

/**
 * Recurrent units over whole sequences. What the input contributes to the gates, one product for all steps, comes from outside, and what is left is computed as one operation: the gradient takes
 * that of the recurrent weights from one product over all steps. In float32 on the CPU, with vectors, the steps of a sequence run without leaving the backend.
 */
public final class Recurrence {
    private static final int GATES = 4;
    /** From what the gates i, f, g, o see of the input, of the state, and the cell before, to the gates, the cell and the state. */
    private static final Fused STEP = Fused.compileAll(x -> {
        Tensor i = Elementwise.sigmoid(x[0].add(x[4]));
        Tensor f = Elementwise.sigmoid(x[1].add(x[5]));
        Tensor g = Elementwise.tanh(x[2].add(x[6]));
        Tensor o = Elementwise.sigmoid(x[3].add(x[7]));
        Tensor cell = f.multiply(x[8]).add(i.multiply(g));
        return new Tensor[] {i, f, g, o, cell, o.multiply(Elementwise.tanh(cell))};
    });
    /** From the gates, the cells before and after, both gradients of the state and that of the cell to those of what the gates saw and that of the cell before. */
    private static final Fused BACK = Fused.compileAll(x -> {
        Tensor seen = Elementwise.tanh(x[5]);
        Tensor ofState = x[6].add(x[7]);
        Tensor ofCell = x[8].add(ofState.multiply(x[3]).multiply(ones(Elementwise.square(seen))));
        return new Tensor[] {
            ofCell.multiply(x[2]).multiply(x[0]).multiply(ones(x[0])),
            ofCell.multiply(x[4]).multiply(x[1]).multiply(ones(x[1])),
            ofCell.multiply(x[0]).multiply(ones(Elementwise.square(x[2]))),
            ofState.multiply(seen).multiply(x[3]).multiply(ones(x[3])),
            ofCell.multiply(x[1])
        };
    });

    private final Lstm how;

    private Recurrence(Lstm how) {
        this.how = how;
    }

    private static Tensor ones(Tensor less) {
        return Elementwise.negative(less).add(1);
    }

    /**
     * Runs a long short-term memory over a sequence: {@code i, f, o = sigmoid(d_t + W h_{t-1})}, {@code g = tanh(d_t + W h_{t-1})}, {@code c_t = f c_{t-1} + i g}, {@code h_t = o tanh(c_t)}.
     *
     * <p>Gradient: to any order; the first keeps gates, cells and states. Cost: a product [batch, width] [width, 4 width] a step, twice as much and one product over all steps backward.
     *
     * @param driven d, what the input and biases contribute to the gates, [length, batch, 4 width]; floating; at least one step
     * @param recurrent W, [4 width, width], rows in the order of the gates
     * @param state h before the first step, [batch, width]
     * @param cell c before the first step, [batch, width]
     * @param candidateLast whether the gates are stacked as i, f, o, g; otherwise as i, f, g, o
     * @return the states after each step, [length, batch, width], and the last cell, [batch, width]
     * @throws ShapeException if the shapes do not fit
     */
    // Hochreiter, Schmidhuber: Long short-term memory (1997).
    public static List<Tensor> lstm(Tensor driven, Tensor recurrent, Tensor state, Tensor cell, boolean candidateLast) {
        check(driven, recurrent, state, cell);
        try (TensorScope scope = driven.device().openScope()) {
            Recurrence unit = new Recurrence(new Lstm(candidateLast));
            Tensor[] operands = {driven, recurrent, state, cell};
            Tensor[] plain = new Tensor[operands.length];
            Arrays.setAll(plain, i -> Tape.plain(operands[i]));
            Steps found = unit.forward(plain);
            int length = found.length();
            Tensor[] results = {found.states.slice(0, 1, length + 1), found.cells.select(0, length)};
            Tensor[] saved = {driven, recurrent, state, cell, found.gates, found.states, found.cells};
            Tape.record(
                    "lstm",
                    results,
                    r -> r.gradients(operands, saved, (g, s) -> unit.gradients(g[0], g[1], s)),
                    operands);
            return List.of(scope.keep(results[0]), scope.keep(results[1]));
        }
    }

    private static void check(Tensor driven, Tensor recurrent, Tensor state, Tensor cell) {
        Operands.requireFloating("lstm", driven, recurrent, state, cell);
        Operands.sameDevice("lstm", driven, recurrent, state, cell);
        Operands.sameDType("lstm", driven, recurrent, state, cell);
        Shape each = state.shape();
        boolean fits = driven.rank() == 3 && driven.shape().at(0) > 0 && each.rank() == 2;
        if (!fits
                || !driven.shape().slice(1, 3).equals(Shape.of(each.at(0), GATES * each.at(1)))
                || !recurrent.shape().equals(Shape.of(GATES * each.at(1), each.at(1)))
                || !cell.shape().equals(each)) {
            throw new ShapeException(
                    "lstm: driven " + driven.shape() + ", recurrent " + recurrent.shape() + ", state "
                            + each + ", cell " + cell.shape()
                            + "; expected [length, batch, 4 width] with at least one step, [4 width, width], [batch, width] and [batch, width]");
        }
    }

    /** Gates [length, batch, 4 width], and states and cells [length + 1, batch, width] from the given ones on. */
    private record Steps(Tensor gates, Tensor states, Tensor cells) {
        int length() {
            return (int) gates.shape().at(0);
        }
    }

    private Steps forward(Tensor... x) {
        Tensor driven = x[0];
        Tensor recurrent = x[1];
        Backend backend = driven.device().backend();
        if (!backend.recurs(driven.view(), recurrent.view())) {
            return oneByOne(x);
        }
        Shape all = Shape.of(driven.shape().at(0) + 1).concat(x[2].shape());
        Steps steps = new Steps(
                Operands.empty(driven, driven.dtype(), driven.shape()),
                Operands.empty(driven, driven.dtype(), all),
                Operands.empty(driven, driven.dtype(), all));
        InPlace.assign(steps.states.select(0, 0), x[2]);
        InPlace.assign(steps.cells.select(0, 0), x[3]);
        backend.lstm(how, driven.view(), recurrent.view(), steps.gates.view(), steps.states.view(), steps.cells.view());
        return steps;
    }

    private Steps oneByOne(Tensor... x) {
        int length = (int) x[0].shape().at(0);
        Tensor[] gates = new Tensor[length];
        Tensor[] states = new Tensor[length + 1];
        Tensor[] cells = new Tensor[length + 1];
        states[0] = x[2];
        cells[0] = x[3];
        for (int t = 0; t < length; t++) {
            Tensor[] ofInput = parts(x[0].select(0, t));
            Tensor[] ofState = parts(MatMul.matmul(states[t], false, x[1], true));
            Tensor[] operands = Arrays.copyOf(ofInput, 2 * GATES + 1);
            System.arraycopy(ofState, 0, operands, GATES, GATES);
            operands[2 * GATES] = cells[t];
            List<Tensor> next = STEP.applyAll(operands);
            gates[t] = stacked(next);
            cells[t + 1] = next.get(GATES);
            states[t + 1] = next.get(GATES + 1);
        }
        return new Steps(Indexing.stack(0, gates), Indexing.stack(0, states), Indexing.stack(0, cells));
    }

    /** The gates i, f, g, o of what is stacked in rows. */
    private Tensor[] parts(Tensor stacked) {
        long width = stacked.shape().at(1) / GATES;
        List<Tensor> parts = Indexing.split(stacked, 1, width, width, width, width);
        return how.candidateLast()
                ? new Tensor[] {parts.get(0), parts.get(1), parts.get(3), parts.get(2)}
                : parts.toArray(Tensor[]::new);
    }

    private Tensor stacked(List<Tensor> parts) {
        return how.candidateLast()
                ? Indexing.concat(1, parts.get(0), parts.get(1), parts.get(3), parts.get(2))
                : Indexing.concat(1, parts.get(0), parts.get(1), parts.get(2), parts.get(3));
    }

    /**
     * To be differentiated again, all steps are computed again.
     *
     * @param g of the states; null for zeros
     * @param ofLast of the last cell; null for zeros
     */
    private Tensor[] gradients(Tensor g, Tensor ofLast, Tensor... saved) {
        Tensor recurrent = saved[1];
        Steps steps =
                Tape.isRecording() ? oneByOne(Arrays.copyOf(saved, GATES)) : new Steps(saved[4], saved[5], saved[6]);
        Shape last = saved[2].shape();
        int length = steps.length();
        Tensor given = g == null
                ? Tensor.zeros(recurrent.dtype(), Shape.of(length).concat(last).dims())
                : g;
        Tensor ofCell = ofLast == null ? Tensor.zeros(recurrent.dtype(), last.dims()) : ofLast;
        Tensor[] found = backward(steps, recurrent, given, ofCell);
        long rows = length * last.at(0);
        Tensor ofRecurrent = MatMul.matmul(
                found[0].reshape(rows, -1),
                true,
                steps.states.slice(0, 0, length).reshape(rows, -1),
                false);
        return new Tensor[] {found[0], ofRecurrent, found[1], found[2]};
    }

    /** The gradients of what the gates saw, of the first state and of the first cell. */
    private Tensor[] backward(Steps steps, Tensor recurrent, Tensor given, Tensor ofLast) {
        Backend backend = recurrent.device().backend();
        Tensor g = given.layout().stride(2) == 1 ? given : given.contiguous();
        if (!Tape.isRecording() && backend.recurs(steps.gates.view(), g.view(), recurrent.view())) {
            Tensor ofDriven = Operands.empty(recurrent, recurrent.dtype(), steps.gates.shape());
            Tensor ofState = Operands.empty(recurrent, recurrent.dtype(), ofLast.shape());
            Tensor ofCell = ofLast.copy();
            backend.lstmBack(
                    how,
                    recurrent.view(),
                    steps.gates.view(),
                    steps.cells.view(),
                    g.view(),
                    ofDriven.view(),
                    ofState.view(),
                    ofCell.view());
            return new Tensor[] {ofDriven, ofState, ofCell};
        }
        int length = steps.length();
        Tensor[] slopes = new Tensor[length];
        Tensor ofState = Tensor.zeros(recurrent.dtype(), ofLast.shape().dims());
        Tensor ofCell = ofLast;
        for (int t = length - 1; t >= 0; t--) {
            Tensor[] operands = Arrays.copyOf(parts(steps.gates.select(0, t)), 9);
            operands[4] = steps.cells.select(0, t);
            operands[5] = steps.cells.select(0, t + 1);
            operands[6] = given.select(0, t);
            operands[7] = ofState;
            operands[8] = ofCell;
            List<Tensor> found = BACK.applyAll(operands);
            slopes[t] = stacked(found);
            ofState = MatMul.matmul(slopes[t], recurrent);
            ofCell = found.get(GATES);
        }
        return new Tensor[] {Indexing.stack(0, slopes), ofState, ofCell};
    }
}
