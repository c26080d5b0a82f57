package kron4j.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.LogMatrixDeterminant;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.linalg.Qr;
import org.tensorflow.op.linalg.SelfAdjointEig;
import org.tensorflow.op.linalg.Svd;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;

/** TensorFlow, a graph for each workload. Its operands are fed, so that nothing is computed when the graph is optimized. */
public final class TensorflowPeer implements Library {
    private final ConfigProto config;

    private TensorflowPeer(int threads) {
        config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(1)
                .build();
    }

    public static void main(String[] args) throws IOException {
        Worker.serve(() -> new TensorflowPeer(Integer.parseInt(args[0])));
    }

    @Override
    public String version() {
        return "TensorFlow-Java 1.1.0, TensorFlow " + TensorFlow.version();
    }

    @Override
    public Work prepare(Row row) {
        return row.single() ? new Steps<>(row, TFloat32.class) : new Steps<>(row, TFloat64.class);
    }

    private static TFloating tensor(Row row, Input input) {
        Shape shape = Shape.of(input.shape());
        return row.single()
                ? TFloat32.tensorOf(shape, DataBuffers.of(input.floats(), true, false))
                : TFloat64.tensorOf(shape, DataBuffers.of(input.doubles(), true, false));
    }

    private final class Steps<T extends TFloating> implements Work {
        private final Row row;
        private final Class<T> type;
        private final Graph graph = new Graph();
        private final Ops tf = Ops.create(graph);
        private final List<TFloating> inputs = new ArrayList<>();
        private final List<Operand<T>> in = new ArrayList<>();
        private final List<Operand<T>> results;
        private final List<Operand<T>> checked;
        private final Session session;
        private Result result;

        Steps(Row row, Class<T> type) {
            this.row = row;
            this.type = type;
            try {
                for (Input input : row.inputs()) {
                    inputs.add(tensor(row, input));
                    in.add(tf.placeholder(type, Placeholder.shape(Shape.of(input.shape()))));
                }
                results = results();
                checked = checked();
                session = new Session(graph, config);
            } catch (TensorFlowException e) {
                free();
                throw new UnsupportedOperationException(e.getMessage(), e);
            } catch (RuntimeException e) {
                free();
                throw e;
            }
        }

        private List<Operand<T>> results() {
            Operand<T> a = in.get(0);
            Operand<T> b = in.size() > 1 ? in.get(1) : a;
            return switch (row.op()) {
                case "einsum", "kron" -> List.of(einsum());
                case "matmul" -> List.of(tf.train.batchMatMul(a, b, type));
                case "permute" -> List.of(tf.linalg.transpose(a, tf.constant(row.axes())));
                case "add" -> List.of(tf.math.add(a, b));
                case "multiply" -> List.of(tf.math.mul(a, b));
                case "exp" -> List.of(tf.math.exp(a));
                case "tanh(a*b+c)" -> List.of(tf.math.tanh(tf.math.add(tf.math.mul(a, b), in.get(2))));
                case "softmax" -> List.of(tf.nn.softmax(a));
                case "sum" -> List.of(tf.sum(a, tf.constant(row.summedAxes())));
                case "kronmatmul" -> List.of(kronecker());
                case "kronrows" -> {
                    long[] shape = row.inputs().get(0).shape();
                    long[] factor = row.inputs().get(1).shape();
                    long[] blocks = {shape[0] * shape[1] / factor[1], factor[1]};
                    Operand<T> y = tf.linalg.matMul(tf.reshape(a, tf.constant(blocks)), b, MatMul.transposeB(true));
                    yield List.of(tf.reshape(y, tf.constant(new long[] {shape[0], -1})));
                }
                case "slogdet" -> {
                    LogMatrixDeterminant<T> d = tf.linalg.logMatrixDeterminant(a);
                    yield List.of(d.sign(), d.logAbsDeterminant());
                }
                case "solve" -> List.of(tf.linalg.solve(a, b));
                case "inverse" -> List.of(tf.linalg.inv(a));
                case "cholesky" -> List.of(tf.linalg.cholesky(a));
                case "qr" -> {
                    Qr<T> f = tf.linalg.qr(a);
                    yield List.of(f.q(), f.r());
                }
                case "svd" -> {
                    Svd<T> f = tf.linalg.svd(a);
                    yield List.of(f.u(), f.s(), f.v());
                }
                case "eigh" -> {
                    SelfAdjointEig<T> f = tf.linalg.selfAdjointEig(a);
                    yield List.of(f.v(), f.e());
                }
                case "gradient of slogdet" ->
                    gradients(tf.linalg.logMatrixDeterminant(a).logAbsDeterminant());
                case "gradient of einsum" ->
                    gradients(tf.math.mul(tf.linalg.einsum(List.of(a, b), row.equation()), in.get(2)));
                case "gradient of kronmatmul" -> {
                    Operand<T> y = kronecker();
                    yield gradients(tf.math.mul(y, y));
                }
                case "gradient of mlp" -> {
                    Operand<T> hidden = tf.math.tanh(tf.math.add(tf.linalg.matMul(a, b), in.get(2)));
                    Operand<T> y = tf.math.add(tf.linalg.matMul(hidden, in.get(3)), in.get(4));
                    yield gradients(tf.math.mean(tf.math.mul(y, y), tf.constant(new int[] {0, 1})));
                }
                default -> throw new UnsupportedOperationException(row.op());
            };
        }

        /** The factors' product and the first factor's columns' products, from which the factors are checked; else the results. */
        private List<Operand<T>> checked() {
            Operand<T> first = results.get(0);
            Operand<T> product = switch (row.op()) {
                case "qr" -> tf.linalg.matMul(first, results.get(1));
                case "svd" -> {
                    Operand<T> scaled = tf.math.mul(first, results.get(1));
                    yield tf.linalg.matMul(scaled, results.get(2), MatMul.transposeB(true));
                }
                case "eigh" -> {
                    Operand<T> scaled = tf.math.mul(first, results.get(1));
                    yield tf.linalg.matMul(scaled, first, MatMul.transposeB(true));
                }
                default -> null;
            };
            return product == null
                    ? results
                    : List.of(product, tf.linalg.matMul(first, first, MatMul.transposeA(true)));
        }

        private Operand<T> einsum() {
            Operand<T> product = tf.linalg.einsum(in, row.equation());
            return row.scale() == 1 ? product : tf.math.mul(product, tf.dtypes.cast(tf.constant(row.scale()), type));
        }

        /** From the last factor to the first: each takes the last axis and puts its own before the others. */
        private Operand<T> kronecker() {
            long rows = row.inputs().get(0).shape()[0];
            long columns = row.inputs().get(0).shape()[1];
            Operand<T> x = in.get(0);
            for (int f = in.size() - 1; f > 0; f--) {
                long n = row.inputs().get(f).shape()[0];
                x = tf.linalg.matMul(tf.reshape(x, tf.constant(new long[] {rows * columns / n, n})), in.get(f));
                x = tf.reshape(x, tf.constant(new long[] {rows, columns / n, n}));
                x = tf.linalg.transpose(x, tf.constant(new int[] {0, 2, 1}));
            }
            return tf.reshape(x, tf.constant(new long[] {rows, columns}));
        }

        private List<Operand<T>> gradients(Operand<T> loss) {
            List<Operand<T>> all = new ArrayList<>();
            for (Operand<?> gradient : tf.gradients(List.of(loss), in)) {
                all.add(gradient.asOutput().expect(type));
            }
            return all;
        }

        private Result fetch(List<Operand<T>> outputs) {
            Session.Runner runner = session.runner();
            for (int i = 0; i < in.size(); i++) {
                runner.feed(in.get(i), inputs.get(i));
            }
            outputs.forEach(runner::fetch);
            return runner.run();
        }

        @Override
        public void run() {
            if (result != null) {
                result.close();
            }
            result = fetch(results);
        }

        @Override
        public double[] values(int output, long[] positions) {
            try (Result fetched = fetch(List.of(checked.get(output)))) {
                var flat = fetched.get(0).asRawTensor().data();
                return LongStream.of(positions)
                        .mapToDouble(p -> row.single()
                                ? flat.asFloats().getFloat(p)
                                : flat.asDoubles().getDouble(p))
                        .toArray();
            }
        }

        @Override
        public void close() {
            if (result != null) {
                result.close();
            }
            session.close();
            free();
        }

        private void free() {
            inputs.forEach(TFloating::close);
            graph.close();
        }
    }
}
