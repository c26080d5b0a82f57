package kron4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** What a launch for several groups is told, with the memory of the CPU, whose blocks are aligned. */
class FusedRowsTest {
    private static final int TAKEN = 8;
    private static final int THREADS = 256;

    private static View view(Tensor t) {
        return t.view();
    }

    private static Tensor of(long size) {
        return Tensor.empty(Device.cpu(), DType.FLOAT32, Shape.of(size));
    }

    /** The target is loaded too, the rate is one number; a group that begins at an odd place is said to. */
    @Test
    void rows() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor p = of(5000);
            Tensor g = of(5000);
            Tensor q = of(2048).slice(0, 1, 2048);
            Tensor h = of(2047);
            Tensor rate = of(1);
            List<List<View>> groups = List.of(
                    List.of(view(p), view(p), view(g), view(rate.expand(5000))),
                    List.of(view(q), view(q), view(h), view(rate.expand(2047))));
            int[] columns = FusedRows.columns(groups, 1);
            assertArrayEquals(new int[] {0, 0, 1, -1}, columns);
            assertEquals(379 / 4, FusedRows.most(columns));
            FusedRows rows = FusedRows.of(groups, columns, TAKEN, THREADS);
            long rateAt = view(rate).storage().address();
            assertArrayEquals(new long[] {0, 0, 1, rateAt}, rows.data());
            assertEquals(0b111, rows.packed());
            assertEquals(4 * THREADS, rows.packs());
            assertEquals(4, rows.width());
            long base = view(q).storage().address();
            assertArrayEquals(
                    new long[] {
                        0,
                        5000,
                        view(p).storage().address(),
                        view(g).storage().address(),
                        3 * THREADS,
                        -2047,
                        base + Float.BYTES,
                        view(h).storage().address()
                    },
                    rows.words());
        }
    }

    @Test
    void groupsThatAreNoRowsOfALaunch() {
        try (TensorScope scope = Device.cpu().openScope()) {
            View matrix = view(of(6).reshape(2, 3));
            View transposed = view(of(6).reshape(3, 2).transpose());
            List<List<View>> groups = List.of(List.of(matrix, matrix), List.of(matrix, transposed));
            int[] columns = FusedRows.columns(groups, 1);
            assertTrue(FusedRows.fits(groups.get(0), columns));
            assertFalse(FusedRows.fits(groups.get(1), columns));
            List<List<View>> numbers =
                    List.of(List.of(matrix, view(of(1).expand(2, 3))), List.of(matrix, view(of(1).expand(2, 3))));
            assertFalse(FusedRows.fits(numbers.get(0), FusedRows.columns(numbers, 1)));
        }
    }
}
