package kron4j.backend.cpu;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import kron4j.DeviceException;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The OpenBLAS library: loaded at the first need, with as many threads as {@link Parallel}, and typed pointers into storages for its calls. A pointer is
 * valid as long as the storage; hold it during the call.
 */
final class OpenBlas {
    private static final String[] CORES = {
        "PRESCOTT", "CORE2", "NEHALEM", "SANDYBRIDGE", "HASWELL", "SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS",
                "BARCELONA",
        "BULLDOZER", "PILEDRIVER", "STEAMROLLER", "EXCAVATOR", "ZEN", "ARMV8", "NEOVERSEN1", "NEOVERSEV1", "NEOVERSEN2",
        "ARMV8SVE", "VORTEX", "VORTEXM4", "THUNDERX2T99", "TSV110", "A64FX", "CORTEXA57", "CORTEXA72"
    };

    private static ExecutorService largeStack;

    private static volatile boolean loaded;
    private static String failure;

    /** The library's variable for the number of threads that a call may use, or null if it is hidden. */
    private static IntPointer callThreads;

    private static int oneThreadUsers;

    private OpenBlas() {}

    /**
     * Loads the library; call it before using any class of {@code org.bytedeco.openblas}.
     *
     * @throws kron4j.DeviceException with reason and remedy if it cannot be loaded
     */
    static void load() {
        if (!loaded) {
            loadOnce();
        }
    }

    private static synchronized void loadOnce() {
        if (loaded) {
            return;
        }
        if (failure != null) {
            throw new DeviceException(failure);
        }
        try {
            JavaCpp.load(openblas_nolapack.class);
        } catch (DeviceException e) {
            // JavaCPP would take the library for loaded the next time.
            failure = e.getMessage();
            throw e;
        }
        openblas_nolapack.blas_set_num_threads(Parallel.threads());
        Pointer threads = Loader.addressof("blas_cpu_number");
        callThreads = threads == null || threads.isNull() ? null : new IntPointer(threads);
        loaded = true;
    }

    static List<String> describe() {
        load();
        return List.of(
                openblas_nolapack.OPENBLAS_VERSION.strip() + ", core " + core() + ", threads "
                        + openblas_nolapack.blas_get_num_threads(),
                "native libraries: " + JavaCpp.place());
    }

    /** The instruction set whose kernels are in use: the library points {@code gotoblas} at the table of one of them. */
    private static String core() {
        Pointer chosen = Loader.addressof("gotoblas");
        if (chosen == null || chosen.isNull()) {
            return "unknown";
        }
        long table = new LongPointer(chosen).get();
        for (String name : CORES) {
            Pointer candidate = Loader.addressof("gotoblas_" + name);
            if (candidate != null && candidate.address() == table) {
                return name;
            }
        }
        return "unknown";
    }

    /**
     * Runs a LAPACK call that may use several threads. OpenBLAS's parallel routines (getrf and its users) keep tables of several MiB on the caller's
     * stack and would crash the process on a Java thread of the usual size.
     */
    static void onLargeStack(Runnable call) {
        try {
            CompletableFuture.runAsync(call, largeStack()).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    private static synchronized Executor largeStack() {
        if (largeStack == null) {
            largeStack = Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(null, task, "kron4j-lapack", 64L << 20);
                thread.setDaemon(true);
                return thread;
            });
        }
        return largeStack;
    }

    /** Ends the threads; the next call makes others. */
    static synchronized void shutdown() {
        if (largeStack != null) {
            largeStack.shutdown();
            largeStack = null;
        }
    }

    /**
     * Runs work whose threads call BLAS; each call stays in its thread. The setting is global: meanwhile, other calls are slower, but right.
     */
    static void oneThreadEach(Runnable work) {
        load();
        changeUsers(1);
        try {
            work.run();
        } finally {
            changeUsers(-1);
        }
    }

    private static synchronized void changeUsers(int by) {
        boolean before = oneThreadUsers > 0;
        oneThreadUsers += by;
        if (before != oneThreadUsers > 0) {
            setCallThreads(before ? Parallel.threads() : 1);
        }
    }

    /** OpenBLAS's function for it looks for its symbol in all libraries, which takes longer than many batches. */
    private static void setCallThreads(int count) {
        if (callThreads == null) {
            openblas_nolapack.blas_set_num_threads(count);
        } else {
            callThreads.put(count);
        }
    }

    /** The storage from an element on, as C sees it. */
    static FloatPointer floats(CpuStorage storage, long element) {
        return new Floats(storage.address() + element * Float.BYTES);
    }

    /** The storage from an element on, as C sees it. */
    static DoublePointer doubles(CpuStorage storage, long element) {
        return new Doubles(storage.address() + element * Double.BYTES);
    }

    /** The storage from an element on, as C sees it. */
    static IntPointer ints(CpuStorage storage, long element) {
        return new Ints(storage.address() + element * Integer.BYTES);
    }

    /** Can be moved, so that a loop of calls needs one. */
    interface Movable<P> {
        P at(long address);
    }

    static final class Floats extends FloatPointer implements Movable<Floats> {
        Floats(long address) {
            super((Pointer) null);
            this.address = address;
        }

        @Override
        public Floats at(long address) {
            this.address = address;
            return this;
        }
    }

    static final class Doubles extends DoublePointer implements Movable<Doubles> {
        Doubles(long address) {
            super((Pointer) null);
            this.address = address;
        }

        @Override
        public Doubles at(long address) {
            this.address = address;
            return this;
        }
    }

    private static final class Ints extends IntPointer {
        Ints(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }
}
