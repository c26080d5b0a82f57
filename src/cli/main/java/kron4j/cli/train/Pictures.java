package kron4j.cli.train;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kron4j.Tensor;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.XYStyler;

/** Grey pictures and charts as PNG. */
final class Pictures {
    /** Pixels of a chart. */
    private static final int SIDE = 520;

    private Pictures() {}

    /**
     * Pictures side by side, row by row, with a frame around each.
     *
     * @param pixels pixels of each picture, row-major; 0 is black, 1 is white; other values are clamped
     * @param columns pictures in a row
     * @param scale size of a picture's pixel in pixels of the PNG
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

    /** Charts side by side. */
    static void beside(Path png, Chart<?, ?>... charts) {
        try (OutputStream out = Files.newOutputStream(png)) {
            BitmapEncoder.saveBitmap(List.of(charts), 1, charts.length, out, BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException("train: cannot write " + png, e);
        }
    }

    /**
     * A density over [-extent, extent]^2, dark where it is high.
     *
     * @param values at n x n points, x the fastest
     */
    static Chart<?, ?> density(String title, double extent, int n, double[] values) {
        List<Double> axis = IntStream.range(0, n)
                .mapToObj(i -> Math.rint(1000 * (-extent + 2 * extent * i / (n - 1))) / 1000)
                .toList();
        List<Number[]> cells = IntStream.range(0, n * n)
                .mapToObj(i -> new Number[] {i % n, i / n, values[i]})
                .toList();
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(SIDE)
                .height(SIDE)
                .title(title)
                .xAxisTitle("x")
                .yAxisTitle("y")
                .build();
        chart.getStyler()
                .setRangeColors(new Color[] {Color.WHITE, new Color(0x2171b5), new Color(0x08306b)})
                .setXAxisMaxLabelCount((int) (2 * extent) + 1)
                .setPlotContentSize(1)
                .setLegendVisible(false)
                .setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setXAxisDecimalPattern("0.#");
        chart.getStyler().setYAxisDecimalPattern("0.#");
        chart.addSeries(title, axis, axis, cells);
        return chart;
    }

    /** Points [n, 2] in [-extent, extent]^2. */
    static Chart<?, ?> points(String title, double extent, Tensor points) {
        XYChart chart = new XYChartBuilder()
                .width(SIDE)
                .height(SIDE)
                .title(title)
                .xAxisTitle("x")
                .yAxisTitle("y")
                .build();
        XYStyler styler = chart.getStyler();
        styler.setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
                .setMarkerSize(3)
                .setLegendVisible(false)
                .setPlotContentSize(1)
                .setChartBackgroundColor(Color.WHITE);
        styler.setXAxisMin(-extent).setXAxisMax(extent).setYAxisMin(-extent).setYAxisMax(extent);
        chart.addSeries(
                        title,
                        points.select(1, 0).toDoubleArray(),
                        points.select(1, 1).toDoubleArray())
                .setMarkerColor(new Color(0x2171b5));
        return chart;
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
