package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.backend.Backends;
import org.junit.jupiter.api.Test;

class DeviceTest {
    @Test
    void byName() {
        assertSame(Device.cpu(), Device.of("cpu"));
        assertEquals("cpu", Device.cpu().name());
        assertEquals("cpu", Device.cpu().toString());
        assertTrue(Backends.available().contains("cpu"));
        assertEquals(Backends.available().get(0), Device.of("best").name());
        assertEquals(Device.best(), Device.of("best"));
    }

    @Test
    void whatCannotBeUsedSaysWhy() {
        refused(DeviceException.class, () -> Device.of("tpu:7"), "tpu:7: no such device; available: [cpu");
        Backends.declined()
                .forEach((name, reason) -> refused(DeviceException.class, () -> Device.of(name), name, reason));
    }

    @Test
    void tellsPeopleWhatItIs() {
        assertTrue(Device.cpu().describe().stream().anyMatch(fact -> fact.startsWith("threads: ")));
        assertTrue(Device.cpu().describe().stream().anyMatch(fact -> fact.startsWith("memory limit: ")));
        Device.cpu().synchronize();
    }

    @Test
    void theInnermostScopeNamesTheCurrentOne() {
        assertEquals(Device.best(), Device.current());
        try (TensorScope scope = Device.cpu().openScope()) {
            assertSame(scope.device(), Device.current());
        }
    }
}
