package kron4j.backend.cuda.card;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.JCusolverDn;
import jcuda.jcusolver.cusolverDnHandle;
import jcuda.runtime.cudaStream_t;
import kron4j.CaptureException;
import kron4j.DeviceException;
import kron4j.DeviceLostException;
import kron4j.backend.PerThread;
import kron4j.backend.cuda.load.CudaLibraries;
import kron4j.memory.Forgotten;

/**
 * One card: its primary context (shared with other users of CUDA in this process), streams, kernels and library handles. Any Java thread may call;
 * work of all threads goes to one stream unless a thread opened its own, so that what a thread hands to another is in order.
 */
public final class CudaContext {
    private static final int WORDS_AT_A_TIME = 16;
    private static final long MOST_BLOCKS = Integer.MAX_VALUE;

    private final int ordinal;
    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final CudaStreams streams;
    private final CardMemory memory;
    private final Kernels kernels = new Kernels(this);
    private final Deque<WordsPlace> spareWords = new ArrayDeque<>();
    private final PerThread<Words> words = new PerThread<>(this::takeWords);
    private volatile DeviceLostException lost;

    public CudaContext(int ordinal) {
        this.ordinal = ordinal;
        check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet", ordinal);
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain", ordinal);
        streams = new CudaStreams(this);
        memory = new CardMemory(this);
    }

    public String name() {
        return "cuda:" + ordinal;
    }

    /** A fact about the card; see {@link jcuda.driver.CUdevice_attribute}. */
    public int attribute(int which) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute", which);
        return value[0];
    }

    /** Bytes of memory that the card has. */
    long totalMemory() {
        long[] bytes = new long[1];
        check(JCudaDriver.cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
        return bytes[0];
    }

    public CUdevice device() {
        return device;
    }

    /** Makes the context the calling thread's; before any call that needs one. Cheap, and others in the process may have changed it. */
    public void attach() {
        if (lost != null) {
            throw new DeviceLostException(lost.getMessage());
        }
        int code = JCudaDriver.cuCtxSetCurrent(context);
        if (code != 0) {
            throw failed(code, "cuCtxSetCurrent");
        }
    }

    // ---- memory ----

    public CardMemory memory() {
        return memory;
    }

    /** Memory for the work of one operation. */
    public Scratch scratch() {
        return new Scratch(memory.source());
    }

    // ---- streams ----

    /** The calling thread's stream. */
    public CudaStream stream() {
        return streams.current();
    }

    public CudaStreams streams() {
        return streams;
    }

    /** Does what a thread that records a graph may do beside it: loading and allocating, which CUDA refuses it otherwise. */
    <T> T beside(Supplier<T> work) {
        if (stream().recorder() == null) {
            return work.get();
        }
        int[] mode = {CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED};
        check(JCudaDriver.cuThreadExchangeStreamCaptureMode(mode), "cuThreadExchangeStreamCaptureMode", "relaxed");
        try {
            return work.get();
        } finally {
            JCudaDriver.cuThreadExchangeStreamCaptureMode(mode);
        }
    }

    /** Throws if the calling thread records a graph. */
    public void refuseWhileRecording(String operation, String remedy) {
        if (stream().recorder() != null) {
            throw new CaptureException(name() + ": " + operation + " cannot be recorded; " + remedy);
        }
    }

    // ---- kernels ----

    /** This thread's parameter block, cleared. */
    public Words words() {
        return words.get().clear();
    }

    private record WordsPlace(long address, ByteBuffer buffer) {}

    private Words takeWords() {
        WordsPlace place;
        synchronized (spareWords) {
            if (spareWords.isEmpty()) {
                PageLocked slab = beside(() -> new PageLocked(this, (long) Words.BYTES * WORDS_AT_A_TIME));
                for (int i = 0; i < WORDS_AT_A_TIME; i++) {
                    int at = i * Words.BYTES;
                    spareWords.push(new WordsPlace(slab.pointer(at).address(), slab.buffer(at, Words.BYTES)));
                }
            }
            place = spareWords.pop();
        }
        Words taken = new Words(place.address, place.buffer);
        Forgotten.register(taken, () -> giveBack(place)); // when the thread has ended
        return taken;
    }

    private void giveBack(WordsPlace place) {
        synchronized (spareWords) {
            spareWords.push(place);
        }
    }

    /** Enqueues a kernel; the words are free at return. */
    public void launch(String kernel, long blocks, int threads, int sharedBytes, Words words) {
        if (blocks <= 0 || blocks > MOST_BLOCKS) {
            throw new DeviceException(
                    name() + ": " + kernel + " with " + blocks + " blocks: needs 1 to " + MOST_BLOCKS);
        }
        attach();
        CUfunction function = kernels.get(kernel, sharedBytes);
        int code = JCudaDriver.cuLaunchKernel(
                function,
                (int) blocks,
                1,
                1,
                threads,
                1,
                1,
                sharedBytes,
                stream().handle(),
                words.parameters(),
                null);
        if (code != 0) {
            throw failed(code, "cuLaunchKernel", kernel, blocks + " blocks", threads + " threads");
        }
    }

    // ---- libraries ----

    /**
     * A cuBLAS call on the calling thread's stream.
     *
     * @param call its name, for the error
     * @param arguments what the error should show
     */
    public void blas(String call, ToIntFunction<cublasHandle> function, Object... arguments) {
        attach();
        CudaStream stream = stream();
        synchronized (stream) {
            if (stream.blas == null) {
                stream.blas = beside(() -> new BlasHandle(this, stream));
            }
            CudaLibraries.get().requireBlas(call);
            int code = function.applyAsInt(stream.blas.ready(stream.recorder()));
            if (code != 0) {
                throw Check.blasFailed(name(), code, call, arguments);
            }
        }
    }

    /** A dense cuSOLVER call, made as {@link #blas} makes those of cuBLAS. */
    public void solver(String call, ToIntFunction<cusolverDnHandle> function, Object... arguments) {
        attach();
        CudaStream stream = stream();
        synchronized (stream) {
            if (stream.solver == null) {
                stream.solver = beside(() -> newSolver(stream));
            }
            CudaLibraries.get().requireSolver(call);
            int code = function.applyAsInt(stream.solver);
            if (code != 0) {
                throw Check.solverFailed(name(), code, call, arguments);
            }
        }
    }

    private cusolverDnHandle newSolver(CudaStream stream) {
        CudaLibraries.get().loadSolver();
        cusolverDnHandle handle = new cusolverDnHandle();
        int code = JCusolverDn.cusolverDnCreate(handle);
        if (code != 0) {
            throw Check.solverFailed(name(), code, "cusolverDnCreate");
        }
        code = JCusolverDn.cusolverDnSetStream(handle, new cudaStream_t(stream.handle()));
        if (code != 0) {
            JCusolverDn.cusolverDnDestroy(handle);
            throw Check.solverFailed(name(), code, "cusolverDnSetStream");
        }
        return handle;
    }

    // ---- errors ----

    /** Throws unless the driver's call succeeded. */
    public void check(int code, String call, Object... arguments) {
        if (code != 0) {
            throw failed(code, call, arguments);
        }
    }

    /** The exception for a driver's call that failed; remembers if the card is lost. */
    DeviceException failed(int code, String call, Object... arguments) {
        DeviceException e = Check.driverFailed(name(), code, call, arguments);
        if (e instanceof DeviceLostException l) {
            lost = l;
        }
        return e;
    }
}
