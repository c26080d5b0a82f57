package kron4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.cli.train.MemoryTasks;
import kron4j.cli.train.Run;
import kron4j.io.Npz;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The trainings at reduced size: they reach what they are held to, write what they promise, and free what they made. */
class TrainCommandTest {
    @TempDir
    Path dir;

    private JsonObject train(int code, String arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        long live = Device.cpu().memoryReport().live();
        String[] args = Stream.concat(
                        Stream.of("train", "--device", "cpu", "--json"), Arrays.stream(arguments.split(" ", -1)))
                .toArray(String[]::new);
        assertEquals(code, Main.run(new PrintWriter(out), new PrintWriter(err), args), () -> "" + out + err);
        assertEquals(live, Device.cpu().memoryReport().live(), "a command must free what it made");
        assertEquals("", err.toString());
        return JsonParser.parseString(out.toString()).getAsJsonObject();
    }

    private static double number(JsonObject result, String name) {
        return result.getAsJsonObject("numbers").get(name).getAsDouble();
    }

    private void wrote(JsonObject result, String... names) throws IOException {
        List<String> files = result.getAsJsonArray("files").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
        assertEquals(Arrays.stream(names).map(n -> dir.resolve(n).toString()).toList(), files);
        for (String file : files) {
            assertTrue(Files.size(Path.of(file)) > 0, file);
        }
    }

    @Test
    void kroneckerUnitsReadDigitsPixelByPixel() throws IOException {
        JsonObject result = train(0, "kru --models kru --epochs 3 --out " + dir);
        assertTrue(number(result, "kru.accuracy") > 0.7, result::toString);
        // 6 factors of 8 numbers, 128 inputs, 64 biases; a read-out of 128 x 10 + 10.
        assertEquals(6 * 8 + 128 + 64 + 1290, number(result, "kru.parameters"));
        wrote(result, "kru.csv", "kru.npz", "accuracy.png");
        String seconds = result.get("seconds").getAsString();
        assertTrue(seconds.length() <= 6, seconds);
        try (TensorScope scope = Device.cpu().openScope()) {
            Map<String, Tensor> saved = Npz.read(dir.resolve("kru.npz"));
            assertEquals(3 * 44, saved.get("step").itemLong());
        }
    }

    @Test
    void rowsOfDigitsAttendToEachOther() throws IOException {
        JsonObject result = train(0, "attention --depth 1 --epochs 12 --out " + dir);
        assertTrue(number(result, "accuracy") > 0.9, result::toString);
        assertTrue(number(result, "averaged") > 0.9, result::toString);
        // A block of width 32: four maps, two normalizations, and a hidden layer of 64.
        int block = 4 * 33 * 32 + 2 * 64 + 33 * 64 + 65 * 32;
        assertEquals(9 * 32 + 8 * 32 + block + 64 + 330, number(result, "parameters"));
        wrote(result, "attention.csv", "attention.npz");
    }

    @Test
    void everyModelTakesPart() {
        JsonObject result = train(0, "kru --models kru-real,rnn,gru,lstm --epochs 1 --width 16 --batch 256");
        // States of 16 from one input, and a read-out of 16 x 10 + 10.
        Map.of(
                        "kru-real", 4 * 4 + 16 + 16,
                        "rnn", 256 + 16 + 16,
                        "gru", 3 * (256 + 16 + 16) + 16,
                        "lstm", 4 * (256 + 16 + 16))
                .forEach((model, recurrent) ->
                        assertEquals(recurrent + 170, number(result, model + ".parameters"), model));
        // One epoch of five steps is not enough, and that is said instead of a failure.
        assertTrue(result.getAsJsonArray("unjudged").toString().contains("rnn tells digits apart"), result::toString);
        assertTrue(result.getAsJsonObject("checks").entrySet().stream()
                .allMatch(check -> check.getValue().getAsBoolean()));
    }

    @Test
    void kroneckerUnitsRemember() {
        JsonObject copy = train(0, "copy --delay 10 --steps 200 --width 64 --batch 16 --rate 0.01");
        assertTrue(number(copy, "kru.loss") < 10 * Math.log(8) / 30);
        JsonObject adding = train(0, "adding --length 10 --steps 300 --width 32");
        assertTrue(number(adding, "kru.loss") < 1 / 6.0);
    }

    @Test
    void independentComponentsAreFound() throws IOException {
        JsonObject result = train(0, "ica --sources 3 --samples 2000 --components 8 --steps 150 --out " + dir);
        assertTrue(number(result, "amari") < 4 / Math.sqrt(2000));
        assertTrue(number(result, "patches.logLikelihood") > number(result, "patches.gaussian"));
        wrote(result, "synthetic.csv", "patches.csv", "components.png");
    }

    @Test
    void flowsLearnDensities() throws IOException {
        JsonObject moons = train(0, "flow --epochs 20 --out " + dir);
        assertTrue(number(moons, "nll") < number(moons, "gaussian") - 0.5);
        assertEquals(1, number(moons, "mass"), 0.03);
        wrote(moons, "flow.csv", "density.png");
        BufferedImage density = ImageIO.read(dir.resolve("density.png").toFile());
        assertEquals(3 * density.getHeight(), density.getWidth(), "the density, samples and the data side by side");
        JsonObject digits = train(0, "flow --digits --layers 4 --epochs 40");
        assertTrue(number(digits, "nll") < number(digits, "gaussian"));
    }

    @Test
    void gaussianProcessesFillInPixels() throws IOException {
        JsonObject result = train(0, "gp --picture 7 --steps 30 --out " + dir);
        assertTrue(number(result, "rmse") < number(result, "rmse.neighbours"));
        wrote(result, "gp.csv", "filled.png");
        JsonObject each = train(0, "gp --picture 7 --steps 30 --noise-per-pixel");
        assertTrue(number(each, "rmse") < number(each, "rmse.neighbours"));
    }

    @Test
    void aWrongCommandLineSaysSo() {
        StringWriter err = new StringWriter();
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        assertEquals(2, Main.run(nowhere, new PrintWriter(err), "train"));
        assertTrue(err.toString().contains("kru") && err.toString().contains("gp"), err::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kru --models transformer | --models transformer: needs one of kru, kru-real, rnn, gru, lstm",
                "kru --width 100 | --width 100: needs a power of 2, 4 or more",
                "kru --models gru --width 0 | --width 0: needs 1 or more",
                "kru --epochs 0 | --epochs 0: needs 1 or more",
                "kru --batch 0 | --batch 0: needs 1 or more",
                "kru --rate -1 | --rate -1.0: needs a positive number",
                "attention --width 6 | --width 6: needs a multiple of 4",
                "attention --depth 0 | --depth 0: needs 1 or more",
                "copy --rate NaN | --rate NaN: needs a positive number",
                "copy --delay 0 | --delay 0: needs 1 or more",
                "copy --steps 0 | --steps 0: needs 1 or more",
                "adding --length 1 | --length 1: needs 2 or more",
                "ica --sources 1 | --sources 1: needs 2 or more",
                "ica --samples 0 | --samples 0: needs 100 or more",
                "ica --components 65 | --components 65: needs 1 to 64",
                "flow --layers 0 | --layers 0: needs 1 or more",
                "gp --picture 10000 | --picture 10000: needs 0 to 9999",
                "gp --missing 1 | --missing 1.0: needs 0.01 to 0.99",
                "gp --out /proc/x | --out /proc/x: needs a place where a directory can be made",
                "gp --out pom.xml | --out pom.xml: needs a place where a directory can be made",
            })
    void optionsAreLookedAtFirst(String line, String text) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] args = ("train " + line).split(" ");
        assertEquals(2, Main.run(new PrintWriter(out), new PrintWriter(err), args));
        assertEquals("", out.toString());
        assertEquals("kron4j: " + text + "; 'kron4j train " + args[1] + " --help' shows how\n", err.toString());
    }

    @Test
    void whatIsDoneIsOnDiskBeforeTheNextModel() throws IOException {
        Path out = Files.createDirectory(dir.resolve("out"));
        List<String> seen = new ArrayList<>();
        Run.Watcher watcher = new Run.Watcher() {
            @Override
            public void say(String line) {}

            @Override
            public void progress(String task, long done, long of) {
                if (task.equals("gru") && done == 1) {
                    seen.addAll(List.of(out.toFile().list()));
                }
            }
        };
        try (TensorScope scope = Device.cpu().openScope()) {
            new MemoryTasks(false, 4, List.of("rnn", "gru"), DType.FLOAT32, 4, 2, 2, 0.01, 1)
                    .run(new Run(watcher, Optional.of(out)));
        }
        assertTrue(seen.containsAll(List.of("rnn.csv", "loss.png")), seen::toString);
    }

    @Test
    void aRowIsTheMeanSinceTheLast() throws IOException {
        // 100 steps make a row of two, 50 one of one.
        train(0, "adding --models rnn --length 4 --width 4 --batch 2 --steps 100 --rate 1e-30 --out " + dir);
        double[] means = losses();
        assertEquals(50, means.length);
        train(0, "adding --models rnn --length 4 --width 4 --batch 2 --steps 50 --rate 1e-30 --out " + dir);
        double[] single = losses();
        for (int i = 0; i < 25; i++) {
            assertEquals((single[2 * i] + single[2 * i + 1]) / 2, means[i], 1e-5);
        }
    }

    private double[] losses() throws IOException {
        return Files.readAllLines(dir.resolve("rnn.csv")).stream()
                .skip(1)
                .mapToDouble(line -> Double.parseDouble(line.split(",")[1]))
                .toArray();
    }
}
