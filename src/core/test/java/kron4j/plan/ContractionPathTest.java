package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ContractionPathTest {
    /** Operations of contracting two label sets when {@code others} still need theirs. */
    private static double step(Set<Integer> a, Set<Integer> b, Set<Integer> result, long[] sizes) {
        Set<Integer> all = new TreeSet<>(a);
        all.addAll(b);
        return volume(all, sizes) * (all.equals(result) ? 1 : 2);
    }

    private static double volume(Set<Integer> labels, long[] sizes) {
        return labels.stream().mapToDouble(l -> sizes[l]).reduce(1, (x, y) -> x * y);
    }

    private static Set<Integer> kept(Set<Integer> a, Set<Integer> b, List<Set<Integer>> rest, Set<Integer> output) {
        Set<Integer> needed = new TreeSet<>(output);
        rest.forEach(needed::addAll);
        Set<Integer> result = new TreeSet<>(a);
        result.addAll(b);
        result.retainAll(needed);
        return result;
    }

    /** The fewest operations over all trees, by trying them all. */
    private static double best(List<Set<Integer>> live, Set<Integer> output, long[] sizes) {
        double best = live.size() == 1 ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < live.size(); i++) {
            for (int j = i + 1; j < live.size(); j++) {
                List<Set<Integer>> rest = new ArrayList<>(live);
                Set<Integer> b = rest.remove(j);
                Set<Integer> a = rest.remove(i);
                Set<Integer> result = kept(a, b, rest, output);
                rest.add(result);
                best = Math.min(best, step(a, b, result, sizes) + best(rest, output, sizes));
            }
        }
        return best;
    }

    private static double presum(List<Set<Integer>> operands, Set<Integer> output, long[] sizes) {
        double sum = 0;
        List<Set<Integer>> before =
                operands.stream().map(s -> (Set<Integer>) new TreeSet<>(s)).toList();
        for (int i = 0; i < before.size(); i++) {
            List<Set<Integer>> rest = new ArrayList<>(before);
            Set<Integer> mine = rest.remove(i);
            Set<Integer> kept = kept(mine, Set.of(), rest, output);
            if (!kept.equals(mine)) {
                sum += volume(mine, sizes);
                operands.set(i, kept);
            }
        }
        return sum;
    }

    /** Operations of a path, counted step by step. */
    private static double replay(ContractionPath path, List<Set<Integer>> operands, Set<Integer> output, long[] sizes) {
        List<Set<Integer>> all = new ArrayList<>(operands);
        List<Integer> live = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            live.add(i);
        }
        double flops = 0;
        for (ContractionPath.Pair pair : path.pairs()) {
            assertTrue(live.remove((Integer) pair.left()), "left");
            assertTrue(live.remove((Integer) pair.right()), "right");
            Set<Integer> result = kept(
                    all.get(pair.left()),
                    all.get(pair.right()),
                    live.stream().map(all::get).toList(),
                    output);
            flops += step(all.get(pair.left()), all.get(pair.right()), result, sizes);
            live.add(all.size());
            all.add(result);
        }
        assertEquals(1, live.size());
        return flops;
    }

    @Test
    void isOptimalUpToFiveOperands() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int labels = random.nextInt(2, 8);
            long[] sizes = random.longs(labels, 2, 10).toArray();
            int n = random.nextInt(2, 6);
            int[][] inputs = new int[n][];
            List<Set<Integer>> operands = new ArrayList<>();
            Set<Integer> used = new TreeSet<>();
            for (int k = 0; k < n; k++) {
                inputs[k] = random.ints(random.nextInt(4), 0, labels).distinct().toArray();
                Set<Integer> set =
                        new TreeSet<>(Arrays.stream(inputs[k]).boxed().toList());
                operands.add(set);
                used.addAll(set);
            }
            Set<Integer> output = new TreeSet<>(used);
            output.removeIf(l -> random.nextBoolean());
            int[] out = output.stream().mapToInt(i -> i).toArray();
            ContractionPath path = ContractionPath.of(inputs, out, sizes);
            double presum = presum(operands, output, sizes);
            assertEquals(presum + best(operands, output, sizes), path.flops(), "seed " + seed);
            assertEquals(path.flops(), presum + replay(path, operands, output, sizes), "seed " + seed);
        }
    }

    /** Both orders of three matrices take 288 operations; one has an intermediate result of 16 elements, the other of 18. */
    @Test
    void ofEqualOrdersTheOneWithLessMemory() {
        for (long[] sizes : new long[][] {{4, 3, 4, 6}, {3, 4, 6, 4}, {6, 4, 3, 4}, {4, 6, 4, 3}}) {
            ContractionPath path = ContractionPath.of(chain(3), new int[] {0, 3}, sizes);
            assertEquals(288, path.flops());
            assertEquals(16, path.largest(), Arrays.toString(sizes));
        }
    }

    /** A nest multiplies all operands for each value of all labels, also where one operand alone could be summed before. */
    @Test
    void countsOneNestOverAllLabels() {
        long[] sizes = {2, 100};
        ContractionPath path = ContractionPath.of(new int[][] {{0, 1}, {0}, {0}}, new int[] {0}, sizes);
        assertEquals(200 * 3, path.direct());
        assertEquals(200 + 2 + 2, path.flops());
        assertEquals(
                200,
                ContractionPath.of(new int[][] {{0, 1}}, new int[] {1}, sizes).direct(),
                "a sum");
        assertEquals(
                0,
                ContractionPath.of(new int[][] {{0, 1}}, new int[] {1, 0}, sizes)
                        .direct(),
                "a copy");
        assertEquals(
                2 * 200,
                ContractionPath.of(new int[][] {{0, 1}, {0, 1}}, new int[] {1}, sizes)
                        .direct());
    }

    private static int[][] chain(int n) {
        int[][] inputs = new int[n][];
        Arrays.setAll(inputs, i -> new int[] {i, i + 1});
        return inputs;
    }

    @Test
    void findsTheTextbookOrderOfAMatrixChain() {
        long[] sizes = {30, 35, 15, 5, 10, 20, 25};
        ContractionPath path = ContractionPath.of(chain(6), new int[] {0, 6}, sizes);
        assertEquals(2 * 15125, path.flops());
    }

    @Test
    void contractsManyOperandsWithMoreLabelsThanABitmaskHolds() {
        int n = 100;
        long[] sizes = new long[n + 1];
        Arrays.fill(sizes, 7);
        sizes[0] = 1_000;
        ContractionPath path = ContractionPath.of(chain(n), new int[] {0, n}, sizes);
        List<Set<Integer>> operands = new ArrayList<>();
        for (int[] pair : chain(n)) {
            operands.add(Set.of(pair[0], pair[1]));
        }
        assertEquals(path.flops(), replay(path, operands, Set.of(0, n), sizes));
        assertEquals((n - 2) * 2 * 343 + 2 * 49_000, path.flops(), "the long side is contracted last");
        assertEquals(49, path.largest());
        assertEquals(path, ContractionPath.of(chain(n), new int[] {0, n}, sizes), "the same at every call");
    }

    @Test
    void keepsDisconnectedPartsApart() {
        long[] sizes = {10, 10, 10, 10};
        ContractionPath path = ContractionPath.of(new int[][] {{0, 1}, {2, 3}, {0, 1}, {2, 3}}, new int[0], sizes);
        assertEquals(2 * 100 + 2 * 100 + 1, path.flops());
    }

    /** The fewest operations of a chain of matrices, by the textbook's recursion. */
    private static double chainOptimum(long[] sizes) {
        int n = sizes.length - 1;
        double[][] best = new double[n][n];
        for (int length = 1; length < n; length++) {
            for (int i = 0; i + length < n; i++) {
                best[i][i + length] = Double.POSITIVE_INFINITY;
                for (int k = i; k < i + length; k++) {
                    double step = 2.0 * sizes[i] * sizes[k + 1] * sizes[i + length + 1];
                    best[i][i + length] = Math.min(best[i][i + length], best[i][k] + best[k + 1][i + length] + step);
                }
            }
        }
        return best[0][n - 1];
    }

    /** Where not all orders are tried: fewer operations in all than the better one of the two orders from an end, and never fewer than there can be. */
    @Test
    void findsGoodOrdersOfManyOperands() {
        double found = 0;
        double simple = 0;
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int n = 15 + seed;
            long[] sizes = random.longs(n + 1, 2, 50).toArray();
            double flops = ContractionPath.of(chain(n), new int[] {0, n}, sizes).flops();
            assertTrue(flops >= chainOptimum(sizes), "operations are left out");
            double fromLeft = 0;
            double fromRight = 0;
            for (int i = 1; i < n; i++) {
                fromLeft += 2.0 * sizes[0] * sizes[i] * sizes[i + 1];
                fromRight += 2.0 * sizes[n] * sizes[i - 1] * sizes[i];
            }
            found += flops;
            simple += Math.min(fromLeft, fromRight);
        }
        assertTrue(found < simple, found + " operations, " + simple + " in simple orders");
    }

    @Test
    void multipliesWhatSharesLabelsFirst() {
        int[][] inputs = new int[16][];
        Arrays.setAll(inputs, i -> new int[] {i % 8});
        long[] sizes = {9, 9, 9, 9, 9, 9, 9, 9};
        assertEquals(
                8 * 2 * 9 + 7, ContractionPath.of(inputs, new int[0], sizes).flops());
    }
}
