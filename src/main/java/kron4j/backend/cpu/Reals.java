package kron4j.backend.cpu;

import kron4j.DTypeException;
import kron4j.backend.View;

/** A storage of real numbers of any floating dtype, seen as float64. Belongs to one thread. */
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
            private float[] floats = new float[256];

            private float[] floats(int count) {
                floats = floats.length < count ? new float[count] : floats;
                return floats;
            }

            @Override
            public void read(long from, long stride, double[] tile, int at, int count) {
                float[] run = floats(count);
                memory.read(from, stride, run, 0, count);
                for (int i = 0; i < count; i++) {
                    tile[at + i] = run[i];
                }
            }

            @Override
            public void write(long from, long stride, double[] tile, int at, int count) {
                float[] run = floats(count);
                for (int i = 0; i < count; i++) {
                    run[i] = (float) tile[at + i];
                }
                memory.write(from, stride, run, 0, count);
            }
        };
    }
}
