package kron4j.djl;

import java.util.List;
import kron4j.Tensor;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;

/**
 * An LSTM layer in one direction over a whole sequence, recorded as one operation: its gradient takes the weights' from one product over all steps
 * instead of a sum of products of each step. Once differentiable, as DJL needs it.
 */
final class LstmSequence {
    /** From what the gates i, f, g, o see and the cell before to the state and the cell. */
    private static final Fused STEP = Fused.compileAll(x -> {
        Tensor cell = Elementwise.sigmoid(x[1])
                .multiply(x[4])
                .add(Elementwise.sigmoid(x[0]).multiply(Elementwise.tanh(x[2])));
        return new Tensor[] {Elementwise.sigmoid(x[3]).multiply(Elementwise.tanh(cell)), cell};
    });

    /** From the same, the cell and the gradients of state and cell to those of the gates and of the cell before. */
    private static final Fused BACK = Fused.compileAll(x -> {
        Tensor i = Elementwise.sigmoid(x[0]);
        Tensor f = Elementwise.sigmoid(x[1]);
        Tensor g = Elementwise.tanh(x[2]);
        Tensor o = Elementwise.sigmoid(x[3]);
        Tensor seen = Elementwise.tanh(x[5]);
        Tensor ofState = x[6].add(x[7]);
        Tensor ofCell = x[8].add(ofState.multiply(o).multiply(ones(Elementwise.square(seen))));
        return new Tensor[] {
            ofCell.multiply(g).multiply(i).multiply(ones(i)),
            ofCell.multiply(x[4]).multiply(f).multiply(ones(f)),
            ofCell.multiply(i).multiply(ones(Elementwise.square(g))),
            ofState.multiply(seen).multiply(o).multiply(ones(o)),
            ofCell.multiply(f)
        };
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
        Tensor[] found = NoGrad.of(() -> sequence.forward(plain)); // outputs, the last cell, gates, cells
        Tensor[] results = {found[0], found[1]};
        Tensor[] saved = {operands[0], operands[1], operands[2], operands[3], operands[4], found[0], found[2], found[3]
        };
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

    private Tensor[] operands(Tensor gates, int at, Tensor... rest) {
        Tensor[] all = new Tensor[4 + rest.length];
        Tensor row = gates.select(0, at);
        for (int k = 0; k < 4; k++) {
            all[k] = row.slice(1, k * hidden, (k + 1) * hidden);
        }
        System.arraycopy(rest, 0, all, 4, rest.length);
        return all;
    }

    private Tensor[] forward(Tensor... x) {
        Tensor gates = MatMul.matmul(x[0], false, x[1], true);
        if (x.length == 6) {
            InPlace.add(gates, x[5]);
        }
        Tensor[] outputs = new Tensor[length];
        Tensor[] cells = new Tensor[length];
        Tensor state = x[3];
        Tensor cell = x[4];
        for (int step = 0; step < length; step++) {
            int t = at(step);
            InPlace.add(gates.select(0, t), MatMul.matmul(state, false, x[2], true));
            List<Tensor> both = STEP.applyAll(operands(gates, t, cell));
            state = both.get(0);
            cell = both.get(1);
            outputs[t] = state;
            cells[t] = cell;
        }
        return new Tensor[] {Indexing.stack(0, outputs), cell, gates, Indexing.stack(0, cells)};
    }

    /** Of {@code in}, the weights of input and state, h and c before, and the bias if there is one. */
    private Tensor[] gradients(Tensor[] g, boolean ofInput, boolean biased, Tensor... saved) {
        Tensor in = saved[0];
        Tensor outputs = saved[5];
        Tensor zeros = Tensor.zeros(in.dtype(), batch, hidden);
        Tensor ofState = zeros;
        Tensor ofCell = g[1] == null ? zeros : g[1];
        Tensor[] ofGates = new Tensor[length];
        for (int step = length - 1; step >= 0; step--) {
            int t = at(step);
            Tensor before = step == 0 ? saved[4] : saved[7].select(0, at(step - 1));
            List<Tensor> of = BACK.applyAll(operands(
                    saved[6],
                    t,
                    before,
                    saved[7].select(0, t),
                    g[0] == null ? zeros : g[0].select(0, t),
                    ofState,
                    ofCell));
            ofGates[t] = Indexing.concat(1, of.get(0), of.get(1), of.get(2), of.get(3));
            ofCell = of.get(4);
            ofState = MatMul.matmul(ofGates[t], saved[2]);
        }
        Tensor all = Indexing.concat(0, ofGates); // [length * batch, 4 hidden]
        Tensor ofStateWeights = MatMul.matmul(ofGates[at(0)], true, saved[3], false);
        if (length > 1) {
            long from = backwards ? 0 : 1;
            Tensor later = all.slice(0, from * batch, (from + length - 1) * batch);
            Tensor states = flat(outputs.slice(0, 1 - from, length - from));
            ofStateWeights = ofStateWeights.add(MatMul.matmul(later, true, states, false));
        }
        Tensor ofInputs = ofInput ? MatMul.matmul(all, saved[1]).reshape(in.shape()) : null;
        Tensor ofInputWeights = MatMul.matmul(all, true, flat(in), false);
        return biased
                ? new Tensor[] {ofInputs, ofInputWeights, ofStateWeights, ofState, ofCell, Reduce.sum(all, 0)}
                : new Tensor[] {ofInputs, ofInputWeights, ofStateWeights, ofState, ofCell};
    }

    private Tensor flat(Tensor sequence) {
        return sequence.reshape(-1, sequence.shape().at(2));
    }
}
