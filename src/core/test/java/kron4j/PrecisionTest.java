package kron4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PrecisionTest {
    @Test
    void scopesNestAndEnd() {
        assertEquals(Precision.FULL, Precision.current());
        try (Precision.Scope fast = Precision.TF32.open()) {
            assertEquals(Precision.TF32, Precision.current());
            try (Precision.Scope full = Precision.FULL.open()) {
                assertEquals(Precision.FULL, Precision.current());
            }
            assertEquals(Precision.TF32, Precision.current());
        }
        assertEquals(Precision.FULL, Precision.current());
    }

    @Test
    void eachThreadHasItsOwn() {
        try (Precision.Scope fast = Precision.TF32.open()) {
            assertEquals(
                    Precision.FULL,
                    CompletableFuture.supplyAsync(Precision::current).join());
            Throwable wrapped = assertThrows(
                    java.util.concurrent.CompletionException.class,
                    () -> CompletableFuture.runAsync(fast::close).join());
            assertEquals(IllegalStateException.class, wrapped.getCause().getClass());
            assertEquals(Precision.TF32, Precision.current());
        }
    }
}
