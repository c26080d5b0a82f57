package kron4j.bench.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import kron4j.bench.peer.ArrayLibrary;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;

/** PyTorch by DJL. */
public final class DjlPeer extends ArrayLibrary<NDArray> {
    private final NDManager engine = NDManager.newBaseManager("PyTorch");
    private NDManager operands;
    private NDManager results;

    private DjlPeer() {}

    public static void main(String[] args) throws IOException {
        System.setProperty("ai.djl.pytorch.num_threads", args[0]);
        System.setProperty("ai.djl.offline", "true");
        Worker.serve(DjlPeer::new);
    }

    @Override
    public String version() {
        return "0.36.0, PyTorch " + Engine.getInstance().getVersion();
    }

    @Override
    protected NDArray operand(Row row, Input input) {
        if (operands == null) {
            operands = engine.newSubManager();
        }
        Shape shape = new Shape(input.shape());
        return row.single() ? operands.create(input.floats(), shape) : operands.create(input.doubles(), shape);
    }

    @Override
    protected void begin() {
        if (results != null) {
            results.close();
        }
        results = operands.newSubManager();
    }

    @Override
    protected void end() {
        operands.close();
        operands = null;
        results = null;
    }

    private NDArray kept(NDArray a) {
        a.attach(results);
        return a;
    }

    @Override
    protected NDArray matmul(NDArray a, NDArray b) {
        return kept(a.matMul(b));
    }

    @Override
    protected NDArray permute(NDArray a, int[] axes) {
        NDArray permuted = kept(a.transpose(axes));
        return kept(kept(permuted.flatten()).reshape(permuted.getShape())); // duplicate() keeps the strides
    }

    @Override
    protected NDArray reshape(NDArray a, long[] shape) {
        return kept(a.reshape(shape));
    }

    @Override
    protected NDArray other(Row row, List<NDArray> in) {
        NDArray a = in.get(0);
        return kept(
                switch (row.op()) {
                    case "add" -> a.add(in.get(1));
                    case "multiply" -> a.mul(in.get(1));
                    case "exp" -> a.exp();
                    case "tanh(a*b+c)" ->
                        kept(kept(a.mul(in.get(1))).add(in.get(2))).tanh();
                    case "softmax" -> a.softmax(-1);
                    case "sum" -> a.sum(row.summedAxes());
                    case "inverse" -> a.inverse();
                    default -> throw new UnsupportedOperationException(row.op());
                });
    }

    @Override
    protected double[] values(NDArray a, long[] positions) {
        NDArray flat = kept(a.reshape(-1));
        return LongStream.of(positions)
                .mapToDouble(p -> kept(flat.get(p)).toArray()[0].doubleValue())
                .toArray();
    }
}
