package kron4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import kron4j.EinsumException;
import kron4j.EinsumException.Kind;

/**
 * An equation as lists of labels, before shapes are known. Labels are code points of letters, or the numbers of the sublist form;
 * {@link EinsumSpec#ELLIPSIS} stands for the ellipsis.
 *
 * @param text the equation as error texts quote it
 * @param output empty if not explicit
 */
record EinsumGrammar(String text, int[][] terms, boolean explicit, int[] output, boolean letters) {
    /** NumPy's grammar; spaces are free except inside an ellipsis or an arrow. */
    static EinsumGrammar of(String equation) {
        String text = "einsum \"" + equation + "\"";
        int arrow = equation.indexOf("->");
        for (int i = 0; i < equation.length(); i++) {
            char c = equation.charAt(i);
            if ((c == '-' && i != arrow) || (c == '>' && i != arrow + 1) || (c == '>' && arrow < 0)) {
                throw new EinsumException(
                        Kind.BAD_ARROW,
                        text + ": '" + c + "' at position " + i
                                + " is not part of a single '->'; write it once at most");
            }
        }
        boolean explicit = arrow >= 0;
        List<int[]> terms = new ArrayList<>();
        int from = 0;
        String inputs = explicit ? equation.substring(0, arrow) : equation;
        for (int comma = inputs.indexOf(','); comma >= 0; comma = inputs.indexOf(',', from)) {
            terms.add(labels(text, inputs, from, comma));
            from = comma + 1;
        }
        terms.add(labels(text, inputs, from, inputs.length()));
        int[] output = new int[0];
        if (explicit) {
            int comma = equation.indexOf(',', arrow);
            if (comma >= 0) {
                throw new EinsumException(
                        Kind.OUTPUT_COMMA,
                        text + ": ',' at position " + comma + " in the output; there is only one output");
            }
            output = labels(text, equation, arrow + 2, equation.length());
        }
        return new EinsumGrammar(text, terms.toArray(new int[0][]), explicit, output, true);
    }

    private static int[] labels(String text, String equation, int from, int to) {
        int[] labels = new int[to - from];
        int count = 0;
        boolean ellipsis = false;
        for (int i = from; i < to; ) {
            int c = equation.codePointAt(i);
            if (c == '.') {
                if (ellipsis || !equation.startsWith("...", i)) {
                    throw new EinsumException(
                            Kind.BAD_ELLIPSIS,
                            text + ": '.' at position " + i
                                    + (ellipsis ? " repeats the ellipsis of its term" : " is not part of '...'"));
                }
                ellipsis = true;
                labels[count++] = EinsumSpec.ELLIPSIS;
                i += 3;
                continue;
            }
            if (Character.isLetter(c)) {
                labels[count++] = c;
            } else if (c != ' ') {
                throw new EinsumException(
                        Kind.BAD_CHAR,
                        text + ": '" + Character.toString(c) + "' at position " + i + " is not a letter");
            }
            i += Character.charCount(c);
        }
        return Arrays.copyOf(labels, count);
    }

    /** The sublist form. */
    static EinsumGrammar of(int[][] terms, boolean explicit, int[] output) {
        String text = "einsum "
                + Arrays.stream(terms).map(EinsumGrammar::list).collect(Collectors.joining(","))
                + (explicit ? "->" + list(output) : "");
        for (int[] term : terms) {
            check(text, term);
        }
        check(text, output);
        return new EinsumGrammar(text, terms, explicit, output, false);
    }

    private static void check(String text, int[] term) {
        int ellipses = 0;
        for (int label : term) {
            ellipses += label == EinsumSpec.ELLIPSIS ? 1 : 0;
            if (label < 0) {
                throw new EinsumException(Kind.BAD_CHAR, text + ": label " + label + " is negative");
            }
        }
        if (ellipses > 1) {
            throw new EinsumException(Kind.BAD_ELLIPSIS, text + ": " + list(term) + " has more than one ellipsis");
        }
    }

    private static String list(int[] labels) {
        return Arrays.stream(labels)
                .mapToObj(l -> l == EinsumSpec.ELLIPSIS ? "..." : Integer.toString(l))
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** A label as written. */
    String name(int label) {
        return letters ? Character.toString(label) : Integer.toString(label);
    }

    /** A label as error texts quote it. */
    String quoted(int label) {
        return letters ? "'" + name(label) + "'" : name(label);
    }
}
