package kron4j.contract;

import static kron4j.reference.Check.close;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.reference.NDArray;

/** What PyTorch computed in float64: numerics/networks.txt, which scripts/make-network-values.py made. */
final class TorchValues {
    private static final Map<String, Map<String, NDArray>> ALL = read();

    private TorchValues() {}

    private static Map<String, Map<String, NDArray>> read() {
        Map<String, Map<String, NDArray>> all = new HashMap<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                TorchValues.class.getResourceAsStream("/numerics/networks.txt"), StandardCharsets.UTF_8))) {
            in.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ", -1);
                long[] shape = words[2].equals("scalar")
                        ? new long[0]
                        : Arrays.stream(words[2].split("x", -1))
                                .mapToLong(Long::parseLong)
                                .toArray();
                double[] values = Arrays.stream(words, 3, words.length)
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                all.computeIfAbsent(words[0], k -> new HashMap<>()).put(words[1], NDArray.of(values, shape));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** The tensors of a case by name. */
    static Map<String, NDArray> of(String name) {
        return ALL.get(name);
    }

    /** Results and gradients are made of fewer than 64 terms and rounded steps, none larger than the largest result or 1. */
    static double bound(NDArray expected, DType dtype) {
        return 64 * dtype.epsilon() * Math.max(1, expected.scale());
    }

    /**
     * Compares the result, and the gradients that PyTorch had, in float32 and float64.
     *
     * @param inputs names; one that begins with # is of int64, with ? of bool
     */
    static void agrees(String name, Function<Tensor[], Tensor> f, String... inputs) {
        Map<String, NDArray> values = of(name);
        for (DType dtype : Contract.FLOATING) {
            Tensor[] operands = new Tensor[inputs.length];
            List<Tensor> targets = new ArrayList<>();
            List<NDArray> expected = new ArrayList<>();
            for (int i = 0; i < inputs.length; i++) {
                String key = inputs[i].replaceAll("[#?]", "");
                DType own = inputs[i].startsWith("#") ? DType.INT64 : inputs[i].startsWith("?") ? DType.BOOL : dtype;
                operands[i] = Contract.strided(Contract.random(i), values.get(key), own);
                NDArray gradient = values.get("d" + Character.toUpperCase(key.charAt(0)) + key.substring(1));
                if (gradient != null) {
                    targets.add(operands[i].requiresGrad());
                    expected.add(gradient);
                }
            }
            Tensor y = f.apply(operands);
            close(values.get("y"), y, bound(values.get("y"), dtype));
            assertEquals(dtype, y.dtype());
            Tensor g = values.get("g").toTensor(dtype);
            List<Tensor> gradients = Gradients.vjp(Graph.FREE, List.of(y), List.of(g), targets);
            for (int i = 0; i < targets.size(); i++) {
                close(expected.get(i), gradients.get(i), bound(expected.get(i), dtype));
            }
        }
    }
}
