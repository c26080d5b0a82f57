package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import kron4j.DType;
import kron4j.backend.Backend.Lstm;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * LSTMs of float32 over whole sequences by vectors. A thread takes rows of the batch from the first step to the last: their states stay in its caches, and so do the recurrent weights,
 * which are brought into the order of the products once. The rows do not depend on each other, so results are the same for any number of threads.
 */
final class RecurrentRows {
    private static final Loops LOOPS = Loops.BEST;
    private static final GateLoops GATES = LOOPS.gates();
    private static final int PARTS = 4;
    /** Rows that products take at a time. */
    private static final int ROWS = 4;
    /** Terms of a product for which a part of the weights stays in the nearest cache. */
    private static final int TERMS = 256;
    /** Multiplications that are worth another thread. */
    private static final long GRAIN = 1 << 20;
    /** Bytes of weights that stay in a cache from step to step. */
    private static final long BYTES = 1 << 22;

    private final Products products = LOOPS.products(DType.FLOAT32);
    private final int length;
    private final int batch;
    private final int width;
    /** Elements from a gate to the next: whole columns of the products. */
    private final int room;
    /** Where the input gate, the forget gate, the candidate and the output gate begin in a row. */
    private final int[] places;

    private RecurrentRows(Lstm how, View gates) {
        length = (int) gates.shape().at(0);
        batch = (int) gates.shape().at(1);
        width = (int) gates.shape().at(2) / PARTS;
        room = (width + products.width() - 1) / products.width() * products.width();
        places =
                how.candidateLast() ? new int[] {0, room, 3 * room, 2 * room} : new int[] {0, room, 2 * room, 3 * room};
    }

    /** Whether there are kernels for these operands. */
    static boolean has(View... operands) {
        boolean has = GATES != null;
        for (View v : operands) {
            int last = v.layout().rank() - 1;
            has &= v.shape().size() > 0
                    && Primitive.of(v.dtype()) == Primitive.FLOAT
                    && ((CpuStorage) v.storage()).fitsOneBuffer()
                    && (v.layout().stride(last) == 1 || v.shape().at(last) == 1);
        }
        View recurrent = operands[operands.length - 1];
        return has && recurrent.shape().size() * Float.BYTES <= BYTES;
    }

    /** A view [length, batch, parts * width], or of a step, [batch, parts * width]. */
    private final class Sequence {
        private final FloatBuffer all;
        private final int at;
        private final int step;
        private final int row;
        private final int parts;

        Sequence(View view) {
            int rank = view.layout().rank();
            all = ((CpuStorage) view.storage()).whole().asFloatBuffer();
            at = (int) view.layout().offset();
            step = rank == 3 ? (int) view.layout().stride(0) : 0;
            row = (int) view.layout().stride(rank - 2);
            parts = (int) view.shape().at(rank - 1) / width;
        }

        private boolean isWhole() {
            return room == width && row == parts * width;
        }

        void read(int time, int from, int count, float[] to) {
            int first = at + time * step + from * row;
            if (isWhole()) {
                all.get(first, to, 0, count * row);
                return;
            }
            for (int i = 0; i < count * parts; i++) {
                all.get(first + i / parts * row + i % parts * width, to, i * room, width);
            }
        }

        void write(int time, int from, int count, float[] rows) {
            int first = at + time * step + from * row;
            if (isWhole()) {
                all.put(first, rows, 0, count * row);
                return;
            }
            for (int i = 0; i < count * parts; i++) {
                all.put(first + i / parts * row + i % parts * width, rows, i * room, width);
            }
        }
    }

    private float[] rows(int count, int columns) {
        return (float[]) products.allocate((count + ROWS) * columns);
    }

    /** Weights [parts * width, width], each part in so many rows as a gate has room for. */
    private float[] weights(View recurrent) {
        FloatBuffer all = ((CpuStorage) recurrent.storage()).whole().asFloatBuffer();
        int row = (int) recurrent.layout().stride(0);
        float[] weights = new float[PARTS * room * room];
        for (int i = 0; i < PARTS * width; i++) {
            all.get((int) recurrent.layout().offset() + i * row, weights, (i / width * room + i % width) * room, width);
        }
        return weights;
    }

    /** A matrix of k rows of n elements as panels of columns, one behind the other. */
    private float[] panels(float[] matrix, int k, int n, boolean transposed) {
        int columns = products.width();
        float[] panels = new float[k * n];
        for (int j = 0; j < n; j += columns) {
            for (int i = 0; i < k; i++) {
                int to = j * k + i * columns;
                if (transposed) {
                    for (int e = 0; e < columns; e++) {
                        panels[to + e] = matrix[(j + e) * k + i];
                    }
                } else {
                    System.arraycopy(matrix, i * n + j, panels, to, columns);
                }
            }
        }
        return panels;
    }

    /** {@code c += a b}, with panels of b. */
    private void multiply(float[] a, int rows, int k, float[] panels, int n, float[] c) {
        int columns = products.width();
        for (int term = 0; term < k; term += TERMS) {
            int terms = Math.min(TERMS, k - term);
            for (int j = 0; j < n; j += columns) {
                products.add(1, a, term, k, rows, terms, panels, j * k + term * columns, c, j, n);
            }
        }
    }

    /** Work on rows of the batch. */
    private interface Rows {
        void run(int from, int count);
    }

    private void each(Rows work) {
        long grain = 1 + GRAIN / ((long) ROWS * length * PARTS * room * room);
        Parallel.forRange((batch + ROWS - 1) / ROWS, grain, (from, to) -> {
            int first = (int) from * ROWS;
            work.run(first, Math.min(batch, (int) to * ROWS) - first);
        });
    }

    static void forward(Lstm how, View driven, View recurrent, View gates, View states, View cells) {
        RecurrentRows plan = new RecurrentRows(how, gates);
        float[] weights = plan.panels(plan.weights(recurrent), plan.room, PARTS * plan.room, true);
        Sequence given = plan.new Sequence(driven);
        Sequence ofGates = plan.new Sequence(gates);
        Sequence ofStates = plan.new Sequence(states);
        Sequence ofCells = plan.new Sequence(cells);
        plan.each((from, count) -> plan.forward(from, count, weights, given, ofGates, ofStates, ofCells));
    }

    private void forward(
            int from, int count, float[] weights, Sequence driven, Sequence gates, Sequence states, Sequence cells) {
        int step = PARTS * room;
        float[] gate = rows(count, step);
        float[] state = rows(count, room);
        float[] cell = rows(count, room);
        float[] seen = rows(count, room);
        states.read(0, from, count, state);
        cells.read(0, from, count, cell);
        boolean candidateLast = places[2] > places[3];
        for (int t = 0; t < length; t++) {
            driven.read(t, from, count, gate);
            multiply(state, count, room, weights, step, gate);
            GATES.sigmoid(gate, 0, candidateLast ? 3 * room : 2 * room, count, step);
            GATES.tanh(gate, places[2], room, count, step);
            if (!candidateLast) {
                GATES.sigmoid(gate, places[3], room, count, step);
            }
            GATES.remember(gate, places, cell, room, count, step);
            LOOPS.floats(UnaryOp.TANH, cell, seen, count * room);
            GATES.show(gate, places, seen, state, room, count, step);
            gates.write(t, from, count, gate);
            states.write(t + 1, from, count, state);
            cells.write(t + 1, from, count, cell);
        }
    }

    static void backward(
            Lstm how, View recurrent, View gates, View cells, View g, View ofGates, View ofState, View ofCell) {
        RecurrentRows plan = new RecurrentRows(how, gates);
        float[] weights = plan.panels(plan.weights(recurrent), PARTS * plan.room, plan.room, false);
        Sequence saved = plan.new Sequence(gates);
        Sequence savedCells = plan.new Sequence(cells);
        Sequence given = plan.new Sequence(g);
        Sequence slopes = plan.new Sequence(ofGates);
        Sequence slopesOfState = plan.new Sequence(ofState);
        Sequence slopesOfCell = plan.new Sequence(ofCell);
        plan.each((from, count) ->
                plan.backward(from, count, weights, saved, savedCells, given, slopes, slopesOfState, slopesOfCell));
    }

    private void backward(
            int from,
            int count,
            float[] weights,
            Sequence gates,
            Sequence cells,
            Sequence given,
            Sequence ofGates,
            Sequence ofState,
            Sequence ofCell) {
        int step = PARTS * room;
        float[] gate = rows(count, step);
        float[] slopes = rows(count, step);
        float[] before = rows(count, room);
        float[] cell = rows(count, room);
        float[] state = rows(count, room);
        float[] seen = rows(count, room);
        ofCell.read(0, from, count, cell);
        cells.read(length, from, count, before);
        for (int t = length - 1; t >= 0; t--) {
            given.read(t, from, count, state);
            multiply(slopes, count, step, weights, room, state);
            LOOPS.floats(UnaryOp.TANH, before, seen, count * room);
            gates.read(t, from, count, gate);
            cells.read(t, from, count, before);
            GATES.forget(gate, places, before, seen, state, cell, slopes, room, count, step);
            ofGates.write(t, from, count, slopes);
        }
        products.clear(state, count * room);
        multiply(slopes, count, step, weights, room, state);
        ofState.write(0, from, count, state);
        ofCell.write(0, from, count, cell);
    }
}
