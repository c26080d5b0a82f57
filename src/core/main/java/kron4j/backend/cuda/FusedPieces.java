package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import kron4j.backend.FusedProgram;
import kron4j.backend.FusedProgram.Step;

/**
 * A program in pieces that a launch can take, mostly one. Each piece but the last makes values that later ones load.
 *
 * @param loads numbers of the program's values that the piece loads
 * @param results numbers of the program's values that it makes
 */
record FusedPieces(FusedProgram program, FusedCode code, List<Integer> loads, List<Integer> results) {
    static List<FusedPieces> of(FusedProgram program) {
        List<FusedPieces> pieces = new ArrayList<>();
        int end = program.steps().size();
        int from = 0;
        while (true) {
            Optional<FusedPieces> piece = piece(program, from, end);
            int to = end;
            while (piece.isEmpty()) {
                to = to == end ? from + Math.min(FusedCode.STEPS, end - from - 1) : from + (to - from) / 2;
                piece = piece(program, from, to);
            }
            pieces.add(piece.get());
            if (to == end) {
                return pieces;
            }
            from = to;
        }
    }

    /** The piece with the steps [from, to); the last one has the program's results. Empty if it is too large. */
    private static Optional<FusedPieces> piece(FusedProgram program, int from, int to) {
        int first = program.firstStep();
        boolean last = to == program.steps().size();
        Set<Integer> made = new TreeSet<>();
        Set<Integer> loads = new LinkedHashSet<>();
        Set<Integer> constants = new LinkedHashSet<>();
        List<Integer> read = new ArrayList<>();
        program.steps().subList(from, to).forEach(s -> read.addAll(s.operands()));
        if (last) {
            read.addAll(program.results());
        } else {
            List<Integer> later = new ArrayList<>(program.results());
            program.steps().subList(to, program.steps().size()).forEach(s -> later.addAll(s.operands()));
            later.stream().filter(v -> v >= first + from && v < first + to).forEach(made::add);
        }
        for (int v : read) {
            if (program.isConstant(v)) {
                constants.add(v);
            } else if (v < first + from) {
                loads.add(v);
            }
        }
        Map<Integer, Integer> numbers = new HashMap<>();
        loads.forEach(v -> numbers.put(v, numbers.size()));
        constants.forEach(v -> numbers.put(v, numbers.size()));
        for (int s = from; s < to; s++) {
            numbers.put(first + s, numbers.size());
        }
        List<Integer> results = last ? program.results() : List.copyOf(made);
        FusedProgram part = new FusedProgram(
                program.computed(),
                loads.stream().map(program::isTruth).toList(),
                constants.stream()
                        .map(v -> program.constants().get(v - program.loads().size()))
                        .toList(),
                program.steps().subList(from, to).stream()
                        .map(s -> new Step(
                                s.op(), s.operands().stream().map(numbers::get).toList(), s.truth()))
                        .toList(),
                results.stream().map(numbers::get).toList());
        return FusedCode.of(part).map(code -> new FusedPieces(part, code, List.copyOf(loads), results));
    }
}
