package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.backend.View;

/** Strided copies. */
final class Copies {
    private Copies() {}

    static void copy(View a, View out) {
        Nest nest = Nest.of(out.layout(), a.layout());
        CpuStorage from = (CpuStorage) a.storage();
        CpuStorage to = (CpuStorage) out.storage();
        Convert kernel;
        if (a.dtype().isFloating()) {
            Memory.Doubles d = a.dtype() == DType.FLOAT64 ? new Memory.Doubles(from) : null;
            Memory.Floats f = a.dtype() == DType.FLOAT32 ? new Memory.Floats(from) : null;
            kernel = (i, o) -> put(to, out.dtype(), o, d != null ? d.get(i) : f.get(i));
        } else {
            Memory.Ints n = a.dtype() == DType.INT32 ? new Memory.Ints(from) : null;
            Memory.Longs l = a.dtype() == DType.INT64 ? new Memory.Longs(from) : null;
            Memory.Bytes b = a.dtype() == DType.BOOL ? new Memory.Bytes(from) : null;
            kernel = (i, o) -> put(to, out.dtype(), o, n != null ? n.get(i) : l != null ? l.get(i) : b.get(i));
        }
        Parallel.forRange(nest.size(), 4096, (begin, end) -> {
            for (long i = begin; i < end; i++) {
                kernel.element(nest.position(1, i), nest.position(0, i));
            }
        });
    }

    private interface Convert {
        void element(long from, long to);
    }

    private static void put(CpuStorage s, DType dtype, long at, double x) {
        switch (dtype) {
            case FLOAT32 -> new Memory.Floats(s).put(at, (float) x);
            case FLOAT64 -> new Memory.Doubles(s).put(at, x);
            case INT32 -> new Memory.Ints(s).put(at, (int) x);
            case INT64 -> new Memory.Longs(s).put(at, (long) x);
            case BOOL -> new Memory.Bytes(s).put(at, (byte) (x != 0 ? 1 : 0));
            default -> throw new DTypeException("copy: no kernel for " + dtype);
        }
    }

    private static void put(CpuStorage s, DType dtype, long at, long x) {
        switch (dtype) {
            case FLOAT32 -> new Memory.Floats(s).put(at, x);
            case FLOAT64 -> new Memory.Doubles(s).put(at, x);
            case INT32 -> new Memory.Ints(s).put(at, (int) x);
            case INT64 -> new Memory.Longs(s).put(at, x);
            case BOOL -> new Memory.Bytes(s).put(at, (byte) (x != 0 ? 1 : 0));
            default -> throw new DTypeException("copy: no kernel for " + dtype);
        }
    }
}
