package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.FusedProgram;
import kron4j.backend.FusedProgram.Special;
import kron4j.backend.FusedProgram.Step;
import kron4j.backend.PerThread;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Runs a program tile by tile: a step is a loop over tiles that stay in the first-level cache. Numbers are in the array of the program's {@link Kind},
 * truth values in bytes.
 */
final class FusedTiles {
    private static final PerThread<List<Tile>> PLACES = new PerThread<>(ArrayList::new);

    private static final long[] ONE_AXIS = {1};

    private final FusedProgram program;
    /** The kind of floating values. */
    private final Kind kind;

    /** The tile of each value. */
    private final Tile[] tiles;
    /** For each step, and behind the last one, the values that are loaded before it. */
    private final int[][] loads;
    /** The steps: each takes the number of elements. */
    private final IntConsumer[] steps;
    /** Loaded values that are the same everywhere, in tiles of their own that nothing else is written to. */
    private final boolean[] fixed;
    /** As {@link Kind#compute(UnaryOp, Tile[], int)} takes them. */
    private final Tile[] six = new Tile[6];

    private final Tile[] wide = new Tile[4];

    /** Tiles of at most {@code most} elements. */
    private FusedTiles(FusedProgram given, int most) {
        FusedProgram program = given.withChoicesByComparison();
        FusedProgram.Places places = program.places();
        this.program = program;
        this.kind = Kind.of(program.computed());
        this.fixed = new boolean[program.loads().size()];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = mine(i);
        }
        six[2] = mine(4);
        six[3] = mine(5);
        six[4] = mine(4);
        six[5] = mine(5);
        tiles = new Tile[program.values()];
        for (int v = 0; v < tiles.length; v++) {
            tiles[v] = mine(6 + places.of()[v]);
        }
        for (int i = 0; i < program.constants().size(); i++) {
            kind.fill(
                    tiles[program.loads().size() + i], most, program.constants().get(i));
        }
        steps = new IntConsumer[program.steps().size()];
        for (int s = 0; s < steps.length; s++) {
            steps[s] = step(program.steps().get(s), program.firstStep() + s);
        }
        loads = new int[steps.length + 1][];
        for (int s = 0; s < loads.length; s++) {
            loads[s] =
                    places.loadedBefore().get(s).stream().mapToInt(load -> load).toArray();
        }
    }

    private static Tile mine(int number) {
        List<Tile> mine = PLACES.get();
        while (mine.size() <= number) {
            mine.add(new Tile());
        }
        return mine.get(number);
    }

    /** Loads a value that is the same everywhere once, for boxes of at most so many elements. */
    void fix(int load, Cursor source, long at, int most) {
        fixed[load] = true;
        tiles[load] = mine(6 + program.places().count() + load);
        source.load(at, 1, 1, tiles[load]);
        source.spread(tiles[load], 1, most);
    }

    /** Loads a value of each box again, as at first. */
    void follow(int load) {
        fixed[load] = false;
        tiles[load] = mine(6 + program.places().of()[load]);
    }

    static boolean run(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        if (targets.get(0).shape().size() == 0) {
            return true;
        }
        if (reduction.isPresent()) {
            Reductions.fused(program, reduction.get(), reducedRank, loads, targets.get(0));
        } else {
            map(program, loads, targets);
        }
        return true;
    }

    static void map(FusedProgram program, List<View> loads, List<View> targets) {
        if (FusedLoops.run(program, loads, targets)) {
            return;
        }
        int first = targets.size();
        View[] views = new View[first + loads.size()];
        for (int k = 0; k < views.length; k++) {
            views[k] = k < first ? targets.get(k) : loads.get(k - first);
        }
        if (views[0].shape().size() <= Tile.SIZE && Tiles.areContiguous(views)) {
            Box whole = new Box(1);
            whole.extent[0] = (int) views[0].shape().size();
            FusedTiles run = new FusedTiles(program, whole.extent[0]);
            Cursor[] cursors = run.cursors(
                    first, views, k -> ONE_AXIS, k -> views[k].layout().offset());
            run.compute(cursors, first, whole);
            return;
        }
        Layout[] layouts = new Layout[views.length];
        Arrays.setAll(layouts, k -> views[k].layout());
        Loop loop = Loop.of(layouts);
        Cut cut = Cut.blocked(loop, Tiles.turn(loop, views), Cursor.span(Cursor.WINDOW));
        long grain =
                Math.max(1, Tiles.GRAIN / cut.capacity() / (1 + program.steps().size() / 4));
        Parallel.forRange(cut.count(), grain, (from, to) -> {
            FusedTiles run = new FusedTiles(program, cut.capacity());
            Cursor[] cursors = run.cursors(first, views, k -> loop.strides()[k], k -> loop.offsets()[k]);
            for (int k = first; k < views.length; k++) {
                if (Arrays.stream(loop.strides()[k]).allMatch(stride -> stride == 0)) {
                    run.fix(k - first, cursors[k], loop.offsets()[k], cut.capacity());
                }
            }
            Box box = new Box(loop.rank());
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                run.compute(cursors, first, box);
            }
        });
    }

    /** Cursors over targets, and behind them over what is loaded. */
    private Cursor[] cursors(int first, View[] views, IntFunction<long[]> strides, IntToLongFunction offset) {
        Cursor[] cursors = new Cursor[views.length];
        for (int k = 0; k < views.length; k++) {
            Kind stored = kindOf(k < first ? program.results().get(k) : k - first);
            cursors[k] = Cursor.of(views[k], stored, strides.apply(k), offset.applyAsLong(k));
        }
        return cursors;
    }

    /** Computes a box of the targets, the first cursors, from those behind them. */
    void compute(Cursor[] cursors, int first, Box box) {
        compute(cursors, first, box, box.size());
        for (int k = 0; k < first; k++) {
            cursors[k].store(box, result(k));
        }
    }

    /** The state of a thread for a program. */
    static FusedTiles of(FusedProgram program) {
        return of(program, Tile.SIZE);
    }

    /** As the other, for boxes of at most so many elements. */
    static FusedTiles of(FusedProgram program, int most) {
        return new FusedTiles(program, most);
    }

    /** The kind of a value. */
    Kind kindOf(int value) {
        return program.isTruth(value) ? Kind.BYTE : kind;
    }

    /** The tile with a result. */
    Tile result(int k) {
        return tiles[program.results().get(k)];
    }

    /** Computes a box's elements. */
    void compute(Cursor[] sources, Box box) {
        compute(sources, 0, box, box.size());
    }

    /** What is loaded comes from {@code cursors[first]}, ... */
    private void compute(Cursor[] cursors, int first, Box box, int n) {
        for (int s = 0; s <= steps.length; s++) {
            for (int load : loads[s]) {
                if (!fixed[load]) {
                    cursors[first + load].load(box, tiles[load]);
                }
            }
            if (s < steps.length) {
                steps[s].accept(n);
            }
        }
    }

    private IntConsumer step(Step step, int out) {
        int x = step.operands().get(0);
        Kind of = kindOf(x);
        if (step.op() instanceof UnaryOp op) {
            Kind in = of.of(op);
            return n -> unary(op, of, in, tiles[x], tiles[out], n);
        }
        int y = step.operands().size() > 1 ? step.operands().get(1) : x;
        if (step.op() instanceof BinaryOp op) {
            if (step.operands().size() == 4) {
                int a = step.operands().get(2);
                int b = step.operands().get(3);
                return n -> choose(op, tiles[x], tiles[y], tiles[a], tiles[b], tiles[out], n);
            }
            Kind in = of.of(op);
            return n -> binary(op, of, in, tiles[x], tiles[y], tiles[out], n);
        }
        return switch ((Special) step.op()) {
            case WHERE -> {
                int z = step.operands().get(2);
                Kind chosen = kindOf(y);
                yield n -> chosen.select(tiles[x].bytes, tiles[y], tiles[z], tiles[out], n);
            }
            case TO_NUMBER -> n -> number(tiles[x], tiles[out], n);
            case TO_TRUTH -> n -> truth(tiles[x], tiles[out], n);
        };
    }

    private void unary(UnaryOp op, Kind of, Kind in, Tile x, Tile out, int n) {
        six[1] = in == of ? x : widened(x, wide[0], n);
        six[0] = in == of || op.isPredicate() ? out : wide[1];
        in.compute(op, six, n);
        if (six[0] != out) {
            narrowed(six[0], out, n);
        }
    }

    private void binary(BinaryOp op, Kind of, Kind in, Tile x, Tile y, Tile out, int n) {
        if (in == of) {
            in.compute(op, x, y, out, n);
            return;
        }
        Tile result = op.isPredicate() ? out : wide[2];
        in.compute(op, widened(x, wide[0], n), x == y ? wide[0] : widened(y, wide[1], n), result, n);
        if (result != out) {
            narrowed(result, out, n);
        }
    }

    /** See {@link FusedProgram#withChoicesByComparison}. */
    private void choose(BinaryOp op, Tile x, Tile y, Tile a, Tile b, Tile out, int n) {
        if (kind == Kind.FLOAT) {
            Loops.BEST.choose(op, x.floats, y.floats, a.floats, b.floats, out.floats, n);
        } else {
            kind.compute(op, x, y, wide[3], n);
            kind.select(wide[3].bytes, a, b, out, n);
        }
    }

    private void number(Tile truth, Tile out, int n) {
        kind.fill(wide[0], n, 1.0);
        kind.fill(wide[1], n, 0.0);
        kind.select(truth.bytes, wide[0], wide[1], out, n);
    }

    private void truth(Tile number, Tile out, int n) {
        kind.fill(wide[3], n, 0.0);
        Kind in = kind.of(BinaryOp.NOT_EQUAL);
        if (in == kind) {
            in.compute(BinaryOp.NOT_EQUAL, number, wide[3], out, n);
        } else {
            in.compute(BinaryOp.NOT_EQUAL, widened(number, wide[0], n), widened(wide[3], wide[1], n), out, n);
        }
    }

    /** The floats of a tile as doubles of another. */
    private static Tile widened(Tile x, Tile to, int n) {
        float[] floats = x.floats;
        double[] doubles = to.doubles;
        for (int i = 0; i < n; i++) {
            doubles[i] = floats[i];
        }
        return to;
    }

    private static void narrowed(Tile x, Tile to, int n) {
        double[] doubles = x.doubles;
        float[] floats = to.floats;
        for (int i = 0; i < n; i++) {
            floats[i] = (float) doubles[i];
        }
    }
}
