package kron4j.backend.cpu;

import kron4j.DTypeException;
import kron4j.backend.View;

/** A storage of real numbers of any floating dtype, seen as float64. */
interface Reals {
    /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
    void read(long from, long stride, double[] tile, int at, int count);

    /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
    void write(long from, long stride, double[] tile, int at, int count);

    static Reals of(View v) {
        CpuStorage storage = (CpuStorage) v.storage();
        return switch (v.dtype()) {
            case FLOAT64 -> of(new Memory.Doubles(storage));
            case FLOAT32 -> of(new Memory.Floats(storage));
            default -> throw new DTypeException("cpu: " + v.dtype() + " " + v.shape() + " is not of a real dtype");
        };
    }

    private static Reals of(Memory.Doubles memory) {
        return new Reals() {
            @Override
            public void read(long from, long stride, double[] tile, int at, int count) {
                memory.read(from, stride, tile, at, count);
            }

            @Override
            public void write(long from, long stride, double[] tile, int at, int count) {
                memory.write(from, stride, tile, at, count);
            }
        };
    }

    private static Reals of(Memory.Floats memory) {
        return new Reals() {
            @Override
            public void read(long from, long stride, double[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = memory.get(from + i * stride);
                }
            }

            @Override
            public void write(long from, long stride, double[] tile, int at, int count) {
                for (int i = 0; i < count; i++) {
                    memory.put(from + i * stride, (float) tile[at + i]);
                }
            }
        };
    }
}
