package kron4j.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * One loop of a contraction of operands a and b into c: a label, or adjacent labels fused.
 *
 * @param labels outermost first
 * @param users the operands that have the label: {@link #A}, {@link #B}, {@link #C} or'ed
 * @param strides step in a, b and c; 0 where the label is absent
 */
record Axis(int[] labels, long size, int users, long[] strides) {
    static final int A = 1;
    static final int B = 2;
    static final int C = 4;
    static final int CONTRACTED = A | B;
    static final int LEFT = A | C;
    static final int RIGHT = B | C;
    static final int BATCH = A | B | C;

    static List<Axis> of(Term a, Term b, Term c, long[] sizes) {
        List<Axis> axes = new ArrayList<>();
        for (int label : a.labels()) {
            axes.add(of(label, a, b, c, sizes));
        }
        for (int label : b.labels()) {
            if (!a.has(label)) {
                axes.add(of(label, a, b, c, sizes));
            }
        }
        return axes;
    }

    private static Axis of(int label, Term a, Term b, Term c, long[] sizes) {
        int users = (a.has(label) ? A : 0) | (b.has(label) ? B : 0) | (c.has(label) ? C : 0);
        return new Axis(
                new int[] {label}, sizes[label], users, new long[] {a.stride(label), b.stride(label), c.stride(label)});
    }

    /** Fuses axes of the same users that are adjacent in all operands whose layout is {@code fixed}. */
    static List<Axis> fused(List<Axis> axes, int fixed) {
        List<Axis> result = new ArrayList<>(axes);
        boolean again = true;
        while (again) {
            again = false;
            for (int i = 0; i < result.size() && !again; i++) {
                for (int j = 0; j < result.size() && !again; j++) {
                    if (i != j && result.get(i).fusesWithInner(result.get(j), fixed)) {
                        Axis both = result.get(i).over(result.get(j));
                        result.set(i, both);
                        result.remove(j);
                        again = true;
                    }
                }
            }
        }
        return result;
    }

    private boolean fusesWithInner(Axis inner, int fixed) {
        boolean fuses = users == inner.users;
        for (int op = 0; op < 3 && fuses; op++) {
            fuses = (users & fixed & 1 << op) == 0 || strides[op] == inner.strides[op] * inner.size;
        }
        return fuses;
    }

    private Axis over(Axis inner) {
        int[] both = new int[labels.length + inner.labels.length];
        System.arraycopy(labels, 0, both, 0, labels.length);
        System.arraycopy(inner.labels, 0, both, labels.length, inner.labels.length);
        return new Axis(both, size * inner.size, users, inner.strides);
    }

    /** Compares identities: the equality of a record costs milliseconds where a program uses it first. */
    boolean is(Axis other) {
        return labels == other.labels;
    }

    int innermost() {
        return labels[labels.length - 1];
    }
}
