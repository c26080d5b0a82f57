package kron4j.backend.cuda.card;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.View;

/**
 * The parameter block of one kernel launch: a run of 8-byte words in page-locked memory, reused for every launch of a thread. What a kernel takes
 * is one struct whose fields are 8 bytes each; put them in its order. The launch copies them.
 */
public final class Words {
    /** The most that CUDA passes to a kernel, in words. */
    static final int MOST = 512;

    /** Bytes that {@link #Words} needs: the words, the address of the words, and scalars for the libraries. */
    static final int BYTES = 2 * MOST * Long.BYTES;

    private static final int SCALARS = MOST * Long.BYTES + Long.BYTES;

    private final ByteBuffer buffer;
    private final Pointer parameters;
    private final Pointer alpha;
    private final Pointer beta;
    private int count;

    /** Words in {@link #BYTES} of this process's memory, which {@code buffer} shows too. */
    Words(long address, ByteBuffer buffer) {
        this.buffer = buffer.order(ByteOrder.nativeOrder());
        buffer.putLong(MOST * Long.BYTES, address);
        parameters = new HostPointer(address + MOST * Long.BYTES);
        alpha = new HostPointer(address + SCALARS);
        beta = new HostPointer(address + SCALARS + 2 * Double.BYTES);
    }

    Words clear() {
        count = 0;
        return this;
    }

    public Words put(long word) {
        buffer.putLong(Long.BYTES * count++, word);
        return this;
    }

    public Words put(boolean word) {
        return put(word ? 1L : 0L);
    }

    public Words put(double word) {
        buffer.putDouble(Long.BYTES * count++, word);
        return this;
    }

    /** A factor of the dtype, as kernels take it, in two words: a double, or a long for integers and truth values; the imaginary part. */
    public Words put(Number factor, DType dtype) {
        CudaType type = CudaType.of(dtype);
        return put(type.factor(factor)).put(type.imaginary(factor));
    }

    /** The address of the view's element with index 0 on every axis. */
    public Words put(View v) {
        return put(address(v));
    }

    /** Each in turn. */
    public Words put(long[] words) {
        for (long word : words) {
            put(word);
        }
        return this;
    }

    /** Each in turn, then zeros up to {@code length} words. */
    public Words put(long[] words, int length) {
        put(words);
        for (int i = words.length; i < length; i++) {
            put(0L);
        }
        return this;
    }

    public Words putZeros(int count) {
        return put(new long[0], count);
    }

    /** Where the view's element with index 0 on every axis lies in the card's memory. */
    public static long address(View v) {
        return address(v, v.layout().offset());
    }

    /** Where the element {@code offset} of the view's storage lies in the card's memory. */
    public static long address(View v, long offset) {
        return v.storage().address() + offset * v.dtype().bytes();
    }

    /** Number of words put since {@link #clear}. */
    public int count() {
        return count;
    }

    /** The address of the address of the words, which a launch takes. */
    Pointer parameters() {
        return parameters;
    }

    /** The scalar in the dtype in which operands are computed, where the libraries read it during the call; until the next call of this method. */
    public Pointer alpha(Number value, DType dtype) {
        return scalar(SCALARS, value, dtype, alpha);
    }

    /** A second scalar, beside that of {@link #alpha}. */
    public Pointer beta(Number value, DType dtype) {
        return scalar(SCALARS + 2 * Double.BYTES, value, dtype, beta);
    }

    private Pointer scalar(int at, Number value, DType dtype, Pointer pointer) {
        CudaType part = CudaType.of(dtype.realPart().computed());
        buffer.putLong(at, part.bits(Complex.of(value).re()));
        if (dtype.isComplex()) {
            buffer.putLong(at + dtype.bytes() / 2, part.bits(Complex.of(value).im()));
        }
        return pointer;
    }
}
