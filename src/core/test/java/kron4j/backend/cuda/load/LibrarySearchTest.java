package kron4j.backend.cuda.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
    private static final String BLAS = "libcublas.so.12";

    @TempDir
    Path root;

    private final Map<String, String> environment = new HashMap<>();

    private Path library(String directory, String name) throws IOException {
        Path file = root.resolve(directory).resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    private Optional<Path> find(String named, String name) {
        return new LibrarySearch(named, environment, root, root.resolve("home")).find(name);
    }

    @Test
    void nothingThere() {
        assertEquals(Optional.empty(), find("", BLAS));
    }

    @Test
    void whatIsNamedWinsOverThePathAndThatOverTheRest() throws IOException {
        Path system = library("usr/lib64", BLAS);
        assertEquals(Optional.of(system), find("", BLAS));
        Path toolkit = library("usr/local/cuda/lib64", BLAS);
        assertEquals(Optional.of(toolkit), find("", BLAS));
        Path home = library("opt/cuda/targets/x86_64-linux/lib", BLAS);
        environment.put("CUDA_HOME", root.resolve("opt/cuda").toString());
        assertEquals(Optional.of(home), find("", BLAS));
        Path onPath = library("onpath", BLAS);
        environment.put("LD_LIBRARY_PATH", root.resolve("missing") + ":" + root.resolve("onpath"));
        assertEquals(Optional.of(onPath), find("", BLAS));
        Path named = library("named", BLAS);
        assertEquals(Optional.of(named), find(root.resolve("named").toString(), BLAS));
    }

    @Test
    void theNewestToolkitWins() throws IOException {
        library("usr/local/cuda-9.2/lib64", BLAS);
        Path newest = library("usr/local/cuda-12.10/lib64", BLAS);
        library("usr/local/cuda-12.6/lib64", BLAS);
        assertEquals(Optional.of(newest), find("", BLAS));
    }

    @Test
    void pythonEnvironments() throws IOException {
        Path user = library("home/.local/lib/python3.11/site-packages/nvidia/cublas/lib", BLAS);
        assertEquals(Optional.of(user), find("", BLAS));
        library("env/bin", "python3");
        Path byPath = library("env/lib/python3.12/site-packages/nvidia/cublas/lib", BLAS);
        environment.put("PATH", root.resolve("env/bin").toString());
        assertEquals(Optional.of(byPath), find("", BLAS));
        Path active = library("venv/lib/python3.13/site-packages/nvidia/cublas/lib", BLAS);
        environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
        assertEquals(Optional.of(active), find("", BLAS));
        Path of13 = library("venv/lib/python3.13/site-packages/nvidia/cu13/lib", "libcublas.so.13");
        assertEquals(Optional.of(of13), find("", "libcublas.so.13"));
    }

    @Test
    void theCacheOfTheDynamicLinker() throws IOException {
        Path far = library("opt/driver/x64", "libcuda.so.1");
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(
                root.resolve("etc/ld.so.cache"),
                "glibc-ld.so.cache1.1\0\1\2\0libcuda.so.1\0/gone/libcuda.so.1\0libcuda.so.1\0" + far + "\0libcuda.so\0",
                StandardCharsets.ISO_8859_1);
        assertEquals(Optional.of(far), find("", "libcuda.so.1"));
        assertEquals(Optional.empty(), find("", "libcuda.so.2"));
    }
}
