package kron4j.bench.peer;

import java.util.ArrayList;
import java.util.List;

/**
 * A workload, as every peer reads it.
 *
 * @param suite the group it is listed under
 * @param name what the user calls it; with suite and dtype it is unique
 * @param op how libraries name what is done; for most, {@code equation} defines it
 * @param dtype float32 or float64
 * @param equation the result as an einsum of the inputs, or empty
 * @param scale a factor of the result
 * @param inputs the operands
 * @param flops floating-point operations, at least
 * @param bytes bytes read and written, at least
 * @param quick whether a short run has it
 * @param series the name of the curve that it is a point of, or empty
 * @param size where on that curve
 */
public record Row(
        String suite,
        String name,
        String op,
        String dtype,
        String equation,
        double scale,
        List<Input> inputs,
        double flops,
        double bytes,
        boolean quick,
        String series,
        double size) {

    /** The name that options, tables and files use. */
    public String id() {
        return suite + "/" + name + " " + dtype;
    }

    /** Whether elements are float32. */
    public boolean single() {
        return dtype.equals("float32");
    }

    /** Bytes of an element. */
    public int width() {
        return single() ? 4 : 8;
    }

    /** The distance from 1 to the next larger number. */
    public double epsilon() {
        return single() ? 0x1p-23 : 0x1p-52;
    }

    /** The labels of each operand. */
    public List<String> terms() {
        return List.of(equation.substring(0, equation.indexOf("->")).split(","));
    }

    /** The labels of the result. */
    public String output() {
        return equation.substring(equation.indexOf("->") + 2);
    }

    /** The axes of the only operand in the order of the result. */
    public int[] axes() {
        return output().chars().map(terms().get(0)::indexOf).toArray();
    }

    /** The axes of the only operand that the result lacks. */
    public int[] summedAxes() {
        List<Integer> axes = new ArrayList<>();
        String term = terms().get(0);
        for (int axis = 0; axis < term.length(); axis++) {
            if (output().indexOf(term.charAt(axis)) < 0) {
                axes.add(axis);
            }
        }
        return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String toString() {
        return id();
    }
}
