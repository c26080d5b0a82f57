package kron4j.bench.compare;

import java.util.Arrays;
import java.util.Map;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Row;
import kron4j.bench.reference.Labels;

/** Counts the operations that a row needs, and the bytes that it cannot help reading and writing. */
final class Costs {
    private Costs() {}

    /** Additions and multiplications of the usual algorithm; functions of an element count as one. */
    static double flops(Row row) {
        Input a = row.inputs().get(0);
        double n = a.shape()[a.shape().length - 1];
        double cubes = a.size() * n;
        return switch (row.op()) {
            case "permute" -> 0;
            case "add", "multiply", "exp" -> a.size();
            case "tanh(a*b+c)" -> 3.0 * a.size();
            case "softmax" -> 4.0 * a.size();
            case "kronmatmul" -> kronecker(row);
            case "gradient of kronmatmul" -> 3 * kronecker(row);
            case "slogdet" -> cubes * 2 / 3;
            case "solve" -> cubes * 2 / 3 + 2 * n * row.inputs().get(1).size();
            case "inverse", "gradient of slogdet" -> cubes * 2;
            case "cholesky" -> cubes / 3;
            case "qr" -> cubes * 8 / 3;
            case "svd" -> cubes * 22;
            case "eigh" -> cubes * 9;
            case "gradient of einsum" -> 3 * contraction(row);
            case "gradient of mlp" ->
                6.0
                        * a.shape()[0]
                        * (row.inputs().get(1).size() + row.inputs().get(3).size());
            default -> contraction(row);
        };
    }

    /** One factor after the other. */
    private static double kronecker(Row row) {
        return row.inputs().stream()
                .skip(1)
                .mapToDouble(f -> 2.0 * row.inputs().get(0).size() * f.shape()[1])
                .sum();
    }

    private static double contraction(Row row) {
        Map<Character, Long> sizes = Labels.sizes(row.equation(), row.inputs());
        double all = sizes.values().stream().mapToDouble(Long::doubleValue).reduce(1, (x, y) -> x * y);
        boolean sums = sizes.size() > row.output().length();
        return all * (sums && row.terms().size() > 1 ? 2 : 1);
    }

    /** Every operand read and every result written once. */
    static double bytes(Row row) {
        double in = row.inputs().stream().mapToDouble(Input::size).sum();
        Input a = row.inputs().get(0);
        long[] shape = a.shape();
        double out = switch (row.op()) {
            case "slogdet" -> 2 * batch(shape);
            case "solve" -> row.inputs().get(1).size();
            case "qr", "svd" -> 2.0 * a.size();
            case "add", "multiply", "exp", "tanh(a*b+c)", "softmax", "inverse", "cholesky", "eigh" -> a.size();
            default -> row.op().startsWith("gradient") ? in : product(row, row.output());
        };
        return (in + out) * row.width();
    }

    private static double batch(long[] shape) {
        return Arrays.stream(shape).limit(shape.length - 2).reduce(1, (x, y) -> x * y);
    }

    private static double product(Row row, String labels) {
        Map<Character, Long> sizes = Labels.sizes(row.equation(), row.inputs());
        return labels.chars().mapToDouble(c -> sizes.get((char) c)).reduce(1, (x, y) -> x * y);
    }
}
