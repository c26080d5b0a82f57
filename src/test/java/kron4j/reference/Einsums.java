package kron4j.reference;

import java.util.HashMap;
import java.util.Map;

/** Einsum as it is defined: one loop over all labels. */
public final class Einsums {
    private Einsums() {}

    /** Axes of size 1 broadcast; a repeated output label writes a diagonal. */
    public static NDArray einsum(int[][] labels, int[] output, NDArray... operands) {
        Map<Integer, Long> sizes = new HashMap<>();
        for (int k = 0; k < operands.length; k++) {
            for (int axis = 0; axis < labels[k].length; axis++) {
                long d = operands[k].shape()[axis];
                sizes.merge(labels[k][axis], d, (x, y) -> x == 1 ? y : x);
            }
        }
        Integer[] all = sizes.keySet().toArray(new Integer[0]);
        long[] loops = new long[all.length];
        Map<Integer, Integer> position = new HashMap<>();
        for (int i = 0; i < all.length; i++) {
            loops[i] = sizes.get(all[i]);
            position.put(all[i], i);
        }
        long[] shape = new long[output.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = sizes.get(output[i]);
        }
        double[] sums = new double[NDArray.full(0, shape).size()];
        NDArray.forEach(loops, at -> {
            double product = 1;
            for (int k = 0; k < operands.length; k++) {
                long[] index = new long[labels[k].length];
                for (int axis = 0; axis < index.length; axis++) {
                    index[axis] = operands[k].shape()[axis] == 1 ? 0 : at[position.get(labels[k][axis])];
                }
                product *= operands[k].get(index);
            }
            long to = 0;
            for (int i = 0; i < shape.length; i++) {
                to = to * shape[i] + at[position.get(output[i])];
            }
            sums[(int) to] += product;
        });
        return NDArray.of(sums, shape);
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
