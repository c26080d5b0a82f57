package kron4j.backend;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import kron4j.DType;

/**
 * A straight program on one element: numbers are loaded, steps compute values from earlier ones, some values are results. It knows neither shapes nor
 * strides. Floating values are all of one precision, in which every step rounds; truth values are 0 or 1. Equal programs have equal steps.
 *
 * <p>Values are numbered: first the loaded ones, then the constants, then a value for each step.
 */
public final class FusedProgram {
    private final Parts parts;
    private final int hash;
    private final Places places;
    /** These are made when they are asked for. */
    private FusedProgram merged;

    private FusedProgram withoutNumbers;

    private record Parts(
            DType computed, List<Boolean> loads, List<Double> constants, List<Step> steps, List<Integer> results) {}

    /**
     * Makes a program.
     *
     * @param computed the precision of floating values: float32 or float64
     * @param loads for each loaded value whether it is a truth value
     * @param constants the constants; never truth values
     * @param results numbers of the values that are results
     */
    public FusedProgram(
            DType computed, List<Boolean> loads, List<Double> constants, List<Step> steps, List<Integer> results) {
        parts = new Parts(
                computed, List.copyOf(loads), List.copyOf(constants), List.copyOf(steps), List.copyOf(results));
        hash = parts.hashCode();
        places = placed();
    }

    /** Returns the program of no steps, whose result is what it loads. */
    public static FusedProgram copy(DType computed) {
        return new FusedProgram(computed, List.of(false), List.of(), List.of(), List.of(0));
    }

    public DType computed() {
        return parts.computed;
    }

    public List<Boolean> loads() {
        return parts.loads;
    }

    public List<Double> constants() {
        return parts.constants;
    }

    public List<Step> steps() {
        return parts.steps;
    }

    public List<Integer> results() {
        return parts.results;
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof FusedProgram p && hash == p.hash && parts.equals(p.parts));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** What has no constant in {@link UnaryOp} and {@link BinaryOp}. */
    public enum Special {
        /** {@code a ? b : c}. */
        WHERE,
        /** The floating number 0 or 1 of a truth value. */
        TO_NUMBER,
        /** Whether a floating number is not 0. */
        TO_TRUTH
    }

    /**
     * One operation.
     *
     * @param op a {@link UnaryOp}, {@link BinaryOp} or {@link Special}
     * @param operands numbers of earlier values
     * @param truth whether the value is a truth value
     */
    public record Step(Enum<?> op, List<Integer> operands, boolean truth) {}

    /**
     * Returns the same program with four operands in choices by comparisons of numbers that are for choices only: the value of {@code LESS(x, y, a, b)} is
     * {@code x < y ? a : b}. For backends that keep no truth value in between.
     */
    public FusedProgram withChoicesByComparison() {
        if (merged == null) {
            merged = merged();
            merged.merged = merged;
        }
        return merged;
    }

    /** Returns the same program with constants that are 0: what programs that differ in numbers only have in common. */
    public FusedProgram withoutNumbers() {
        if (withoutNumbers == null) {
            List<Double> zeros = Collections.nCopies(constants().size(), 0.0);
            withoutNumbers = new FusedProgram(computed(), loads(), zeros, steps(), results());
        }
        return withoutNumbers;
    }

    private FusedProgram merged() {
        boolean[] inChoice = new boolean[values()];
        for (int v = firstStep(); v < values(); v++) {
            inChoice[v] = isComparisonOfNumbers(v) && !results().contains(v);
        }
        for (Step step : steps()) {
            for (int i = 0; i < step.operands().size(); i++) {
                boolean chooses = step.op() == Special.WHERE && !step.truth() && i == 0;
                inChoice[step.operands().get(i)] &= chooses;
            }
        }
        int[] numbers = new int[values()];
        Arrays.setAll(numbers, v -> v);
        List<Step> all = new ArrayList<>();
        for (int s = 0; s < steps().size(); s++) {
            if (inChoice[firstStep() + s]) {
                continue;
            }
            Step step = steps().get(s);
            Enum<?> op = step.op();
            List<Integer> operands = new ArrayList<>(step.operands());
            if (op == Special.WHERE && inChoice[operands.get(0)]) {
                Step comparison = steps().get(operands.remove(0) - firstStep());
                op = comparison.op();
                operands.addAll(0, comparison.operands());
            }
            operands.replaceAll(v -> numbers[v]);
            numbers[firstStep() + s] = firstStep() + all.size();
            all.add(new Step(op, List.copyOf(operands), step.truth()));
        }
        return new FusedProgram(
                computed(),
                loads(),
                constants(),
                all,
                results().stream().map(v -> numbers[v]).toList());
    }

    private boolean isComparisonOfNumbers(int value) {
        Step step = parts.steps.get(value - firstStep());
        return step.op() instanceof BinaryOp op
                && op.isComparison()
                && !isTruth(step.operands().get(0));
    }

    /** Returns the number of values. */
    public int values() {
        return firstStep() + parts.steps.size();
    }

    /** Returns the number of the first step's value. */
    public int firstStep() {
        return parts.loads.size() + parts.constants.size();
    }

    public boolean isConstant(int value) {
        return value >= parts.loads.size() && value < firstStep();
    }

    /** Returns whether a value is a truth value. */
    public boolean isTruth(int value) {
        return value < parts.loads.size()
                ? parts.loads.get(value)
                : value >= firstStep() && parts.steps.get(value - firstStep()).truth();
    }

    /**
     * Places for the values: those of constants are theirs for good, others are reused after the last use of their value. The place of a step's value is
     * never that of one of its operands.
     *
     * @param count number of places
     * @param of place of each value
     * @param loadedBefore for each step the loaded values that it is the first to use; for the step after the last one those that are results only
     */
    public record Places(int count, int[] of, List<List<Integer>> loadedBefore) {}

    /** Returns places for the values, as few as the order of the steps needs. */
    public Places places() {
        return places;
    }

    private Places placed() {
        List<Boolean> loads = loads();
        List<Step> steps = steps();
        List<Integer> results = results();
        int[] last = new int[values()];
        int[] first = new int[values()];
        Arrays.fill(last, -1);
        Arrays.fill(first, steps.size());
        for (int s = 0; s < steps.size(); s++) {
            for (int v : steps.get(s).operands()) {
                last[v] = s;
                first[v] = Math.min(first[v], s);
            }
        }
        for (int v : results) {
            last[v] = Integer.MAX_VALUE;
        }
        int[] of = new int[values()];
        int count = 0;
        for (int v = loads.size(); v < firstStep(); v++) {
            of[v] = count++;
        }
        Deque<Integer> free = new ArrayDeque<>();
        List<List<Integer>> loadedBefore = new ArrayList<>();
        for (int s = 0; s <= steps.size(); s++) {
            List<Integer> loaded = new ArrayList<>();
            for (int v = 0; v < loads.size(); v++) {
                if (first[v] == s && last[v] >= 0) {
                    loaded.add(v);
                    of[v] = free.isEmpty() ? count++ : free.pop();
                }
            }
            loadedBefore.add(List.copyOf(loaded));
            if (s == steps.size()) {
                break;
            }
            int value = firstStep() + s;
            of[value] = free.isEmpty() ? count++ : free.pop();
            for (int v : steps.get(s).operands().stream().distinct().toList()) {
                if (last[v] == s && !isConstant(v)) {
                    free.push(of[v]);
                }
            }
            if (last[value] < 0) {
                free.push(of[value]);
            }
        }
        return new Places(count, of, List.copyOf(loadedBefore));
    }

    /** Returns the steps as lines of text, operands by names: those of loads are given. */
    public List<String> describe(List<String> names) {
        List<String> lines = new ArrayList<>();
        for (int s = 0; s < parts.steps.size(); s++) {
            Step step = parts.steps.get(s);
            List<String> operands =
                    step.operands().stream().map(v -> name(v, names)).toList();
            lines.add("v" + s + " = " + text(step.op()) + "(" + String.join(", ", operands) + ")");
        }
        return lines;
    }

    /** Returns the name of a value in {@link #describe}. */
    public String name(int value, List<String> names) {
        return value < parts.loads.size()
                ? names.get(value)
                : isConstant(value)
                        ? parts.constants.get(value - parts.loads.size()).toString()
                        : "v" + (value - firstStep());
    }

    private static String text(Enum<?> op) {
        String[] words = op.name().toLowerCase(Locale.ROOT).split("_");
        StringBuilder text = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            text.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        return text.toString();
    }
}
