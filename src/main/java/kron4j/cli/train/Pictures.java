package kron4j.cli.train;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Grey pictures as PNG. */
final class Pictures {
    private Pictures() {}

    /**
     * Pictures side by side, row by row, with a frame around each.
     *
     * @param pixels of each, row-major; 0 is black, 1 is white, what lies beyond is cut
     * @param columns pictures in a row
     * @param scale pixels of the PNG for one of a picture's
     */
    static void write(Path png, double[][] pixels, int height, int width, int columns, int scale) {
        int rows = (pixels.length + columns - 1) / columns;
        int cellHeight = height * scale + scale;
        int cellWidth = width * scale + scale;
        BufferedImage image =
                new BufferedImage(columns * cellWidth + scale, rows * cellHeight + scale, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int picture = y / cellHeight * columns + x / cellWidth;
                int row = (y % cellHeight - scale) / scale;
                int column = (x % cellWidth - scale) / scale;
                boolean inside = y % cellHeight >= scale
                        && x % cellWidth >= scale
                        && x / cellWidth < columns
                        && picture < pixels.length;
                double value = inside ? pixels[picture][row * width + column] : 0.3;
                image.getRaster().setSample(x, y, 0, (int) Math.round(255 * Math.max(0, Math.min(1, value))));
            }
        }
        try {
            ImageIO.write(image, "png", png.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("train: cannot write " + png, e);
        }
    }

    /** Stretched linearly to [0, 1]. */
    static double[] stretched(double[] pixels) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double p : pixels) {
            low = Math.min(low, p);
            high = Math.max(high, p);
        }
        double[] result = new double[pixels.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = high > low ? (pixels[i] - low) / (high - low) : 0.5;
        }
        return result;
    }
}
