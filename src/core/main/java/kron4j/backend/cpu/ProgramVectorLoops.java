package kron4j.backend.cpu;

import static kron4j.backend.BinaryOp.ADD;
import static kron4j.backend.BinaryOp.DIVIDE;
import static kron4j.backend.BinaryOp.MAXIMUM;
import static kron4j.backend.BinaryOp.MINIMUM;
import static kron4j.backend.BinaryOp.MULTIPLY;
import static kron4j.backend.BinaryOp.SUBTRACT;
import static kron4j.backend.UnaryOp.SQRT;
import static kron4j.backend.UnaryOp.SQUARE;
import static kron4j.backend.cpu.MemoryVectors.BYTES;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.backend.FusedProgram;
import kron4j.backend.FusedProgram.Step;

/** Loops over {@link MemoryVectors}, each {@link Alone}, that round as the steps of their programs do. Their numbers are those of the program's values. */
final class ProgramVectorLoops implements ProgramLoops {
    private static final MethodType TYPE =
            MethodType.methodType(void.class, Object[].class, int.class, double[].class, int.class);

    /** By programs whose constants are 0. */
    private final Map<FusedProgram, Loop> loops = new HashMap<>();

    private record Handle(MethodHandle loop, List<Integer> numbers) implements Loop {
        @Override
        public boolean isNumber(int load) {
            return numbers.contains(load);
        }

        @Override
        public void run(Object[] memory, int from, double[] numbers, int bytes) {
            try {
                loop.invokeExact(memory, from, numbers, from + bytes);
            } catch (Throwable e) {
                throw Alone.thrown(e);
            }
        }
    }

    /** A program that is being written. */
    private static final class Text {
        private final int loads;
        private final int constants;
        private final List<Step> steps = new ArrayList<>();
        private List<Integer> numbers = List.of();

        Text(int loads, int constants) {
            this.loads = loads;
            this.constants = constants;
        }

        Text numbers(Integer... these) {
            numbers = List.of(these);
            return this;
        }

        Text step(Enum<?> op, Integer... operands) {
            steps.add(new Step(op, List.of(operands), false));
            return this;
        }

        FusedProgram program(DType dtype, List<Integer> results) {
            return new FusedProgram(
                    dtype, Collections.nCopies(loads, false), Collections.nCopies(constants, 0.0), steps, results);
        }
    }

    ProgramVectorLoops() {
        both("between", new Text(2, 1).step(SUBTRACT, 1, 0).step(MULTIPLY, 3, 2).step(ADD, 4, 0), 5);
        both("between", new Text(2, 1).step(SUBTRACT, 1, 0).step(MULTIPLY, 3, 2).step(ADD, 0, 4), 5);
        both("cube", new Text(1, 0).step(SQUARE, 0).step(MULTIPLY, 1, 0), 2);
        both("clamp", new Text(1, 2).step(MAXIMUM, 0, 1).step(MINIMUM, 3, 2), 4);
        both("productAndSum", new Text(3, 0).step(MULTIPLY, 0, 1).step(ADD, 3, 2), 4);
        both("productAndSum", new Text(3, 0).step(MULTIPLY, 0, 1).step(ADD, 2, 3), 4);
        optimizer("descent", new Text(3, 0).numbers(2).step(MULTIPLY, 1, 2).step(SUBTRACT, 0, 3), 4);
        optimizer(
                "momentum",
                new Text(4, 1)
                        .numbers(2)
                        .step(MULTIPLY, 3, 4)
                        .step(ADD, 5, 1)
                        .step(MULTIPLY, 6, 2)
                        .step(SUBTRACT, 0, 7),
                8,
                6);
        optimizer(
                "momentumAndDecay",
                new Text(4, 2)
                        .numbers(2)
                        .step(MULTIPLY, 0, 4)
                        .step(ADD, 1, 6)
                        .step(MULTIPLY, 3, 5)
                        .step(ADD, 8, 7)
                        .step(MULTIPLY, 9, 2)
                        .step(SUBTRACT, 0, 10),
                11,
                9);
        optimizer(
                "rmsProp",
                new Text(4, 2)
                        .numbers(3)
                        .step(MULTIPLY, 1, 1)
                        .step(SUBTRACT, 6, 2)
                        .step(MULTIPLY, 7, 4)
                        .step(ADD, 2, 8)
                        .step(SQRT, 9)
                        .step(ADD, 10, 5)
                        .step(DIVIDE, 1, 11)
                        .step(MULTIPLY, 12, 3)
                        .step(SUBTRACT, 0, 13),
                14,
                9);
        optimizer(
                "adagrad",
                new Text(4, 1)
                        .numbers(3)
                        .step(MULTIPLY, 1, 1)
                        .step(ADD, 2, 5)
                        .step(SQRT, 6)
                        .step(ADD, 7, 4)
                        .step(DIVIDE, 1, 8)
                        .step(MULTIPLY, 9, 3)
                        .step(SUBTRACT, 0, 10),
                11,
                6);
        optimizer(
                "adadelta",
                new Text(5, 2)
                        .numbers(4)
                        .step(MULTIPLY, 1, 1)
                        .step(SUBTRACT, 7, 2)
                        .step(MULTIPLY, 8, 5)
                        .step(ADD, 2, 9)
                        .step(ADD, 3, 6)
                        .step(SQRT, 11)
                        .step(ADD, 10, 6)
                        .step(SQRT, 13)
                        .step(DIVIDE, 12, 14)
                        .step(MULTIPLY, 15, 1)
                        .step(MULTIPLY, 16, 16)
                        .step(SUBTRACT, 17, 3)
                        .step(MULTIPLY, 18, 5)
                        .step(ADD, 3, 19)
                        .step(MULTIPLY, 16, 4)
                        .step(SUBTRACT, 0, 21),
                22,
                10,
                20);
        optimizer(
                "nadam",
                new Text(8, 3)
                        .numbers(4, 5, 6, 7)
                        .step(SUBTRACT, 1, 2)
                        .step(MULTIPLY, 11, 8)
                        .step(ADD, 2, 12)
                        .step(MULTIPLY, 1, 1)
                        .step(SUBTRACT, 14, 3)
                        .step(MULTIPLY, 15, 9)
                        .step(ADD, 3, 16)
                        .step(MULTIPLY, 1, 5)
                        .step(MULTIPLY, 13, 6)
                        .step(ADD, 18, 19)
                        .step(DIVIDE, 17, 7)
                        .step(SQRT, 21)
                        .step(ADD, 22, 10)
                        .step(DIVIDE, 20, 23)
                        .step(MULTIPLY, 24, 4)
                        .step(SUBTRACT, 0, 25),
                26,
                13,
                17);
    }

    private void both(String name, Text text, Integer... results) {
        add(DType.FLOAT32, Alone.loop(FloatProgramVectors.class, name, TYPE), text, results);
        add(DType.FLOAT64, Alone.loop(DoubleProgramVectors.class, name, TYPE), text, results);
    }

    private void optimizer(String name, Text text, Integer... results) {
        add(DType.FLOAT32, Alone.loop(OptimizerVectorLoops.class, name, TYPE), text, results);
    }

    private void add(DType dtype, MethodHandle loop, Text text, Integer... results) {
        loops.put(text.program(dtype, List.of(results)), new Handle(loop, text.numbers));
    }

    @Override
    public int width() {
        return BYTES;
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public Loop of(FusedProgram program) {
        return loops.get(program.withoutNumbers());
    }
}
