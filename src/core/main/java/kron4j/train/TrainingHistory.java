package kron4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
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

/** Measurements along a training: rows of a step and named values. Writes CSV. */
public final class TrainingHistory {
    /**
     * Measurements at one step.
     *
     * @param step number of updates made before
     * @param values values by name; NaN if one could not be measured
     */
    public record Row(long step, Map<String, Double> values) {
        /**
         * Copies the values.
         *
         * @param step number of updates made before
         * @param values values by name
         */
        public Row {
            values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    private final List<Row> rows = new ArrayList<>();

    /**
     * Adds a row.
     *
     * @param step number of updates made before
     * @param values values by name; copied
     */
    public void add(long step, Map<String, Double> values) {
        rows.add(new Row(step, values));
    }

    /** {@return all rows, in the order added} */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /**
     * Returns the last value of a name.
     *
     * @param name such as {@link TrainingLoop#LOSS}
     * @return the value of the last row that has it; NaN if there is none
     */
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

    /**
     * Writes CSV: a header of {@code step} and the names, then a line for each row; a missing value is empty.
     *
     * @param path file to write
     * @throws UncheckedIOException if it cannot be written
     */
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
}
