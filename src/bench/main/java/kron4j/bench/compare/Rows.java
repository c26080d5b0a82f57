package kron4j.bench.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Row;

/** Reads the rows: those of rows.txt, and the contractions of TCCG. */
final class Rows {
    /** Contractions that a short run takes: two with a matrix, three of rank 4, two of rank 6. */
    private static final Set<String> TCCG_SAMPLE = Set.of("1", "9", "34");

    private Rows() {}

    /** All rows, in the order of the suites. */
    static List<Row> all() {
        List<Row> rows = new ArrayList<>();
        for (String line : resource("/kron4j/bench/rows.txt").split("\n")) {
            if (!line.startsWith("#")) {
                String[] cells = Arrays.stream((line + " ").split("\\|"))
                        .map(String::strip)
                        .toArray(String[]::new);
                for (String dtype : cells[3].split(" ")) {
                    rows.add(row(cells, dtype));
                }
            }
        }
        int einsums = 1
                + rows.lastIndexOf(rows.stream()
                        .filter(row -> row.suite().equals("einsum"))
                        .reduce((a, b) -> b)
                        .orElseThrow());
        rows.addAll(einsums, tccg().toList());
        return rows;
    }

    private static Stream<Row> tccg() {
        return resource("/tccg48.csv").lines().skip(1).map(line -> {
            String equation = line.split("\"")[1];
            String[] cells = line.split(",");
            Map<Character, String> sizes = new HashMap<>();
            for (String size : cells[4].split(" ")) {
                sizes.put(size.charAt(0), size.substring(2));
            }
            List<String> operands = Arrays.stream(
                            equation.substring(0, equation.indexOf("->")).split(","))
                    .map(term -> String.join(
                            "x", term.chars().mapToObj(c -> sizes.get((char) c)).toList()))
                    .toList();
            String quick = TCCG_SAMPLE.contains(cells[0]) ? "quick" : "";
            String[] row = {"tccg", cells[0] + " " + equation, "einsum", "", equation, String.join(" ", operands), quick
            };
            return row(row, "float64");
        });
    }

    private static String resource(String name) {
        try (InputStream in = Rows.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A row of these cells: suite, name, operation, dtypes, equation, operands, options. */
    private static Row row(String[] cells, String dtype) {
        List<Input> inputs = new ArrayList<>();
        for (String operand : cells[5].split(" ")) {
            inputs.add(input(inputs.size() + 1L, operand));
        }
        Map<String, String> options = new HashMap<>();
        for (String option : cells[6].split(" ")) {
            String[] pair = option.split("=");
            options.put(pair[0], pair.length > 1 ? pair[1] : "");
        }
        String[] curve = options.getOrDefault("curve", "@0").split("@");
        Row row = new Row(
                cells[0],
                cells[1],
                cells[2],
                dtype,
                cells[4],
                Double.parseDouble(options.getOrDefault("scale", "1")),
                inputs,
                0,
                0,
                options.containsKey("quick"),
                curve[0].isEmpty() ? "" : curve[0].replace('_', ' ') + " " + dtype,
                Double.parseDouble(curve[1]));
        double flops = options.containsKey("flops") ? Double.parseDouble(options.get("flops")) : Costs.flops(row);
        return new Row(
                row.suite(),
                row.name(),
                row.op(),
                dtype,
                row.equation(),
                row.scale(),
                inputs,
                flops,
                Costs.bytes(row),
                row.quick(),
                row.series(),
                row.size());
    }

    private static Input input(long seed, String operand) {
        String[] scaled = operand.split("/");
        Input.Kind kind = operand.startsWith("pos:")
                ? Input.Kind.POSITIVE
                : operand.startsWith("sym:") ? Input.Kind.SYMMETRIC : Input.Kind.UNIFORM;
        String[] sizes = scaled[0].substring(scaled[0].indexOf(':') + 1).split("x");
        long[] shape = Arrays.stream(sizes).mapToLong(Long::parseLong).toArray();
        return new Input(seed, shape, kind, scaled.length > 1 ? 1 / Double.parseDouble(scaled[1]) : 1);
    }
}
