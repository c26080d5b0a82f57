package kron4j.bench.reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kron4j.bench.peer.Input;

/** The sizes of an equation's labels. */
public final class Labels {
    private Labels() {}

    /** The size of each label. If an operand has fewer axes than labels, its last axis holds several of them, as x in a product with a Kronecker product. */
    public static Map<Character, Long> sizes(String equation, List<Input> operands) {
        Map<Character, Long> sizes = new HashMap<>();
        String[] terms = equation.substring(0, equation.indexOf("->")).split(",");
        // From the end, because factors come after what they are applied to.
        for (int i = terms.length - 1; i >= 0; i--) {
            long[] shape = operands.get(i).shape();
            for (int axis = 0; axis < shape.length; axis++) {
                String labels = axis < shape.length - 1 ? terms[i].substring(axis, axis + 1) : terms[i].substring(axis);
                long rest = shape[axis];
                for (char label : labels.toCharArray()) {
                    rest /= sizes.getOrDefault(label, 1L);
                }
                for (char label : labels.toCharArray()) {
                    sizes.putIfAbsent(label, rest);
                }
            }
        }
        return sizes;
    }
}
