package kron4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The order in which n operands are contracted pair by pair. Operands have numbers 0..n-1; the result of pair i is number n+i. Up to
 * {@value #EXACT} operands the order has the fewest operations of all (dynamic programming over subsets, outer products included). Beyond, it is
 * the best of seeded randomised greedy searches.
 *
 * @param pairs the n-1 contractions
 * @param flops operations: a step costs the product of its labels' sizes, twice that if it sums; labels of a single operand are summed first
 * @param largest size of the largest intermediate result in elements
 * @param direct operations of one loop nest over all labels
 */
public record ContractionPath(List<Pair> pairs, double flops, double largest, double direct) {
    static final int EXACT = 14;

    /** Two operands or earlier results. */
    public record Pair(int left, int right) {}

    /**
     * @param operands distinct labels of each operand
     * @param output labels that are kept
     * @param sizes size of every label
     */
    public static ContractionPath of(int[][] operands, int[] output, long[] sizes) {
        return new Search(operands, output, sizes).path();
    }

    private static final class Search {
        private final int n;
        private final int words;
        private final long[] sizes;
        private final long[] output;
        private final long[][] labels;
        private final double direct;
        private double presums;

        Search(int[][] operands, int[] output, long[] sizes) {
            this.n = operands.length;
            this.words = (sizes.length + 63) / 64;
            this.sizes = sizes;
            this.output = set(output);
            this.labels = new long[n][];
            Arrays.setAll(labels, i -> set(operands[i]));
            long[] all = new long[words];
            for (long[] l : labels) {
                add(all, l);
            }
            this.direct = volume(all) * (n - 1 + (Arrays.equals(all, this.output) ? 0 : 1));
            long[][] alone = new long[n][];
            for (int i = 0; i < n; i++) {
                long[] needed = this.output.clone();
                for (int j = 0; j < n; j++) {
                    if (j != i) {
                        add(needed, labels[j]);
                    }
                }
                alone[i] = intersection(labels[i], needed);
            }
            for (int i = 0; n > 1 && i < n; i++) {
                if (!Arrays.equals(alone[i], labels[i])) {
                    presums += volume(labels[i]);
                    labels[i] = alone[i];
                }
            }
        }

        private long[] set(int[] of) {
            long[] bits = new long[words];
            for (int label : of) {
                bits[label >> 6] |= 1L << label;
            }
            return bits;
        }

        private static void add(long[] to, long[] other) {
            for (int w = 0; w < to.length; w++) {
                to[w] |= other[w];
            }
        }

        private static long[] union(long[] a, long[] b) {
            long[] result = a.clone();
            add(result, b);
            return result;
        }

        private static long[] intersection(long[] a, long[] b) {
            long[] result = new long[a.length];
            Arrays.setAll(result, w -> a[w] & b[w]);
            return result;
        }

        private double volume(long[] bits) {
            double v = 1;
            for (int w = 0; w < words; w++) {
                v *= volume(w, bits[w]);
            }
            return v;
        }

        private double volume(int word, long bits) {
            double v = 1;
            for (long rest = bits; rest != 0; rest &= rest - 1) {
                v *= sizes[(word << 6) + Long.numberOfTrailingZeros(rest)];
            }
            return v;
        }

        ContractionPath path() {
            ContractionPath found =
                    n == 1 ? new ContractionPath(List.of(), direct, 0, direct) : n <= EXACT ? exact() : greedy();
            return new ContractionPath(found.pairs, found.flops + presums, found.largest, direct);
        }

        // ---- dynamic programming over subsets of operands ----

        private ContractionPath exact() {
            int full = (1 << n) - 1;
            long[][] kept = keptBySubset(full);
            double[] cost = new double[full + 1];
            double[] largest = new double[full + 1];
            int[] split = new int[full + 1];
            for (int s = 1; s <= full; s++) {
                if ((s & (s - 1)) == 0) {
                    continue;
                }
                double size = s == full ? 0 : volume(kept[s]);
                cost[s] = Double.POSITIVE_INFINITY;
                int low = Integer.lowestOneBit(s);
                for (int left = (s - 1) & s; left > 0; left = (left - 1) & s) {
                    int right = s ^ left;
                    double parts = cost[left] + cost[right];
                    if ((left & low) == 0 || parts > cost[s]) {
                        continue;
                    }
                    double c = parts + step(kept[left], kept[right], kept[s]);
                    double l = Math.max(size, Math.max(largest[left], largest[right]));
                    if (c < cost[s] || (c == cost[s] && l < largest[s])) {
                        cost[s] = c;
                        largest[s] = l;
                        split[s] = left;
                    }
                }
            }
            List<Pair> pairs = new ArrayList<>();
            emit(full, split, pairs);
            return new ContractionPath(pairs, cost[full], largest[full], 0);
        }

        private int emit(int s, int[] split, List<Pair> pairs) {
            if ((s & (s - 1)) == 0) {
                return Integer.numberOfTrailingZeros(s);
            }
            int left = emit(split[s], split, pairs);
            int right = emit(s ^ split[s], split, pairs);
            pairs.add(new Pair(left, right));
            return n + pairs.size() - 1;
        }

        private long[][] keptBySubset(int full) {
            long[][] all = new long[full + 1][];
            all[0] = new long[words];
            for (int s = 1; s <= full; s++) {
                all[s] = union(all[s & (s - 1)], labels[Integer.numberOfTrailingZeros(s)]);
            }
            long[][] kept = new long[full + 1][];
            for (int s = 1; s <= full; s++) {
                kept[s] = intersection(all[s], union(all[full ^ s], output));
            }
            return kept;
        }

        private double step(long[] a, long[] b, long[] result) {
            double v = 1;
            boolean sums = false;
            for (int w = 0; w < words; w++) {
                long both = a[w] | b[w];
                v *= volume(w, both);
                sums |= both != result[w];
            }
            return sums ? 2 * v : v;
        }

        // ---- greedy, with restarts ----

        private ContractionPath greedy() {
            ContractionPath best = greedy(1, 0, new SplittableRandom(0));
            int restarts = Math.min(32, 200_000 / (n * n));
            for (int i = 1; i <= restarts; i++) {
                SplittableRandom random = new SplittableRandom(i);
                ContractionPath next = greedy(random.nextDouble(), 0.3 * i / restarts, random);
                if (next.flops < best.flops || (next.flops == best.flops && next.largest < best.largest)) {
                    best = next;
                }
            }
            return best;
        }

        /**
         * Contracts the pair that shrinks most: elements of the result minus those of the operands times a weight. Noise of the given temperature makes the
         * restarts differ.
         */
        private ContractionPath greedy(double weight, double temperature, SplittableRandom random) {
            List<Integer> ids = new ArrayList<>();
            List<long[]> live = new ArrayList<>(Arrays.asList(labels));
            int[] users = new int[sizes.length];
            for (int i = 0; i < n; i++) {
                ids.add(i);
                count(users, labels[i], 1);
            }
            count(users, output, 1);
            List<Pair> pairs = new ArrayList<>();
            double flops = 0;
            double largest = 0;
            while (live.size() > 1) {
                int[] ij = choose(live, users, weight, temperature, random);
                long[] a = live.get(ij[0]);
                long[] b = live.get(ij[1]);
                long[] result = result(a, b, users);
                flops += step(a, b, result);
                pairs.add(new Pair(ids.get(ij[0]), ids.get(ij[1])));
                count(users, a, -1);
                count(users, b, -1);
                count(users, result, 1);
                live.remove(ij[1]);
                ids.remove(ij[1]);
                live.set(ij[0], result);
                ids.set(ij[0], n + pairs.size() - 1);
                largest = live.size() == 1 ? largest : Math.max(largest, volume(result));
            }
            return new ContractionPath(pairs, flops, largest, 0);
        }

        private int[] choose(
                List<long[]> live, int[] users, double weight, double temperature, SplittableRandom random) {
            int[] best = {0, 1};
            double bestScore = Double.POSITIVE_INFINITY;
            double bestOut = Double.POSITIVE_INFINITY;
            boolean bestShares = false;
            for (int i = 0; i < live.size(); i++) {
                for (int j = i + 1; j < live.size(); j++) {
                    long[] a = live.get(i);
                    long[] b = live.get(j);
                    boolean shares = shares(a, b);
                    if (bestShares && !shares) {
                        continue;
                    }
                    double out = volume(result(a, b, users));
                    double score = shares ? out - weight * (volume(a) + volume(b)) : out;
                    if (temperature > 0) {
                        score += temperature * Math.abs(score) * Math.log(-Math.log(random.nextDouble() + 1e-300));
                    }
                    boolean better = score < bestScore || (score == bestScore && out < bestOut);
                    if (better || (shares && !bestShares)) {
                        best = new int[] {i, j};
                        bestScore = score;
                        bestOut = out;
                        bestShares = shares;
                    }
                }
            }
            return best;
        }

        private static boolean shares(long[] a, long[] b) {
            for (int w = 0; w < a.length; w++) {
                if ((a[w] & b[w]) != 0) {
                    return true;
                }
            }
            return false;
        }

        private long[] result(long[] a, long[] b, int[] users) {
            long[] result = union(a, b);
            for (int w = 0; w < words; w++) {
                for (long rest = result[w]; rest != 0; rest &= rest - 1) {
                    int label = (w << 6) + Long.numberOfTrailingZeros(rest);
                    long bit = Long.lowestOneBit(rest);
                    int mine = ((a[w] & bit) != 0 ? 1 : 0) + ((b[w] & bit) != 0 ? 1 : 0);
                    if (users[label] == mine) {
                        result[w] &= ~bit;
                    }
                }
            }
            return result;
        }

        private void count(int[] users, long[] bits, int by) {
            for (int w = 0; w < words; w++) {
                for (long rest = bits[w]; rest != 0; rest &= rest - 1) {
                    users[(w << 6) + Long.numberOfTrailingZeros(rest)] += by;
                }
            }
        }
    }
}
