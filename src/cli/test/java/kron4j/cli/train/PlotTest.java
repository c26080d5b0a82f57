package kron4j.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import kron4j.train.TrainingHistory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {
    @TempDir
    Path dir;

    @Test
    void plotsCurvesAndLeavesOutWhatCannotBeDrawn() throws IOException {
        TrainingHistory history = new TrainingHistory();
        history.add(0, Map.of("loss", 1.0));
        history.add(1, Map.of("loss", 0.0));
        history.add(2, Map.of("loss", Double.NaN));
        history.add(3, Map.of("loss", 1e-3));
        Path png = dir.resolve("h.png");
        Plot.of(png, "title", "loss", true, Map.of("model", history));
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
        assertEquals(List.of(0.07, 0.4), Plot.roundEnds(0.072, 0.31));
        assertEquals(List.of(0.3, 0.4), Plot.roundEnds(0.32, 0.33));
        assertEquals(List.of(0.4, 0.5), Plot.roundEnds(0.4, 0.4));
        assertEquals(List.of(9e-8, 2e3), Plot.roundEnds(9.9e-8, 1001));
    }
}
