package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ScanOp;
import kron4j.backend.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Running sums down columns have the bits of sums one by one in double: widths around those of blocks, gaps between rows, -0.0, infinities and NaN. */
class ColumnScansTest {
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "INT64"})
    void sumsAreThoseOfColumns(DType dtype) {
        Random random = new Random(5);
        double[] special = {-0.0, 1e30, Double.POSITIVE_INFINITY, Double.NaN, 0x1p-149};
        for (int images : new int[] {1, 3}) {
            for (int n : new int[] {1, 2, 37}) {
                for (int columns : new int[] {15, 16, 17, 64, 130, 1024, 1025, 2500}) {
                    for (int gap : new int[] {0, 3}) {
                        View a = lines(dtype, images, columns, n, gap);
                        View out = lines(dtype, images, columns, n, 0);
                        double[] x = new double[images * columns * n];
                        boolean real = dtype.isFloating();
                        Arrays.setAll(x, i -> 9 * random.nextGaussian());
                        for (int i = 0; real && i < x.length; i += 1 + random.nextInt(900)) {
                            x[i] = special[random.nextInt(special.length)];
                        }
                        Grid.set(a, x);
                        double[] sums = Grid.get(a);
                        for (int i = 0; i < sums.length; i++) {
                            sums[i] = i % n == 0 ? sums[i] : sums[i - 1] + sums[i];
                        }
                        Scans.run(ScanOp.SUM, a, out);
                        View expected = Grid.set(lines(dtype, images, columns, n, 0), sums);
                        assertArrayEquals(Grid.get(expected), Grid.get(out));
                        Grid.free(a, out, expected);
                    }
                }
            }
        }
    }

    /** Lines whose elements are {@code columns + gap} apart. */
    private static View lines(DType dtype, int images, int columns, int n, int gap) {
        long row = (long) columns + gap;
        View all = Grid.contiguous(dtype, images, n, row);
        return new View(all.storage(), Layout.of(Shape.of(images, columns, n), new long[] {n * row, 1, row}, 0));
    }
}
