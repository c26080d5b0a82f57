package kron4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Npz;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        try (TensorScope scope = Device.cpu().openScope()) {
            Map<String, Tensor> saved = Npz.read(dir.resolve("kru.npz"));
            assertEquals(3 * 44, saved.get("step").itemLong());
        }
    }

    @Test
    void everyModelTakesPart() {
        JsonObject result = train(1, "kru --models kru-real,rnn,gru,lstm --epochs 1 --width 16 --batch 256");
        // States of 16 from one input, and a read-out of 16 x 10 + 10.
        Map.of(
                        "kru-real", 4 * 4 + 16 + 16,
                        "rnn", 256 + 16 + 16,
                        "gru", 3 * (256 + 16 + 16) + 16,
                        "lstm", 4 * (256 + 16 + 16))
                .forEach((model, recurrent) ->
                        assertEquals(recurrent + 170, number(result, model + ".parameters"), model));
        // One epoch of five steps is not enough, and that is said.
        assertTrue(result.getAsJsonObject("checks").entrySet().stream()
                .anyMatch(check -> !check.getValue().getAsBoolean()));
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
        assertTrue(number(moons, "nll") < number(moons, "gaussian") - 0.1);
        assertEquals(1, number(moons, "mass"), 0.03);
        wrote(moons, "flow.csv", "density.png");
        JsonObject digits = train(0, "flow --digits --layers 4 --epochs 40");
        assertTrue(number(digits, "nll") < number(digits, "gaussian"));
    }

    @Test
    void gaussianProcessesFillInPixels() throws IOException {
        JsonObject result = train(0, "gp --picture 7 --steps 30 --out " + dir);
        assertTrue(number(result, "rmse") < number(result, "rmse.neighbours"));
        wrote(result, "gp.csv", "filled.png");
    }

    @Test
    void aWrongCommandLineSaysSo() {
        StringWriter err = new StringWriter();
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        assertEquals(2, Main.run(nowhere, new PrintWriter(err), "train"));
        assertTrue(err.toString().contains("kru") && err.toString().contains("gp"), err::toString);
        assertEquals(1, Main.run(nowhere, new PrintWriter(err), "train", "kru", "--models", "transformer"));
        assertTrue(
                err.toString().contains("train: no model 'transformer'; there are [kru, kru-real, rnn, gru, lstm]"),
                err::toString);
        assertEquals(1, Main.run(nowhere, new PrintWriter(err), "train", "kru", "--width", "100"));
        assertTrue(err.toString().contains("needs a width that is a power of 2"), err::toString);
    }
}
