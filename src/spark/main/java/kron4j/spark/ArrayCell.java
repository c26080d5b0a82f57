package kron4j.spark;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/** The value of an array column, in memory that is used again for the next row. */
final class ArrayCell {
    private final UnsafeArrayData array = new UnsafeArrayData();
    private byte[] memory;
    private int count = -1;
    private long header;

    /** {@return {@code n} elements of a Java array, until the next call} */
    UnsafeArrayData set(ElementType element, Object values, int from, int n) {
        int width = element.dtype.bytes();
        if (n != count) {
            count = n;
            header = UnsafeArrayData.calculateHeaderPortionInBytes(n);
            long words = (header + (long) n * width + Long.BYTES - 1) / Long.BYTES;
            memory = new byte[Math.toIntExact(words * Long.BYTES)];
            Platform.putLong(memory, Platform.BYTE_ARRAY_OFFSET, n);
            array.pointTo(memory, Platform.BYTE_ARRAY_OFFSET, memory.length);
        }
        Platform.copyMemory(
                values,
                element.base + (long) from * width,
                memory,
                Platform.BYTE_ARRAY_OFFSET + header,
                (long) n * width);
        return array;
    }
}
