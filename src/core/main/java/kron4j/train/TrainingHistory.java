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

/** What was measured along a training: rows of a step and some named values. Writes CSV. */
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
}
