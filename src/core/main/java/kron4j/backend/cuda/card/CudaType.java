package kron4j.backend.cuda.card;

import static jcuda.cudaDataType.CUDA_C_32F;
import static jcuda.cudaDataType.CUDA_C_64F;
import static jcuda.cudaDataType.CUDA_R_16BF;
import static jcuda.cudaDataType.CUDA_R_16F;
import static jcuda.cudaDataType.CUDA_R_32F;
import static jcuda.cudaDataType.CUDA_R_64F;
import static jcuda.jcublas.cublasComputeType.CUBLAS_COMPUTE_32F;
import static jcuda.jcublas.cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
import static jcuda.jcublas.cublasComputeType.CUBLAS_COMPUTE_64F;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Precision;
import kron4j.backend.Halves;

/** A dtype as kernels and cuBLAS know it; the table to which a new dtype is added. */
public enum CudaType {
    F32(DType.FLOAT64, new Gemm(CUDA_R_32F, CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32)),
    F64(DType.FLOAT64, new Gemm(CUDA_R_64F, CUBLAS_COMPUTE_64F, CUBLAS_COMPUTE_64F)),
    F16(DType.FLOAT32, new Gemm(CUDA_R_16F, CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F)),
    BF16(DType.FLOAT32, new Gemm(CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F)),
    C64(DType.COMPLEX128, new Gemm(CUDA_C_32F, CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32)),
    C128(DType.COMPLEX128, new Gemm(CUDA_C_64F, CUBLAS_COMPUTE_64F, CUBLAS_COMPUTE_64F)),
    I32(DType.INT32, null),
    I64(DType.INT64, null),
    I8(DType.INT32, null),
    U8(DType.INT32, null),
    B8(DType.INT64, null);

    private final DType sums;
    private final Gemm gemm;

    CudaType(DType sums, Gemm gemm) {
        this.sums = sums;
        this.gemm = gemm;
    }

    public static CudaType of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> F32;
            case FLOAT64 -> F64;
            case FLOAT16 -> F16;
            case BFLOAT16 -> BF16;
            case COMPLEX64 -> C64;
            case COMPLEX128 -> C128;
            case INT32 -> I32;
            case INT64 -> I64;
            case INT8 -> I8;
            case UINT8 -> U8;
            case BOOL -> B8;
        };
    }

    /** The dtype at the end of a kernel's name. */
    public String suffix() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type whose kernels add and multiply this one's elements: what wraps around has the same bits with and without sign. */
    CudaType ring() {
        return switch (this) {
            case F32, F64, F16, BF16, C64, C128, I32, I64, U8, B8 -> this;
            case I8 -> U8;
        };
    }

    /** The dtype in which kernels add up products. */
    public DType sums() {
        return sums;
    }

    /** Empty if cuBLAS does not multiply matrices of this dtype. */
    public Optional<Gemm> gemm() {
        return Optional.ofNullable(gemm);
    }

    /** Whether a division by zero and a negative power have no result, and zero has no sign. */
    public boolean isExact() {
        return switch (this) {
            case F32, F64, F16, BF16, C64, C128 -> false;
            case I32, I64, I8, U8, B8 -> true;
        };
    }

    /** The number of this dtype as kernels take it, in the first word of {@code Scalar} of k4j.cuh. */
    public long word(Number value) {
        return switch (this) {
            case F32, F16, BF16 -> Double.doubleToRawLongBits(value.floatValue());
            case C64, C128 -> Double.doubleToRawLongBits(Complex.of(value).re());
            case F64 -> Double.doubleToRawLongBits(value.doubleValue());
            case I32 -> value.intValue();
            case I64 -> value.longValue();
            case I8 -> (byte) value.intValue();
            case U8 -> value.intValue() & 0xff;
            case B8 -> value.doubleValue() != 0 ? 1 : 0;
        };
    }

    /** A factor of this dtype's products as kernels take it: rounded there, and integers modulo their width. */
    public long factor(Number value) {
        return switch (this) {
            case F32, F64, F16, BF16 -> Double.doubleToRawLongBits(value.doubleValue());
            case C64, C128 -> word(value);
            case I32, I64, I8, U8, B8 -> value.longValue();
        };
    }

    /** The second word of a number or factor: the imaginary part, or zeros. */
    public long imaginary(Number value) {
        return switch (this) {
            case C64, C128 -> Double.doubleToRawLongBits(Complex.of(value).im());
            case F32, F64, F16, BF16, I32, I64, I8, U8, B8 -> 0;
        };
    }

    /** The number as an element in memory, of what is not complex; the first bytes of the word. */
    public long bits(Number value) {
        return switch (this) {
            case F32 -> Float.floatToRawIntBits(value.floatValue());
            case F16 -> Halves.toFloat16(toDouble(value)) & 0xffff;
            case BF16 -> Halves.toBfloat16(toDouble(value)) & 0xffff;
            case C64, C128 -> throw new IllegalStateException(this + " has two parts");
            case F64, I32, I64, I8, U8, B8 -> word(value);
        };
    }

    /** A number as a double, from which rounding to a half is rounding the number. */
    private static double toDouble(Number value) {
        return value instanceof Long ? Halves.toDouble(value.longValue()) : value.doubleValue();
    }

    /** The first element of a buffer, of an exact dtype. */
    public long integer(ByteBuffer elements) {
        return switch (this) {
            case I32 -> elements.getInt(0);
            case I64 -> elements.getLong(0);
            case I8, B8 -> elements.get(0);
            case U8 -> elements.get(0) & 0xff;
            case F32, F64, F16, BF16, C64, C128 -> throw new IllegalStateException(this + " is no integer");
        };
    }

    /** The numbers by which cuBLAS's calls for any dtype know this one. */
    public record Gemm(int dataType, int exactCompute, int fastCompute) {
        /** The type in which products are computed. */
        public int compute() {
            return Precision.current() == Precision.TF32 ? fastCompute : exactCompute;
        }
    }
}
