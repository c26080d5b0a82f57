package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import kron4j.backend.UnaryOp;

/**
 * Loops over one array, each {@link Alone}.
 *
 * @param <A> float[] or double[]
 */
final class AloneVectorLoops<A> {
    private final Map<UnaryOp, MethodHandle> loops = new EnumMap<>(UnaryOp.class);
    private final MethodType type;

    /** Of static methods {@code (x, z, n)}. */
    AloneVectorLoops(Class<A> arrays) {
        type = MethodType.methodType(void.class, arrays, arrays, int.class);
    }

    AloneVectorLoops<A> with(UnaryOp op, Class<?> owner, String name) {
        MethodType general = type.changeParameterType(0, Object.class).changeParameterType(1, Object.class);
        loops.put(op, Alone.loop(owner, name, type).asType(general));
        return this;
    }

    boolean has(UnaryOp op) {
        return loops.containsKey(op);
    }

    /** Runs the operation's loop; returns false if there is none. */
    boolean run(UnaryOp op, A x, A z, int n) {
        MethodHandle loop = loops.get(op);
        if (loop == null) {
            return false;
        }
        try {
            loop.invokeExact((Object) x, (Object) z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
        return true;
    }
}
