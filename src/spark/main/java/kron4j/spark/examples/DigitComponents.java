package kron4j.spark.examples;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kron4j.Device;
import kron4j.TensorScope;
import kron4j.spark.Pca;
import kron4j.spark.RowMatrix;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Principal components of images of digits, as a picture.
 *
 * <pre>spark-submit --class kron4j.spark.examples.DigitComponents kron4j-spark-0.1.0-SNAPSHOT-all.jar digits8x8.csv.gz components.png</pre>
 */
public final class DigitComponents {
    private static final int SIDE = 8;
    private static final int ACROSS = 4;
    private static final int DOWN = 2;
    /** Pixels of the picture for one of a digit's, and between digits. */
    private static final int SCALE = 12;

    private static final int GAP = 4;

    private DigitComponents() {}

    /**
     * Draws the first eight components, and prints how much of the variance they have.
     *
     * @param arguments a file of lines of 64 pixels and whatever follows them, such as src/cli/main/resources/kron4j/digits/digits8x8.csv.gz; the .png file to write
     * @throws IOException if the picture cannot be written
     */
    public static void main(String... arguments) throws IOException {
        SparkSession spark = SparkSession.builder().appName("digits").getOrCreate();
        try {
            System.out.printf(
                    "%.1f %% of the variance in %d of %d components%n",
                    100 * draw(spark, arguments[0], Path.of(arguments[1])), ACROSS * DOWN, SIDE * SIDE);
        } finally {
            spark.stop();
        }
    }

    /**
     * Draws the first eight components; grey is 0.
     *
     * @param spark the session
     * @param digits a file of lines of 64 pixels and whatever follows them
     * @param picture the .png file to write
     * @return the components' share of the variance
     * @throws IOException if the picture cannot be written
     */
    public static double draw(SparkSession spark, String digits, Path picture) throws IOException {
        Dataset<Row> lines = spark.read().csv(digits);
        Column[] pixels = IntStream.range(0, SIDE * SIDE)
                .mapToObj(i -> functions.col("_c" + i).cast("double"))
                .toArray(Column[]::new);
        try (TensorScope scope = Device.cpu().openScope()) {
            Pca pca = RowMatrix.of(lines.select(functions.array(pixels).as("x")), "x")
                    .pca(ACROSS * DOWN);
            BufferedImage image = image(pca.components().toDoubleArray());
            try (var out = Files.newOutputStream(picture)) {
                ImageIO.write(image, "png", out);
            }
            return pca.variances().sum().item() / pca.total();
        }
    }

    private static BufferedImage image(double[] components) {
        int step = SIDE * SCALE + GAP;
        BufferedImage image = new BufferedImage(ACROSS * step - GAP, DOWN * step - GAP, BufferedImage.TYPE_BYTE_GRAY);
        for (int c = 0; c < ACROSS * DOWN; c++) {
            int from = c * SIDE * SIDE;
            double largest = IntStream.range(from, from + SIDE * SIDE)
                    .mapToDouble(i -> Math.abs(components[i]))
                    .max()
                    .orElseThrow();
            int left = c % ACROSS * step;
            int top = c / ACROSS * step;
            for (int y = 0; y < SIDE * SCALE; y++) {
                for (int x = 0; x < SIDE * SCALE; x++) {
                    double value = components[from + y / SCALE * SIDE + x / SCALE] / largest;
                    image.getRaster().setSample(left + x, top + y, 0, (int) Math.round(127.5 + 127.5 * value));
                }
            }
        }
        return image;
    }
}
