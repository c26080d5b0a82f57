package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Locale;
import java.util.stream.Stream;

/** {@link NetworkLoops} by vectors, each {@link Alone}. */
final class NetworkVectorLoops extends NetworkLoops {
    private final MethodHandle[] ofInts = handles(IntNetworkVectors.class, int[].class);
    private final MethodHandle[] ofLongs = handles(LongNetworkVectors.class, long[].class);

    private static MethodHandle[] handles(Class<?> loops, Class<?> array) {
        MethodType type = MethodType.methodType(void.class, array, int.class, int.class, int.class, int.class);
        return Stream.of(Step.values())
                .map(step -> Alone.loop(loops, step.name().toLowerCase(Locale.ROOT), type))
                .toArray(MethodHandle[]::new);
    }

    @Override
    void run(int step, int[] x, int a, int b, int apart, int n) {
        try {
            ofInts[step].invokeExact(x, a, b, apart, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    void run(int step, long[] x, int a, int b, int apart, int n) {
        try {
            ofLongs[step].invokeExact(x, a, b, apart, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }
}
