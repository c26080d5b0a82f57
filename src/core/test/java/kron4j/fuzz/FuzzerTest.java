package kron4j.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** That planted faults are found, named and made small. */
class FuzzerTest {
    private static Throwable failure(Consumer<Draw> check) {
        try (Fuzzer fuzzer = new Fuzzer(Device.cpu(), 60)) {
            return fuzzer.run(check, fuzzer.draw(1));
        }
    }

    @Test
    void leaksPrintsAndWrongValuesFail() {
        assertNull(failure(draw -> Tensor.ones(DType.FLOAT32, draw.size(9))));
        assertTrue(failure(draw -> Tensor.ones(DType.FLOAT32, 1000).keep())
                .getMessage()
                .startsWith("leak: 4"));
        assertEquals("printed: oh", failure(draw -> System.err.print("oh")).getMessage());
        Tensor one = Tensor.of(1.0);
        assertEquals(
                "a: element 0 is 1.0, expected 2.0 within 0.0",
                failure(draw -> Verify.same("a", NDArray.scalar(2).reshape(), one))
                        .getMessage());
        assertEquals(
                ArithmeticException.class, failure(draw -> Math.floorDiv(1, 0)).getClass());
    }

    @Test
    void boundsHoldEachElement() {
        NDArray two = NDArray.of(new double[] {1, 1e10}, 2);
        NDArray bounds = NDArray.of(new double[] {1e-3, 0}, 2);
        Verify.close("a", two, bounds, Tensor.of(new double[] {1.0009, 1e10}));
        for (double[] wrong :
                new double[][] {{1.0011, 1e10}, {1, 1e10 + 1}, {Double.NaN, 1e10}, {1, Double.POSITIVE_INFINITY}}) {
            assertThrows(AssertionError.class, () -> Verify.close("a", two, bounds, Tensor.of(wrong)));
        }
        NDArray infinite = NDArray.of(new double[] {Double.POSITIVE_INFINITY}, 1);
        Verify.same("a", infinite, Tensor.of(new double[] {Double.POSITIVE_INFINITY}));
        for (double wrong : new double[] {Double.NEGATIVE_INFINITY, Double.NaN, Double.MAX_VALUE}) {
            assertThrows(AssertionError.class, () -> Verify.same("a", infinite, Tensor.of(new double[] {wrong})));
        }
    }

    @Test
    void aFailureIsMadeSmall() {
        Consumer<Draw> check = draw -> {
            long[] shape = draw.shape(draw.below(5), 100_000);
            Verify.that(shape.length < 2 || shape[1] < 17, "too wide");
        };
        try (Fuzzer fuzzer = new Fuzzer(Device.cpu(), 60)) {
            long seed = 1;
            Draw draw = fuzzer.draw(seed);
            Throwable failure = fuzzer.run(check, draw);
            while (failure == null) {
                draw = fuzzer.draw(++seed);
                failure = fuzzer.run(check, draw);
            }
            int[] small = fuzzer.shrink(check, draw.choices(), failure);
            Draw again = fuzzer.draw(small);
            assertTrue(fuzzer.run(check, again) instanceof AssertionError);
            // The order of the device's work, the rank 2, the simplest first size, and 17 by its place among the edges.
            assertArrayEquals(new int[] {0, 2, 0, 0, 0, 5}, small);
        }
    }

    @Test
    void whatDoesNotEndIsNamedWithItsStack() {
        CountDownLatch never = new CountDownLatch(1);
        try (Fuzzer fuzzer = new Fuzzer(Device.cpu(), 1)) {
            Fuzzer.Hang hang = assertThrows(
                    Fuzzer.Hang.class,
                    () -> fuzzer.run(
                            draw -> {
                                draw.below(1);
                                try {
                                    never.await();
                                } catch (InterruptedException e) {
                                    return;
                                }
                            },
                            fuzzer.draw(5)));
            assertTrue(hang.getMessage().contains("CountDownLatch.await"), hang.getMessage());
            assertTrue(
                    hang.getMessage().matches("(?s)no answer after 1 s, choices \\[\\d+, 0\\].*"), hang.getMessage());
        }
    }

    @Test
    void aCaseIsTheSameAgainAndDomainsTakeTurnsByTheirWeights() {
        try (Fuzzer fuzzer = new Fuzzer(Device.cpu(), 60)) {
            for (Domain domain : Domain.values()) {
                Draw first = fuzzer.draw(77);
                Draw second = fuzzer.draw(77);
                assertNull(fuzzer.run(domain::check, first), domain::toString);
                fuzzer.run(domain::check, second);
                assertArrayEquals(first.choices(), second.choices(), domain::toString);
                Draw replayed = fuzzer.draw(Fuzzer.trimmed(first.choices()));
                fuzzer.run(domain::check, replayed);
                assertArrayEquals(first.choices(), replayed.choices(), domain::toString);
            }
        }
        Map<Domain, Integer> turns = new EnumMap<>(Domain.class);
        for (long seed = 0; seed < 1000; seed++) {
            turns.merge(Domain.at(seed), 1, Integer::sum);
        }
        assertEquals(Domain.values().length, turns.size());
        assertTrue(turns.get(Domain.EINSUM) > 3 * turns.get(Domain.NETWORKS), turns::toString);
    }
}
