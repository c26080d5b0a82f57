package kron4j.spark;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;

/** Copies of Spark's rows, which Spark itself gives in memory that it uses again; in one piece, which is used again too. */
final class RowBuffer {
    private final UnsafeRow view;
    private byte[] memory = new byte[0];
    /** Where each row begins; after the last one, where the next will. */
    private int[] starts = new int[1];

    private int count;

    /** @param columns of each row */
    RowBuffer(int columns) {
        view = new UnsafeRow(columns);
    }

    void clear() {
        count = 0;
    }

    int size() {
        return count;
    }

    /** @param row as {@code QueryExecution.toRdd} gives them */
    void add(InternalRow row) {
        UnsafeRow unsafe = (UnsafeRow) row;
        int from = starts[count];
        int to = Math.addExact(from, unsafe.getSizeInBytes());
        if (to > memory.length) {
            memory = Arrays.copyOf(memory, (int) Math.min(Math.max(to, 2L * memory.length), Integer.MAX_VALUE - 8));
        }
        Platform.copyMemory(
                unsafe.getBaseObject(),
                unsafe.getBaseOffset(),
                memory,
                Platform.BYTE_ARRAY_OFFSET + (long) from,
                unsafe.getSizeInBytes());
        count++;
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
        }
        starts[count] = to;
    }

    /** {@return row i, until the next call} */
    UnsafeRow get(int i) {
        view.pointTo(memory, Platform.BYTE_ARRAY_OFFSET + (long) starts[i], starts[i + 1] - starts[i]);
        return view;
    }
}
