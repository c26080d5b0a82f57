package kron4j.backend.cuda.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** On JCuda's own natives. */
class ElfTest {
    private static final Map<String, String> FOR_13 = Map.of(
            "libcublas.so.12", "libcublas.so.13",
            "libcusolver.so.11", "libcusolver.so.12",
            "libcusolverMg.so.11", "libcusolverMg.so.12");

    private static byte[] natives(String part) throws IOException {
        try (InputStream in = JCudaDriver.class.getResourceAsStream("/lib/lib" + part + "-12.6.0-linux-x86_64.so")) {
            Assumptions.assumeTrue(in != null, "this platform has no JCuda natives");
            return in.readAllBytes();
        }
    }

    private static Elf elf(String name, byte[] content) throws IOException {
        return new Elf(name, ByteBuffer.wrap(content));
    }

    @Test
    void hashesAsTheAbiSays() {
        assertEquals(0, Elf.hash(""));
        assertEquals(0x0d696910 & 0x0fffffff, Elf.hash("GLIBC_2.0"));
        assertEquals(0x09691a75, Elf.hash("GLIBC_2.2.5"));
        assertEquals(0x077905a6, Elf.hash("printf"));
    }

    @Test
    void readsWhatIsNeededImportedAndExported() throws IOException {
        Elf driver = elf("driver", natives("JCudaDriver"));
        assertTrue(driver.needed().contains("libcuda.so.1"), driver.needed().toString());
        assertTrue(driver.imports().contains("cuLaunchKernel"));
        assertFalse(driver.exports().contains("cuLaunchKernel"));
        assertTrue(driver.exports().contains("JNI_OnLoad"));
        assertFalse(driver.imports().contains("JNI_OnLoad"));
    }

    @Test
    void theCopyNeedsTheOtherNamesAndIsOtherwiseTheSame() throws IOException {
        byte[] solver = natives("JCusolver");
        byte[] copy = elf("solver", solver).renamed(FOR_13);
        Elf before = elf("solver", solver);
        Elf after = elf("copy", copy);
        assertEquals(
                before.needed().stream().map(n -> FOR_13.getOrDefault(n, n)).toList(), after.needed());
        assertEquals(before.imports(), after.imports());
        assertEquals(before.exports(), after.exports());
        assertEquals(solver.length, copy.length);
        int changed = 0;
        for (int i = 0; i < copy.length; i++) {
            changed += copy[i] == solver[i] ? 0 : 1;
        }
        // one digit in each of two names, and at most 4 bytes in each of their two hashes
        assertTrue(changed >= 4 && changed <= 10, changed + " bytes changed");
    }

    @Test
    void renamingBackGivesTheOriginal() throws IOException {
        byte[] blas = natives("JCublas2");
        byte[] copy = elf("blas", blas).renamed(Map.of("libcublas.so.12", "libcublas.so.13"));
        assertFalse(java.util.Arrays.equals(blas, copy));
        assertTrue(
                java.util.Arrays.equals(blas, elf("copy", copy).renamed(Map.of("libcublas.so.13", "libcublas.so.12"))));
    }

    @Test
    void refusesNamesOfOtherLength() {
        assertThrows(
                IllegalArgumentException.class,
                () -> elf("blas", natives("JCublas2")).renamed(Map.of("libcublas.so.12", "libcublas.so.1")));
    }

    @Test
    void refusesWhatIsNoLibrary() throws IOException {
        IOException text = assertThrows(
                IOException.class,
                () -> elf(
                        "notes.txt",
                        "nothing of the kind, but long".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        assertEquals("notes.txt: not a 64-bit little-endian ELF file", text.getMessage());
        assertThrows(IOException.class, () -> elf("empty", new byte[0]));
        byte[] cut = java.util.Arrays.copyOf(natives("JCublas2"), 5000);
        IOException damaged = assertThrows(IOException.class, () -> elf("cut", cut));
        assertEquals("cut: damaged ELF file", damaged.getMessage());
    }
}
