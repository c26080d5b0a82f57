package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Collections;
import jdk.incubator.vector.FloatVector;

/** Steps of Adam over {@link MemoryVectors}, {@link Alone}: parameters p, gradients g, means m and mean squares v, all from the same byte on. */
final class AdamVectorLoops {
    private static final MethodType TYPE = MethodType.methodType(void.class, Collections.nCopies(4, Object.class))
            .appendParameterTypes(int.class, int.class, float[].class);

    private final MethodHandle plain = Alone.loop(AdamVectorLoops.class, "plain", TYPE);
    private final MethodHandle decaying = Alone.loop(AdamVectorLoops.class, "decaying", TYPE);

    void run(float[] numbers, Object[] memory, int from, int bytes) {
        MethodHandle loop = numbers[0] != 0 ? decaying : plain;
        try {
            loop.invokeExact(memory[0], memory[1], memory[2], memory[3], from, from + bytes, numbers);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static void plain(Object p, Object g, Object m, Object v, int from, int end, float[] numbers) {
        FloatVector first = all(numbers[1]);
        FloatVector second = all(numbers[2]);
        FloatVector rate = all(numbers[3]);
        FloatVector root = all(numbers[4]);
        FloatVector epsilon = all(numbers[5]);
        for (int e = from; e < end; e += BYTES) {
            FloatVector slope = floats(g, e);
            FloatVector mean = averaged(floats(m, e), slope, first);
            FloatVector square = averaged(floats(v, e), slope.mul(slope), second);
            store(mean, m, e);
            store(square, v, e);
            FloatVector by = mean.mul(rate).div(square.sqrt().mul(root).add(epsilon));
            store(floats(p, e).sub(by), p, e);
        }
    }

    static void decaying(Object p, Object g, Object m, Object v, int from, int end, float[] numbers) {
        FloatVector decay = all(numbers[0]);
        FloatVector first = all(numbers[1]);
        FloatVector second = all(numbers[2]);
        FloatVector rate = all(numbers[3]);
        FloatVector root = all(numbers[4]);
        FloatVector epsilon = all(numbers[5]);
        for (int e = from; e < end; e += BYTES) {
            FloatVector slope = floats(g, e);
            FloatVector mean = averaged(floats(m, e), slope, first);
            FloatVector square = averaged(floats(v, e), slope.mul(slope), second);
            store(mean, m, e);
            store(square, v, e);
            FloatVector by = mean.mul(rate).div(square.sqrt().mul(root).add(epsilon));
            FloatVector parameter = floats(p, e);
            store(parameter.sub(parameter.mul(decay)).sub(by), p, e);
        }
    }

    private static FloatVector averaged(FloatVector mean, FloatVector value, FloatVector part) {
        return mean.add(value.sub(mean).mul(part));
    }
}
