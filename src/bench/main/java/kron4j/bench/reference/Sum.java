package kron4j.bench.reference;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kron4j.bench.peer.Input;

/** Single elements of an einsum, term by term. */
final class Sum {
    private final double scale;
    private final List<Input> inputs;
    private final long[] outputSizes;
    private final long[] summedSizes;
    /** For each operand what one step of each label of the output, and of each summed label, moves. */
    private final long[][] outputStrides;

    private final long[][] summedStrides;

    Sum(String equation, double scale, List<Input> inputs, Map<Character, Long> sizes) {
        this.scale = scale;
        this.inputs = inputs;
        String output = equation.substring(equation.indexOf("->") + 2);
        String[] terms = equation.substring(0, equation.indexOf("->")).split(",");
        String summed = String.join("", terms)
                .chars()
                .distinct()
                .filter(c -> output.indexOf(c) < 0)
                .mapToObj(c -> String.valueOf((char) c))
                .reduce("", String::concat);
        outputSizes = output.chars().mapToLong(c -> sizes.get((char) c)).toArray();
        summedSizes = summed.chars().mapToLong(c -> sizes.get((char) c)).toArray();
        outputStrides = Arrays.stream(terms).map(t -> strides(t, output, sizes)).toArray(long[][]::new);
        summedStrides = Arrays.stream(terms).map(t -> strides(t, summed, sizes)).toArray(long[][]::new);
    }

    private static long[] strides(String term, String labels, Map<Character, Long> sizes) {
        long[] strides = new long[labels.length()];
        long stride = 1;
        for (int axis = term.length() - 1; axis >= 0; axis--) {
            int label = labels.indexOf(term.charAt(axis));
            if (label >= 0) {
                strides[label] += stride;
            }
            stride *= sizes.get(term.charAt(axis));
        }
        return strides;
    }

    long size() {
        return product(outputSizes);
    }

    /** The element at a position, and the sum of its terms' magnitudes. */
    double[] at(long position) {
        long[] starts = offsets(position, outputSizes, outputStrides);
        double sum = 0;
        double magnitude = 0;
        long terms = product(summedSizes);
        for (long i = 0; i < terms; i++) {
            long[] steps = offsets(i, summedSizes, summedStrides);
            double term = scale;
            for (int k = 0; k < steps.length; k++) {
                term *= inputs.get(k).at(starts[k] + steps[k]);
            }
            sum += term;
            magnitude += Math.abs(term);
        }
        return new double[] {sum, magnitude};
    }

    /** The elements at these positions, and how far rounding of each addition and multiplication may take them. */
    Expected expected(long[] positions, double epsilon) {
        double[] values = new double[positions.length];
        double[] tolerances = new double[positions.length];
        double roundings = product(summedSizes) + inputs.size() + 1;
        for (int i = 0; i < positions.length; i++) {
            double[] element = at(positions[i]);
            values[i] = element[0];
            tolerances[i] = 2 * roundings * epsilon * element[1];
        }
        return new Expected(positions, values, tolerances);
    }

    private static long[] offsets(long position, long[] sizes, long[][] strides) {
        long[] offsets = new long[strides.length];
        long rest = position;
        for (int label = sizes.length - 1; label >= 0; label--) {
            long index = rest % sizes[label];
            rest /= sizes[label];
            for (int k = 0; k < offsets.length; k++) {
                offsets[k] += index * strides[k][label];
            }
        }
        return offsets;
    }

    private static long product(long[] sizes) {
        return Arrays.stream(sizes).reduce(1, (x, y) -> x * y);
    }
}
