package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import kron4j.backend.UnaryOp;

/**
 * Loops over one array that the JIT compiles one by one. A switch over them would be inlined whole once a program has
 * used several; that is more than the JIT takes, and the loops' vectors would become objects (three times slower, and
 * more). A handle that is not a constant is never inlined.
 *
 * @param <A> float[] or double[]
 */
final class AloneVectorLoops<A> {
    private final Map<UnaryOp, MethodHandle> loops = new EnumMap<>(UnaryOp.class);
    private final MethodHandles.Lookup lookup;
    private final MethodType type;

    /** Of static methods {@code (x, z, n)} that the lookup sees. */
    AloneVectorLoops(MethodHandles.Lookup lookup, Class<A> arrays) {
        this.lookup = lookup;
        type = MethodType.methodType(void.class, arrays, arrays, int.class);
    }

    AloneVectorLoops<A> with(UnaryOp op, Class<?> owner, String name) {
        try {
            MethodHandle loop = lookup.findStatic(owner, name, type);
            loops.put(op, loop.asType(type.changeParameterType(0, Object.class).changeParameterType(1, Object.class)));
            return this;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
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
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return true;
    }
}
