package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import kron4j.backend.BinaryOp;
import kron4j.backend.FusedProgram;
import kron4j.backend.FusedProgram.Special;
import kron4j.backend.FusedProgram.Step;
import kron4j.backend.UnaryOp;

/**
 * A program as {@code kernels/fused.cuh} interprets it. A step leaves its result in hand for the next one; what is needed later is in a place. Only the
 * second operand of a step may be loaded by it, so that what is used more often, or in another position, is moved to a place first.
 *
 * @param steps a word each
 * @param results for each result the byte of an operand
 */
record FusedCode(long[] steps, double[] constants, long results) {
    static final int OPERANDS = 20;
    static final int STEPS = 80;
    static final int CONSTANTS = 24;
    private static final int PLACES = 16;
    private static final int RESULTS = 8;

    private static final int FIRST_BINARY = 48;
    private static final int WHERE = 80;
    private static final int MOVE = 81;
    private static final int TO_TRUTH = 82;

    private static final int LOADED = 1 << 6;
    private static final int CONSTANT = 2 << 6;
    private static final int BEFORE = 3 << 6;
    private static final int NOWHERE = 0xff;

    /** The code of a program; empty if it is too large for a launch. */
    static Optional<FusedCode> of(FusedProgram program) {
        int results = program.results().size();
        if (results > RESULTS
                || results + program.loads().size() > OPERANDS
                || program.constants().size() > CONSTANTS
                || program.steps().size() > STEPS) {
            return Optional.empty();
        }
        return new Maker(program).code();
    }

    /** A word in the making; operands are numbers of values, or -1; second is loaded by this step if {@code loads}. */
    private record Item(int op, int first, int second, int third, boolean exchanged, boolean loads, int value) {}

    private static final class Maker {
        private final FusedProgram program;
        private final List<Item> items = new ArrayList<>();
        private final int[] uses;
        private final BitSet moved = new BitSet();

        Maker(FusedProgram program) {
            this.program = program;
            this.uses = new int[program.values()];
            program.steps().forEach(s -> s.operands().forEach(v -> uses[v]++));
            program.results().forEach(v -> uses[v]++);
        }

        Optional<FusedCode> code() {
            for (int s = 0; s < program.steps().size(); s++) {
                add(program.steps().get(s), program.firstStep() + s);
            }
            for (int v : program.results()) {
                move(v);
            }
            return items.size() > STEPS ? Optional.empty() : placed();
        }

        private void add(Step step, int value) {
            List<Integer> operands = step.operands();
            if (step.op() instanceof UnaryOp op) {
                items.add(unary(op.ordinal(), operands.get(0), value));
                return;
            }
            if (step.op() == Special.TO_NUMBER || step.op() == Special.TO_TRUTH) {
                items.add(unary(step.op() == Special.TO_TRUTH ? TO_TRUTH : MOVE, operands.get(0), value));
                return;
            }
            boolean exchanged = !isLoadedOnce(operands.get(1)) && isLoadedOnce(operands.get(0));
            int first = operands.get(exchanged ? 1 : 0);
            int second = operands.get(exchanged ? 0 : 1);
            int third = operands.size() > 2 ? operands.get(2) : -1;
            move(first);
            if (third >= 0) {
                move(third);
            }
            boolean loads = isLoadedOnce(second);
            if (!loads) {
                move(second);
            }
            int op = step.op() instanceof BinaryOp b ? FIRST_BINARY + b.ordinal() : WHERE;
            items.add(new Item(op, first, second, third, exchanged, loads, value));
        }

        private Item unary(int op, int operand, int value) {
            boolean loads = isLoadedOnce(operand);
            if (!loads) {
                move(operand);
            }
            return new Item(op, -1, operand, -1, false, loads, value);
        }

        private boolean isLoadedOnce(int value) {
            return value < program.loads().size() && uses[value] == 1;
        }

        /** Loads a value that is not loaded by the step that uses it. */
        private void move(int value) {
            if (value < program.loads().size() && !moved.get(value)) {
                moved.set(value);
                items.add(new Item(MOVE, -1, value, -1, false, true, value));
            }
        }

        private Optional<FusedCode> placed() {
            int[] made = new int[program.values()];
            int[] last = new int[program.values()];
            Arrays.fill(made, -2);
            for (int i = 0; i < items.size(); i++) {
                made[items.get(i).value()] = i;
            }
            Arrays.fill(last, -1);
            for (int i = 0; i < items.size(); i++) {
                for (int v : read(items.get(i))) {
                    last[v] = made[v] == i - 1 ? last[v] : i;
                }
            }
            for (int v : program.results()) {
                last[v] = made[v] == items.size() - 1 ? last[v] : items.size();
            }
            int[] places = new int[program.values()];
            BitSet taken = new BitSet();
            long[] words = new long[items.size()];
            for (int i = 0; i < words.length; i++) {
                Item item = items.get(i);
                long word = item.op();
                word |= (long) operand(item.first(), i, made, places) << 8;
                word |= (long) (item.loads() ? LOADED | item.second() : operand(item.second(), i, made, places)) << 16;
                word |= (long) operand(item.third(), i, made, places) << 24;
                for (int v : read(item)) {
                    if (last[v] == i) {
                        taken.clear(places[v]);
                    }
                }
                int place = NOWHERE;
                if (last[item.value()] >= 0) {
                    place = taken.nextClearBit(0);
                    taken.set(place);
                    places[item.value()] = place;
                    if (place >= PLACES) {
                        return Optional.empty();
                    }
                }
                words[i] = word | (long) place << 32 | (item.exchanged() ? 1L << 40 : 0);
            }
            long results = 0;
            for (int k = 0; k < program.results().size(); k++) {
                results |= (long) operand(program.results().get(k), items.size(), made, places) << (8 * k);
            }
            double[] constants = program.constants().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            return Optional.of(new FusedCode(words, constants, results));
        }

        /** The values that an item has from others: neither constants nor what it loads. */
        private List<Integer> read(Item item) {
            List<Integer> values = new ArrayList<>();
            for (int v : new int[] {item.first(), item.loads() ? -1 : item.second(), item.third()}) {
                if (v >= 0 && !program.isConstant(v)) {
                    values.add(v);
                }
            }
            return values;
        }

        /** The byte of an operand of item {@code i}. */
        private int operand(int value, int i, int[] made, int[] places) {
            if (value < 0) {
                return BEFORE;
            }
            if (program.isConstant(value)) {
                return CONSTANT | (value - program.loads().size());
            }
            return made[value] == i - 1 ? BEFORE : places[value];
        }
    }
}
