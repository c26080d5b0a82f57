package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import kron4j.DType;
import kron4j.spark.examples.DigitComponents;
import kron4j.spark.examples.KronFreeLayer;
import kron4j.spark.examples.LogDeterminants;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the documentation, smaller. */
class ExamplesContract extends OnSpark {
    @TempDir
    Path folder;

    @Test
    void theLayerIsAnEinsum() {
        // Sums of 784 products of numbers of at most 1 and weights of about 1/28, in float32.
        double bound = 784 * DType.FLOAT32.epsilon() * 784 / 28;
        double error = KronFreeLayer.largestError(spark(), 12, 3);
        assertTrue(error > 0 && error < bound, "error " + error);
    }

    @Test
    void halfOfTheDeterminantsAreNegative() {
        List<Row> signs = LogDeterminants.bySign(spark(), 2000, 3).collectAsList();
        assertEquals(List.of(-1.0, 1.0), signs.stream().map(r -> r.getDouble(0)).toList());
        assertEquals(2000, signs.get(0).getLong(1) + signs.get(1).getLong(1));
        // Six standard deviations of a fair coin.
        assertEquals(1000, signs.get(0).getLong(1), 6 * Math.sqrt(2000) / 2);
    }

    @Test
    void eightComponentsAreDrawn() throws IOException {
        Path digits = folder.resolve("digits.csv.gz");
        try (InputStream bundled = ExamplesContract.class.getResourceAsStream("/kron4j/digits/digits8x8.csv.gz")) {
            Files.copy(bundled, digits);
        }
        Path picture = folder.resolve("components.png");
        double share = DigitComponents.draw(spark(), digits.toString(), picture);
        assertEquals(0.6739062257772364, share, 1e-12); // by NumPy
        assertEquals(4 * 96 + 3 * 4, ImageIO.read(picture.toFile()).getWidth());
    }
}
