package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kron4j.DeviceException;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.contract.Contract;
import kron4j.contract.OnlyOn;
import kron4j.contract.StreamContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Streams whose work the device runs late and in an order that a seed draws: a missing event is a wrong result. */
@OnlyOn(SIM)
class SimStreamTest extends Contract {
    @Test
    void streamsCloseInnermostFirstInTheirThread() throws Exception {
        StreamScope outer = device().openStream();
        StreamScope inner = device().openStream();
        String order = "cuda:0: close a stream in the thread that opened it, after the streams opened inside it";
        refused(IllegalStateException.class, outer::close, order);
        ExecutionException elsewhere = refused(
                ExecutionException.class,
                () -> CompletableFuture.runAsync(inner::close).get());
        assertEquals(order, elsewhere.getCause().getMessage());
        inner.close();
        inner.close();
        outer.close();
        assertEquals(3, Tensor.of(1).add(2).itemLong());
    }

    @Test
    void tooManyStreamsAreRefused() {
        Deque<StreamScope> open = new ArrayDeque<>();
        try {
            for (int i = 0; i < 63; i++) {
                open.push(device().openStream());
            }
            refused(DeviceException.class, () -> device().openStream(), "cuda:0: 63 streams are open; close some");
            assertEquals(3, Tensor.of(1).add(2).itemLong());
        } finally {
            open.forEach(StreamScope::close);
        }
    }

    /** All of it in other orders. */
    @Nested
    class Seed2 extends Seeded {
        Seed2() {
            super(2);
        }
    }

    @Nested
    class Seed3 extends Seeded {
        Seed3() {
            super(3);
        }
    }

    @Nested
    class Seed4 extends Seeded {
        Seed4() {
            super(4);
        }
    }

    abstract static class Seeded extends StreamContract {
        private final SimCuda sim = SimCuda.open();
        private final long seed;

        Seeded(long seed) {
            this.seed = seed;
        }

        @BeforeEach
        void order() {
            sim.seed(seed);
        }

        @AfterEach
        void usualOrder() {
            sim.seed(1);
        }
    }
}
