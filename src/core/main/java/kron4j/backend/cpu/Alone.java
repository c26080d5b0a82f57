package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Loops of vectors that the JIT compiles one by one. Those that one place chooses from would be inlined together once a program has used several; that is more
 * than the JIT takes, and their vectors would become objects, 3 to 40 times slower. A handle that is not a constant is never inlined.
 */
final class Alone {
    private Alone() {}

    /** The handle of a static method; keep it in a field of an object, and call it by {@code invokeExact}. */
    static MethodHandle loop(Class<?> owner, String name, MethodType type) {
        try {
            return MethodHandles.lookup().findStatic(owner, name, type);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Throws what a loop has thrown, which is unchecked. */
    static AssertionError thrown(Throwable e) {
        if (e instanceof RuntimeException failure) {
            throw failure;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new AssertionError(e);
    }
}
