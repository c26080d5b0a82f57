package kron4j.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcusolver.JCusolver;
import kron4j.DeviceException;
import kron4j.backend.NativeDirectory;

/** Unpacks JCuda's native parts to a private directory and loads them. */
final class CudaLibraries {
    private static final String VERSION = "12.6.0";

    private CudaLibraries() {}

    static void loadDriver() {
        load("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    }

    static void loadBlas() {
        load("JCublas2", () -> JCublas2.setExceptionsEnabled(false));
    }

    static void loadSolver() {
        load("JCusolver", () -> JCusolver.setExceptionsEnabled(false));
    }

    private static synchronized void load(String name, Runnable initializesTheClass) {
        String file = "lib" + name + "-" + VERSION + "-linux-x86_64.so";
        try (InputStream in = JCudaDriver.class.getResourceAsStream("/lib/" + file)) {
            if (in == null) {
                throw new DeviceException("no " + file + " on the class path: this platform has no JCuda natives");
            }
            unpack(in.readAllBytes(), NativeDirectory.path().resolve(file));
        } catch (IOException e) {
            throw new DeviceException("cannot unpack " + file + ": " + e.getMessage());
        }
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", NativeDirectory.path().toString());
        try {
            initializesTheClass.run();
        } catch (LinkageError e) {
            throw new DeviceException("no NVIDIA driver or CUDA library: lib" + name
                    + " finds no libcuda.so.1; install the driver, or ask for cpu");
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    private static void unpack(byte[] content, Path target) throws IOException {
        if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), content)) {
            return;
        }
        Path part = Files.createTempFile(target.getParent(), "part", ".so");
        Files.write(part, content);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }
}
