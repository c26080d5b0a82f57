package kron4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** The text of elements. */
class LeafTest {
    /** Two zeros that round differently, carries into a digit more, the ends of both notations and of the range. */
    @Test
    void sixDigitsAreThoseOfTheFormatter() {
        SplittableRandom random = new SplittableRandom(1);
        DoubleStream any =
                random.longs(100_000).mapToDouble(Double::longBitsToDouble).filter(Double::isFinite);
        DoubleStream usual = random.doubles(100_000, -2e6, 2e6);
        DoubleStream small = random.doubles(100_000, -2e-3, 2e-3);
        DoubleStream edges = DoubleStream.of(
                0.1234565,
                0.12345650000000001,
                999999.5,
                999999.4999,
                9.9999949999,
                9.999995,
                1e-4,
                0.000099999949,
                0.00009999995,
                1e6,
                1e5,
                123456.5,
                Double.MIN_VALUE,
                Double.MIN_NORMAL,
                Double.MAX_VALUE,
                -1.0 / 3,
                1e100,
                1e-100,
                1e10);
        DoubleStream.concat(DoubleStream.concat(any, usual), DoubleStream.concat(small, edges))
                .forEach(x -> assertEquals(String.format(Locale.ROOT, "%.6g", x), Leaf.sixDigits(x), () -> "of " + x));
    }
}
