package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.nn.recurrent.RNN;
import java.util.ArrayList;
import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Recurrence;
import kron4j.ops.Regularization;

/**
 * Recurrent layers, several on top of each other and in both directions. Parameters come as DJL's blocks list them: for each layer the weights of
 * the input and of the state in each direction, then their biases if there are any, with the gates i, f, g, o of an LSTM and r, z, n of a GRU one
 * below the other, as PyTorch's; states are [layers * directions, batch, hidden].
 */
interface RecurrentSteps extends NDArrayEx {
    @Override
    KronArray getArray();

    /** A layer in one direction. */
    interface Layer {
        /**
         * @param in [length, batch, inputs]
         * @param weights of the input and of the state, then their biases if there are any
         * @param states before, first what is the output; become the last ones
         * @return the outputs [length, batch, hidden]
         */
        Tensor run(Tensor in, boolean backwards, List<Tensor> weights, Tensor[] states);
    }

    /** Next states of a cell from what the input and the state before contribute to its gates. */
    interface Cell {
        /**
         * @param fromInput [batch, gates * hidden], the product of the input and its weights, with bias
         * @param fromState the same of the state
         * @param states the state before, first what is the output
         */
        Tensor[] next(Tensor fromInput, Tensor fromState, Tensor[] states);
    }

    private static Tensor[] parts(Tensor gates, int count) {
        long width = gates.shape().at(1) / count;
        Tensor[] parts = new Tensor[count];
        for (int i = 0; i < count; i++) {
            parts[i] = gates.slice(1, i * width, (i + 1) * width);
        }
        return parts;
    }

    /** The state of a GRU from its gates and the state before. */
    Fused GRU = Fused.compile(x -> {
        Tensor reset = Elementwise.sigmoid(x[0].add(x[3]));
        Tensor update = Elementwise.sigmoid(x[1].add(x[4]));
        Tensor candidate = Elementwise.tanh(x[2].add(reset.multiply(x[5])));
        return candidate.add(update.multiply(x[6].subtract(candidate)));
    });

    private static Tensor[] gruCell(Tensor fromInput, Tensor fromState, Tensor... states) {
        Tensor[] a = parts(fromInput, 3);
        Tensor[] b = parts(fromState, 3);
        return new Tensor[] {GRU.apply(a[0], a[1], a[2], b[0], b[1], b[2], states[0])};
    }

    @Override
    default NDList rnn(
            NDArray input,
            NDArray state,
            NDList params,
            boolean hasBiases,
            int numLayers,
            RNN.Activation activation,
            double dropRate,
            boolean training,
            boolean bidirectional,
            boolean batchFirst) {
        Cell cell = (a, b, states) -> new Tensor[] {
            activation == RNN.Activation.RELU ? Elementwise.relu(a.add(b)) : Elementwise.tanh(a.add(b))
        };
        return recur(
                layer(cell),
                input,
                new NDList(state),
                params,
                hasBiases,
                numLayers,
                training ? dropRate : 0,
                bidirectional,
                batchFirst);
    }

    @Override
    default NDList gru(
            NDArray input,
            NDArray state,
            NDList params,
            boolean hasBiases,
            int numLayers,
            double dropRate,
            boolean training,
            boolean bidirectional,
            boolean batchFirst) {
        return recur(
                layer(RecurrentSteps::gruCell),
                input,
                new NDList(state),
                params,
                hasBiases,
                numLayers,
                training ? dropRate : 0,
                bidirectional,
                batchFirst);
    }

    @Override
    default NDList lstm(
            NDArray input,
            NDList states,
            NDList params,
            boolean hasBiases,
            int numLayers,
            double dropRate,
            boolean training,
            boolean bidirectional,
            boolean batchFirst) {
        return recur(
                RecurrentSteps::lstmLayer,
                input,
                states,
                params,
                hasBiases,
                numLayers,
                training ? dropRate : 0,
                bidirectional,
                batchFirst);
    }

    private NDList recur(
            Layer of,
            NDArray input,
            NDList states,
            NDList params,
            boolean hasBiases,
            int numLayers,
            double dropRate,
            boolean bidirectional,
            boolean batchFirst) {
        KronManager manager = getArray().manager();
        Tensor x = manager.from(input).tensor();
        List<Tensor> weights = tensors(manager, params);
        List<Tensor> before = tensors(manager, states);
        int directions = bidirectional ? 2 : 1;
        int each = 2 * directions * (hasBiases ? 2 : 1);
        List<List<Tensor>> last = new ArrayList<>();
        before.forEach(s -> last.add(new ArrayList<>()));
        List<Tensor> results = new ArrayList<>();
        Tensor output = manager.run(() -> {
            Tensor in = batchFirst ? x.transpose(0, 1) : x;
            for (int layer = 0; layer < numLayers; layer++) {
                if (layer > 0 && dropRate > 0) {
                    in = Regularization.dropout(in, dropRate, KronManager.random());
                }
                Tensor[] ways = new Tensor[directions];
                for (int way = 0; way < directions; way++) {
                    int place = layer * directions + way;
                    Tensor[] state =
                            before.stream().map(s -> s.select(0, place)).toArray(Tensor[]::new);
                    ways[way] = of.run(
                            in,
                            way == 1,
                            parameters(weights.subList(layer * each, (layer + 1) * each), way, directions),
                            state);
                    for (int s = 0; s < state.length; s++) {
                        last.get(s).add(state[s]);
                    }
                }
                in = directions == 1 ? ways[0] : Indexing.concat(2, ways);
            }
            for (List<Tensor> ofLayers : last) {
                results.add(Indexing.stack(0, ofLayers.toArray(new Tensor[0])).keep());
            }
            return batchFirst ? in.transpose(0, 1) : in;
        });
        NDList all = new NDList(new KronArray(manager, output));
        results.forEach(r -> all.add(new KronArray(manager, r)));
        return all;
    }

    /** A direction's weights of the input and of the state, and their biases if there are any. */
    private static List<Tensor> parameters(List<Tensor> ofLayer, int way, int directions) {
        List<Tensor> own = new ArrayList<>();
        for (int first = 2 * way; first < ofLayer.size(); first += 2 * directions) {
            own.add(ofLayer.get(first));
            own.add(ofLayer.get(first + 1));
        }
        return own;
    }

    private static List<Tensor> tensors(KronManager manager, NDList arrays) {
        return arrays.stream().map(a -> manager.from(a).tensor()).toList();
    }

    private static Tensor lstmLayer(Tensor in, boolean backwards, List<Tensor> weights, Tensor[] states) {
        Tensor driven = MatMul.matmul(backwards ? in.flip(0) : in, false, weights.get(0), true);
        if (weights.size() == 4) {
            driven = driven.add(weights.get(2).add(weights.get(3)));
        }
        List<Tensor> found = Recurrence.lstm(driven, weights.get(1), states[0], states[1], false);
        states[0] = found.get(0).select(0, -1);
        states[1] = found.get(1);
        return backwards ? found.get(0).flip(0) : found.get(0);
    }

    private static Layer layer(Cell cell) {
        return (in, backwards, weights, states) -> run(cell, in, backwards, weights, states);
    }

    private static Tensor run(Cell cell, Tensor in, boolean backwards, List<Tensor> weights, Tensor[] states) {
        Tensor driven = MatMul.matmul(in, false, weights.get(0), true);
        boolean biased = weights.size() == 4;
        if (biased) {
            driven = driven.add(weights.get(2));
        }
        int length = Math.toIntExact(in.shape().at(0));
        Tensor[] outputs = new Tensor[length];
        for (int step = 0; step < length; step++) {
            int t = backwards ? length - 1 - step : step;
            Tensor fromState = MatMul.matmul(states[0], false, weights.get(1), true);
            if (biased) {
                fromState = fromState.add(weights.get(3));
            }
            Tensor[] next = cell.next(driven.select(0, t), fromState, states);
            System.arraycopy(next, 0, states, 0, next.length);
            outputs[t] = states[0];
        }
        return Indexing.stack(0, outputs);
    }
}
