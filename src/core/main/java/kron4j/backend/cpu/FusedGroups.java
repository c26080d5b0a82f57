package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.backend.FusedProgram;
import kron4j.backend.View;

/** Runs a program for groups of operands, each row-major or one number: threads share pieces of all of them. */
final class FusedGroups {
    private static final long[] ONE_AXIS = {1};

    private final FusedProgram program;
    /** Targets, and behind them what is loaded. */
    private final List<View[]> groups;
    /** Number of the first piece of each group, and of all. */
    private final long[] pieces;
    /** Elements of the largest piece. */
    private final int most;

    private FusedGroups(FusedProgram program, List<View[]> groups) {
        this.program = program;
        this.groups = groups;
        this.pieces = new long[groups.size() + 1];
        long largest = 0;
        for (int g = 0; g < groups.size(); g++) {
            long size = groups.get(g)[0].shape().size();
            pieces[g + 1] = pieces[g] + (size + Tile.SIZE - 1) / Tile.SIZE;
            largest = Math.max(largest, size);
        }
        this.most = (int) Math.min(largest, Tile.SIZE);
    }

    static boolean run(FusedProgram given, List<List<View>> loads, List<List<View>> targets) {
        FusedProgram program = given.withChoicesByComparison();
        List<View[]> groups = new ArrayList<>();
        for (int g = 0; g < targets.size(); g++) {
            List<View> all = new ArrayList<>(targets.get(g));
            all.addAll(loads.get(g));
            View[] group = all.toArray(View[]::new);
            if (FusedLoops.run(program, loads.get(g), targets.get(g))) {
                continue;
            }
            if (Arrays.stream(group).allMatch(v -> v.layout().isContiguous() || isOneNumber(v))) {
                groups.add(group);
            } else {
                FusedTiles.map(program, loads.get(g), targets.get(g));
            }
        }
        FusedGroups all = new FusedGroups(program, groups);
        long grain = Math.max(1, Tiles.GRAIN / Tile.SIZE / (1 + program.steps().size() / 4));
        Parallel.forRange(all.pieces[groups.size()], grain, all::run);
        return true;
    }

    private static boolean isOneNumber(View v) {
        return v.layout().lowest() == v.layout().highest();
    }

    private void run(long from, long to) {
        FusedTiles run = FusedTiles.of(program, most);
        View[] fixed = new View[program.loads().size()];
        Box box = new Box(1);
        int found = Arrays.binarySearch(pieces, from);
        int g = found < 0 ? -found - 2 : found;
        Cursor[] cursors = null;
        for (long piece = from; piece < to; piece++) {
            boolean moved = cursors == null;
            while (piece >= pieces[g + 1]) {
                g++;
                moved = true;
            }
            if (moved) {
                cursors = cursors(run, fixed, groups.get(g));
            }
            box.start[0] = (piece - pieces[g]) * Tile.SIZE;
            box.extent[0] = (int) Math.min(Tile.SIZE, groups.get(g)[0].shape().size() - box.start[0]);
            run.compute(cursors, program.results().size(), box);
        }
    }

    /** @param fixed what is loaded once, which other groups may have too */
    private Cursor[] cursors(FusedTiles run, View[] fixed, View[] group) {
        Cursor[] cursors = new Cursor[group.length];
        int first = program.results().size();
        boolean several = group[0].shape().size() > 1;
        for (int k = 0; k < cursors.length; k++) {
            View v = group[k];
            Kind stored = run.kindOf(k < first ? program.results().get(k) : k - first);
            cursors[k] = Cursor.of(v, stored, ONE_AXIS, v.layout().offset());
            if (k < first) {
                continue;
            }
            int load = k - first;
            if (!several || !isOneNumber(v)) {
                run.follow(load);
                fixed[load] = null;
            } else if (!v.equals(fixed[load])) {
                run.fix(load, cursors[k], v.layout().offset(), most);
                fixed[load] = v;
            }
        }
        return cursors;
    }
}
