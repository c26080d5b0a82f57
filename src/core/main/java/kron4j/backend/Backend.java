package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import kron4j.DType;
import kron4j.memory.MemorySource;
import kron4j.plan.Costs;
import kron4j.plan.GemmPlan;

/**
 * What a device does. Operands are views: any strides, broadcast by stride 0 to the shape of the result beforehand; results are views too and do
 * not overlap the operands, except that an elementwise result may be exactly one of its operands. Work may be queued; only {@link #download} and
 * {@link #synchronize} wait. {@link AbstractBackend} validates; implementations only compute.
 */
public interface Backend {
    /** {@code cpu}, {@code cuda:0}, ... */
    String name();

    /** A line per fact for people: hardware, libraries and their versions, threads. */
    List<String> describe();

    /** What its kernels take, for those who plan. */
    Costs costs();

    /** Fresh memory with undefined content; the caller is its holder. */
    Storage allocate(DType dtype, long size);

    /** The memory that {@link #allocate} takes from. */
    MemorySource memory();

    /** Copies the buffer's remaining bytes (native byte order) into the storage from byte {@code offset}; the buffer is free at return. */
    void upload(ByteBuffer source, Storage target, long offset);

    /** Fills the buffer's remaining bytes from the storage from byte {@code offset}; waits. */
    void download(Storage source, long offset, ByteBuffer target);

    /** A storage over a direct buffer's remaining bytes, where the device can use this process's memory in place. */
    Storage wrap(ByteBuffer memory, DType dtype);

    /** A storage over memory of the device that somebody else owns; see {@link kron4j.Interop}. */
    Storage wrap(long address, DType dtype, long size, LongConsumer release);

    /** Bytes of a storage as a direct buffer over the same memory, where this process can use the device's in place. */
    ByteBuffer buffer(Storage storage, long offset, long bytes);

    /** The handle of the queue that the calling thread's work goes to; 0 if nothing is queued. */
    long stream();

    /** That queue, made to wait for what others do to a storage. */
    long stream(Storage used);

    /**
     * Records what {@code work} asks for in the calling thread instead of computing it; see {@link kron4j.DeviceGraph}.
     *
     * @throws kron4j.CaptureException if the device does not record, or the work cannot be
     */
    Recording capture(Runnable work);

    /** Waits until all queued work is done, on all streams. */
    void synchronize();

    /** Ends threads that work in the background and gives cached memory back; later calls make them anew. See {@link kron4j.Device#shutdown}. */
    default void shutdown() {
        memory().trim();
    }

    /** Queues what the calling thread asks for on a stream of its own until the scope is closed; see {@link kron4j.Device#openStream}. */
    StreamScope openStream();

    /** Every element becomes {@code value} (a Double or Long, converted to the dtype; nonzero is true). */
    void fill(Number value, View out);

    /** Elementwise copy between equal shapes; converts the dtype as Java casts do (nonzero is true, NaN to integer is 0). */
    void copy(View a, View out);

    void unary(UnaryOp op, View a, View out);

    void binary(BinaryOp op, View a, View b, View out);

    /** With a scalar (Double or Long, taken in the tensor's dtype) as the right operand, or the left if {@code scalarFirst}. */
    void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out);

    /** {@code condition ? a : b}, condition of dtype bool. */
    void where(View condition, View a, View b, View out);

    /** Reduces the last {@code reducedRank} axes of {@code a}; {@code out} has the leading ones. Deterministic. */
    void reduce(ReduceOp op, View a, int reducedRank, View out);

    /**
     * Over the last axis of a floating operand: {@code exp(a - m) / sum(exp(a - m))} with m the maximum, or the logarithm of that, accurate where it
     * underflows. NaN where the axis holds NaN, inf, or nothing but -inf.
     */
    void softmax(View a, boolean log, View out);

    /**
     * The einsum-style reduction: {@code out[i...] = alpha * sum over the last reducedRank axes of the product of the operands}, all operands
     * expanded to one shape (by stride 0). At least one operand. With reducedRank 0 it is a scaled elementwise product.
     */
    void sumProduct(double alpha, List<View> operands, int reducedRank, View out);

    /** The GEMMs of the plan; alpha and beta in the dtype of the operands; with beta 0, C is not read. */
    void gemm(GemmPlan plan, double alpha, View a, View b, double beta, View c);

    /** Kronecker product of equal ranks: {@code out[i0*p0+j0, i1*p1+j1, ...] = a[i0,i1,...] * b[j0,j1,...]} with p the sizes of b. */
    void kron(View a, View b, View out);

    /**
     * The Kronecker product of matrices times data, never formed, in one or few passes over the data:
     * {@code out[l, (i1..ik), p] = sum over (j1..jk) of f1[i1, j1] ... fk[ik, jk] * x[l, (j1..jk), p]}, x of shape [lead, N, post] and out
     * [lead, M, post].
     *
     * @return false, and nothing done, where the device has no kernel for these sizes and layouts: apply the factors by {@link #gemm}, one by one
     */
    boolean kronApply(List<View> factors, View x, View out);

    /**
     * {@code out[i.., j, k..] = a[i.., index[i.., j, k..], k..]} along {@code axis}; index int64 in [0, size), as callers check: a device that would have to
     * wait for the answer takes the nearest inside instead.
     */
    void takeAlong(View a, int axis, View index, View out);

    /**
     * The adjoint of {@link #takeAlong}: {@code out[i.., index[i.., j, k..], k..] += a[i.., j, k..]} along {@code axis}, for ascending j, so that sums are the
     * same each time; index int64 in [0, size), as callers check. Numbers, not bool.
     */
    void addAlong(View a, int axis, View index, View out);

    /**
     * Fills with random numbers: element e of the row-major order of {@code out} depends on (seed, stream, e) only, on every device alike.
     */
    void random(Distribution distribution, long seed, long stream, View out);

    /** Factorisations and what follows from them. */
    LinalgBackend linalg();
}
