package kron4j.bench.peers;

import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import kron4j.bench.peer.ArrayLibrary;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** ND4J. */
public final class Nd4jPeer extends ArrayLibrary<INDArray> {
    private Nd4jPeer() {}

    public static void main(String[] args) throws IOException {
        Worker.serve(Nd4jPeer::new);
    }

    @Override
    public String version() {
        return "1.0.0-M2.1, " + Nd4j.getBackend().getClass().getSimpleName();
    }

    @Override
    protected INDArray operand(Row row, Input input) {
        return (row.single() ? Nd4j.create(input.floats()) : Nd4j.create(input.doubles())).reshape(input.shape());
    }

    @Override
    protected INDArray matmul(INDArray a, INDArray b) {
        return a.rank() == 2 ? a.mmul(b) : Nd4j.matmul(a, b);
    }

    @Override
    protected INDArray permute(INDArray a, int[] axes) {
        return a.permute(axes).dup('c');
    }

    @Override
    protected INDArray reshape(INDArray a, long[] shape) {
        return a.reshape('c', shape);
    }

    @Override
    protected INDArray other(Row row, List<INDArray> in) {
        INDArray a = in.get(0);
        return switch (row.op()) {
            case "add" -> a.add(in.get(1));
            case "multiply" -> a.mul(in.get(1));
            case "exp" -> Transforms.exp(a, true);
            case "tanh(a*b+c)" -> Transforms.tanh(a.mul(in.get(1)).addi(in.get(2)), false);
            case "softmax" -> Nd4j.nn().softmax(a, -1);
            case "sum" -> a.sum(row.summedAxes());
            case "inverse" -> Nd4j.linalg().matrixInverse(a);
            case "cholesky" -> Nd4j.linalg().cholesky(a);
            case "solve" -> Nd4j.linalg().solve(a, in.get(1));
            default -> throw new UnsupportedOperationException(row.op());
        };
    }

    @Override
    protected double[] values(INDArray a, long[] positions) {
        INDArray flat = a.dup('c').reshape('c', new long[] {a.length()});
        return LongStream.of(positions).mapToDouble(flat::getDouble).toArray();
    }
}
