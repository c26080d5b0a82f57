package kron4j.backend.cpu;

import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.backend.View;

/** Einsum-style reductions. */
final class SumProducts {
    private SumProducts() {}

    static void run(double alpha, List<View> operands, int reducedRank, View out) {
        int kept = out.layout().rank();
        Layout[] all = new Layout[operands.size() + 1];
        for (int k = 1; k < all.length; k++) {
            all[k] = operands.get(k - 1).layout();
        }
        long[] zeros = new long[kept + reducedRank];
        System.arraycopy(out.layout().strides(), 0, zeros, 0, kept);
        all[0] = Layout.of(all[1].shape(), zeros, out.layout().offset());
        Nest outer = Nest.of(0, kept, all);
        Nest inner = Nest.of(kept, kept + reducedRank, all);
        long count = inner.size();
        DType dtype = out.dtype();
        if (dtype.isFloating()) {
            Reader[] readers = operands.stream().map(SumProducts::reader).toArray(Reader[]::new);
            Memory.Doubles d = dtype == DType.FLOAT64 ? new Memory.Doubles((CpuStorage) out.storage()) : null;
            Memory.Floats f = dtype == DType.FLOAT32 ? new Memory.Floats((CpuStorage) out.storage()) : null;
            Parallel.forRange(outer.size(), 1 + 4096 / Math.max(1, count), (from, to) -> {
                for (long i = from; i < to; i++) {
                    double sum = 0;
                    for (long j = 0; j < count; j++) {
                        double product = 1;
                        for (int k = 0; k < readers.length; k++) {
                            product *= readers[k].get(
                                    outer.position(k + 1, i) + inner.position(k + 1, j) - inner.offsets[k + 1]);
                        }
                        sum += product;
                    }
                    if (d != null) {
                        d.put(outer.position(0, i), alpha * sum);
                    } else {
                        f.put(outer.position(0, i), (float) (alpha * sum));
                    }
                }
            });
            return;
        }
        IntegerReader[] readers = operands.stream().map(SumProducts::integers).toArray(IntegerReader[]::new);
        long scale = (long) alpha;
        Parallel.forRange(outer.size(), 1 + 4096 / Math.max(1, count), (from, to) -> {
            for (long i = from; i < to; i++) {
                long sum = 0;
                for (long j = 0; j < count; j++) {
                    long product = 1;
                    for (int k = 0; k < readers.length; k++) {
                        product *= readers[k].get(
                                outer.position(k + 1, i) + inner.position(k + 1, j) - inner.offsets[k + 1]);
                    }
                    sum = dtype == DType.BOOL ? sum | product : sum + product;
                }
                sum *= scale;
                long at = outer.position(0, i);
                switch (dtype) {
                    case INT32 -> new Memory.Ints((CpuStorage) out.storage()).put(at, (int) sum);
                    case INT64 -> new Memory.Longs((CpuStorage) out.storage()).put(at, sum);
                    case BOOL -> new Memory.Bytes((CpuStorage) out.storage()).put(at, (byte) (sum != 0 ? 1 : 0));
                    default -> throw new DTypeException("sumProduct: no kernel for " + dtype);
                }
            }
        });
    }

    private interface Reader {
        double get(long i);
    }

    private interface IntegerReader {
        long get(long i);
    }

    private static Reader reader(View v) {
        CpuStorage s = (CpuStorage) v.storage();
        return switch (v.dtype()) {
            case FLOAT32 -> new Memory.Floats(s)::get;
            case FLOAT64 -> new Memory.Doubles(s)::get;
            default -> throw new DTypeException("sumProduct: no kernel for " + v.dtype());
        };
    }

    private static IntegerReader integers(View v) {
        CpuStorage s = (CpuStorage) v.storage();
        return switch (v.dtype()) {
            case INT32 -> new Memory.Ints(s)::get;
            case INT64 -> new Memory.Longs(s)::get;
            case BOOL -> new Memory.Bytes(s)::get;
            default -> throw new DTypeException("sumProduct: no kernel for " + v.dtype());
        };
    }
}
