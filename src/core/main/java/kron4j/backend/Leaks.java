package kron4j.backend;

import java.lang.System.Logger.Level;
import kron4j.memory.Bytes;

/**
 * Debug mode ({@code -Dkron4j.debug=true}): remembers where each storage was made and freed. Logs storages that were neither closed nor owned by a
 * scope, at WARNING to logger {@code kron4j.leaks}; the place of freeing becomes the cause of the exception of a later use. Cost: two stack traces
 * per allocation; off by default.
 */
final class Leaks {
    private static final boolean DEBUG = Boolean.getBoolean("kron4j.debug");

    private Leaks() {}

    static Throwable place(String what) {
        return DEBUG ? new Throwable(what) : NONE;
    }

    static void report(long bytes, Throwable place) {
        if (DEBUG) {
            System.getLogger("kron4j.leaks")
                    .log(
                            Level.WARNING,
                            "a tensor of " + Bytes.text(bytes)
                                    + " was forgotten: close it, or open a TensorScope around it",
                            place);
        }
    }

    private static final Throwable NONE = new Throwable("unknown: run with -Dkron4j.debug=true", null, false, false) {
        private static final long serialVersionUID = 1L;
    };
}
