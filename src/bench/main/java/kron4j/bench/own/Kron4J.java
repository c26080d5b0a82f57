package kron4j.bench.own;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import kron4j.ops.Einsum;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.Softmax;

/** Kron4J as the comparison calls it, on the device that is its argument. */
public final class Kron4J implements Library {
    private final Device device;

    Kron4J(Device device) {
        this.device = device;
    }

    public static void main(String[] args) throws IOException {
        Worker.serve(() -> new Kron4J(Device.of(args[0])));
    }

    @Override
    public String version() {
        String version = Tensor.class.getPackage().getImplementationVersion();
        return (version == null ? "development" : version) + ", " + String.join(", ", device.describe());
    }

    @Override
    public Work prepare(Row row) {
        TensorScope operands = device.openScope();
        try {
            Tensor[] in = row.inputs().stream().map(i -> tensor(row, i)).toArray(Tensor[]::new);
            return new Timed(operands, row.op(), work(row, in));
        } catch (RuntimeException e) {
            operands.close();
            throw e;
        }
    }

    private static Tensor tensor(Row row, Input input) {
        Tensor t = Tensor.of(row.single() ? input.floats() : input.doubles(), input.shape());
        return row.op().startsWith("gradient") ? t.requiresGrad() : t;
    }

    private static Supplier<List<Tensor>> work(Row row, Tensor[] in) {
        Tensor a = in[0];
        Tensor b = in.length > 1 ? in[1] : a;
        return switch (row.op()) {
            case "einsum" -> () -> List.of(Einsum.einsum(row.scale(), row.equation(), in));
            case "matmul" -> () -> List.of(a.matmul(b));
            case "permute" -> () -> List.of(a.permute(row.axes()).contiguous());
            case "add" -> () -> List.of(a.add(b));
            case "multiply" -> () -> List.of(a.multiply(b));
            case "exp" -> () -> List.of(a.exp());
            case "tanh(a*b+c)" -> () -> List.of(a.multiply(b).add(in[2]).tanh());
            case "softmax" -> () -> List.of(Softmax.softmax(a, -1));
            case "sum" -> () -> List.of(a.sum(row.summedAxes()));
            case "kron" -> () -> List.of(a.rank() == 2 ? Kron.kron(a, b) : Kron.batchedKron(a, b));
            case "kronmatmul" -> {
                KroneckerOperator operator = KroneckerOperator.of(factors(in));
                yield () -> List.of(operator.applyRight(a));
            }
            case "kronrows" -> {
                KroneckerOperator operator = KroneckerOperator.identityKron(
                        a.shape().at(1) / b.shape().at(1), b);
                yield () -> List.of(operator.applyToRows(a));
            }
            case "slogdet" ->
                () -> {
                    Linalg.SignLog d = Linalg.slogdet(a);
                    return List.of(d.sign(), d.logAbs());
                };
            case "solve" -> () -> List.of(Linalg.solve(a, b));
            case "inverse" -> () -> List.of(Linalg.inverse(a));
            case "cholesky" -> () -> List.of(Linalg.cholesky(a));
            case "qr" ->
                () -> {
                    Linalg.Qr f = Linalg.qr(a);
                    return List.of(f.q(), f.r());
                };
            case "svd" ->
                () -> {
                    Linalg.Svd f = Linalg.svd(a);
                    return List.of(f.u(), f.s(), f.vh());
                };
            case "eigh" ->
                () -> {
                    Linalg.Eigh f = Linalg.eigh(a);
                    return List.of(f.v(), f.w(), f.v().transpose());
                };
            case "gradient of slogdet" ->
                () -> Gradients.of(Linalg.slogdet(a).logAbs().sum(), in);
            case "gradient of einsum" ->
                () -> Gradients.of(
                        Einsum.einsum(row.equation(), a, b).multiply(in[2]).sum(), in);
            case "gradient of kronmatmul" ->
                () -> {
                    Tensor y = KroneckerOperator.of(factors(in)).applyRight(a);
                    return Gradients.of(y.multiply(y).sum(), in);
                };
            case "gradient of mlp" ->
                () -> {
                    Tensor y = a.matmul(b).add(in[2]).tanh().matmul(in[3]).add(in[4]);
                    return Gradients.of(y.multiply(y).mean(), in);
                };
            default -> throw new UnsupportedOperationException(row.op());
        };
    }

    private static Tensor[] factors(Tensor[] in) {
        return List.of(in).subList(1, in.length).toArray(Tensor[]::new);
    }

    /** The factors' product and the first factor's columns' products, from which the factors are checked; else the results. */
    private static List<Tensor> checked(String op, List<Tensor> results) {
        Tensor first = results.get(0);
        return switch (op) {
            case "qr" -> List.of(first.matmul(results.get(1)), first.transpose().matmul(first));
            case "svd", "eigh" ->
                List.of(
                        first.multiply(results.get(1)).matmul(results.get(2)),
                        first.transpose().matmul(first));
            default -> results;
        };
    }

    private final class Timed implements Work {
        private final TensorScope operands;
        private final String op;
        private final Supplier<List<Tensor>> work;
        private TensorScope scope;
        private List<Tensor> results;

        Timed(TensorScope operands, String op, Supplier<List<Tensor>> work) {
            this.operands = operands;
            this.op = op;
            this.work = work;
        }

        @Override
        public void run() {
            if (scope != null) {
                scope.close();
            }
            scope = device.openScope();
            results = work.get();
            device.synchronize();
        }

        @Override
        public double[] values(int output, long[] positions) {
            try (TensorScope temporary = device.openScope()) {
                Tensor flat = checked(op, results).get(output).detach().reshape(-1);
                return LongStream.of(positions)
                        .mapToDouble(p -> flat.select(0, p).item())
                        .toArray();
            }
        }

        @Override
        public void close() {
            if (scope != null) {
                scope.close();
            }
            operands.close();
            device.trim();
        }
    }
}
