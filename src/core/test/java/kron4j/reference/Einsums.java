package kron4j.reference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Einsum as it is defined: one loop over all labels. */
public final class Einsums {
    private Einsums() {}

    /** The lines of the TCCG benchmark: contractions with the sizes of their labels. */
    public static List<String> benchmark() throws IOException {
        try (InputStream lines = Einsums.class.getResourceAsStream("/tccg48.csv")) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    /** What is done for each value of all labels together. */
    public interface Body {
        /**
         * @param from the row-major position in each operand
         * @param to that in the result
         */
        void at(int[] from, int to);
    }

    /**
     * The loops of an einsum.
     *
     * @param sizes of the labels, an axis of size 1 standing for any
     * @param steps for each operand, and last for the result, how far its position moves with each label
     * @param shape of the result
     */
    public record Loops(long[] sizes, int[][] steps, long[] shape) {
        public static Loops of(int[][] labels, int[] output, long[]... shapes) {
            Map<Integer, Long> sizes = new TreeMap<>();
            for (int k = 0; k < labels.length; k++) {
                for (int axis = 0; axis < labels[k].length; axis++) {
                    sizes.merge(labels[k][axis], shapes[k][axis], (x, y) -> x == 1 ? y : x);
                }
            }
            long[] shape = Arrays.stream(output).mapToLong(sizes::get).toArray();
            int[] all = sizes.keySet().stream().mapToInt(Integer::intValue).toArray();
            int n = labels.length;
            int[][] steps = new int[n + 1][all.length];
            for (int k = 0; k <= n; k++) {
                int[] own = k < n ? labels[k] : output;
                long[] dims = k < n ? shapes[k] : shape;
                int step = 1;
                for (int axis = own.length - 1; axis >= 0; axis--) {
                    steps[k][Arrays.binarySearch(all, own[axis])] += dims[axis] == 1 ? 0 : step;
                    step *= (int) dims[axis];
                }
            }
            return new Loops(sizes.values().stream().mapToLong(Long::longValue).toArray(), steps, shape);
        }

        /** How many elements the result has. */
        public int count() {
            return (int) Arrays.stream(shape).reduce(1, (x, y) -> x * y);
        }

        /** Calls {@code body} for each value of the labels. */
        public void forEach(Body body) {
            int n = steps.length - 1;
            int[] from = new int[n];
            NDArray.forEach(sizes, at -> {
                for (int k = 0; k < n; k++) {
                    from[k] = position(k, at);
                }
                body.at(from, position(n, at));
            });
        }

        private int position(int k, long[] at) {
            int position = 0;
            for (int i = 0; i < at.length; i++) {
                position += (int) at[i] * steps[k][i];
            }
            return position;
        }
    }

    /** Axes of size 1 broadcast; a repeated output label writes a diagonal. */
    public static NDArray einsum(int[][] labels, int[] output, NDArray... operands) {
        long[][] shapes = new long[operands.length][];
        double[][] data = new double[operands.length][];
        for (int k = 0; k < operands.length; k++) {
            shapes[k] = operands[k].shape();
            data[k] = operands[k].data();
        }
        Loops loops = Loops.of(labels, output, shapes);
        double[] sums = new double[loops.count()];
        loops.forEach((from, to) -> {
            double product = 1;
            for (int k = 0; k < data.length; k++) {
                product *= data[k][from[k]];
            }
            sums[to] += product;
        });
        return NDArray.of(sums, loops.shape());
    }

    /** Letters, no ellipsis, explicit output. */
    public static NDArray einsum(String equation, NDArray... operands) {
        String[] sides = equation.replace(" ", "").split("->", -1);
        String[] terms = sides[0].split(",", -1);
        int[][] labels = new int[terms.length][];
        for (int k = 0; k < terms.length; k++) {
            labels[k] = terms[k].codePoints().toArray();
        }
        return einsum(labels, sides[1].codePoints().toArray(), operands);
    }
}
