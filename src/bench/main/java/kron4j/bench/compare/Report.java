package kron4j.bench.compare;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonSyntaxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All that a comparison found, as it is written to a file.
 *
 * @param machine what it ran on
 * @param peers the version of each peer, or why it is missing
 * @param peaks floating-point operations a second of a large product by OpenBLAS, for each dtype
 * @param results the rows
 */
record Report(Machine machine, Map<String, String> peers, Map<String, Double> peaks, List<Result> results) {
    private static final Gson GSON = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    /** The time that copying the row's bytes and its operations would take at least, over ours; empty if the floors were not measured. */
    OptionalDouble roofline(Result result) {
        Double peak = peaks.get(result.row().dtype());
        Run copy = result.run("copy");
        if (!result.ours().ok() || !copy.ok() || peak == null) {
            return OptionalDouble.empty();
        }
        double floor = Math.max(copy.seconds(), result.row().flops() / peak);
        return OptionalDouble.of(floor / result.ours().seconds());
    }

    /** The geometric mean of a peer's times over ours, where both have one. */
    OptionalDouble mean(String peer) {
        double[] logs = results.stream()
                .map(r -> r.ratio(peer))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(r -> Math.log(r.getAsDouble()))
                .toArray();
        return exp(logs);
    }

    /** The geometric mean of each row's best peer's time over ours. */
    OptionalDouble meanOfBest() {
        double[] logs = results.stream()
                .filter(r -> r.ours().ok() && r.best().isPresent())
                .mapToDouble(r -> Math.log(r.ratio(r.best().get()).getAsDouble()))
                .toArray();
        return exp(logs);
    }

    private static OptionalDouble exp(double[] logs) {
        OptionalDouble mean = Arrays.stream(logs).average();
        return mean.isPresent() ? OptionalDouble.of(Math.exp(mean.getAsDouble())) : mean;
    }

    void write(Path file) {
        try {
            Files.writeString(file, GSON.toJson(this) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    static Report read(Path file) {
        try {
            return GSON.fromJson(Files.readString(file), Report.class);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (JsonSyntaxException e) {
            throw new UncheckedIOException(
                    "cannot read " + file, new IOException("it was not written by kron4j bench", e));
        }
    }
}
