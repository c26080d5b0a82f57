package kron4j.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import kron4j.DType;
import kron4j.Device;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KronCasesTest {
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void passesEveryCaseThatIsRealAndNoGradient(DType dtype) {
        CaseFile file = CaseFile.read(Path.of("src/test/resources/cases/kron.json"));
        List<SectionResult> results = file.replay(Device.cpu(), dtype, () -> {});
        assertEquals(
                List.of(), results.stream().flatMap(r -> r.failures().stream()).toList());
        assertEquals(88, results.stream().mapToInt(SectionResult::passed).sum());
        assertEquals(5, results.stream().mapToInt(SectionResult::skippedCases).sum());
    }
}
