package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Random;
import kron4j.ops.Recurrence;
import org.junit.jupiter.api.Test;

/** Rows of a batch do not depend on each other. */
class RecurrentRowsTest {
    @Test
    void rowsAloneHaveTheSameBits() {
        assumeTrue(Loops.BEST.gates() != null, "without vectors");
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor driven = Random.normal(1, DType.FLOAT32, 6, 13, 128);
            Tensor recurrent = Random.normal(2, DType.FLOAT32, 128, 32);
            Tensor state = Random.normal(3, DType.FLOAT32, 13, 32);
            Tensor cell = Random.normal(4, DType.FLOAT32, 13, 32);
            Tensor all = Recurrence.lstm(driven, recurrent, state, cell, false).get(0);
            for (int row : new int[] {0, 5, 12}) {
                Tensor one = Recurrence.lstm(
                                driven.slice(1, row, row + 1),
                                recurrent,
                                state.slice(0, row, row + 1),
                                cell.slice(0, row, row + 1),
                                false)
                        .get(0);
                assertArrayEquals(
                        all.slice(1, row, row + 1).contiguous().toFloatArray(),
                        one.contiguous().toFloatArray());
            }
        }
    }
}
