package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.FusedProgram;
import kron4j.backend.ReduceOp;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * Programs of elementwise steps, by the kernels of {@code kernels/fused.cuh}: one launch, if the program is not too large for one. Workspace: what
 * larger programs hand from launch to launch; partial results of reductions, 8 bytes for at least 32 elements.
 */
final class CudaFused {
    private static final String[] MAP = KernelNames.of("fused", DType.FLOAT32, DType.FLOAT64);
    private static final String[] REDUCE = KernelNames.of("fusedReduce", DType.FLOAT32, DType.FLOAT64);
    private static final int AXES = 6;
    /** Bytes of elements that a thread takes at a time. */
    private static final int TAKEN = 32;

    private static final int THREADS = 256;
    private static final int CAPACITY = 512;

    private final CudaContext context;
    private final CudaReduce reduce;
    private final Map<FusedProgram, List<FusedPieces>> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FusedProgram, List<FusedPieces>> eldest) {
            return size() > CAPACITY;
        }
    };

    CudaFused(CudaContext context, CudaReduce reduce) {
        this.context = context;
        this.reduce = reduce;
    }

    void run(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        if (targets.get(0).shape().size() == 0) {
            return;
        }
        List<FusedPieces> pieces = pieces(program);
        Shape shape = (loads.isEmpty() ? targets : loads).get(0).shape();
        Map<Integer, View> values = new HashMap<>();
        for (int k = 0; k < loads.size(); k++) {
            values.put(k, loads.get(k));
        }
        try (Scratch scratch = context.scratch()) {
            for (FusedPieces piece : pieces.subList(0, pieces.size() - 1)) {
                List<View> made = new ArrayList<>();
                for (int v : piece.results()) {
                    Storage storage =
                            scratch.allocate(program.isTruth(v) ? DType.BOOL : program.computed(), shape.size());
                    made.add(new View(storage, Layout.contiguous(shape)));
                }
                map(piece, sources(piece, values), made);
                for (int i = 0; i < made.size(); i++) {
                    values.put(piece.results().get(i), made.get(i));
                }
            }
            FusedPieces last = pieces.get(pieces.size() - 1);
            if (reduction.isPresent()) {
                reduce(last, reduction.get(), reducedRank, sources(last, values), targets.get(0));
            } else {
                map(last, sources(last, values), targets);
            }
        }
    }

    private List<FusedPieces> pieces(FusedProgram program) {
        synchronized (known) {
            return known.computeIfAbsent(program, FusedPieces::of);
        }
    }

    /** Runs a program for each group of operands: in one launch for as many as it has room for, where they are row-major or one number for all groups. */
    void each(FusedProgram program, List<List<View>> loads, List<List<View>> targets) {
        List<FusedPieces> pieces = pieces(program);
        if (pieces.size() > 1) {
            for (int g = 0; g < targets.size(); g++) {
                run(program, Optional.empty(), 0, loads.get(g), targets.get(g));
            }
            return;
        }
        FusedPieces piece = pieces.get(0);
        int written = program.results().size();
        List<List<View>> groups = new ArrayList<>();
        for (int g = 0; g < targets.size(); g++) {
            if (targets.get(g).get(0).shape().size() > 0) {
                List<View> operands = new ArrayList<>(targets.get(g));
                List<View> read = loads.get(g);
                piece.loads().forEach(k -> operands.add(read.get(k)));
                groups.add(operands);
            }
        }
        int[] columns = FusedRows.columns(groups, written);
        Map<List<DType>, List<List<View>>> together = new LinkedHashMap<>();
        for (List<View> group : groups) {
            if (FusedRows.fits(group, columns)) {
                together.computeIfAbsent(group.stream().map(View::dtype).toList(), k -> new ArrayList<>())
                        .add(group);
            } else {
                map(piece, group.subList(written, group.size()), group.subList(0, written));
            }
        }
        together.values().forEach(each -> {
            int most = FusedRows.most(columns);
            for (int from = 0; from < each.size(); from += most) {
                launch(piece, written, columns, each.subList(from, Math.min(each.size(), from + most)));
            }
        });
    }

    private void launch(FusedPieces piece, int targets, int[] columns, List<List<View>> groups) {
        FusedRows rows = FusedRows.of(groups, columns, taken(piece.program()), THREADS);
        Words words = context.words();
        put(words, piece, targets, groups.get(0), rows.data());
        words.put(rows.packed()).put(rows.packs()).put(groups.size()).put(rows.width());
        words.put(rows.words());
        context.launch(MAP[piece.program().computed().ordinal()], Sweep.blocks(rows.packs()), THREADS, 0, words);
    }

    private static int taken(FusedProgram program) {
        return TAKEN / program.computed().bytes();
    }

    private static List<View> sources(FusedPieces piece, Map<Integer, View> values) {
        return piece.loads().stream().map(values::get).toList();
    }

    private void map(FusedPieces piece, List<View> loads, List<View> targets) {
        List<View> operands = new ArrayList<>(targets);
        operands.addAll(loads);
        Loop loop = Loop.of(operands.stream().map(View::layout).toArray(Layout[]::new));
        int taken = taken(piece.program());
        loop.split(AXES, Sweep.ELEMENTS, part -> {
            long[] bases = new long[operands.size()];
            int[] widths = new int[operands.size()];
            for (int k = 0; k < bases.length; k++) {
                bases[k] = operands.get(k).storage().address();
                widths[k] = operands.get(k).dtype().bytes();
            }
            int last = part.rank() - 1;
            long packed = Sweep.packed(part, bases, widths, taken);
            long[] sizes = part.sizes().clone();
            if (packed != 0) {
                sizes[last] = (sizes[last] + taken - 1) / taken;
            }
            long count = 1;
            for (long size : sizes) {
                count *= size;
            }
            for (int k = 0; k < bases.length; k++) {
                bases[k] += part.offsets()[k] * widths[k];
            }
            Words words = context.words();
            put(words, piece, targets.size(), operands, bases);
            words.put(packed).put(part.size()).putZeros(2);
            Axes.put(words, AXES, count, sizes);
            for (int k = 0; k < FusedCode.OPERANDS; k++) {
                long[] strides = k < bases.length ? part.strides()[k].clone() : new long[1];
                strides[Math.min(last, strides.length - 1)] *= packed == 0 ? 1 : taken;
                Axes.putStrides(words, AXES, strides);
            }
            long turns = packed != 0 ? count : (count + taken - 1) / taken;
            context.launch(MAP[piece.program().computed().ordinal()], Sweep.blocks(turns), THREADS, 0, words);
        });
    }

    /** The struct {@code FusedProgram}. */
    private static void put(Words words, FusedPieces piece, int targets, List<View> operands, long[] addresses) {
        FusedCode code = piece.code();
        long[] types = new long[2];
        for (int k = 0; k < operands.size(); k++) {
            types[k / 16] |= type(operands.get(k).dtype()) << (k % 16 * 4);
        }
        words.put(code.steps().length).put(targets).put(code.results()).put(types);
        words.put(addresses, FusedCode.OPERANDS);
        long[] steps = code.steps().clone();
        for (int s = 0; s < steps.length; s++) {
            // programs count what they load, kernels all operands
            steps[s] += (steps[s] >> 22 & 3) == 1 ? (long) targets << 16 : 0;
        }
        words.put(steps, FusedCode.STEPS);
        for (double constant : code.constants()) {
            words.put(constant);
        }
        words.putZeros(FusedCode.CONSTANTS - code.constants().length);
    }

    private static long type(DType dtype) {
        if (!dtype.isNumber()) {
            return 1;
        }
        return !dtype.isHalf() ? 0 : dtype.hasNarrowRange() ? 2 : 3;
    }

    private void reduce(FusedPieces piece, ReduceOp op, int reducedRank, List<View> loads, View out) {
        int leader = 0;
        for (int k = 1; k < loads.size(); k++) {
            leader = distinct(loads.get(k)) > distinct(loads.get(leader)) ? k : leader;
        }
        List<View> ordered = new ArrayList<>(loads);
        java.util.Collections.swap(ordered, 0, leader);
        int rank = loads.get(0).layout().rank();
        int keptRank = rank - reducedRank;
        Layout[] keptAxes = new Layout[loads.size() + 1];
        Layout[] reducedAxes = new Layout[loads.size()];
        for (int k = 0; k < loads.size(); k++) {
            Layout layout = ordered.get(k).layout();
            keptAxes[k] = axes(layout, 0, keptRank, layout.offset());
            reducedAxes[k] = axes(layout, keptRank, rank, 0);
        }
        keptAxes[loads.size()] = out.layout();
        List<Loop> parts = new ArrayList<>();
        Loop.of(reducedAxes).split(AXES, Sweep.ELEMENTS, parts::add);
        int first = leader;
        Loop.of(keptAxes).split(AXES, Sweep.ELEMENTS, kept -> reduce(piece, op, kept, parts, loads, first, out));
    }

    private void reduce(
            FusedPieces piece, ReduceOp op, Loop kept, List<Loop> parts, List<View> loads, int leader, View out) {
        long splits = 0;
        for (Loop part : parts) {
            splits += CudaReduce.splits(kept, part);
        }
        int outIndex = loads.size();
        if (splits == 1) {
            long address = out.storage().address()
                    + kept.offsets()[outIndex] * out.dtype().bytes();
            launch(piece, op, kept, parts.get(0), loads, leader, out, address, 0, false);
            return;
        }
        try (Scratch scratch = context.scratch()) {
            Storage values = scratch.allocate(DType.FLOAT64, Math.multiplyExact(splits, kept.size()));
            long split = 0;
            for (Loop part : parts) {
                launch(piece, op, kept, part, loads, leader, out, values.address(), split, true);
                split += CudaReduce.splits(kept, part);
            }
            if (!out.dtype().isHalf()) {
                reduce.combine(op, results(kept, outIndex), splits, values, out);
                return;
            }
            Layout layout = Layout.of(Shape.of(kept.sizes()), kept.strides()[outIndex], kept.offsets()[outIndex]);
            View wide =
                    new View(scratch.allocate(out.dtype().computed(), kept.size()), Layout.contiguous(layout.shape()));
            Loop packed = new Loop(kept.sizes(), new long[][] {kept.packed(1), kept.packed(1)}, new long[2]);
            reduce.combine(op, packed, splits, values, wide);
            map(
                    FusedPieces.of(FusedProgram.copy(out.dtype().computed())).get(0),
                    List.of(wide),
                    List.of(out.with(layout)));
        }
    }

    private static Loop results(Loop kept, int out) {
        return new Loop(
                kept.sizes(), new long[][] {kept.packed(1), kept.strides()[out]}, new long[] {0, kept.offsets()[out]});
    }

    private void launch(
            FusedPieces piece,
            ReduceOp op,
            Loop kept,
            Loop part,
            List<View> loads,
            int leader,
            View out,
            long address,
            long firstSplit,
            boolean toPartial) {
        long group = CudaReduce.group(kept, part);
        long splits = CudaReduce.splits(kept, part);
        Words words = context.words();
        long[] none = new long[0];
        Axes.put(words, kept.sizes(), kept.strides()[loads.size()], none);
        Axes.put(words, part.sizes(), none);
        words.put(address).putZeros(3).put(op.ordinal()).put(group).put(CudaReduce.isAcross(kept, part));
        words.put(splits)
                .put((part.size() + splits - 1) / splits)
                .put(firstSplit)
                .putZeros(2)
                .put(toPartial);
        List<View> operands = new ArrayList<>(List.of(out));
        operands.addAll(loads);
        long[] addresses = new long[operands.size()];
        long[][] keptStrides = new long[FusedCode.OPERANDS][];
        long[][] partStrides = new long[FusedCode.OPERANDS][];
        Arrays.fill(keptStrides, none);
        Arrays.fill(partStrides, none);
        for (int k = 0; k < loads.size(); k++) {
            int at = k == 0 ? leader : k == leader ? 0 : k;
            keptStrides[k + 1] = kept.strides()[at];
            partStrides[k + 1] = part.strides()[at];
            addresses[k + 1] = loads.get(k).storage().address()
                    + (kept.offsets()[at] + part.offsets()[at])
                            * loads.get(k).dtype().bytes();
        }
        for (long[] strides : keptStrides) {
            Axes.putStrides(words, AXES, strides);
        }
        for (long[] strides : partStrides) {
            Axes.putStrides(words, AXES, strides);
        }
        put(words, piece, 1, operands, addresses);
        long outputs = THREADS / group;
        long blocks = (kept.size() + outputs - 1) / outputs * splits;
        context.launch(REDUCE[piece.program().computed().ordinal()], blocks, THREADS, 0, words);
    }

    private static long distinct(View view) {
        long elements = 1;
        for (int i = 0; i < view.layout().rank(); i++) {
            elements *= view.layout().stride(i) == 0 ? 1 : view.shape().at(i);
        }
        return elements;
    }

    private static Layout axes(Layout a, int from, int to, long offset) {
        return Layout.of(a.shape().slice(from, to), Arrays.copyOfRange(a.strides(), from, to), offset);
    }
}
