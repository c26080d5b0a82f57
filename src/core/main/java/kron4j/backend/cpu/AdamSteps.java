package kron4j.backend.cpu;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import kron4j.Layout;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * Steps of Adam: one loop for all of it over pieces of all parameters, in tiles, which the JIT vectorises, or for longer ones from memory to memory by {@link KernelLoops#adam}.
 * Rounds as the operations one by one do.
 */
final class AdamSteps {
    /** Below it means are updated in another way. */
    private static final double LEAST_BETA = 0.5;

    private final KernelLoops loops = Loops.BEST.kernels();
    private final Backend.Adam settings;
    /** For float32: the decay times the rate, what new values count in both means, the rate, the factor of roots, and epsilon. */
    private final float[] numbers;

    private final boolean inMemory;
    private final List<List<View>> all;
    private final Kind kind;
    private final double[] scalars;
    /** Number of the first piece of each parameter, and of all. */
    private final long[] pieces;

    private AdamSteps(Backend.Adam settings, List<List<View>> all, List<View> scalars) {
        this.settings = settings;
        this.all = all;
        List<View> parameters = all.get(0);
        this.kind = Kind.of(parameters.get(0).dtype());
        Tile tile = Tile.local()[0];
        this.scalars = new double[scalars.size()];
        for (int i = 0; i < this.scalars.length; i++) {
            View view = scalars.get(i);
            Cursor.of(view, Kind.DOUBLE, new long[0], 0).load(view.layout().offset(), 1, 1, tile);
            this.scalars[i] = tile.doubles[0];
        }
        float rate = (float) this.scalars[0];
        this.numbers = new float[] {
            rate * (float) settings.decay(),
            (float) (1 - settings.beta1()),
            (float) (1 - settings.beta2()),
            rate * (float) this.scalars[1],
            (float) this.scalars[2],
            (float) settings.epsilon()
        };
        this.inMemory = loops != null && kind == Kind.FLOAT;
        this.pieces = new long[parameters.size() + 1];
        for (int i = 0; i < parameters.size(); i++) {
            pieces[i + 1] = pieces[i] + (parameters.get(i).shape().size() + Tile.SIZE - 1) / Tile.SIZE;
        }
    }

    /** Makes a step if everything is row-major and nothing shares memory with a parameter. */
    static boolean run(
            Backend.Adam settings,
            List<View> parameters,
            List<View> gradients,
            List<View> means,
            List<View> squares,
            List<View> scalars) {
        List<List<View>> all = List.of(parameters, gradients, means, squares);
        boolean simple = Math.min(settings.beta1(), settings.beta2()) >= LEAST_BETA
                && all.stream().flatMap(List::stream).map(View::layout).allMatch(Layout::isContiguous);
        if (!simple || !areApart(parameters, gradients)) {
            return false;
        }
        AdamSteps steps = new AdamSteps(settings, all, scalars);
        long count = steps.pieces[parameters.size()];
        Parallel.forRange(count, Tiles.GRAIN / Tile.SIZE / 4, steps::run);
        return true;
    }

    private static boolean areApart(List<View> parameters, List<View> gradients) {
        NavigableMap<Long, View> byAddress = new TreeMap<>();
        for (View p : parameters) {
            if (touches(byAddress, p)) {
                return false;
            }
            if (p.shape().size() > 0) {
                byAddress.put(address(p), p);
            }
        }
        return gradients.stream().noneMatch(g -> touches(byAddress, g));
    }

    private static boolean touches(NavigableMap<Long, View> byAddress, View view) {
        long end = address(view) + view.shape().size() * view.dtype().bytes();
        var last = byAddress.lowerEntry(end);
        return last != null && last.getValue().overlaps(view);
    }

    private static long address(View view) {
        return view.storage().address() + view.layout().offset() * view.dtype().bytes();
    }

    private void run(long from, long to) {
        Worker worker = new Worker();
        int parameter = -1;
        for (long piece = from; piece < to; piece++) {
            if (parameter < 0 || piece >= pieces[parameter + 1]) {
                parameter++;
                while (piece >= pieces[parameter + 1]) {
                    parameter++;
                }
                worker.take(parameter);
            }
            long first = (piece - pieces[parameter]) * Tile.SIZE;
            worker.compute(first, (int) Math.min(Tile.SIZE, size(parameter) - first));
        }
    }

    private long size(int parameter) {
        return all.get(0).get(parameter).shape().size();
    }

    /** The state of one thread, for one parameter after the other. */
    private final class Worker {
        private final Tile[] tiles = Tile.local();
        private final View[] views = new View[all.size()];
        private final Cursor[] cursors = new Cursor[all.size()];
        private final Object[] memory = new Object[all.size()];
        private boolean direct;

        void take(int parameter) {
            direct = inMemory && size(parameter) >= Tile.SIZE;
            for (int k = 0; k < views.length; k++) {
                views[k] = all.get(k).get(parameter);
                cursors[k] = Cursor.of(views[k], kind, new long[0], 0);
                direct &= storage(k).fitsOneBuffer();
            }
            for (int k = 0; k < views.length && direct; k++) {
                memory[k] = loops.show(storage(k)
                        .window(views[k].layout().offset() * Float.BYTES, (int) size(parameter) * Float.BYTES));
            }
        }

        private CpuStorage storage(int k) {
            return (CpuStorage) views[k].storage();
        }

        /** Whole vectors from memory to memory, where there is a loop for that, and the rest in tiles. */
        void compute(long first, int n) {
            int even = direct ? n - n % (loops.width() / Float.BYTES) : 0;
            if (even > 0) {
                loops.adam(numbers, memory, (int) first * Float.BYTES, even * Float.BYTES);
            }
            if (even < n) {
                rest(first + even, n - even);
            }
        }

        private void rest(long first, int n) {
            for (int k = 0; k < cursors.length; k++) {
                cursors[k].load(views[k].layout().offset() + first, 1, n, tiles[k]);
            }
            if (kind == Kind.FLOAT) {
                floats(tiles[0].floats, tiles[1].floats, tiles[2].floats, tiles[3].floats, n);
            } else {
                doubles(tiles[0].doubles, tiles[1].doubles, tiles[2].doubles, tiles[3].doubles, n);
            }
            for (int k = 0; k < cursors.length; k++) {
                if (k != 1) {
                    cursors[k].store(views[k].layout().offset() + first, 1, n, tiles[k]);
                }
            }
        }
    }

    private void floats(float[] p, float[] g, float[] m, float[] v, int n) {
        float decay = numbers[0];
        if (decay != 0) {
            for (int i = 0; i < n; i++) {
                p[i] = p[i] - p[i] * decay;
            }
        }
        floats(p, g, m, v, n, numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
    }

    private static void floats(
            float[] p,
            float[] g,
            float[] m,
            float[] v,
            int n,
            float first,
            float second,
            float rate,
            float root,
            float epsilon) {
        for (int i = 0; i < n; i++) {
            float slope = g[i];
            float mean = m[i] + (slope - m[i]) * first;
            float square = v[i] + (slope * slope - v[i]) * second;
            float updated = p[i] - mean * rate / ((float) Math.sqrt(square) * root + epsilon);
            m[i] = mean;
            v[i] = square;
            p[i] = updated;
        }
    }

    private void doubles(double[] p, double[] g, double[] m, double[] v, int n) {
        if (settings.decay() > 0) {
            double decay = scalars[0] * settings.decay();
            for (int i = 0; i < n; i++) {
                p[i] = p[i] - p[i] * decay;
            }
        }
        double first = 1 - settings.beta1();
        double second = 1 - settings.beta2();
        doubles(p, g, m, v, n, first, second, scalars[0] * scalars[1], scalars[2], settings.epsilon());
    }

    private static void doubles(
            double[] p,
            double[] g,
            double[] m,
            double[] v,
            int n,
            double first,
            double second,
            double rate,
            double root,
            double epsilon) {
        for (int i = 0; i < n; i++) {
            double slope = g[i];
            double mean = m[i] + (slope - m[i]) * first;
            double square = v[i] + (slope * slope - v[i]) * second;
            double updated = p[i] - mean * rate / (Math.sqrt(square) * root + epsilon);
            m[i] = mean;
            v[i] = square;
            p[i] = updated;
        }
    }
}
