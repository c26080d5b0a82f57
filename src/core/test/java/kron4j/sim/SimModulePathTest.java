package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import kron4j.Device;
import kron4j.contract.OnlyOn;
import kron4j.jvm.ModuleExample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JCuda's natives lie in other modules than JCuda. */
@OnlyOn(SIM)
class SimModulePathTest {
    private final Device device = SIM.device();

    @TempDir
    Path directory;

    @Test
    void theExampleRuns() throws Exception {
        Map<String, String> environment = Map.of("LD_LIBRARY_PATH", System.getenv("LD_LIBRARY_PATH"));
        String said = new ModuleExample(directory).run(environment, "--add-modules ALL-MODULE-PATH", device.name());
        assertEquals("cuda:0: 25.0", said.strip());
    }
}
