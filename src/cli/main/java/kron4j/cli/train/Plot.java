package kron4j.cli.train;

import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import kron4j.train.TrainingHistory;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws histories of trainings. */
final class Plot {
    private Plot() {}

    /** Draws the named values of several histories over the step into a PNG; a history's name labels its curve. */
    static void of(Path png, String title, String value, boolean logarithmic, Map<String, TrainingHistory> histories) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(540)
                .title(title)
                .xAxisTitle("step")
                .yAxisTitle(value)
                .build();
        XYStyler styler = chart.getStyler();
        styler.setYAxisLogarithmic(logarithmic);
        if (logarithmic) {
            labelled(styler, histories, value);
        }
        styler.setLegendPosition(Styler.LegendPosition.OutsideE);
        styler.setChartBackgroundColor(Color.WHITE);
        histories.forEach((name, history) -> {
            List<TrainingHistory.Row> measured = history.rows().stream()
                    .filter(row -> plottable(row.values().get(value), logarithmic))
                    .collect(Collectors.toList());
            if (!measured.isEmpty()) {
                chart.addSeries(
                                name,
                                measured.stream()
                                        .mapToDouble(TrainingHistory.Row::step)
                                        .toArray(),
                                measured.stream()
                                        .mapToDouble(row -> row.values().get(value))
                                        .toArray())
                        .setMarker(SeriesMarkers.NONE);
            }
        });
        try {
            BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException("plot: cannot write " + png, e);
        }
    }

    /** From one round number to another, so that the axis has two labels at least; all of them if that is not too many. */
    private static void labelled(XYStyler styler, Map<String, TrainingHistory> histories, String value) {
        double[] drawn = histories.values().stream()
                .flatMap(history -> history.rows().stream())
                .map(row -> row.values().get(value))
                .filter(v -> plottable(v, true))
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        if (drawn.length > 0) {
            List<Double> ends = roundEnds(drawn[0], drawn[drawn.length - 1]);
            styler.setYAxisMin(ends.get(0));
            styler.setYAxisMax(ends.get(1));
            styler.setYAxisLogarithmicDecadeOnly(ends.get(1) > 100 * ends.get(0));
        }
    }

    /** The numbers of one digit around these positive ones, which differ. */
    static List<Double> roundEnds(double low, double high) {
        BigDecimal below = BigDecimal.valueOf(low).round(new MathContext(1, RoundingMode.FLOOR));
        BigDecimal above = BigDecimal.valueOf(high).round(new MathContext(1, RoundingMode.CEILING));
        // If the numbers are equal, the upper one is moved.
        BigDecimal end = above.equals(below) ? above.add(above.ulp()) : above;
        return List.of(below.doubleValue(), end.doubleValue());
    }

    private static boolean plottable(Double value, boolean logarithmic) {
        return value != null && Double.isFinite(value) && (!logarithmic || value > 0);
    }
}
