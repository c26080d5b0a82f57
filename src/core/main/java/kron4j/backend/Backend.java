package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import kron4j.DType;
import kron4j.Shape;
import kron4j.StreamScope;
import kron4j.memory.MemorySource;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.Costs;
import kron4j.plan.GemmPlan;
import kron4j.plan.WindowPlan;

/**
 * The operations of a device. Operands are views of any strides, broadcast to the shape of the result by stride 0. Results are views too and do not
 * overlap the operands, except that an elementwise result may be exactly one of its operands. Work may be queued; only {@link #download} and
 * {@link #synchronize} wait. Shapes and dtypes fit: {@code kron4j.ops} refuses what does not.
 */
public interface Backend {
    /** Returns the name: {@code cpu}, {@code cuda:0}, ... */
    String name();

    /** Describes hardware, libraries, their versions and threads for people, a line per fact. */
    List<String> describe();

    /** Returns the costs of the kernels for elements of a dtype, for planning. */
    Costs costs(DType dtype);

    /** Allocates memory with undefined content; the caller holds it. */
    Storage allocate(DType dtype, long size);

    /** Returns the source of {@link #allocate}. */
    MemorySource memory();

    /** Returns how many bytes that source hands out at most. */
    long memoryLimit();

    /** Copies the buffer's remaining bytes (native byte order) into the storage from byte {@code offset}; the buffer may be reused at return. */
    void upload(ByteBuffer source, Storage target, long offset);

    /** Fills the buffer's remaining bytes from the storage from byte {@code offset}; waits. */
    void download(Storage source, long offset, ByteBuffer target);

    /** Makes a storage over a direct buffer's remaining bytes, if the device can use host memory in place. */
    Storage wrap(ByteBuffer memory, DType dtype);

    /** Makes a storage over caller-owned memory of the device; see {@link kron4j.Interop}. */
    Storage wrap(long address, DType dtype, long size, LongConsumer release);

    /** Returns a direct buffer over a storage's bytes, if the host can use the device's memory in place. */
    ByteBuffer buffer(Storage storage, long offset, long bytes);

    /** Returns the handle of the queue of the calling thread's work; 0 if the device has no queues. */
    long stream();

    /** Returns that queue's handle after making it wait for other queues' work on a storage. */
    long stream(Storage used);

    /**
     * Records the operations of {@code work} in the calling thread instead of computing them; see {@link kron4j.DeviceGraph}.
     *
     * @throws kron4j.CaptureException if the device does not record, or the work cannot be recorded
     */
    Recording capture(Runnable work);

    /** Waits until all queued work is done, on all streams. */
    void synchronize();

    /** Ends background threads and gives cached memory back; later calls start them again. See {@link kron4j.Device#shutdown}. */
    default void shutdown() {
        memory().trim();
    }

    /** Queues the calling thread's work on a stream of its own until the scope is closed; see {@link kron4j.Device#openStream}. */
    StreamScope openStream();

    /** Sets every element to {@code value} (a Double or Long, converted to the dtype; nonzero is true). */
    void fill(Number value, View out);

    /** Copies elementwise between equal shapes; converts the dtype as Java casts do (nonzero is true, NaN to integer is 0). */
    void copy(View a, View out);

    /** {@code out = re + i im}, of equal shapes; out is complex, the others of its precision. */
    void join(View re, View im, View out);

    /** Copies as {@link #copy} does, each view to its target; no target shares memory with another view. */
    void copyEach(List<View> views, List<View> targets);

    void unary(UnaryOp op, View a, View out);

    void binary(BinaryOp op, View a, View b, View out);

    /** Computes with a scalar (Double or Long, converted to the tensor's dtype) as the right operand, or the left if {@code scalarFirst}. */
    void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out);

    /** {@code condition ? a : b}, condition of dtype bool. */
    void where(View condition, View a, View b, View out);

    /** Reduces the last {@code reducedRank} axes of {@code a}; {@code out} has the leading ones. Deterministic. */
    void reduce(ReduceOp op, View a, int reducedRank, View out);

    /**
     * Reduces the elements up to each one along the last axis, of the same size in {@code out}, into which integers are converted first. No halves.
     * Deterministic.
     */
    void scan(ScanOp op, View a, View out);

    /**
     * {@code out[.., 0] = a[.., 0]} and {@code out[.., i] = links[.., i-1] * out[.., i-1] + a[.., i]} along the last axis, which has one element less in
     * {@code links}; float32, float64 or complex. Deterministic.
     */
    void recur(View links, View a, View out);

    /**
     * Computes {@code exp(a - m) / sum(exp(a - m))} with m the maximum over the last axis of a floating operand, or its logarithm, accurate where the
     * quotient underflows. NaN where the axis contains NaN or inf, or only -inf.
     */
    void softmax(View a, boolean log, View out);

    /**
     * Reduces in einsum's style: {@code out[i...] = alpha * sum over the last reducedRank axes of the product of the operands}, all operands
     * expanded to one shape (by stride 0). At least one operand. With reducedRank 0 it is a scaled elementwise product.
     */
    void sumProduct(Number alpha, List<View> operands, int reducedRank, View out);

    /** Runs the GEMMs of a plan; alpha and beta are rounded to the operands' dtype. With beta 0, C is not read. */
    void gemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c);

    /** Computes the Kronecker product of equal ranks: {@code out[i0*p0+j0, i1*p1+j1, ...] = a[i0,i1,...] * b[j0,j1,...]} with p the sizes of b. */
    void kron(View a, View b, View out);

    /**
     * Multiplies data by the Kronecker product of matrices without forming it, in one or few passes over the data:
     * {@code out[l, (i1..ik), p] = sum over (j1..jk) of f1[i1, j1] ... fk[ik, jk] * x[l, (j1..jk), p]}, x of shape [lead, N, post] and out
     * [lead, M, post].
     *
     * @return false, with nothing done, if the device has no kernel for these sizes and layouts: apply the factors one by one by {@link #gemm}
     */
    boolean kronApply(List<View> factors, View x, View out);

    /**
     * Returns the numbers of factors that {@link #kronApply} applies in each pass over row-major data, the last factors first; none if it would return false.
     *
     * @param dtype of the data
     */
    List<Integer> kronPasses(List<View> factors, Shape x, DType dtype);

    /** Returns whether {@link #kronApply} and {@link #kronApplyBack} take these operands and others like them. */
    boolean kronAppliesBack(List<View> factors, View x);

    /**
     * Computes the gradients of {@link #kronApply}.
     *
     * @param g that of its result; row-major, as all results
     * @param ofX that of x, if it is wanted
     * @param ofFactors that of each factor
     */
    void kronApplyBack(List<View> factors, View x, View g, Optional<View> ofX, List<View> ofFactors);

    /**
     * {@code out[i.., j, k..] = a[i.., index[i.., j, k..], k..]} along {@code axis}; index int64 in [0, size), checked by callers. A device
     * whose callers would have to wait for the check uses the nearest valid index.
     */
    void takeAlong(View a, int axis, View index, View out);

    /**
     * The adjoint of {@link #takeAlong}: {@code out[i.., index[i.., j, k..], k..] += a[i.., j, k..]} along {@code axis}, in ascending j, so that sums are
     * reproducible; index int64 in [0, size), checked by callers. Numbers, not bool.
     */
    void addAlong(View a, int axis, View index, View out);

    /**
     * Sorts lines along the last axis, of fewer than 2^31 elements: {@code out} gets the elements in ascending or descending order, equal ones (-0.0 and
     * 0.0 too) in the order in which they are, NaN last. Not complex.
     */
    void sort(View a, boolean descending, View out);

    /**
     * {@code index}, of int64, gets the positions of the elements in the order that {@link #sort} gives them: of the first ones, if its last axis is shorter
     * than that of {@code a}.
     */
    void argsort(View a, boolean descending, View index);

    /**
     * Finds places in sorted lines, in the order that {@link #sort} gives: {@code out[i..] = } how many elements of {@code lines[i.., :]} are less than
     * {@code sought[i..]}, or not greater if {@code right}; out int64. Not complex.
     */
    void searchSorted(View lines, View sought, boolean right, View out);

    /**
     * Sums the elements of windows of float32 or float64 images: {@code out[n, c, o..] = sum over the window o.. of a[n, c, ..]}.
     *
     * @param a [n, c, ..], three axes more
     * @param out row-major
     */
    void sumWindows(WindowPlan plan, View a, View out);

    /**
     * Finds the largest element of each window, or NaN if there is one, and its row-major place among those of its channel, the first of several; -inf
     * and 0 of none.
     *
     * @param index int64, row-major, as {@code out}
     */
    void maxWindows(WindowPlan plan, View a, View out, View index);

    /** Numbers of an optimizer, {@code kron4j.train.Adam}. */
    record Adam(double beta1, double beta2, double decay, double epsilon) {}

    /**
     * Makes a step of Adam for all parameters of a model at once; the lists have one view for each, of one real dtype.
     *
     * @param scalars the learning rate, what means are to be multiplied by, and what the roots of mean squares are
     * @return false, with nothing done, if the device has no kernel for these numbers and layouts: update one after the other
     */
    boolean adam(
            Adam numbers,
            List<View> parameters,
            List<View> gradients,
            List<View> means,
            List<View> squares,
            List<View> scalars);

    /**
     * A normalization of lines, or of channels: {@code (x - mean) / sqrt(variance + epsilon) weight + bias}, or without the mean and with the mean square.
     *
     * @param length elements that share a mean
     * @param channels none for lines
     */
    record Norm(boolean centred, double epsilon, long length, Optional<Channels> channels) {}

    /**
     * Channels [samples, groups, each, positions], with weights [groups, each].
     *
     * @param together whether all samples share the mean of a group, of one channel, or each has its own
     */
    record Channels(long samples, long groups, long each, long positions, boolean together) {}

    /** Returns whether {@link #normalize} and {@link #normalizeBack} take these operands and others like them. */
    boolean normalizes(Norm norm, View... operands);

    /**
     * Normalizes lines or channels.
     *
     * @param x side by side
     * @param affine nothing, a weight, or a weight and a bias
     * @param statistics for each line, or sample and group, a first mean, the mean of the distances from it, the factor, and the variance; row-major
     */
    void normalize(Norm norm, View x, List<View> affine, View y, View... statistics);

    /**
     * Computes the gradients of {@link #normalize}.
     *
     * @param statistics the first three
     * @param affine nothing or a weight
     * @param ofAffine as many as there were operands beside x
     */
    void normalizeBack(
            Norm norm, View x, List<View> statistics, View g, List<View> affine, View ofX, List<View> ofAffine);

    /**
     * Attention, {@code softmax(scale q k^T + mask) v}.
     *
     * @param causal whether query i sees the keys 0 to i only
     */
    record Attend(boolean causal, double scale) {}

    /** Returns whether {@link #attend} and {@link #attendBack} take q [.., L, E], k [.., S, E], v [.., S, F], and perhaps a mask [.., L, S], bool or added. */
    boolean attends(List<View> operands);

    /**
     * Computes attention; weights of what is not seen are 0, and so is the result of a query that sees nothing.
     *
     * @param y [.., L, F], row-major
     * @param logarithms of the sums of exp(score), [.., L, 1], row-major
     */
    void attend(Attend how, List<View> operands, View y, View logarithms);

    /**
     * Computes the gradients of {@link #attend}; of keys that come after the last query of a causal one, nothing.
     *
     * @param found y and the logarithms
     * @param g row-major
     * @param gradients of q, k and v, row-major
     */
    void attendBack(Attend how, List<View> operands, List<View> found, View g, List<View> gradients);

    /**
     * A long short-term memory over whole sequences, [length, batch, ..]. The input gate comes first, then the forget gate, and then the candidate or the output gate.
     *
     * @param candidateLast whether the output gate comes third
     */
    record Lstm(boolean candidateLast) {}

    /** Returns whether {@link #lstm} and {@link #lstmBack} take sequences such as these, and, at the end, recurrent weights [4 width, width]. */
    boolean recurs(View... operands);

    /**
     * Computes all steps.
     *
     * @param driven what the gates see of the input, [length, batch, 4 width]
     * @param gates [length, batch, 4 width]
     * @param states [length + 1, batch, width], with the first given
     * @param cells as the states
     */
    void lstm(Lstm how, View driven, View recurrent, View gates, View states, View cells);

    /**
     * Computes gradients of {@link #lstm}.
     *
     * @param g of the states but the first
     * @param ofDriven [length, batch, 4 width]
     * @param ofState of the first state, [batch, width]
     * @param ofCell of the last cell; becomes that of the first
     */
    void lstmBack(Lstm how, View recurrent, View gates, View cells, View g, View ofDriven, View ofState, View ofCell);

    /**
     * Computes a convolution, {@code y = beta y + x * w}, without copies of windows.
     *
     * @param x [images, groups * inputs, ..]
     * @param w [groups, outputs, inputs, taps..]
     * @param beta 0 or 1; with 0, y is not read
     * @param y [images, groups * outputs, ..]
     * @return false, with nothing done, if the device has no kernel for these sizes and dtypes: multiply windows by {@link #gemm}
     */
    boolean convolve(ConvolutionPlan plan, View x, View w, double beta, View y);

    /**
     * Computes the adjoint of a convolution's kernel, as {@link #convolve}.
     *
     * @param w row-major
     * @return false if w is still to be computed
     */
    boolean correlate(ConvolutionPlan plan, View x, View y, View w);

    /**
     * {@code out[i.., index[i.., j, k..], k..] = j} along {@code axis}, the last such j; what no index names stays -1, which all of {@code out} is before.
     * Both int64; indices outside [0, size) are skipped.
     */
    void lastAlong(View index, int axis, View out);

    /**
     * {@code out = old}, then {@code out[i.., index[i.., j, k..], k..] = a[i.., j, k..]} along {@code axis} in ascending j; indices outside [0, size) are
     * skipped. Devices that write in no order return false, and do nothing.
     *
     * @param index int64, on no axis but that one larger than {@code out}
     */
    default boolean putAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /**
     * As {@link #takeAlong} of an index, int64, that nobody has checked; false, and {@code out} is undefined, where an entry is not in [0, size), or where the
     * check is another pass.
     */
    default boolean tryTakeAlong(View a, int axis, View index, View out) {
        return false;
    }

    /** {@code out = old}, then as {@link #addAlong}, and checked as {@link #tryTakeAlong}. */
    default boolean tryAddAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /** As {@link #putAlong}, but checked as {@link #tryTakeAlong}. */
    default boolean tryPutAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /**
     * Finds the largest or least elements so far along the last axis and, int64, where each is, the last of several and of NaN; false, and nothing is done, where
     * {@link #scan} and {@link #takeAlong} do as well.
     *
     * @param op MAX or MIN
     */
    default boolean extremes(ScanOp op, View a, View values, View places) {
        return false;
    }

    /**
     * Writes sums of squares over the last axes in one pass, of an operand and a result of one real dtype; false, and the result is undefined, where there is no such
     * kernel, or where a sum of squares over- or underflows or is 0.
     */
    default boolean sumOfSquares(View a, int reducedRank, View out) {
        return false;
    }

    /** Returns the least and the greatest entry of an index, of int64 and not empty, where a look at once is cheap. */
    default Optional<long[]> bounds(View index) {
        return Optional.empty();
    }

    /**
     * Writes the positions of the true elements of a vector in order to the start of another one as long, of int64, and returns how many they are; or -1, and
     * does nothing, where this takes more than one pass.
     */
    default long positions(View mask, View out) {
        return -1;
    }

    /**
     * Fills with random numbers. Element e in the row-major order of {@code out} depends only on (seed, stream, e), the same on every device.
     */
    void random(Distribution distribution, long seed, long stream, View out);

    /**
     * Runs a program for each element of the loads' shape. The result of a program with a reduction is reduced along the last axes.
     *
     * @param reducedRank number of reduced axes; 0 without a reduction
     * @param loads views of one shape for the program's loads
     * @param targets for each result a view of that shape, or of the leading axes with a reduction, which has one; each may be exactly one of the loads
     * @return false, with nothing done, if the device has no such kernel: compute step by step
     */
    boolean fused(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets);

    /**
     * Computes what fused steps do by a loop of its own.
     *
     * @param operands of the function; for its gradients, behind them its result and the result's gradient
     * @param results row-major
     * @return false, with nothing done that counts, if the device has no such loop: run the steps' passes
     */
    boolean fusedKernel(FusedKernel kernel, List<View> operands, List<View> results);

    /**
     * Runs a program without a reduction for each of several groups of operands, as {@link #fused} does for one after the other. What a group writes, no other
     * one reads or writes.
     *
     * @param loads for each group
     * @param targets for each group
     * @return false, with nothing done, if the device has no such kernel
     */
    boolean fusedEach(FusedProgram program, List<List<View>> loads, List<List<View>> targets);

    /** Returns the factorisations and their uses. */
    LinalgBackend linalg();
}
