package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kron4j.Layout;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.FusedProgram;
import kron4j.backend.View;

/** Steps for several lists of operands: those beside each other together, where one pass computes each and none changes what another reads. */
final class FusedCalls {
    private final String operation;
    private final Function<Tensor[], Tensor[]> steps;
    private final List<FusedSteps> recorded;
    private final List<Tensor[]> lists;

    /** @param recorded the steps for each list */
    FusedCalls(String operation, Function<Tensor[], Tensor[]> steps, List<FusedSteps> recorded, List<Tensor[]> lists) {
        this.operation = operation;
        this.steps = steps;
        this.recorded = recorded;
        this.lists = lists;
    }

    List<List<Tensor>> run() {
        Tensor[][] results = new Tensor[lists.size()][];
        try (TensorScope scope = lists.get(0)[0].device().openScope()) {
            int from = 0;
            for (int i = 0; i <= results.length; i++) {
                if (i == results.length || !recorded.get(i).isOnePass() || Tape.records(lists.get(i))) {
                    run(from, i, results);
                    if (i < results.length) {
                        results[i] = recorded.get(i).run(operation, steps, lists.get(i));
                    }
                    from = i + 1;
                }
            }
            for (Tensor[] each : results) {
                for (Tensor t : each) {
                    scope.keep(t);
                }
            }
        }
        return Arrays.stream(results).map(List::of).toList();
    }

    /** Runs the lists from {@code from} to before {@code to}, each of which is one pass. */
    private void run(int from, int to, Tensor[][] results) {
        if (to == from || !areApart(from, to) || !together(from, to, results)) {
            for (int i = from; i < to; i++) {
                results[i] = recorded.get(i).run(operation, steps, lists.get(i));
            }
        }
    }

    private boolean together(int from, int to, Tensor[][] results) {
        Map<FusedProgram, List<FusedSteps.Call>> calls = new LinkedHashMap<>();
        for (int i = from; i < to; i++) {
            FusedSteps.Call call = recorded.get(i).call(operation, lists.get(i));
            calls.computeIfAbsent(call.program(), p -> new ArrayList<>()).add(call);
            results[i] = call.results();
        }
        Backend backend = lists.get(from)[0].device().backend();
        return calls.entrySet().stream()
                .allMatch(each -> backend.fusedEach(
                        each.getKey(),
                        each.getValue().stream().map(FusedSteps.Call::loads).toList(),
                        each.getValue().stream().map(FusedSteps.Call::targets).toList()));
    }

    /** Bytes from {@code low} to before {@code high}. */
    private record Range(long low, long high) {
        static Range of(View v) {
            Layout layout = v.layout();
            long base = v.storage().address();
            int bytes = v.dtype().bytes();
            return new Range(base + layout.lowest() * bytes, base + (layout.highest() + 1) * bytes);
        }
    }

    /** Whether updated operands share memory with nothing else. */
    private boolean areApart(int from, int to) {
        List<Range> updated = new ArrayList<>();
        List<Range> read = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Tensor[] operands = lists.get(i);
            for (int k = 0; k < operands.length; k++) {
                View v = operands[k].view();
                if (v.shape().size() > 0) {
                    (recorded.get(i).updates(k) ? updated : read).add(Range.of(v));
                }
            }
        }
        if (updated.isEmpty()) {
            return true;
        }
        updated.sort(Comparator.comparingLong(Range::low));
        long[] lows = updated.stream().mapToLong(Range::low).toArray();
        for (int i = 1; i < lows.length; i++) {
            if (updated.get(i - 1).high > lows[i]) {
                return false;
            }
        }
        for (Range r : read) {
            int at = Arrays.binarySearch(lows, r.high - 1);
            int last = at >= 0 ? at : -at - 2;
            if (last >= 0 && updated.get(last).high > r.low) {
                return false;
            }
        }
        return true;
    }
}
