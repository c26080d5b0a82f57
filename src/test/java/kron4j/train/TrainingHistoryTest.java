package kron4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
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
    void plotsCurvesAndLeavesOutWhatCannotBeDrawn() throws IOException {
        TrainingHistory history = new TrainingHistory();
        history.add(0, Map.of("loss", 1.0));
        history.add(1, Map.of("loss", 0.0));
        history.add(2, Map.of("loss", Double.NaN));
        history.add(3, Map.of("loss", 1e-3));
        Path png = dir.resolve("h.png");
        TrainingHistory.plot(png, "title", "loss", true, Map.of("model", history));
        BufferedImage image = ImageIO.read(png.toFile());
        assertEquals(900, image.getWidth());
        long dark = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                dark += image.getRGB(x, y) != -1 ? 1 : 0;
            }
        }
        assertTrue(dark > 1000, "axes, text and a curve");
    }

    @Test
    void logarithmicAxesHaveTwoRoundNumbersAtLeast() {
        assertEquals(List.of(0.07, 0.4), TrainingHistory.roundEnds(0.072, 0.31));
        assertEquals(List.of(0.3, 0.4), TrainingHistory.roundEnds(0.32, 0.33));
        assertEquals(List.of(0.4, 0.5), TrainingHistory.roundEnds(0.4, 0.4));
        assertEquals(List.of(9e-8, 2e3), TrainingHistory.roundEnds(9.9e-8, 1001));
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
