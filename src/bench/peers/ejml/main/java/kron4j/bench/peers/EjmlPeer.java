package kron4j.bench.peers;

import java.io.IOException;
import java.util.stream.LongStream;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.CommonOps_MT_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/** EJML: single matrices of float64. */
public final class EjmlPeer implements Library {
    private EjmlPeer(int threads) {
        EjmlConcurrency.setMaxThreads(threads);
    }

    public static void main(String[] args) throws IOException {
        Worker.serve(() -> new EjmlPeer(Integer.parseInt(args[0])));
    }

    @Override
    public String version() {
        return "0.46.1, plain Java";
    }

    @Override
    public Work prepare(Row row) {
        if (row.single() || row.inputs().stream().anyMatch(input -> input.shape().length != 2)) {
            throw new UnsupportedOperationException("matrices of float64 only");
        }
        DMatrixRMaj a = matrix(row.inputs().get(0));
        DMatrixRMaj b = row.inputs().size() > 1 ? matrix(row.inputs().get(1)) : a;
        DMatrixRMaj result = new DMatrixRMaj(1, 1);
        Runnable work = switch (row.op()) {
            case "matmul" -> sized(result, a.numRows, b.numCols, () -> CommonOps_MT_DDRM.mult(a, b, result));
            case "permute" -> sized(result, a.numCols, a.numRows, () -> CommonOps_MT_DDRM.transpose(a, result));
            case "add" -> () -> CommonOps_DDRM.add(a, b, result);
            case "multiply" -> () -> CommonOps_DDRM.elementMult(a, b, result);
            case "exp" -> () -> CommonOps_DDRM.elementExp(a, result);
            case "kron" -> () -> CommonOps_DDRM.kron(a, b, result);
            case "solve" -> () -> CommonOps_DDRM.solve(a, b, result);
            case "inverse" -> () -> CommonOps_DDRM.invert(a, result);
            case "cholesky" -> () -> cholesky(a, result);
            default -> throw new UnsupportedOperationException(row.op());
        };
        return new Matrices(work, result);
    }

    private static DMatrixRMaj matrix(Input input) {
        return DMatrixRMaj.wrap((int) input.shape()[0], (int) input.shape()[1], input.doubles());
    }

    private static Runnable sized(DMatrixRMaj result, int rows, int columns, Runnable work) {
        result.reshape(rows, columns);
        return work;
    }

    private static void cholesky(DMatrixRMaj a, DMatrixRMaj result) {
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(a.numRows, true);
        if (!cholesky.decompose(a.copy())) {
            throw new ArithmeticException("not positive definite");
        }
        cholesky.getT(result);
    }

    private record Matrices(Runnable work, DMatrixRMaj result) implements Work {
        @Override
        public void run() {
            work.run();
        }

        @Override
        public double[] values(int output, long[] positions) {
            return LongStream.of(positions)
                    .mapToDouble(p -> result.data[(int) p])
                    .toArray();
        }

        @Override
        public void close() {}
    }
}
