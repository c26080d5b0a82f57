package kron4j.bench.gpu;

import static kron4j.bench.Inputs.dims;
import static kron4j.bench.Inputs.epsilon;
import static kron4j.bench.Inputs.sizes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.bench.Inputs;
import kron4j.ops.Einsum;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/** The operation of one row; its operands are on the current device, uniform in [-1, 1). */
abstract class Row {
    /** Number of checked elements of a result. */
    private static final int SAMPLES = 5;

    private final SplittableRandom random = new SplittableRandom(3);

    /** Enqueues the operation; its result belongs to the current scope. */
    abstract Tensor run();

    /** Throws if elements of a result differ from the CPU's in float64. */
    abstract void check();

    void await() {
        Device.current().synchronize();
    }

    void close() {}

    static Row of(String row, DType dtype) {
        String[] words = row.split(" ", 2);
        return switch (words[0]) {
            case "copy" -> new Copy(Long.parseLong(words[1]), dtype, false);
            case "fill" -> new Copy(Long.parseLong(words[1]), dtype, true);
            case "kron" -> new Expansion(words[1], dtype);
            case "einsum" -> new Contraction(words[1], dtype);
            case "tccg" -> new Contraction(tccg(Integer.parseInt(words[1])), dtype);
            case "matmul" -> new Product(words[1], dtype);
            case "cublas" -> new CublasRow(words[1], dtype);
            case "slogdet" -> new Determinant(words[1], dtype);
            case "kronApply" -> new Application(words[1], dtype);
            case "kru", "kruCaptured" -> new TrainingRow(words[1], dtype, words[0].equals("kruCaptured"));
            default -> throw new IllegalArgumentException(row + ": no such operation");
        };
    }

    static Tensor uniform(long seed, DType dtype, long... shape) {
        try (TensorScope scope = Device.current().openScope()) {
            return scope.keep(Random.uniform(seed, dtype, shape).multiply(2).subtract(1));
        }
    }

    /** The contraction of that number, as an einsum of row-major operands and its sizes. */
    private static String tccg(int id) {
        try (InputStream in = Row.class.getResourceAsStream("/tccg48.csv")) {
            String line = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(id)
                    .findFirst()
                    .orElseThrow();
            String equation = line.split("\"")[1];
            return equation + " " + line.split(",")[4].replace("=", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On the CPU, in float64. */
    static Tensor reference(Tensor t) {
        return t.to(Device.cpu()).to(DType.FLOAT64);
    }

    long below(long n) {
        return random.nextLong(n);
    }

    private static final class Copy extends Row {
        private final Tensor a;
        private final boolean fills;

        Copy(long n, DType dtype, boolean fills) {
            this.a = uniform(1, dtype, n);
            this.fills = fills;
        }

        @Override
        Tensor run() {
            return fills ? Tensor.full(a.dtype(), 0.5, a.shape().dims()) : a.copy();
        }

        @Override
        void check() {
            long at = below(a.size());
            double expected = fills ? 0.5 : a.select(0, at).item();
            Inputs.check("copy", expected, run().select(0, at).item(), 0);
        }
    }

    private static final class Expansion extends Row {
        private final Tensor a;
        private final Tensor b;

        Expansion(String row, DType dtype) {
            String[] words = row.split(" ");
            a = uniform(1, dtype, dims(words[0]));
            b = uniform(2, dtype, dims(words[1]));
        }

        @Override
        Tensor run() {
            return a.rank() == 2 ? Kron.kron(a, b) : Kron.batchedKron(a, b);
        }

        @Override
        void check() {
            Tensor all = run();
            for (int sample = 0; sample < SAMPLES; sample++) {
                long batch = a.rank() == 2 ? 0 : below(a.shape().at(0));
                Tensor x = a.rank() == 2 ? a : a.select(0, batch);
                Tensor y = b.rank() == 2 ? b : b.select(0, batch);
                Tensor z = all.rank() == 2 ? all : all.select(0, batch);
                long i = below(z.shape().at(0));
                long j = below(z.shape().at(1));
                long p = y.shape().at(0);
                long q = y.shape().at(1);
                double expected = x.select(0, i / p).select(0, j / q).item()
                        * y.select(0, i % p).select(0, j % q).item();
                Inputs.check("kron", expected, z.select(0, i).select(0, j).item(), epsilon(a.dtype()));
            }
        }
    }

    private static final class Contraction extends Row {
        private final String equation;
        private final String[] terms;
        private final String output;
        private final Tensor[] operands;
        private final double summed;

        Contraction(String row, DType dtype) {
            equation = row.substring(0, row.indexOf(' '));
            Map<String, Long> sizes = sizes(row);
            terms = equation.substring(0, equation.indexOf("->")).split(",");
            output = equation.substring(equation.indexOf("->") + 2);
            operands = new Tensor[terms.length];
            for (int i = 0; i < terms.length; i++) {
                long[] shape = terms[i].chars()
                        .mapToLong(c -> sizes.get("" + (char) c))
                        .toArray();
                operands[i] = uniform(i + 1, dtype, shape);
            }
            summed = sizes.entrySet().stream()
                    .filter(e -> !output.contains(e.getKey()))
                    .mapToDouble(Map.Entry::getValue)
                    .reduce(1, (x, y) -> x * y);
        }

        @Override
        Tensor run() {
            return Einsum.einsum(equation, operands);
        }

        @Override
        void check() {
            Tensor all = run();
            for (int sample = 0; sample < SAMPLES; sample++) {
                Tensor element = all;
                Tensor[] parts = operands.clone();
                String[] rest = terms.clone();
                for (char label : output.toCharArray()) {
                    long index = below(element.shape().at(0));
                    element = element.select(0, index);
                    for (int k = 0; k < parts.length; k++) {
                        for (int axis = rest[k].indexOf(label); axis >= 0; axis = rest[k].indexOf(label)) {
                            parts[k] = parts[k].select(axis, index);
                            rest[k] = rest[k].substring(0, axis) + rest[k].substring(axis + 1);
                        }
                    }
                }
                Tensor[] references = Arrays.stream(parts).map(Row::reference).toArray(Tensor[]::new);
                double expected =
                        Einsum.einsum(String.join(",", rest) + "->", references).item();
                Inputs.check(equation, expected, element.item(), (summed + terms.length) * epsilon(all.dtype()));
            }
        }
    }

    /** Square matrices, b of them. */
    abstract static class Square extends Row {
        final int n;
        final Tensor a;
        final Tensor b;

        Square(String row, DType dtype) {
            Map<String, Long> sizes = sizes(row);
            n = sizes.get("n").intValue();
            a = uniform(1, dtype, sizes.get("b"), n, n);
            b = uniform(2, dtype, sizes.get("b"), n, n);
        }

        void checkProduct(Tensor all) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                long batch = below(all.shape().at(0));
                long i = below(n);
                long j = below(n);
                Tensor row = reference(a.select(0, batch).select(0, i));
                Tensor column = reference(b.select(0, batch).select(1, j));
                Inputs.check(
                        "matmul",
                        Einsum.einsum("i,i->", row, column).item(),
                        all.select(0, batch).select(0, i).select(0, j).item(),
                        2 * n * epsilon(a.dtype()));
            }
        }
    }

    private static final class Product extends Square {
        Product(String row, DType dtype) {
            super(row, dtype);
        }

        @Override
        Tensor run() {
            return MatMul.matmul(a, b);
        }

        @Override
        void check() {
            checkProduct(run());
        }
    }

    private static final class Determinant extends Square {
        Determinant(String row, DType dtype) {
            super(row, dtype);
        }

        @Override
        Tensor run() {
            return Linalg.slogdet(a).logAbs();
        }

        @Override
        void check() {
            Tensor logs = run();
            for (int sample = 0; sample < SAMPLES; sample++) {
                long batch = below(logs.size());
                double expected =
                        Linalg.slogdet(reference(a.select(0, batch))).logAbs().item();
                double tolerance = 1000.0 * n * epsilon(a.dtype()) * Math.max(1, Math.abs(expected));
                Inputs.check("slogdet", expected, logs.select(0, batch).item(), tolerance);
            }
        }
    }

    private static final class Application extends Row {
        private final List<Tensor> factors = new ArrayList<>();
        private final KroneckerOperator operator;
        private final Tensor x;

        Application(String row, DType dtype) {
            String[] words = row.split(" ");
            for (int f = 0; f + 1 < words.length; f++) {
                factors.add(uniform(f + 1, dtype, dims(words[f])));
            }
            operator = KroneckerOperator.of(factors.toArray(Tensor[]::new));
            x = uniform(99, dtype, operator.cols(), Long.parseLong(words[words.length - 1].substring(1)));
        }

        @Override
        Tensor run() {
            return operator.apply(x);
        }

        @Override
        void check() {
            Tensor y = run();
            Tensor[] references = factors.stream().map(Row::reference).toArray(Tensor[]::new);
            long column = below(x.shape().at(1));
            Tensor expected = KroneckerOperator.of(references).apply(reference(x.select(1, column)));
            double terms =
                    Stream.of(references).mapToDouble(f -> f.shape().at(1)).sum();
            for (int sample = 0; sample < SAMPLES; sample++) {
                long i = below(operator.rows());
                Inputs.check(
                        "kronApply",
                        expected.select(0, i).item(),
                        y.select(0, i).select(0, column).item(),
                        terms * epsilon(x.dtype()) * operator.cols());
            }
        }

        @Override
        void close() {
            operator.close();
        }
    }
}
