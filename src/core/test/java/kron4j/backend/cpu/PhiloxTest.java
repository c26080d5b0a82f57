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

    /** In all parts of the logarithm, and at all ends of quarters of a turn. */
    @Test
    void normalNumbersAreThoseOfStrictMath() {
        Random random = new Random(4);
        double[][] w = new double[6][Tile.SIZE];
        int n = Tile.SIZE - 3;
        for (int round = 0; round < 400; round++) {
            double[] u = new double[n];
            double[] v = new double[n];
            for (int i = 0; i < n; i++) {
                boolean end = round % 4 == 0;
                double near = (random.nextInt(9) - 4) * Math.scalb(1, -random.nextInt(53) - 1);
                u[i] = end
                        ? within(1 - Math.scalb(1 + random.nextInt(3) * 0.41, -random.nextInt(53)) + near)
                        : random.nextDouble();
                v[i] = end ? within(random.nextInt(17) / 16.0 + near) : random.nextDouble();
                w[0][i] = u[i];
                w[1][i] = v[i];
            }
            Loops.BEST.normal(w, n);
            for (int i = 0; i < n; i++) {
                double radius = Math.sqrt(-2 * StrictMath.log(1 - u[i]));
                assertEquals(radius * StrictMath.cos(2 * Math.PI * v[i]), w[2][i], u[i] + ", " + v[i]);
                assertEquals(radius * StrictMath.sin(2 * Math.PI * v[i]), w[3][i], u[i] + ", " + v[i]);
            }
        }
    }

    /** Rounded to a multiple of 2^-53 in [0, 1). */
    private static double within(double x) {
        return Math.floor(Math.max(0, Math.min(1 - 0x1p-53, x)) * 0x1p53) * 0x1p-53;
    }

    @Test
    void blocksAreTheSameInEveryLoop() {
        for (int count : new int[] {1, 7, 8, 9, 255, 513}) {
            long[][] expected = new long[4][Tile.SIZE];
            long[][] words = new long[4][Tile.SIZE];
            for (long first : new long[] {0, -1, 0xfffffffcL, 0x123456789abcdefL}) {
                Philox.blocks(0x299f31d0a4093822L, first, -7, count, expected);
                Loops.BEST.randomBlocks(0x299f31d0a4093822L, first, -7, count, words);
                for (int k = 0; k < 4; k++) {
                    assertArrayEquals(Arrays.copyOf(expected[k], count), Arrays.copyOf(words[k], count));
                }
            }
        }
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
