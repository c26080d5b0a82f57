package kron4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingHistoryTest {
    @TempDir
    Path dir;

    @Test
    void writesCsvWithGaps() throws IOException {
        TrainingHistory history = new TrainingHistory();
        history.add(0, Map.of("loss", 1.5));
        history.add(10, Map.of("accuracy", 0.25));
        history.writeCsv(dir.resolve("h.csv"));
        assertEquals("step,loss,accuracy\n0,1.50000000,\n10,,0.250000000\n", Files.readString(dir.resolve("h.csv")));
        assertEquals(1.5, history.last("loss"));
        assertTrue(Double.isNaN(history.last("other")));
    }

    @Test
    void saysWhatItCannotWrite() {
        Path nowhere = dir.resolve("none").resolve("h.csv");
        assertEquals(
                "TrainingHistory: cannot write " + nowhere,
                assertThrows(UncheckedIOException.class, () -> new TrainingHistory().writeCsv(nowhere))
                        .getMessage());
    }
}
