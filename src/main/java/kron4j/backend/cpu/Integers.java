package kron4j.backend.cpu;

import kron4j.DTypeException;
import kron4j.backend.View;

/** A storage of integers or booleans, seen as int64; what does not fit is cut off on writing, and a boolean is nonzero or not. */
interface Integers {
    /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
    void read(long from, long stride, long[] tile, int at, int count);

    /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
    void write(long from, long stride, long[] tile, int at, int count);

    static Integers of(View v) {
        CpuStorage storage = (CpuStorage) v.storage();
        return switch (v.dtype()) {
            case INT64 -> of(new Memory.Longs(storage));
            case INT32 -> of(new Memory.Ints(storage));
            case BOOL -> of(new Memory.Bytes(storage));
            default -> throw new DTypeException("cpu: " + v.dtype() + " " + v.shape() + " is not of an integer dtype");
        };
    }

    private static Integers of(Memory.Longs memory) {
        return new Integers() {
            @Override
            public void read(long from, long stride, long[] tile, int at, int count) {
                memory.read(from, stride, tile, at, count);
            }

            @Override
            public void write(long from, long stride, long[] tile, int at, int count) {
                memory.write(from, stride, tile, at, count);
            }
        };
    }

    private static Integers of(Memory.Ints memory) {
        return new Integers() {
            @Override
            public void read(long from, long stride, long[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = memory.get(from + i * stride);
                }
            }

            @Override
            public void write(long from, long stride, long[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    memory.put(from + i * stride, (int) tile[at + i]);
                }
            }
        };
    }

    private static Integers of(Memory.Bytes memory) {
        return new Integers() {
            @Override
            public void read(long from, long stride, long[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = memory.get(from + i * stride);
                }
            }

            @Override
            public void write(long from, long stride, long[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    memory.put(from + i * stride, (byte) (tile[at + i] != 0 ? 1 : 0));
                }
            }
        };
    }
}
