package kron4j.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kron4j.EinsumException;
import kron4j.EinsumException.Kind;
import kron4j.Shape;

/**
 * An einsum equation resolved against its operands' shapes: every axis of every operand and of the output has a label in [0, number of labels).
 * Dimensions under an ellipsis have labels of their own. An operand's axis has its label's size, or 1 (broadcast).
 */
public final class EinsumSpec {
    /** The ellipsis in the sublist form. */
    public static final int ELLIPSIS = Integer.MAX_VALUE;

    private final EinsumGrammar grammar;
    private final int[][] inputs;
    private int[] output;
    private final List<String> names = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();

    private EinsumSpec(EinsumGrammar grammar, Shape[] shapes) {
        this.grammar = grammar;
        this.inputs = new int[shapes.length][];
        resolve(shapes);
    }

    /** Parses NumPy's notation; labels are any letters. Without {@code ->} the output is the ellipsis, then the labels that occur once, ascending. */
    public static EinsumSpec of(String equation, Shape... shapes) {
        return checked(EinsumGrammar.of(equation), shapes);
    }

    /** Resolves the sublist form with an implicit output. */
    public static EinsumSpec of(int[][] labels, Shape... shapes) {
        return checked(EinsumGrammar.of(labels, false, new int[0]), shapes);
    }

    /** Resolves the sublist form: labels are numbers from 0, or {@link #ELLIPSIS}. */
    public static EinsumSpec of(int[][] labels, int[] output, Shape... shapes) {
        return checked(EinsumGrammar.of(labels, true, output), shapes);
    }

    private static EinsumSpec checked(EinsumGrammar grammar, Shape[] shapes) {
        if (shapes.length == 0) {
            throw new EinsumException(Kind.NO_OPERANDS, grammar.text() + ": no operands");
        }
        if (grammar.terms().length != shapes.length) {
            throw new EinsumException(
                    Kind.OPERAND_COUNT,
                    grammar.text() + ": " + count(grammar.terms().length, "term") + " but "
                            + count(shapes.length, "operand"));
        }
        return new EinsumSpec(grammar, shapes);
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    private void resolve(Shape[] shapes) {
        int[] covered = new int[shapes.length];
        int ellipsisRank = 0;
        for (int k = 0; k < shapes.length; k++) {
            covered[k] = coveredByEllipsis(k, shapes[k]);
            ellipsisRank = Math.max(ellipsisRank, covered[k]);
        }
        for (int i = 0; i < ellipsisRank; i++) {
            names.add("..." + i);
            sizes.add(1L);
        }
        Map<Integer, Integer> ids = new HashMap<>();
        int[] sizedBy = new int[ellipsisRank];
        Map<Integer, Integer> occurrences = new TreeMap<>();
        Map<Integer, Integer> firstSized = new HashMap<>();
        for (int k = 0; k < shapes.length; k++) {
            Shape shape = shapes[k];
            int[] axes = new int[shape.rank()];
            Map<Integer, Integer> axisOf = new HashMap<>();
            int axis = 0;
            for (int label : grammar.terms()[k]) {
                if (label == ELLIPSIS) {
                    for (int i = 0; i < covered[k]; i++) {
                        int id = ellipsisRank - covered[k] + i;
                        sizeEllipsis(id, shapes, k, shape.at(axis), sizedBy);
                        axes[axis++] = id;
                    }
                    continue;
                }
                occurrences.merge(label, 1, Integer::sum);
                int id = ids.computeIfAbsent(label, l -> {
                    names.add(grammar.name(l));
                    sizes.add(1L);
                    return names.size() - 1;
                });
                long size = shape.at(axis);
                Integer before = axisOf.putIfAbsent(label, axis);
                if (before != null && shape.at(before) != size) {
                    throw new EinsumException(
                            Kind.DIAG_DIM_MISMATCH,
                            grammar.text() + ": label " + grammar.quoted(label) + " is repeated in operand " + k + " "
                                    + shape + " with sizes " + shape.at(before) + " and " + size
                                    + "; a diagonal needs equal sizes");
                }
                if (size != 1 && sizes.get(id) == 1) {
                    sizes.set(id, size);
                    firstSized.put(id, k);
                } else if (size != 1 && sizes.get(id) != size) {
                    int other = firstSized.get(id);
                    throw new EinsumException(
                            Kind.DIM_MISMATCH,
                            grammar.text() + ": label " + grammar.quoted(label) + " is " + sizes.get(id)
                                    + " in operand " + other + " " + shapes[other] + " but " + size + " in operand " + k
                                    + " " + shape);
                }
                axes[axis++] = id;
            }
            inputs[k] = axes;
        }
        output = resolveOutput(ellipsisRank, ids, occurrences);
    }

    private int coveredByEllipsis(int k, Shape shape) {
        int named = 0;
        boolean ellipsis = false;
        for (int label : grammar.terms()[k]) {
            ellipsis |= label == ELLIPSIS;
            named += label == ELLIPSIS ? 0 : 1;
        }
        String fact = grammar.text() + ": operand " + k + " " + shape + " has rank " + shape.rank()
                + " but its term has " + count(named, "label");
        if (named > shape.rank()) {
            throw new EinsumException(Kind.RANK_TOO_SMALL, fact);
        }
        if (!ellipsis && named < shape.rank()) {
            throw new EinsumException(Kind.RANK_TOO_LARGE, fact + "; name every axis, or add '...'");
        }
        return shape.rank() - named;
    }

    private void sizeEllipsis(int id, Shape[] shapes, int k, long size, int[] sizedBy) {
        long known = sizes.get(id);
        if (size == 1 || size == known) {
            return;
        }
        if (known != 1) {
            int other = sizedBy[id];
            throw new EinsumException(
                    Kind.ELLIPSIS_DIM_MISMATCH,
                    grammar.text() + ": the ellipsis of operand " + other + " " + shapes[other] + " has size " + known
                            + " where that of operand " + k + " " + shapes[k] + " has " + size
                            + "; right-aligned sizes must be equal or 1");
        }
        sizes.set(id, size);
        sizedBy[id] = k;
    }

    private int[] resolveOutput(int ellipsisRank, Map<Integer, Integer> ids, Map<Integer, Integer> occurrences) {
        List<Integer> result = new ArrayList<>();
        if (!grammar.explicit()) {
            for (int i = 0; i < ellipsisRank; i++) {
                result.add(i);
            }
            occurrences.forEach((label, n) -> {
                if (n == 1) {
                    result.add(ids.get(label));
                }
            });
            return result.stream().mapToInt(i -> i).toArray();
        }
        boolean ellipsis = false;
        for (int label : grammar.output()) {
            if (label == ELLIPSIS) {
                ellipsis = true;
                for (int i = 0; i < ellipsisRank; i++) {
                    result.add(i);
                }
            } else if (ids.containsKey(label)) {
                result.add(ids.get(label));
            } else {
                throw new EinsumException(
                        Kind.OUTPUT_LABEL_UNKNOWN,
                        grammar.text() + ": output label " + grammar.quoted(label) + " is in no operand");
            }
        }
        if (!ellipsis && ellipsisRank > 0) {
            throw new EinsumException(
                    Kind.OUTPUT_ELLIPSIS_MISSING,
                    grammar.text() + ": an operand's '...' covers " + count(ellipsisRank, "dimension")
                            + " but the output has no '...'; add it, or name the dimensions to sum them");
        }
        return result.stream().mapToInt(i -> i).toArray();
    }

    /** The equation as error texts quote it. */
    public String text() {
        return grammar.text();
    }

    /** The label of each axis of operand {@code k}. */
    public int[] input(int k) {
        return inputs[k].clone();
    }

    /** The label of each axis of the output; a repeated label writes a diagonal. */
    public int[] output() {
        return output.clone();
    }

    /** The size of each label. */
    public long[] sizes() {
        return sizes.stream().mapToLong(s -> s).toArray();
    }

    /** The name of each label: the letter or number, or {@code ...0}, {@code ...1} for dimensions under an ellipsis. */
    public List<String> names() {
        return List.copyOf(names);
    }

    public Shape outputShape() {
        long[] dims = new long[output.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = sizes.get(output[i]);
        }
        return Shape.of(dims);
    }
}
