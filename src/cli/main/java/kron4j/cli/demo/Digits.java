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
        try (Tensor pixels = mnist("images");
                Tensor real = pixels.to(DType.FLOAT32)) {
            return new Digits(real.multiply(1 / 255f), pixels());
        }
    }

    /** MNIST's {@code images} [10000, 28, 28] or {@code labels} [10000], uint8. */
    public static Tensor mnist(String array) {
        try {
            // A zip archive is read from its end, so it has to be a file.
            Path file = Files.createTempFile("kron4j-digits", ".npz");
            try (InputStream resource = resource("mnist10k.npz")) {
                Files.copy(resource, file, StandardCopyOption.REPLACE_EXISTING);
                return Npz.read(file, array);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static Tensor pixels() {
        try (Tensor lines = optical()) {
            return lines.slice(1, 0, 64).reshape(-1, 8, 8).to(DType.FLOAT32);
        }
    }

    /** The optical digits: 64 pixels and a label in each row, uint8 [1797, 65]. */
    public static Tensor optical() {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(resource("digits8x8.csv.gz")), StandardCharsets.US_ASCII))) {
            try (Tensor signed = Tensor.of(lines.lines().map(Digits::numbers).toArray(byte[][]::new))) {
                return signed.to(DType.UINT8);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static byte[] numbers(String line) {
        String[] words = line.split(",", -1);
        byte[] numbers = new byte[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Byte.parseByte(words[i]);
        }
        return numbers;
    }

    private static UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException("digits: the bundled files cannot be read", e);
    }

    private static InputStream resource(String name) {
        InputStream stream = Digits.class.getResourceAsStream("/kron4j/digits/" + name);
        if (stream == null) {
            throw new FormatException("digits: " + name + " is not on the class path; build the project again");
        }
        return stream;
    }
}
