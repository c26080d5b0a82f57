package kron4j.backend.cuda.load;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcusolver.JCusolver;
import kron4j.DeviceException;
import kron4j.backend.NativeDirectory;

/**
 * Finds the driver and CUDA's libraries, loads them by absolute path, what they need first, and then JCuda's native parts, which find them by name.
 * Those are made for CUDA 12; on a machine that has CUDA 13 only, private copies of them that name its libraries are loaded instead.
 */
public final class CudaLibraries {
    static final String DRIVER = "libcuda.so.1";
    private static final String VERSION = "12.6.0";
    private static final String REDIST = "org/bytedeco/cuda/linux-x86_64/";
    private static final String REMEDY =
            "install the CUDA toolkit 12 or 13; or name the directory of its libraries with -D"
                    + LibrarySearch.PROPERTY
                    + "=DIR or LD_LIBRARY_PATH; or pip install nvidia-cublas-cu12 nvidia-cusolver-cu12; "
                    + "or put org.bytedeco:cuda:12.6-9.5-1.5.11:linux-x86_64-redist on the class path (Maven profile cuda-redist)";

    /** A release of CUDA, by the names of its libraries. */
    private enum Toolkit {
        CUDA_12("libcublas.so.12", "libcusolver.so.11", "libcusolverMg.so.11"),
        CUDA_13("libcublas.so.13", "libcusolver.so.12", "libcusolverMg.so.12");

        final String blas;
        final String solver;
        final String solverMg;

        Toolkit(String blas, String solver, String solverMg) {
            this.blas = blas;
            this.solver = solver;
            this.solverMg = solverMg;
        }

        /** Names of the libraries that JCuda's natives were built for, and those to be loaded instead. */
        Map<String, String> names() {
            return this == CUDA_12
                    ? Map.of()
                    : Map.of(CUDA_12.blas, blas, CUDA_12.solver, solver, CUDA_12.solverMg, solverMg);
        }
    }

    private final LibrarySearch search = LibrarySearch.ofThisMachine();
    private final Map<String, Path> loaded = new LinkedHashMap<>();
    private final Map<String, Set<String>> exports = new ConcurrentHashMap<>();
    private final Toolkit toolkit;

    private static volatile CudaLibraries found;

    /**
     * The libraries of this machine; the driver is loaded.
     *
     * @throws DeviceException if the driver or the libraries are missing, with the remedy
     */
    public static CudaLibraries get() {
        CudaLibraries libraries = found;
        return libraries != null ? libraries : findThem();
    }

    private static synchronized CudaLibraries findThem() {
        if (found == null) {
            found = new CudaLibraries();
        }
        return found;
    }

    private CudaLibraries() {
        Path driver = search.find(DRIVER)
                .orElseThrow(() -> new DeviceException("no NVIDIA driver: " + DRIVER
                        + " not found; install the driver (nvidia-smi must work) or ask for cpu"));
        toolkit = Stream.of(Toolkit.values())
                .filter(t -> find(t.blas).isPresent() && find(t.solver).isPresent())
                .findFirst()
                .orElseThrow(() -> new DeviceException("the driver is there (" + driver + ") but not "
                        + Toolkit.CUDA_12.blas + " and " + Toolkit.CUDA_12.solver + " (or of CUDA 13 "
                        + Toolkit.CUDA_13.blas + " and " + Toolkit.CUDA_13.solver + "): " + REMEDY));
        load(driver);
        loadNative("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    }

    /** Loads cuBLAS, once. */
    public void loadBlas() {
        loadWithNative(toolkit.blas, "JCublas2", () -> JCublas2.setExceptionsEnabled(false));
    }

    /** Loads cuSOLVER, once. */
    public void loadSolver() {
        loadWithNative(toolkit.solver, "JCusolver", () -> JCusolver.setExceptionsEnabled(false));
    }

    private synchronized void loadWithNative(String library, String nativePart, Runnable initialize) {
        if (!loaded.containsKey(library)) {
            load(require(library));
            if (library.equals(toolkit.solver)) {
                load(require(toolkit.solverMg)); // the native part of the one wants the other
            }
            loadNative(nativePart, initialize);
        }
    }

    /**
     * Throws if cuBLAS has no such function; a call would end the process.
     *
     * @param function its name in C, with or without the suffix _v2
     */
    public void requireBlas(String function) {
        requireExport(toolkit.blas, function);
    }

    /** Throws if cuSOLVER has no such function, as {@link #requireBlas} does. */
    public void requireSolver(String function) {
        requireExport(toolkit.solver, function);
    }

    private void requireExport(String library, String function) {
        Set<String> known = exports.computeIfAbsent(library, this::exportsOf);
        if (!known.contains(function)) {
            String second = function.endsWith("_64")
                    ? function.substring(0, function.length() - "_64".length()) + "_v2_64"
                    : function + "_v2";
            if (!known.contains(second)) {
                throw new DeviceException("cuda: " + require(library) + " has no " + function
                        + "; use a CUDA toolkit of 12.0 or newer that has it");
            }
            known.add(function);
        }
    }

    private Set<String> exportsOf(String library) {
        try {
            Set<String> names = ConcurrentHashMap.newKeySet();
            names.addAll(Elf.of(require(library)).exports());
            return names;
        } catch (IOException e) {
            throw new DeviceException("cuda: cannot read " + library + ": " + e.getMessage());
        }
    }

    /** A line per fact: which libraries from where, and what became of JCuda's natives. */
    public List<String> describe() {
        List<String> facts = new ArrayList<>();
        for (String library : List.of(DRIVER, toolkit.blas, toolkit.solver)) {
            facts.add("library " + library + ": "
                    + find(library).map(CudaLibraries::real).orElse("not found"));
        }
        facts.add("JCuda " + VERSION + " natives: " + natives()
                + (toolkit == Toolkit.CUDA_12 ? ", as they are" : ", re-linked for CUDA 13"));
        return facts;
    }

    /** The path behind all links: its name has the version. */
    private static String real(Path path) {
        try {
            return path.toRealPath().toString();
        } catch (IOException e) {
            return path.toString();
        }
    }

    private Path require(String library) {
        return find(library).orElseThrow(() -> new DeviceException("cuda: no " + library + ": " + REMEDY));
    }

    private Optional<Path> find(String library) {
        return loaded.containsKey(library)
                ? Optional.of(loaded.get(library))
                : search.find(library).or(() -> bundled(library));
    }

    /** From a jar that carries CUDA's libraries, if one is on the class path. */
    private static Optional<Path> bundled(String library) {
        URL resource = CudaLibraries.class.getClassLoader().getResource(REDIST + library);
        return Optional.ofNullable(resource).map(r -> NativeFiles.unpacked(r, directory("redist"), library));
    }

    /** Loads a library after those of CUDA that it needs. */
    private void load(Path library) {
        String name = library.getFileName().toString();
        if (loaded.putIfAbsent(name, library) != null) {
            return;
        }
        try {
            for (String needed : Elf.of(library).needed()) {
                if (needed.matches("lib(cu|nv).*")) {
                    Path beside = library.resolveSibling(needed);
                    (Files.isRegularFile(beside) ? Optional.of(beside) : find(needed)).ifPresent(this::load);
                }
            }
            System.load(library.toString());
        } catch (IOException | UnsatisfiedLinkError e) {
            loaded.remove(name);
            throw new DeviceException("cuda: cannot load " + library + ": " + e.getMessage());
        } catch (IllegalCallerException e) {
            loaded.remove(name);
            throw NativeDirectory.denied(e, CudaLibraries.class);
        }
    }

    /**
     * JCuda loads its native part from java.io.tmpdir, if a file of that name is there. We look it up by the class loader: on a module path it lies in
     * another module.
     */
    private void loadNative(String part, Runnable initialize) {
        String file = "lib" + part + "-" + VERSION + "-linux-x86_64.so";
        URL resource = JCudaDriver.class.getClassLoader().getResource("lib/" + file);
        if (resource == null) {
            throw new DeviceException("no " + file
                    + " on the class path (nor, with --add-modules ALL-MODULE-PATH, on the module path): add org.jcuda:jcuda-natives, jcublas-natives "
                    + "and jcusolver-natives " + VERSION + " with the classifier linux-x86_64");
        }
        NativeFiles.renamed(resource, natives(), file, toolkit.names());
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", natives().toString());
        try {
            initialize.run();
        } catch (LinkageError e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new DeviceException("cuda: cannot load " + natives().resolve(file) + ": "
                    + Stream.of(reason.split("\n"))
                            .filter(line -> line.contains(file + ":"))
                            .map(line -> line.substring(line.indexOf(file) + file.length() + 1)
                                    .strip())
                            .max(Comparator.comparingInt(String::length))
                            .orElse(reason));
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    private Path natives() {
        return directory("jcuda-" + VERSION + (toolkit == Toolkit.CUDA_12 ? "" : "-for-cuda-13"));
    }

    private static Path directory(String name) {
        return NativeDirectory.path().resolve(name);
    }
}
