package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import kron4j.ShapeException;
import org.junit.jupiter.api.Test;

class ParallelTest {
    private static void checkOnceEach(int count, int grain) {
        AtomicIntegerArray visits = new AtomicIntegerArray(count);
        Parallel.forRange(count, grain, (from, to) -> {
            for (long i = from; i < to; i++) {
                visits.incrementAndGet((int) i);
            }
        });
        for (int i = 0; i < count; i++) {
            assertEquals(1, visits.get(i), count + " by " + grain + " at " + i);
        }
    }

    @Test
    void everyIndexIsVisitedOnce() {
        for (int count : new int[] {0, 1, 2, 7, 64, 1001}) {
            for (int grain : new int[] {0, 1, 3, 100, 5000}) {
                checkOnceEach(count, grain);
            }
        }
    }

    @Test
    void manyCallersAtOnce() {
        IntStream.range(0, 32).parallel().forEach(i -> checkOnceEach(1000, 1));
    }

    @Test
    void theFirstExceptionPassesThroughAsItIs() {
        ShapeException thrown = new ShapeException("piece 900");
        assertSame(
                thrown,
                assertThrows(
                        ShapeException.class,
                        () -> Parallel.forRange(1000, 1, (from, to) -> {
                            if (from <= 900 && 900 < to) {
                                throw thrown;
                            }
                        })));
        checkOnceEach(1000, 1);
    }
}
