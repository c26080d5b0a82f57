package kron4j.backend.cuda.card;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import kron4j.DType;

/** Names of the kernels that exist for each dtype, made once; the index is the dtype's ordinal. */
public final class KernelNames {
    private KernelNames() {}

    /** {@code what_f32} and so on. */
    public static String[] of(String what) {
        return of(what, DType.values());
    }

    /** The same for kernels that only these dtypes have; null for the others. */
    public static String[] of(String what, DType... dtypes) {
        List<DType> some = List.of(dtypes);
        return names(dtype -> some.contains(dtype) ? of(what, dtype) : null);
    }

    /** {@code what_f32} or the like. */
    public static String of(String what, DType dtype) {
        return what + "_" + CudaType.of(dtype).suffix();
    }

    /** {@code what_b32} and so on, for kernels that only move elements. */
    public static String[] ofWidths(String what) {
        return names(dtype -> what + "_b" + 8 * dtype.bytes());
    }

    /** {@link #of(String)} for kernels that only add and multiply, so that bytes with and without a sign share one. */
    public static String[] ofRings(String what) {
        return ofRings(what, DType.values());
    }

    /** The same for kernels that only these dtypes have; null for the others. */
    public static String[] ofRings(String what, DType... dtypes) {
        List<DType> some = List.of(dtypes);
        return names(dtype -> some.contains(dtype) ? ofRing(what, dtype) : null);
    }

    private static String ofRing(String what, DType dtype) {
        return what + "_" + CudaType.of(dtype).ring().suffix();
    }

    /** {@code what_f64_f32} and so on, for kernels that read {@linkplain CudaType#sums sums} and write elements. */
    public static String[] ofSums(String what) {
        return names(dtype -> ofRing(of(what, CudaType.of(dtype).sums()), dtype));
    }

    private static String[] names(Function<DType, String> name) {
        return Arrays.stream(DType.values()).map(name).toArray(String[]::new);
    }
}
