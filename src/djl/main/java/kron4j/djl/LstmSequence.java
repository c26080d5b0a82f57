package kron4j.djl;

import java.util.List;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;

/**
 * An LSTM layer in one direction over a whole sequence, recorded as one operation: its gradient takes the weights' from one product over all steps
 * instead of a sum of products of each step. Inside, the batch is the last axis, so that each gate of a step lies in one piece. Once differentiable, as
 * DJL needs it.
 */
final class LstmSequence {
    private static final int GATES = 4;

    /** From what the gates i, f, g, o see of input and state, the cell before, and room for the cell, its tanh and the state; the gates take the place of what they see. */
    private static final Fused STEP = Fused.compileRun(x -> {
        Tensor i = Elementwise.sigmoid(x[0].add(x[4]));
        Tensor f = Elementwise.sigmoid(x[1].add(x[5]));
        Tensor g = Elementwise.tanh(x[2].add(x[6]));
        Tensor o = Elementwise.sigmoid(x[3].add(x[7]));
        Tensor cell = f.multiply(x[8]).add(i.multiply(g));
        Tensor seen = Elementwise.tanh(cell);
        InPlace.assign(x[0], i);
        InPlace.assign(x[1], f);
        InPlace.assign(x[2], g);
        InPlace.assign(x[3], o);
        InPlace.assign(x[9], cell);
        InPlace.assign(x[10], seen);
        InPlace.assign(x[11], o.multiply(seen));
    });

    /** From room for the gradients of what the gates saw, the gates, the cell before, tanh of the cell, the two gradients of the state and that of the cell, which becomes that of the cell before. */
    private static final Fused BACK = Fused.compileRun(x -> {
        Tensor i = x[4];
        Tensor f = x[5];
        Tensor g = x[6];
        Tensor o = x[7];
        Tensor ofState = x[10].add(x[11]);
        Tensor ofCell = x[12].add(ofState.multiply(o).multiply(ones(Elementwise.square(x[9]))));
        InPlace.assign(x[0], ofCell.multiply(g).multiply(i).multiply(ones(i)));
        InPlace.assign(x[1], ofCell.multiply(x[8]).multiply(f).multiply(ones(f)));
        InPlace.assign(x[2], ofCell.multiply(i).multiply(ones(Elementwise.square(g))));
        InPlace.assign(x[3], ofState.multiply(x[9]).multiply(o).multiply(ones(o)));
        InPlace.assign(x[12], ofCell.multiply(f));
    });

    private final boolean backwards;
    private final int length;
    private final long batch;
    private final long hidden;

    private LstmSequence(Tensor in, boolean backwards, Tensor state) {
        this.backwards = backwards;
        this.length = Math.toIntExact(in.shape().at(0));
        this.batch = in.shape().at(1);
        this.hidden = state.shape().at(1);
    }

    private static Tensor ones(Tensor less) {
        return Elementwise.negative(less).add(1);
    }

    /**
     * Runs over a sequence.
     *
     * @param in [length, batch, inputs]
     * @param weights of the input and of the state, then their biases if there are any
     * @param states h and c before, [batch, hidden]; become the last ones
     * @return the outputs [length, batch, hidden]
     */
    static Tensor run(Tensor in, boolean backwards, List<Tensor> weights, Tensor[] states) {
        LstmSequence sequence = new LstmSequence(in, backwards, states[0]);
        Tensor bias = weights.size() == 4 ? weights.get(2).add(weights.get(3)) : null;
        Tensor[] operands = bias == null
                ? new Tensor[] {in, weights.get(0), weights.get(1), states[0], states[1]}
                : new Tensor[] {in, weights.get(0), weights.get(1), states[0], states[1], bias};
        boolean ofInput = Tape.records(in);
        Tensor[] plain = new Tensor[operands.length];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = Tape.plain(operands[i]);
        }
        Tensor[] found =
                NoGrad.of(() -> sequence.forward(plain)); // outputs, the last cell, then what the gradient reads
        Tensor[] results = {found[0], found[1]};
        Tensor[] saved = {operands[0], operands[1], operands[2], found[2], found[3], found[4], found[5]};
        Tape.record(
                "lstm",
                results,
                r -> r.gradients(operands, saved, (g, s) -> sequence.gradients(g, ofInput, plain.length == 6, s)),
                operands);
        states[0] = found[0].select(0, sequence.at(sequence.length - 1));
        states[1] = found[1];
        return found[0];
    }

    /** The place in the sequence of the step that is done as the n-th. */
    private int at(int step) {
        return backwards ? length - 1 - step : step;
    }

    /** Of a sequence with the state before, the steps' own. */
    private Tensor own(Tensor all) {
        return backwards ? all.slice(0, 0, length) : all.slice(0, 1, length + 1);
    }

    /** Of a sequence with the state before, what was before each step. */
    private Tensor before(Tensor all) {
        return backwards ? all.slice(0, 1, length + 1) : all.slice(0, 0, length);
    }

    /** Room for a sequence, with the state before, [batch, hidden]. */
    private Tensor sequence(Tensor first) {
        Tensor all = Tensor.empty(first.device(), first.dtype(), Shape.of(length + 1L, hidden, batch));
        InPlace.assign(all.select(0, backwards ? length : 0), first.transpose(0, 1));
        return all;
    }

    private Tensor[] gates(Tensor all, Tensor... rest) {
        Tensor[] operands = new Tensor[GATES + rest.length];
        for (int k = 0; k < GATES; k++) {
            operands[k] = all.slice(0, k * hidden, (k + 1) * hidden);
        }
        System.arraycopy(rest, 0, operands, GATES, rest.length);
        return operands;
    }

    private Tensor[] forward(Tensor... x) {
        Tensor gates = MatMul.matmul(x[1], x[0].transpose(1, 2)); // [length, gates * hidden, batch]
        if (x.length == 6) {
            InPlace.add(gates, x[5].unsqueeze(1));
        }
        Tensor states = sequence(x[3]);
        Tensor cells = sequence(x[4]);
        Tensor seen = Tensor.empty(gates.device(), gates.dtype(), Shape.of(length, hidden, batch));
        Tensor outputs = own(states);
        Tensor own = own(cells);
        Tensor state = before(states).select(0, at(0));
        Tensor cell = before(cells).select(0, at(0));
        for (int step = 0; step < length; step++) {
            int t = at(step);
            Tensor[] next = {cell, own.select(0, t), seen.select(0, t), outputs.select(0, t)};
            STEP.applyAll(gates(gates.select(0, t), gates(MatMul.matmul(x[2], state), next)));
            cell = next[1];
            state = next[3];
        }
        return new Tensor[] {
            outputs.transpose(1, 2).copy(), cell.transpose(0, 1).copy(), gates, states, cells, seen
        };
    }

    /** Of {@code in}, the weights of input and state, h and c before, and the bias if there is one. */
    private Tensor[] gradients(Tensor[] g, boolean ofInput, boolean biased, Tensor... saved) {
        Tensor in = saved[0];
        Tensor gates = saved[3];
        Tensor cells = before(saved[5]);
        Tensor zeros = Tensor.zeros(in.dtype(), hidden, batch);
        Tensor given = g[0] == null ? null : g[0].transpose(1, 2).contiguous();
        Tensor ofCell = g[1] == null ? zeros.copy() : g[1].transpose(0, 1).copy();
        Tensor ofState = zeros;
        Tensor all = Tensor.empty(in.device(), in.dtype(), gates.shape());
        for (int step = length - 1; step >= 0; step--) {
            int t = at(step);
            BACK.applyAll(gates(
                    all.select(0, t),
                    gates(
                            gates.select(0, t),
                            cells.select(0, t),
                            saved[6].select(0, t),
                            given == null ? zeros : given.select(0, t),
                            ofState,
                            ofCell)));
            ofState = MatMul.matmul(saved[2], true, all.select(0, t), false);
        }
        Tensor ofGates = flat(all); // [gates * hidden, length * batch]
        Tensor flatIn = in.reshape(length * batch, -1);
        Tensor ofInputs =
                ofInput ? MatMul.matmul(ofGates, true, saved[1], false).reshape(in.shape()) : null;
        Tensor ofInputWeights = MatMul.matmul(ofGates, flatIn);
        Tensor ofStateWeights = MatMul.matmul(ofGates, false, flat(before(saved[4])), true);
        Tensor ofFirst = ofState.transpose(0, 1);
        Tensor ofFirstCell = ofCell.transpose(0, 1);
        return biased
                ? new Tensor[] {ofInputs, ofInputWeights, ofStateWeights, ofFirst, ofFirstCell, Reduce.sum(ofGates, 1)}
                : new Tensor[] {ofInputs, ofInputWeights, ofStateWeights, ofFirst, ofFirstCell};
    }

    /** A sequence's rows, over all steps. */
    private Tensor flat(Tensor sequence) {
        return sequence.transpose(0, 1).reshape(sequence.shape().at(1), -1);
    }
}
