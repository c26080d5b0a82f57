package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Shape;
import kron4j.backend.Distribution;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] block(long key, long low, long high) {
        long[][] words = new long[4][1];
        Philox.blocks(key, low, high, 1, words);
        return Arrays.stream(words).mapToInt(w -> (int) w[0]).toArray();
    }

    /** The published vectors of Random123, philox4x32 with 10 rounds (the first 32-bit word of counter and key is the low half here). */
    @Test
    void knownAnswers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
        assertArrayEquals(
                new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                block(0x299f31d0a4093822L, 0x85a308d3243f6a88L, 0x0370734413198a2eL));
    }

    @Test
    void elementsDependOnTheirIndexOnly() {
        Random random = new Random(3);
        for (DType dtype : DTypes.ofReals()) {
            Distribution distribution = dtype.isFloating() ? Distribution.UNIFORM : Distribution.BITS;
            View flat = Grid.contiguous(dtype, 100_000);
            View shorter = Grid.contiguous(dtype, 101);
            View other = Grid.scattered(dtype, Shape.of(10, 250, 40), random);
            Philox.fill(distribution, 42, 7, flat);
            Philox.fill(distribution, 42, 7, shorter);
            Philox.fill(distribution, 42, 7, other);
            assertArrayEquals(Grid.get(flat), Grid.get(other), dtype.toString());
            assertArrayEquals(Arrays.copyOf(Grid.get(flat), 101), Grid.get(shorter), dtype.toString());
            Grid.free(flat, shorter, other);
        }
    }

    @Test
    void wordsBecomeNumbersAsDocumented() {
        int[] first = block(5, 0, 9);
        View floats = Grid.contiguous(DType.FLOAT32, 5);
        View doubles = Grid.contiguous(DType.FLOAT64, 3);
        View ints = Grid.contiguous(DType.INT32, 5);
        Philox.fill(Distribution.UNIFORM, 5, 9, floats);
        Philox.fill(Distribution.UNIFORM, 5, 9, doubles);
        Philox.fill(Distribution.BITS, 5, 9, ints);
        assertEquals((first[2] >>> 8) / 0x1p24, Grid.get(floats)[2]);
        assertEquals(first[3], Grid.get(ints)[3]);
        assertEquals(block(5, 1, 9)[0], Grid.get(ints)[4]);
        long pair = (long) first[2] << 32 | Integer.toUnsignedLong(first[3]);
        assertEquals((pair >>> 11) / 0x1p53, Grid.get(doubles)[1]);
        Grid.free(floats, doubles, ints);
    }

    /** Bounds at five standard errors of each moment; float32 normals are the float64 ones, rounded. */
    @Test
    void momentsAreRight() {
        int n = 1 << 16;
        View uniform = Grid.contiguous(DType.FLOAT32, n);
        View normal = Grid.contiguous(DType.FLOAT64, n);
        View rounded = Grid.contiguous(DType.FLOAT32, n);
        Philox.fill(Distribution.UNIFORM, 1, 0, uniform);
        Philox.fill(Distribution.NORMAL, 1, 1, normal);
        Philox.fill(Distribution.NORMAL, 1, 1, rounded);
        double[] u = Grid.get(uniform);
        double[] z = Grid.get(normal);
        assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
        assertEquals(0.5, Arrays.stream(u).average().orElseThrow(), 5 * Math.sqrt(1 / 12.0 / n));
        assertEquals(0, Arrays.stream(z).average().orElseThrow(), 5 / Math.sqrt(n));
        assertEquals(1, Arrays.stream(z).map(x -> x * x).average().orElseThrow(), 5 * Math.sqrt(2.0 / n));
        assertEquals(3, Arrays.stream(z).map(x -> x * x * x * x).average().orElseThrow(), 5 * Math.sqrt(96.0 / n));
        assertArrayEquals(Arrays.stream(z).map(x -> (float) x).toArray(), Grid.get(rounded));
        Grid.free(uniform, normal, rounded);
    }
}
