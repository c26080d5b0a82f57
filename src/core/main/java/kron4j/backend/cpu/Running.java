package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.backend.ScanOp;

/** The state of running reductions of several lines, and what a tile of their next elements makes of it; float32 is carried in double. Belongs to one thread. */
abstract class Running {
    /** What changes no number by being added to it, not even -0. */
    static final double NOTHING = -0.0;

    /** How elements are loaded. */
    final Kind operand;
    /** How results are stored. */
    final Kind result;

    Running(Kind operand, Kind result) {
        this.operand = operand;
        this.result = result;
    }

    /**
     * Where elements lie in a tile: that of step i of line l at {@code l * lineStep + i * itemStep}.
     *
     * @param from number of the first step
     * @param linkStep from a line's first link in the second tile to the next line's; step 0 has no link, so that the first tile has one less
     */
    record Steps(int lines, int n, int lineStep, int itemStep, long from, int linkStep) {
        /** The place of the link of step 0. */
        int link(int line) {
            return line * linkStep - (from == 0 ? itemStep : 0);
        }
    }

    abstract void start(int lines);

    /** Replaces the elements in the first tile by results. */
    abstract void step(Tile[] tiles, Steps s);

    static Supplier<Running> of(ScanOp op, DType dtype) {
        boolean real = dtype.isFloating();
        return switch (op) {
            case SUM -> real ? Sums::new : LongSums::new;
            case PROD -> dtype.isComplex() ? ComplexProducts::new : real ? Products::new : LongProducts::new;
            case MAX -> real ? () -> new Places(1) : () -> new LongPlaces(true);
            case MIN -> real ? () -> new Places(-1) : () -> new LongPlaces(false);
            case LOGSUMEXP -> Logarithms::new;
        };
    }

    static Supplier<Running> recurrence(DType dtype) {
        return dtype.isComplex() ? ComplexRecurrence::new : Recurrence::new;
    }

    /** Running sums of a run, from its first element on; four at a time, since each waits for the one before. */
    static void sum(double[] x, int from, int n) {
        double sum = NOTHING;
        int i = from;
        for (; i + 3 < from + n; i += 4) {
            double a = x[i];
            double b = a + x[i + 1];
            double c = b + x[i + 2];
            double d = c + x[i + 3];
            x[i] = sum + a;
            x[i + 1] = sum + b;
            x[i + 2] = sum + c;
            sum += d;
            x[i + 3] = sum;
        }
        for (; i < from + n; i++) {
            sum += x[i];
            x[i] = sum;
        }
    }

    static void add(double value, double[] x, int from, int n) {
        for (int i = from; i < from + n; i++) {
            x[i] += value;
        }
    }

    private static void addLines(double[] sums, double[] x, int from, int lines) {
        for (int l = 0; l < lines; l++) {
            double sum = sums[l] + x[from + l];
            sums[l] = sum;
            x[from + l] = sum;
        }
    }

    private static final class Sums extends Running {
        private final double[] sums = new double[Tile.SIZE];

        Sums() {
            super(Kind.DOUBLE, Kind.DOUBLE);
        }

        @Override
        void start(int lines) {
            Arrays.fill(sums, 0, lines, NOTHING);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            if (s.itemStep() > 1) {
                for (int i = 0; i < s.n(); i++) {
                    addLines(sums, x, i * s.itemStep(), s.lines());
                }
                return;
            }
            for (int l = 0; l < s.lines(); l++) {
                int at = l * s.lineStep();
                sum(x, at, s.n());
                add(sums[l], x, at, s.n());
                sums[l] = x[at + s.n() - 1];
            }
        }
    }

    private static final class LongSums extends Running {
        private final long[] sums = new long[Tile.SIZE];

        LongSums() {
            super(Kind.LONG, Kind.LONG);
        }

        @Override
        void start(int lines) {
            Arrays.fill(sums, 0, lines, 0);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            long[] x = tiles[0].longs;
            for (int l = 0; l < s.lines(); l++) {
                long sum = sums[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    sum += x[at];
                    x[at] = sum;
                }
                sums[l] = sum;
            }
        }
    }

    private static final class Products extends Running {
        private final double[] products = new double[Tile.SIZE];

        Products() {
            super(Kind.DOUBLE, Kind.DOUBLE);
        }

        @Override
        void start(int lines) {
            Arrays.fill(products, 0, lines, 1);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            for (int l = 0; l < s.lines(); l++) {
                double product = products[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    product *= x[at];
                    x[at] = product;
                }
                products[l] = product;
            }
        }
    }

    private static final class LongProducts extends Running {
        private final long[] products = new long[Tile.SIZE];

        LongProducts() {
            super(Kind.LONG, Kind.LONG);
        }

        @Override
        void start(int lines) {
            Arrays.fill(products, 0, lines, 1);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            long[] x = tiles[0].longs;
            for (int l = 0; l < s.lines(); l++) {
                long product = products[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    product *= x[at];
                    x[at] = product;
                }
                products[l] = product;
            }
        }
    }

    /** The first factor is taken as it is: 1 times an infinite one has NaN in the other part. */
    private static final class ComplexProducts extends Running {
        private final double[] re = new double[Tile.SIZE];
        private final double[] im = new double[Tile.SIZE];

        ComplexProducts() {
            super(Kind.COMPLEX, Kind.COMPLEX);
        }

        @Override
        void start(int lines) {}

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            double[] y = tiles[0].imaginary;
            for (int l = 0; l < s.lines(); l++) {
                double a = re[l];
                double b = im[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    boolean first = s.from() + i == 0;
                    double real = first ? x[at] : a * x[at] - b * y[at];
                    b = first ? y[at] : a * y[at] + b * x[at];
                    a = real;
                    x[at] = a;
                    y[at] = b;
                }
                re[l] = a;
                im[l] = b;
            }
        }
    }

    /** Positions of the last largest elements of signed ones. */
    private static final class Places extends Running {
        private final double sign;
        private final double[] best = new double[Tile.SIZE];
        private final long[] places = new long[Tile.SIZE];

        Places(double sign) {
            super(Kind.DOUBLE, Kind.LONG);
            this.sign = sign;
        }

        @Override
        void start(int lines) {
            Arrays.fill(best, 0, lines, Double.NEGATIVE_INFINITY);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            long[] out = tiles[0].longs;
            for (int l = 0; l < s.lines(); l++) {
                double most = best[l];
                long place = places[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    double next = sign * x[at];
                    if (next >= most || Double.isNaN(next)) {
                        most = next;
                        place = s.from() + i;
                    }
                    out[at] = place;
                }
                best[l] = most;
                places[l] = place;
            }
        }
    }

    private static final class LongPlaces extends Running {
        private final boolean greatest;
        private final long[] best = new long[Tile.SIZE];
        private final long[] places = new long[Tile.SIZE];

        LongPlaces(boolean greatest) {
            super(Kind.LONG, Kind.LONG);
            this.greatest = greatest;
        }

        @Override
        void start(int lines) {
            Arrays.fill(best, 0, lines, greatest ? Long.MIN_VALUE : Long.MAX_VALUE);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            long[] x = tiles[0].longs;
            for (int l = 0; l < s.lines(); l++) {
                long most = best[l];
                long place = places[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    if (greatest ? x[at] >= most : x[at] <= most) {
                        most = x[at];
                        place = s.from() + i;
                    }
                    x[at] = place;
                }
                best[l] = most;
                places[l] = place;
            }
        }
    }

    /** The largest element, and the sum of the exponentials over that of the largest. */
    private static final class Logarithms extends Running {
        private final double[] largest = new double[Tile.SIZE];
        private final double[] sums = new double[Tile.SIZE];

        Logarithms() {
            super(Kind.DOUBLE, Kind.DOUBLE);
        }

        @Override
        void start(int lines) {
            Arrays.fill(largest, 0, lines, Double.NEGATIVE_INFINITY);
            Arrays.fill(sums, 0, lines, 0);
        }

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            for (int l = 0; l < s.lines(); l++) {
                double most = largest[l];
                double sum = sums[l];
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep()) {
                    double next = x[at];
                    if (next == most) {
                        sum++;
                    } else if (next < most) {
                        sum += Math.exp(next - most);
                    } else {
                        sum = sum * Math.exp(most - next) + 1;
                        most = next;
                    }
                    x[at] = most + Math.log(sum);
                }
                largest[l] = most;
                sums[l] = sum;
            }
        }
    }

    private static final class Recurrence extends Running {
        private final double[] last = new double[Tile.SIZE];

        Recurrence() {
            super(Kind.DOUBLE, Kind.DOUBLE);
        }

        @Override
        void start(int lines) {}

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            double[] links = tiles[1].doubles;
            for (int l = 0; l < s.lines(); l++) {
                double y = last[l];
                int link = s.link(l);
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep(), link += s.itemStep()) {
                    y = s.from() + i == 0 ? x[at] : links[link] * y + x[at];
                    x[at] = y;
                }
                last[l] = y;
            }
        }
    }

    private static final class ComplexRecurrence extends Running {
        private final double[] re = new double[Tile.SIZE];
        private final double[] im = new double[Tile.SIZE];

        ComplexRecurrence() {
            super(Kind.COMPLEX, Kind.COMPLEX);
        }

        @Override
        void start(int lines) {}

        @Override
        void step(Tile[] tiles, Steps s) {
            double[] x = tiles[0].doubles;
            double[] y = tiles[0].imaginary;
            double[] u = tiles[1].doubles;
            double[] v = tiles[1].imaginary;
            for (int l = 0; l < s.lines(); l++) {
                double a = re[l];
                double b = im[l];
                int link = s.link(l);
                for (int i = 0, at = l * s.lineStep(); i < s.n(); i++, at += s.itemStep(), link += s.itemStep()) {
                    boolean first = s.from() + i == 0;
                    double real = first ? x[at] : u[link] * a - v[link] * b + x[at];
                    b = first ? y[at] : u[link] * b + v[link] * a + y[at];
                    a = real;
                    x[at] = a;
                    y[at] = b;
                }
                re[l] = a;
                im[l] = b;
            }
        }
    }
}
