package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of a[z, i, c] and b[z, j, l] as out[z, i, j, c, l], as batches of Kronecker products are. */
class OuterProductsTest {
    /** The sizes z, i, j, c, l, and whether rows are taken together: of a tile, of more, of pieces of a row, of a vector. */
    @ParameterizedTest
    @CsvSource({
        "3, 8, 8, 8, 8, true",
        "2, 3, 70, 5, 8, true",
        "2, 3, 5, 7, 63, true",
        "1, 3, 5, 700, 3, true",
        "1, 1, 1, 300, 40, true",
        "5, 1, 4, 16, 2, true",
        "4, 6, 1, 16, 2, true",
        "2, 3, 4, 2, 64, false",
        "1, 2, 3, 130, 64, false",
        "2, 3, 2, 2, 700, false",
        "2, 3, 4, 3, 5, false",
        "2, 3, 4, 1, 40, false"
    })
    void everyElementIsTheProductOfItsTwo(int z, int i, int j, int c, int l, boolean taken) {
        Random random = new Random(z + 10L * i);
        for (DType dtype : DTypes.ofReals()) {
            if (!dtype.isNumber()) {
                continue;
            }
            for (int round = 0; round < 3; round++) {
                View a =
                        round == 0 ? Grid.contiguous(dtype, z, i, c) : Grid.scattered(dtype, Shape.of(z, i, c), random);
                View b =
                        round == 0 ? Grid.contiguous(dtype, z, j, l) : Grid.scattered(dtype, Shape.of(z, j, l), random);
                double[] x = small(z * i * c, random);
                double[] y = small(z * j * l, random);
                Grid.set(a, x);
                Grid.set(b, y);
                double[] expected = new double[z * i * j * c * l + 2];
                Arrays.fill(expected, 3);
                for (int e = 0; e < expected.length - 2; e++) {
                    int row = e / (c * l);
                    int batch = row / (i * j);
                    double p = x[(batch * i + row / j % i) * c + e / l % c];
                    expected[e + 1] = p * y[(batch * j + row % j) * l + e % l];
                }
                View whole = Grid.contiguous(dtype, expected.length);
                Pointwise.fill(3L, whole);
                Shape shape = Shape.of(z, i, j, c, l);
                View out = whole.with(Layout.of(shape, Layout.contiguous(shape).strides(), 1));
                View left = a.with(a.layout().unsqueeze(2).unsqueeze(4).expand(shape));
                View right = b.with(b.layout().unsqueeze(1).unsqueeze(3).expand(shape));
                boolean first = round != 1;
                boolean done = OuterProducts.run(first ? left : right, first ? right : left, out);
                if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) { // vectors take all rows that are close together
                    assertEquals(taken, done);
                }
                assertTrue(done || !taken);
                if (done) {
                    assertArrayEquals(expected, Grid.get(whole), () -> dtype + " " + a.layout() + ", " + b.layout());
                }
                Grid.free(a, b, whole);
            }
        }
    }

    @Test
    void rowsMayLieApart() {
        View a = Grid.set(Grid.contiguous(DType.FLOAT64, 2, 8), small(16, new Random(5)));
        View b = Grid.set(Grid.contiguous(DType.FLOAT64, 3, 8), small(24, new Random(6)));
        View whole = Grid.contiguous(DType.FLOAT64, 2, 3, 65);
        Pointwise.fill(7.0, whole);
        double[] x = Grid.get(a);
        double[] y = Grid.get(b);
        double[] expected = new double[2 * 3 * 65];
        for (int e = 0; e < expected.length; e++) {
            int row = e / 65;
            int at = e % 65;
            expected[e] = at == 64 ? 7 : x[row / 3 * 8 + at / 8] * y[row % 3 * 8 + at % 8];
        }
        Shape shape = Shape.of(2, 3, 8, 8);
        assertTrue(OuterProducts.run(
                a.with(Layout.of(shape, new long[] {8, 0, 1, 0}, 0)),
                b.with(Layout.of(shape, new long[] {0, 8, 0, 1}, 0)),
                whole.with(Layout.of(shape, new long[] {195, 65, 8, 1}, 0))));
        assertArrayEquals(expected, Grid.get(whole));
        Grid.free(a, b, whole);
    }

    private static double[] small(int n, Random random) {
        return random.ints(n, 0, 10).asDoubleStream().toArray();
    }

    @Test
    void otherProductsAreLeftAlone() {
        View a = Grid.contiguous(DType.FLOAT32, 40, 50);
        View out = Grid.contiguous(DType.FLOAT32, 40, 50);
        View row = a.with(a.layout().slice(0, 0, 1, 1).expand(a.shape()));
        View column = a.with(a.layout().slice(1, 0, 1, 1).expand(a.shape()));
        assertFalse(OuterProducts.run(a, a, out));
        assertFalse(OuterProducts.run(row, row, out));
        assertFalse(OuterProducts.run(a, row, out));
        View turned = out.with(Layout.of(out.shape(), new long[] {1, 40}, 0));
        View gaps = Grid.contiguous(DType.FLOAT32, 40, 51);
        assertFalse(OuterProducts.run(row, column, gaps.with(gaps.layout().slice(1, 0, 50, 1))));
        View far = row.with(Layout.of(row.shape(), new long[] {1L << 40, 0}, 0));
        assertFalse(OuterProducts.run(far, row, out));
        Pointwise.fill(2L, a);
        Pointwise.binary(BinaryOp.MULTIPLY, row, column, turned);
        double[] fours = new double[2000];
        Arrays.fill(fours, 4);
        assertArrayEquals(fours, Grid.get(out));
        Grid.free(a, out, gaps);
    }
}
