package kron4j.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import kron4j.DType;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.io.Npz;
import kron4j.io.Safetensors;
import kron4j.ops.Random;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.Linear;
import kron4j.train.Schedule;
import kron4j.train.Trainer;

/** .npy, .npz, .safetensors and checkpoints: what was written is read, and changed bytes give a FormatException or an array that is no larger than they are. */
final class FileCases {
    private static final String[] SPLICES = {
        "\u0093NUMPY",
        "'descr'",
        "'<f8'",
        "'<f2'",
        "'>c16'",
        "'>i4'",
        "'|O'",
        "'<U8'",
        "(",
        ")",
        "()",
        ",",
        "-1",
        "9223372036854775807",
        "4294967296",
        "True",
        "{",
        "}",
        "'",
        "\0",
        "\n",
        "PK\1\2",
        "PK\3\4",
        "PK\5\6",
        "\u00ff\u00ff\u00ff\u00ff",
        "\"shape\"",
        "\"BOOL\"",
        "\"BF16\"",
        "\"C64\"",
        "[",
        "]",
        "\\ud800"
    };
    /** Says at INFO what it converted; held, or it would forget. */
    private static final Logger LOGGER = Logger.getLogger("kron4j");

    private static final Path FILE = file();

    static {
        LOGGER.setLevel(Level.WARNING);
    }

    private final Draw draw;

    private FileCases(Draw draw) {
        this.draw = draw;
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("kron4j-fuzz", ".bin");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void check(Draw draw) {
        FileCases c = new FileCases(draw);
        try {
            switch (draw.below(5)) {
                case 0, 1 -> c.npy();
                case 2 -> c.npz();
                case 3 -> c.safetensors();
                default -> c.checkpoint();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Operand array() {
        return array(draw.of(
                DType.FLOAT64,
                DType.FLOAT32,
                DType.INT32,
                DType.INT64,
                DType.BOOL,
                DType.INT8,
                DType.UINT8,
                DType.FLOAT16));
    }

    private Operand array(DType dtype) {
        long[] shape = draw.shape(draw.below(4), 120);
        NDArray values = dtype.isFloating() ? draw.wild(dtype, shape) : NDArray.integers(draw.elements(), 0, 2, shape);
        Operand a = Operand.any(draw, values, dtype);
        return new Operand(dtype == DType.FLOAT32 ? a.values().map(x -> (float) x) : a.values(), a.tensor());
    }

    /** Flips, overwrites, inserts, removes, doubles or cuts off bytes, the header's more often. */
    private byte[] mutated(byte... bytes) {
        byte[] changed = bytes;
        for (int times = draw.between(1, 3); times > 0 && changed.length > 0; times--) {
            int at = draw.below(3) > 0 ? draw.below(Math.min(changed.length, 140)) : draw.below(changed.length);
            at = draw.oneIn(6) ? changed.length - 1 - at : at;
            int length = Math.min(changed.length - at, draw.between(1, 8));
            byte[] piece = SPLICES[draw.below(SPLICES.length)].getBytes(StandardCharsets.ISO_8859_1);
            switch (draw.below(7)) {
                case 0 -> {
                    changed = changed.clone();
                    changed[at] ^= (byte) (1 << draw.below(8));
                }
                case 1 -> {
                    changed = changed.clone();
                    changed[at] = (byte) (int) draw.of(0, 255, 127, 128, (int) '9', (int) '-', (int) ' ');
                }
                case 2 -> changed = Arrays.copyOf(changed, at);
                case 3 ->
                    changed = joined(
                            Arrays.copyOf(changed, at),
                            new byte[0],
                            Arrays.copyOfRange(changed, at + length, changed.length));
                case 4 ->
                    changed =
                            joined(Arrays.copyOf(changed, at), piece, Arrays.copyOfRange(changed, at, changed.length));
                case 5 ->
                    changed = joined(
                            Arrays.copyOf(changed, at),
                            piece,
                            Arrays.copyOfRange(changed, Math.min(changed.length, at + piece.length), changed.length));
                default -> changed = joined(changed, Arrays.copyOfRange(changed, at, at + length), new byte[0]);
            }
        }
        return changed;
    }

    private static byte[] joined(byte[] a, byte[] b, byte... c) {
        byte[] all = Arrays.copyOf(a, a.length + b.length + c.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        System.arraycopy(c, 0, all, a.length + b.length, c.length);
        return all;
    }

    /** No array has more bytes than the file could hold; a byte may become four, and deflated bytes a thousand. */
    private static void bounded(String what, Tensor t, long bytes) {
        Verify.that(t.size() * t.dtype().bytes() <= bytes, what + ": read " + t.shape() + " of " + t.dtype());
        t.toBuffer();
    }

    private void npy() throws IOException {
        Operand a = array();
        a.tensor().save(FILE);
        Tensor read = Tensor.load(FILE);
        Verify.that(read.dtype() == a.tensor().dtype(), "npy: is " + read.dtype());
        Verify.same("npy of " + a.tensor().layout(), a.values(), read);
        byte[] bytes = mutated(Files.readAllBytes(FILE));
        Files.write(FILE, bytes);
        try {
            bounded("mutated npy", Tensor.load(FILE), 4L * bytes.length);
        } catch (FormatException e) {
            Verify.that(e.getMessage().contains(FILE.toString()), "mutated npy: " + e.getMessage());
        }
    }

    private void npz() throws IOException {
        Map<String, Tensor> written = new LinkedHashMap<>();
        Map<String, NDArray> values = new LinkedHashMap<>();
        for (int n = draw.below(3); n >= 0; n--) {
            Operand a = array();
            String name = draw.of("a", "", "b/c", "..", "\u00e4") + n;
            written.put(name, a.tensor());
            values.put(name, a.values());
        }
        boolean compressed = draw.below(2) == 1;
        if (compressed) {
            Npz.writeCompressed(FILE, written);
        } else {
            Npz.write(FILE, written);
        }
        Map<String, Tensor> read = Npz.read(FILE);
        Verify.that(read.keySet().equals(values.keySet()), "npz: names " + read.keySet());
        values.forEach((name, v) -> Verify.same("npz", v, read.get(name)));
        byte[] bytes = mutated(Files.readAllBytes(FILE));
        Files.write(FILE, bytes);
        try {
            Npz.read(FILE).values().forEach(t -> bounded("mutated npz", t, 4096L * bytes.length));
        } catch (FormatException e) {
            Verify.that(e.getMessage().contains(FILE.toString()), "mutated npz: " + e.getMessage());
        }
    }

    private void safetensors() throws IOException {
        Map<String, Tensor> written = new LinkedHashMap<>();
        Map<String, NDArray> values = new LinkedHashMap<>();
        for (int n = draw.below(4); n > 0; n--) {
            Operand a = draw.oneIn(5) ? array(DType.BFLOAT16) : array();
            String name = draw.of("a", "", "b/c", "\"\\\n\0", "\u00e4\ud83d\ude00") + n;
            written.put(name, a.tensor());
            values.put(name, a.values());
        }
        Map<String, String> metadata = draw.oneIn(2) ? Map.of() : Map.of("a", "\u20ac\t");
        Safetensors.write(FILE, written, metadata);
        try (Safetensors file = Safetensors.open(FILE)) {
            Verify.that(file.metadata().equals(metadata), "safetensors: metadata " + file.metadata());
            Verify.that(List.copyOf(values.keySet()).equals(file.names()), "safetensors: names " + file.names());
            values.forEach((name, v) -> Verify.same("safetensors", v, file.read(name)));
        }
        byte[] bytes = mutated(Files.readAllBytes(FILE));
        Files.write(FILE, bytes);
        try {
            Safetensors.read(FILE).values().forEach(t -> bounded("mutated safetensors", t, bytes.length));
        } catch (FormatException e) {
            Verify.that(e.getMessage().contains(FILE.toString()), "mutated safetensors: " + e.getMessage());
        }
    }

    private void checkpoint() throws IOException {
        Random.Generator random = new Random.Generator(draw.below(1000));
        int n = draw.between(1, 3);
        try (Linear layer = new Linear(random, DType.FLOAT64, n, 2);
                Adam optimizer = new Adam(layer.parameters())) {
            Trainer trainer = new Trainer(layer.parameters(), optimizer, Schedule.constant(0.1), 7);
            Tensor x = random.normal(DType.FLOAT64, 3, n);
            trainer.step(() -> layer.apply(x).multiply(layer.apply(x)).sum());
            trainer.save(FILE);
            NDArray saved = NDArray.of(layer.parameters().tensors().get(0));
            trainer.step(() -> layer.apply(x).multiply(layer.apply(x)).sum());
            NDArray later = NDArray.of(layer.parameters().tensors().get(0));
            Files.write(FILE, mutated(Files.readAllBytes(FILE)));
            try {
                trainer.restore(FILE);
                Verify.same("restored", saved, layer.parameters().tensors().get(0));
            } catch (FormatException e) {
                Verify.same(
                        "after a refused checkpoint",
                        later,
                        layer.parameters().tensors().get(0));
            }
        }
    }
}
