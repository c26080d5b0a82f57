package kron4j.backend.cuda.card;

import java.util.Arrays;
import kron4j.DType;

/** Names of the kernels that exist for each dtype, made once; the index is the dtype's ordinal. */
public final class KernelNames {
    private KernelNames() {}

    /** {@code what_f32} and so on. */
    public static String[] of(String what) {
        return names(what, KernelNames::suffix);
    }

    /** {@code what_b32} and so on, for kernels that only move elements. */
    public static String[] ofWidths(String what) {
        return names(what, dtype -> "b" + 8 * dtype.bytes());
    }

    private static String[] names(String what, java.util.function.Function<DType, String> suffix) {
        return Arrays.stream(DType.values())
                .map(d -> what + "_" + suffix.apply(d))
                .toArray(String[]::new);
    }

    private static String suffix(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> "f32";
            case FLOAT64 -> "f64";
            case INT32 -> "i32";
            case INT64 -> "i64";
            case BOOL -> "b8";
        };
    }
}
