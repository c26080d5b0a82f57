package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.backend.Backend.Attend;
import kron4j.backend.View;

/**
 * Attention of float32 by vectors: the scores of a block of queries and a block of keys stay in the second-level cache from their product to that with the values. Keys
 * and values of a head are copied to the heap once for all of its queries.
 *
 * <p>Sums run over blocks whose sizes are fixed, in ascending order, so that they are the same for any number of threads.
 */
final class HeadAttention {
    /** Queries of a block, a multiple of 6. */
    private static final int QUERIES = 96;

    private static final int KEYS = 256;
    /** Floats from a row of scores to the next: room for whole vectors, and no power of two, whose columns would share few places of a cache. */
    static final int STEP = KEYS + 16;

    /** Rows behind the last, which products of six rows at a time write. */
    private static final int MORE = 6;

    private static final int WIDEST = 512;
    /** Multiplications that are worth another thread. */
    private static final long GRAIN = 1 << 20;

    private static final Loops LOOPS = Loops.BEST;
    /** Columns of a right operand that lie together: two vectors. */
    private static final int PANEL = Math.max(1, LOOPS.bits() / 16);

    private final Attend how;
    private final Matrix q;
    private final Matrix k;
    private final Matrix v;
    private final Matrix mask;
    private final boolean adds;
    private final long heads;
    private final int queries;
    private final int keys;
    private final int size;
    private final int width;
    private final int queryBlocks;
    private final int keyBlocks;

    private HeadAttention(Attend how, List<View> operands) {
        this.how = how;
        q = new Matrix(operands.get(0));
        k = new Matrix(operands.get(1));
        v = new Matrix(operands.get(2));
        mask = operands.size() > 3 ? new Matrix(operands.get(3)) : null;
        adds = mask != null && operands.get(3).dtype() != DType.BOOL;
        queries = q.rows;
        keys = how.causal() ? Math.min(k.rows, queries) : k.rows;
        size = q.columns;
        width = v.columns;
        long all = 1;
        for (int i = 0; i < q.leading; i++) {
            all *= operands.get(0).shape().at(i);
        }
        heads = all;
        queryBlocks = (queries + QUERIES - 1) / QUERIES;
        keyBlocks = (keys + KEYS - 1) / KEYS;
    }

    /** Whether there are kernels for q, k, v, and perhaps a mask. */
    static boolean has(List<View> operands) {
        boolean has = LOOPS.bits() > 0;
        for (int i = 0; i < operands.size(); i++) {
            View x = operands.get(i);
            int rank = x.layout().rank();
            long rows = x.shape().at(rank - 2);
            long columns = x.shape().at(rank - 1);
            long rowStep = x.layout().stride(rank - 2);
            long step = x.layout().stride(rank - 1);
            has &= x.shape().size() > 0 && rowStep >= 0 && step >= 0;
            has &= ((rows - 1) * rowStep + (columns - 1) * step) < Integer.MAX_VALUE / Float.BYTES;
            has &= i == 3
                    || (columns <= WIDEST && Primitive.of(x.dtype()) == Primitive.FLOAT && (step == 1 || columns == 1));
        }
        return has;
    }

    /** The last two axes of a view. */
    private static final class Matrix {
        private final View view;
        private final CpuStorage storage;
        private final int leading;
        private final int rows;
        private final int columns;
        private final int rowStep;
        private final int step;

        Matrix(View view) {
            this.view = view;
            storage = (CpuStorage) view.storage();
            leading = view.layout().rank() - 2;
            rows = Math.toIntExact(view.shape().at(leading));
            columns = Math.toIntExact(view.shape().at(leading + 1));
            rowStep = (int) view.layout().stride(leading);
            step = (int) view.layout().stride(leading + 1);
        }

        /** The bytes from the first element of a head on. */
        ByteBuffer head(long number) {
            long at = view.layout().offset();
            long rest = number;
            for (int axis = leading - 1; axis >= 0; axis--) {
                at += rest % view.shape().at(axis) * view.layout().stride(axis);
                rest /= view.shape().at(axis);
            }
            int bytes = view.dtype().bytes();
            return storage.window(at * bytes, ((rows - 1) * rowStep + (columns - 1) * step + 1) * bytes);
        }

        void read(FloatBuffer head, int from, int count, float[] to, int width) {
            if (rowStep == width && columns == width) {
                head.get(from * width, to, 0, count * width);
                return;
            }
            for (int i = 0; i < count; i++) {
                head.get((from + i) * rowStep, to, i * width, columns);
            }
        }

        void write(FloatBuffer head, int from, int count, float[] rows, int width) {
            for (int i = 0; i < count; i++) {
                head.put((from + i) * rowStep, rows, i * width, columns);
            }
        }
    }

    /** The next multiple of {@link #PANEL}. */
    private static int whole(int columns) {
        return (columns + PANEL - 1) / PANEL * PANEL;
    }

    /** Rows of a whole width as panels of columns. */
    private static float[] panels(float[] rows, int count, int room, int width, float[] known) {
        float[] to = known == null ? new float[room * width] : known;
        for (int j = 0; j < width; j += PANEL) {
            for (int i = 0; i < count; i++) {
                System.arraycopy(rows, i * width + j, to, j * room + i * PANEL, PANEL);
            }
        }
        return to;
    }

    /** The transpose of rows of a whole width as panels of its columns. */
    private static float[] transposed(float[] rows, int count, int columns, int width, float[] known) {
        float[] to = known == null ? new float[KEYS * columns] : known;
        for (int j = 0; j < count; j += PANEL) {
            for (int e = 0; e < columns; e++) {
                int at = j * columns + e * PANEL;
                for (int i = 0; i < PANEL; i++) {
                    to[at + i] = rows[(j + i) * width + e];
                }
            }
        }
        return to;
    }

    /** What a thread needs of a head. */
    private class Head {
        final int sizeStep = whole(size);
        final int widthStep = whole(width);
        final float[] some = new float[QUERIES * sizeStep];
        final float[] scores = new float[QUERIES * STEP];
        final float[] line = new float[STEP];
        final float[] numbers = new float[QUERIES * widthStep];
        final byte[] bytes = new byte[STEP];
        /** Of each block of keys the transpose, and the values. */
        final float[][] keyColumns = new float[keyBlocks][];

        final float[][] values = new float[keyBlocks][];
        long now = -1;
        FloatBuffer queryRows;
        ByteBuffer masks;

        void begin(long number) {
            if (number == now) {
                return;
            }
            now = number;
            queryRows = q.head(number).asFloatBuffer();
            masks = mask == null ? null : mask.head(number);
            FloatBuffer keyRows = k.head(number).asFloatBuffer();
            FloatBuffer valueRows = v.head(number).asFloatBuffer();
            float[] rows = new float[KEYS * Math.max(sizeStep, widthStep)];
            for (int i = 0; i < keyBlocks; i++) {
                int count = count(i);
                k.read(keyRows, i * KEYS, count, rows, sizeStep);
                keyColumns[i] = transposed(rows, count, size, sizeStep, keyColumns[i]);
                keepKeys(rows, i);
                Arrays.fill(rows, 0);
                v.read(valueRows, i * KEYS, count, rows, widthStep);
                values[i] = panels(rows, count, KEYS, widthStep, values[i]);
                keepValues(rows, i);
                Arrays.fill(rows, 0);
            }
        }

        /** Called with the rows of a block of keys. */
        void keepKeys(float[] rows, int block) {}

        /** Called with the rows of a block of values. */
        void keepValues(float[] rows, int block) {}

        int count(int block) {
            return Math.min(KEYS, keys - block * KEYS);
        }

        /** How many keys of a block some of these queries see; at most 0 if none. */
        int seen(int from, int count, int block) {
            return how.causal() ? Math.min(count(block), from + count - block * KEYS) : count(block);
        }

        /** Reads queries and multiplies them by the scale. */
        void readQueries(int from, int count) {
            q.read(queryRows, from, count, some, sizeStep);
            float scale = (float) how.scale();
            for (int i = 0; i < count * sizeStep; i++) {
                some[i] *= scale;
            }
        }

        /** The scores of queries and a block of keys, -infinity where a key is not seen, and behind them up to two vectors. */
        void scores(int from, int count, int block, int n) {
            Arrays.fill(scores, 0, count * STEP, 0);
            LOOPS.product(some, sizeStep, count, size, keyColumns[block], size, n, scores, STEP);
            for (int i = 0; i < count; i++) {
                int at = i * STEP;
                int seen = how.causal() ? Math.max(0, Math.min(n, from + i + 1 - block * KEYS)) : n;
                if (mask != null) {
                    hide(at, (from + i) * mask.rowStep + block * KEYS * mask.step, seen);
                }
                Arrays.fill(scores, at + seen, at + whole(n), Float.NEGATIVE_INFINITY);
            }
        }

        private void hide(int at, int from, int n) {
            if (adds) {
                FloatBuffer floats = masks.asFloatBuffer();
                if (mask.step == 1) {
                    floats.get(from, line, 0, n);
                } else {
                    for (int i = 0; i < n; i++) {
                        line[i] = floats.get(from + i * mask.step);
                    }
                }
                for (int i = 0; i < n; i++) {
                    scores[at + i] += line[i];
                }
                return;
            }
            if (mask.step == 1) {
                masks.get(from, bytes, 0, n);
            } else {
                for (int i = 0; i < n; i++) {
                    bytes[i] = masks.get(from + i * mask.step);
                }
            }
            LOOPS.convert(bytes, 1, line, n);
            LOOPS.hide(scores, at, line, n);
        }
    }

    private static float finite(float largest) {
        return largest == Float.NEGATIVE_INFINITY ? 0 : largest;
    }

    // ---- forward ----

    static void forward(Attend how, List<View> operands, View y, View logarithms) {
        HeadAttention plan = new HeadAttention(how, operands);
        Matrix result = new Matrix(y);
        Matrix sums = new Matrix(logarithms);
        long cost = (long) QUERIES * plan.keys * (plan.size + plan.width);
        long grain = 1 + GRAIN / cost;
        inTurn(plan.heads * plan.queryBlocks, grain, () -> plan.new Forward(), (worker, i) -> {
            worker.begin(i / plan.queryBlocks);
            worker.run((int) (i % plan.queryBlocks) * QUERIES, i / plan.queryBlocks, result, sums);
        });
    }

    /** Work of a thread on an index. */
    private interface Turn<W> {
        void run(W worker, long index);
    }

    /** Runs the turns of all indices below a count, with as many workers as there are threads at work. */
    private static <W> void inTurn(long count, long grain, Supplier<W> workers, Turn<W> turn) {
        Queue<W> resting = new ConcurrentLinkedQueue<>();
        Parallel.forRange(count, grain, (from, to) -> {
            W known = resting.poll();
            W worker = known == null ? workers.get() : known;
            for (long i = from; i < to; i++) {
                turn.run(worker, i);
            }
            resting.add(worker);
        });
    }

    private final class Forward extends Head {
        private final float[] largest = new float[QUERIES];
        private final double[] sums = new double[QUERIES];
        private final float[] found = new float[QUERIES];

        void run(int from, long head, Matrix result, Matrix logarithms) {
            int count = Math.min(QUERIES, queries - from);
            readQueries(from, count);
            Arrays.fill(largest, Float.NEGATIVE_INFINITY);
            Arrays.fill(sums, 0);
            Arrays.fill(numbers, 0);
            for (int block = 0; block < keyBlocks && seen(from, count, block) > 0; block++) {
                int n = seen(from, count, block);
                scores(from, count, block, n);
                for (int i = 0; i < count; i++) {
                    weigh(i, whole(n));
                }
                LOOPS.product(scores, STEP, count, n, values[block], KEYS, width, numbers, widthStep);
            }
            for (int i = 0; i < count; i++) {
                float sum = sums[i] == 0 ? 1 : (float) sums[i];
                for (int e = i * widthStep; e < (i + 1) * widthStep; e++) {
                    numbers[e] /= sum;
                }
                found[i] = (float) Math.log(sum) + finite(largest[i]);
            }
            result.write(result.head(head).asFloatBuffer(), from, count, numbers, widthStep);
            logarithms.write(logarithms.head(head).asFloatBuffer(), from, count, found, 1);
        }

        /** The exponentials of a row's scores, and what was there before in terms of a larger score. */
        private void weigh(int row, int n) {
            float before = largest[row];
            float most = Math.max(before, LOOPS.largest(scores, row * STEP, n));
            float sum = LOOPS.exponentials(scores, finite(most), scores, row * STEP, whole(n));
            if (most != before && sums[row] != 0) {
                float factor = (float) Math.exp(before - finite(most));
                sums[row] *= factor;
                for (int e = row * widthStep; e < (row + 1) * widthStep; e++) {
                    numbers[e] *= factor;
                }
            }
            largest[row] = most;
            sums[row] += sum;
        }
    }

    // ---- backward ----

    /**
     * Gradients of q, k and v. A thread has a head; where there are few heads, first a block of queries and then a block of keys, which computes scores twice and makes the same sums.
     *
     * @param found the result and the logarithms of the forward
     */
    static void backward(Attend how, List<View> operands, List<View> found, View g, List<View> gradients) {
        HeadAttention plan = new HeadAttention(how, operands);
        Matrix[] saved = {new Matrix(found.get(0)), new Matrix(found.get(1)), new Matrix(g)};
        Matrix[] targets = gradients.stream().map(Matrix::new).toArray(Matrix[]::new);
        Supplier<Backward> workers = () -> plan.new Backward(saved, targets);
        if (plan.heads >= 2L * Parallel.threads() || Parallel.threads() == 1) {
            inTurn(plan.heads, 1, workers, (worker, head) -> {
                worker.begin(head);
                worker.ofKeys(head, 0, plan.keyBlocks, true);
            });
            return;
        }
        inTurn(plan.heads * plan.queryBlocks, 1, workers, (worker, i) -> {
            worker.begin(i / plan.queryBlocks);
            worker.ofQueries(i / plan.queryBlocks, (int) (i % plan.queryBlocks));
        });
        inTurn(plan.heads * plan.keyBlocks, 1, workers, (worker, i) -> {
            worker.begin(i / plan.keyBlocks);
            int block = (int) (i % plan.keyBlocks);
            worker.ofKeys(i / plan.keyBlocks, block, block + 1, false);
        });
    }

    private final class Backward extends Head {
        private final Matrix[] saved;
        private final Matrix[] targets;
        private final float[][] keyPanels = new float[keyBlocks][];
        private final float[][] valueColumns = new float[keyBlocks][];
        private final float[][] ofKeys = new float[keyBlocks][];
        private final float[][] ofValues = new float[keyBlocks][];
        private final float[] slopes = new float[QUERIES * widthStep];
        private final float[] slopePanels = new float[slopes.length];
        private final float[] queryPanels = new float[some.length];
        private final float[] ofScores = new float[QUERIES * STEP];
        private final float[] ofQueries = new float[QUERIES * sizeStep];
        private final float[] logarithms = new float[QUERIES];
        private final float[] means = new float[QUERIES];

        Backward(Matrix[] saved, Matrix[] targets) {
            this.saved = saved;
            this.targets = targets;
        }

        @Override
        void keepKeys(float[] rows, int block) {
            keyPanels[block] = panels(rows, count(block), KEYS, sizeStep, keyPanels[block]);
        }

        @Override
        void keepValues(float[] rows, int block) {
            valueColumns[block] = transposed(rows, count(block), width, widthStep, valueColumns[block]);
        }

        private int readBlock(long head, int from) {
            int count = Math.min(QUERIES, queries - from);
            readQueries(from, count);
            saved[0].read(saved[0].head(head).asFloatBuffer(), from, count, numbers, widthStep);
            saved[1].read(saved[1].head(head).asFloatBuffer(), from, count, logarithms, 1);
            saved[2].read(saved[2].head(head).asFloatBuffer(), from, count, slopes, widthStep);
            for (int i = 0; i < count; i++) {
                double sum = 0;
                for (int e = i * widthStep; e < i * widthStep + width; e++) {
                    sum += (double) slopes[e] * numbers[e];
                }
                means[i] = (float) sum;
            }
            panels(slopes, count, QUERIES, widthStep, slopePanels);
            panels(some, count, QUERIES, sizeStep, queryPanels);
            return count;
        }

        /** Weights, and gradients of the scores. */
        private void weigh(int from, int count, int block, int n) {
            scores(from, count, block, n);
            Arrays.fill(ofScores, 0, count * STEP, 0);
            LOOPS.product(slopes, widthStep, count, width, valueColumns[block], width, n, ofScores, STEP);
            for (int i = 0; i < count; i++) {
                LOOPS.ofScores(scores, ofScores, i * STEP, logarithms[i], means[i], n);
            }
        }

        private void addOfQueries(int count, int block, int n) {
            LOOPS.product(ofScores, STEP, count, n, keyPanels[block], KEYS, size, ofQueries, sizeStep);
        }

        private void writeOfQueries(long head, int from, int count) {
            float scale = (float) how.scale();
            for (int i = 0; i < count * sizeStep; i++) {
                ofQueries[i] *= scale;
            }
            targets[0].write(targets[0].head(head).asFloatBuffer(), from, count, ofQueries, sizeStep);
        }

        void ofQueries(long head, int queryBlock) {
            int from = queryBlock * QUERIES;
            int count = readBlock(head, from);
            Arrays.fill(ofQueries, 0);
            for (int block = 0; block < keyBlocks && seen(from, count, block) > 0; block++) {
                int n = seen(from, count, block);
                weigh(from, count, block, n);
                addOfQueries(count, block, n);
            }
            writeOfQueries(head, from, count);
        }

        /** Gradients of some blocks of keys and their values; also of the queries if the blocks are all. */
        void ofKeys(long head, int first, int end, boolean ofQueriesToo) {
            for (int block = first; block < end; block++) {
                ofKeys[block] = cleared(ofKeys[block], sizeStep);
                ofValues[block] = cleared(ofValues[block], widthStep);
            }
            for (int from = 0; from < queries; from += QUERIES) {
                int count = Math.min(QUERIES, queries - from);
                if (seen(from, count, first) <= 0) {
                    continue;
                }
                readBlock(head, from);
                Arrays.fill(ofQueries, 0);
                for (int block = first; block < end && seen(from, count, block) > 0; block++) {
                    int n = seen(from, count, block);
                    weigh(from, count, block, n);
                    LOOPS.productOfColumns(scores, n, count, slopePanels, QUERIES, width, ofValues[block], widthStep);
                    LOOPS.productOfColumns(ofScores, n, count, queryPanels, QUERIES, size, ofKeys[block], sizeStep);
                    if (ofQueriesToo) {
                        addOfQueries(count, block, n);
                    }
                }
                if (ofQueriesToo) {
                    writeOfQueries(head, from, count);
                }
            }
            for (int block = first; block < end; block++) {
                int from = block * KEYS;
                targets[1].write(targets[1].head(head).asFloatBuffer(), from, count(block), ofKeys[block], sizeStep);
                targets[2].write(targets[2].head(head).asFloatBuffer(), from, count(block), ofValues[block], widthStep);
            }
        }

        private float[] cleared(float[] known, int step) {
            if (known == null) {
                return new float[(KEYS + MORE) * step];
            }
            Arrays.fill(known, 0);
            return known;
        }
    }
}
