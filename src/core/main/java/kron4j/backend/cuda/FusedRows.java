package kron4j.backend.cuda;

import java.util.Arrays;
import java.util.List;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Words;

/**
 * Groups of operands as one launch of {@code kernels/fused.cuh} takes them, as parameters, so that a graph records them: a row for each group.
 *
 * @param data for each operand of the program its address, or its column of the rows
 * @param packed bit k is set if operand k has a column
 * @param packs of all groups, in whole blocks
 * @param width words of a row
 */
record FusedRows(long[] data, long packed, long packs, long width, long[] words) {
    /** Words that a launch has room for. */
    private static final int ROOM = 379;

    /** Of a row: its first pack and its number of elements, negative if some operand is not aligned for packs. */
    private static final int HEAD = 2;

    private static final int WIDEST = 16;
    private static final int SAME = -1;

    /** For each operand its column, which an updated one has as target and as what is loaded; or {@link #SAME} if it is one number, the same for all groups. */
    static int[] columns(List<List<View>> groups, int targets) {
        int[] columns = new int[groups.isEmpty() ? 0 : groups.get(0).size()];
        int next = 0;
        for (int k = 0; k < columns.length; k++) {
            int first = k < targets ? k : 0;
            while (first < k && !areSame(groups, first, k)) {
                first++;
            }
            columns[k] = k >= targets && isOneNumber(groups, k) ? SAME : first < k ? columns[first] : next++;
        }
        return columns;
    }

    private static boolean areSame(List<List<View>> groups, int j, int k) {
        return groups.stream().allMatch(group -> group.get(j).equals(group.get(k)));
    }

    private static boolean isOneNumber(List<List<View>> groups, int k) {
        long address = Words.address(groups.get(0).get(k));
        return groups.stream()
                .map(group -> group.get(k))
                .allMatch(v -> v.layout().lowest() == v.layout().highest() && Words.address(v) == address);
    }

    /** Returns whether a group's operands are row-major. */
    static boolean fits(List<View> group, int[] columns) {
        for (int k = 0; k < columns.length; k++) {
            if (columns[k] != SAME && !group.get(k).layout().isContiguous()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAligned(View v, int taken) {
        return Words.address(v) % Math.min(WIDEST, taken * v.dtype().bytes()) == 0;
    }

    /** Returns the most groups of a launch. */
    static int most(int[] columns) {
        return ROOM / width(columns);
    }

    private static int width(int[] columns) {
        return HEAD + 1 + Arrays.stream(columns).max().orElse(SAME);
    }

    /** Makes rows for groups that fit. */
    static FusedRows of(List<List<View>> groups, int[] columns, int taken, int threads) {
        long[] data = new long[columns.length];
        long packed = 0;
        for (int k = 0; k < data.length; k++) {
            data[k] = columns[k] == SAME ? Words.address(groups.get(0).get(k)) : columns[k];
            packed |= columns[k] == SAME ? 0 : 1L << k;
        }
        int width = width(columns);
        long[] words = new long[groups.size() * width];
        long packs = 0;
        for (int g = 0; g < groups.size(); g++) {
            List<View> group = groups.get(g);
            long elements = group.get(0).shape().size();
            words[g * width] = packs;
            boolean aligned = true;
            for (int k = 0; k < data.length; k++) {
                if (columns[k] != SAME) {
                    words[g * width + HEAD + columns[k]] = Words.address(group.get(k));
                    aligned &= isAligned(group.get(k), taken);
                }
            }
            words[g * width + 1] = aligned ? elements : -elements;
            long block = (long) taken * threads;
            packs += (elements + block - 1) / block * threads;
        }
        return new FusedRows(data, packed, packs, width, words);
    }
}
