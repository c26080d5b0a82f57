package kron4j.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import kron4j.DType;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.io.Npz;

/**
 * The bundled digits, on the current device.
 *
 * @param images float32 [10000, 28, 28], 0 to 1: MNIST
 * @param small float32 [1797, 8, 8], 0 to 16
 */
public record Digits(Tensor images, Tensor small) {
    /** Reads them; the tensors belong to the current scope. */
    public static Digits load() {
        try (Tensor pixels = mnist();
                Tensor real = pixels.to(DType.FLOAT32)) {
            return new Digits(real.multiply(1 / 255f), optical());
        } catch (IOException e) {
            throw new UncheckedIOException("digits: the bundled files cannot be read", e);
        }
    }

    private static Tensor mnist() throws IOException {
        // A zip archive is read from its end, so it has to be a file.
        Path file = Files.createTempFile("kron4j-digits", ".npz");
        try (InputStream resource = resource("mnist10k.npz")) {
            Files.copy(resource, file, StandardCopyOption.REPLACE_EXISTING);
            return Npz.read(file, "images");
        } finally {
            Files.delete(file);
        }
    }

    private static Tensor optical() throws IOException {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(resource("digits8x8.csv.gz")), StandardCharsets.US_ASCII))) {
            float[][][] digits = lines.lines().map(Digits::digit).toArray(float[][][]::new);
            return Tensor.of(digits);
        }
    }

    /** 64 pixels and a label. */
    private static float[][] digit(String line) {
        int[] numbers =
                Arrays.stream(line.split(",", -1)).mapToInt(Integer::parseInt).toArray();
        float[][] digit = new float[8][8];
        for (int i = 0; i < 64; i++) {
            digit[i / 8][i % 8] = numbers[i];
        }
        return digit;
    }

    private static InputStream resource(String name) {
        InputStream stream = Digits.class.getResourceAsStream("/kron4j/digits/" + name);
        if (stream == null) {
            throw new FormatException("digits: " + name + " is not on the class path; build the project again");
        }
        return stream;
    }
}
