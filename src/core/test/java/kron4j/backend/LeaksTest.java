package kron4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import org.junit.jupiter.api.Test;

/** Debug mode in a JVM of its own, since it is read once. */
class LeaksTest {
    @Test
    void aForgottenTensorIsReportedWithThePlaceThatMadeIt() throws Exception {
        String log = run("-Dkron4j.debug=true");
        assertTrue(log.contains("a tensor of 8.0 KiB was forgotten: close it, or open a TensorScope around it"), log);
        assertTrue(log.contains("LeaksTest$Forgetful.forget("), log);
        assertEquals(log.indexOf("was forgotten"), log.lastIndexOf("was forgotten"), "closed tensors are not reported");
    }

    @Test
    void withoutDebugModeNothingIsSaid() throws Exception {
        assertEquals("", run("-Dkron4j.debug=false"));
    }

    private static String run(String option) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                System.getProperty("java.class.path")));
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add(Forgetful.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    static final class Forgetful {
        public static void main(String[] args) throws InterruptedException {
            Device cpu = Device.cpu();
            try (TensorScope scope = cpu.openScope()) {
                Tensor.zeros(DType.FLOAT64, 1000);
                scope.keep(Tensor.zeros(DType.FLOAT32, 10)).close();
            }
            forget();
            while (cpu.memoryReport().live() > 0) {
                System.gc();
                Thread.sleep(10);
            }
        }

        private static void forget() {
            Tensor.zeros(DType.FLOAT64, 1024);
        }
    }
}
