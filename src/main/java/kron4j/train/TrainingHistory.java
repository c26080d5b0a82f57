package kron4j.train;

import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What was measured along a training: rows of a step and some named values. Writes CSV and a plot. */
public final class TrainingHistory {
    /**
     * @param step how many updates were made before
     * @param values by name, NaN where something could not be measured
     */
    public record Row(long step, Map<String, Double> values) {
        public Row {
            values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    private final List<Row> rows = new ArrayList<>();

    public void add(long step, Map<String, Double> values) {
        rows.add(new Row(step, values));
    }

    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** The last value of that name; NaN if there is none. */
    public double last(String name) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            Double value = rows.get(i).values().get(name);
            if (value != null) {
                return value;
            }
        }
        return Double.NaN;
    }

    private List<String> names() {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.values().keySet()));
        return List.copyOf(names);
    }

    /** Writes a header of {@code step} and the names, then a line for each row; a missing value is empty. */
    public void writeCsv(Path path) {
        List<String> names = names();
        StringBuilder text = new StringBuilder("step");
        names.forEach(name -> text.append(',').append(name));
        for (Row row : rows) {
            text.append('\n').append(row.step());
            for (String name : names) {
                Double value = row.values().get(name);
                text.append(',').append(value == null ? "" : String.format(Locale.ROOT, "%.9g", value));
            }
        }
        try {
            Files.writeString(path, text.append('\n'), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("TrainingHistory: cannot write " + path, e);
        }
    }

    /** Draws the named values of several histories over the step into a PNG; a history's name labels its curve. */
    public static void plot(
            Path png, String title, String value, boolean logarithmic, Map<String, TrainingHistory> histories) {
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
            List<Row> measured = history.rows.stream()
                    .filter(row -> plottable(row.values().get(value), logarithmic))
                    .collect(Collectors.toList());
            if (!measured.isEmpty()) {
                chart.addSeries(
                                name,
                                measured.stream().mapToDouble(Row::step).toArray(),
                                measured.stream()
                                        .mapToDouble(row -> row.values().get(value))
                                        .toArray())
                        .setMarker(SeriesMarkers.NONE);
            }
        });
        try {
            BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException("TrainingHistory: cannot write " + png, e);
        }
    }

    /** From one round number to another, so that the axis has two labels at least; all of them if that is not too many. */
    private static void labelled(XYStyler styler, Map<String, TrainingHistory> histories, String value) {
        double[] drawn = histories.values().stream()
                .flatMap(history -> history.rows.stream())
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
        // Of equal numbers the upper one is moved.
        BigDecimal end = above.equals(below) ? above.add(above.ulp()) : above;
        return List.of(below.doubleValue(), end.doubleValue());
    }

    private static boolean plottable(Double value, boolean logarithmic) {
        return value != null && Double.isFinite(value) && (!logarithmic || value > 0);
    }
}
