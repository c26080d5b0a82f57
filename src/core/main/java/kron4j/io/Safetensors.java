package kron4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.Tensor;

/**
 * Reads and writes .safetensors files, in which PyTorch, JAX and others keep a model's tensors by name. A file is any size. What it
 * holds is listed from its header; a tensor's data is read when the tensor is asked for. The header is checked whole before
 * anything is allocated: a tensor's bytes match its dtype and shape, and all together they are the file's.
 *
 * <pre>{@code
 * Path path = Path.of("model.safetensors");
 * Safetensors.write(path, Map.of("w", Tensor.of(new float[] {1, 2, 3}), "b", Tensor.of(0.5f)), Map.of("epoch", "3"));
 * Map<String, Tensor> all = Safetensors.read(path);
 * try (Safetensors file = Safetensors.open(path)) {
 *     String epoch = file.metadata().get("epoch");
 *     Shape shape = file.entries().get("w").shape();             // [3], without reading w
 *     Tensor w = file.read("w");                                 // without reading b
 * }
 * }</pre>
 *
 * <p>An open file may be used by several threads at once. It holds a file descriptor and no other memory than the header's until
 * {@link #close}; tensors that were read stay.
 */
public final class Safetensors implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private Safetensors(Path path, FileChannel channel, SafetensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Describes a tensor in a file.
     *
     * @param dtype its name in the file, such as {@code F32}; Kron4J may be unable to read that dtype
     * @param shape the sizes of its axes
     * @param offset where its data begins in the file, in bytes
     * @param bytes how many bytes of data it has: row-major and little-endian
     */
    public record Entry(String dtype, Shape shape, long offset, long bytes) {}

    // ---- whole files ----

    /**
     * Reads all tensors onto the current device.
     *
     * @param path a regular file
     * @return the tensors by name, in the header's order, owned by the current scope
     * @throws FormatException if the file is malformed or truncated, or a tensor has a dtype that Kron4J has not
     */
    public static Map<String, Tensor> read(Path path) {
        try (Safetensors file = open(path)) {
            return file.read();
        }
    }

    /**
     * Reads the tensor of one name onto the current device, without the others.
     *
     * @param path a regular file
     * @param name as {@link #names(Path)} lists it
     * @return the tensor, owned by the current scope
     * @throws FormatException if the file is malformed or truncated, has no such tensor, or its dtype is one that Kron4J has not
     */
    public static Tensor read(Path path, String name) {
        try (Safetensors file = open(path)) {
            return file.read(name);
        }
    }

    /**
     * Lists the names of all tensors.
     *
     * @param path a regular file
     * @return the names, in the header's order
     * @throws FormatException if the file is malformed or truncated
     */
    public static List<String> names(Path path) {
        try (Safetensors file = open(path)) {
            return file.names();
        }
    }

    /**
     * Writes tensors without metadata, atomically: readers see the old file or the whole new one.
     *
     * @param path file to write; its directory must exist
     * @param tensors by name, of any layout; on a device, they are copied to the host piece by piece
     * @throws FormatException if the file cannot be written
     */
    public static void write(Path path, Map<String, Tensor> tensors) {
        write(path, tensors, Map.of());
    }

    /**
     * Writes tensors and metadata, atomically: readers see the old file or the whole new one. The header lists the tensors in the
     * map's order; of their data that of the widest dtype comes first, so that each tensor is aligned.
     *
     * @param path file to write; its directory must exist
     * @param tensors by name, of any layout; on a device, they are copied to the host piece by piece
     * @param metadata texts by name, such as a licence
     * @throws FormatException if the file cannot be written, or a tensor is named {@code __metadata__}
     */
    public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
        ByteBuffer head = SafetensorsHeader.format(path, tensors, metadata);
        AtomicFile.write(path, target -> {
            Npy.writeAll(target, head);
            for (Map.Entry<String, Tensor> e : SafetensorsHeader.byWidth(tensors)) {
                try (Tensor flat = e.getValue().contiguous()) {
                    Npy.writeElements(target, flat);
                }
            }
        });
    }

    // ---- open files ----

    /**
     * Opens a file and checks its header; no tensor's data is read.
     *
     * @param path a regular file
     * @return the file, to be closed by the caller
     * @throws FormatException if the file is missing, malformed or truncated
     */
    public static Safetensors open(Path path) {
        Npy.requireFile(path);
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            boolean complete = false;
            try {
                Safetensors file = new Safetensors(path, channel, header(path.toString(), channel));
                complete = true;
                return file;
            } finally {
                if (!complete) {
                    channel.close();
                }
            }
        } catch (IOException e) {
            throw Npy.failed("load", path, e);
        }
    }

    private static SafetensorsHeader header(String file, FileChannel channel) throws IOException {
        long bytes = channel.size();
        if (bytes < SafetensorsHeader.PREFIX) {
            throw new FormatException("load: " + file + ": ends after " + bytes
                    + " bytes, inside its header's length; the file is truncated, or no .safetensors file");
        }
        ByteBuffer prefix = ByteBuffer.allocate(SafetensorsHeader.PREFIX);
        fill(file, channel, prefix, 0);
        ByteBuffer json = ByteBuffer.allocate(SafetensorsHeader.length(file, prefix, bytes));
        fill(file, channel, json, SafetensorsHeader.PREFIX);
        return SafetensorsHeader.parse(file, json.array(), bytes);
    }

    /** {@return the names of the tensors, in the header's order} */
    public List<String> names() {
        return List.copyOf(header.entries().keySet());
    }

    /** {@return what the header says of each tensor, by name, in its order} */
    public Map<String, Entry> entries() {
        return header.entries();
    }

    /** {@return the texts that the file carries beside its tensors, by name} */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * Reads all tensors onto the current device.
     *
     * @return the tensors by name, in the header's order, owned by the current scope
     * @throws FormatException if a tensor has a dtype that Kron4J has not, or the file changed since it was opened
     * @throws ClosedTensorException if the file is closed
     */
    public Map<String, Tensor> read() {
        header.entries().forEach(this::dtype);
        long largest =
                header.entries().values().stream().mapToLong(Entry::bytes).max().orElse(0);
        ByteBuffer chunk = chunk(largest);
        Map<String, Tensor> result = new LinkedHashMap<>();
        boolean complete = false;
        try {
            header.entries().forEach((name, entry) -> result.put(name, load(name, entry, chunk)));
            complete = true;
        } finally {
            if (!complete) {
                result.values().forEach(Tensor::close);
            }
        }
        return result;
    }

    /**
     * Reads the tensor of one name onto the current device.
     *
     * @param name as {@link #names()} lists it
     * @return the tensor, owned by the current scope
     * @throws FormatException if there is no such tensor, its dtype is one that Kron4J has not, or the file changed since it was
     *     opened
     * @throws ClosedTensorException if the file is closed
     */
    public Tensor read(String name) {
        Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new FormatException(
                    "load: " + path + ": has no tensor " + Names.quoted(name) + "; it has " + header.listed());
        }
        return load(name, entry, chunk(entry.bytes()));
    }

    /** Closes the file. Tensors that were read stay. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Npy.failed("load", path, e);
        }
    }

    private DType dtype(String name, Entry entry) {
        return SafetensorsHeader.dtype(entry.dtype())
                .orElseThrow(() -> new FormatException("load: " + path + ": tensor " + Names.quoted(name)
                        + " has dtype " + Names.quoted(entry.dtype())
                        + ", which is not read; convert it to one of " + SafetensorsHeader.dtypes()));
    }

    private static ByteBuffer chunk(long bytes) {
        return ByteBuffer.allocateDirect((int) Math.min(CHUNK, bytes));
    }

    private Tensor load(String name, Entry entry, ByteBuffer chunk) {
        DType dtype = dtype(name, entry);
        if (!channel.isOpen()) {
            throw new ClosedTensorException("load: " + path + ": is closed; read its tensors before");
        }
        Tensor result = Tensor.empty(Device.current(), dtype, entry.shape());
        boolean complete = false;
        try {
            for (long done = 0; done < entry.bytes(); done += chunk.limit()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), entry.bytes() - done));
                fill(path.toString(), channel, chunk, entry.offset() + done);
                if (dtype == DType.BOOL) {
                    checkTruthValues(name, chunk, entry.offset() + done);
                }
                result.storage().backend().upload(chunk, result.storage(), done);
            }
            complete = true;
            return result;
        } catch (IOException e) {
            throw Npy.failed("load", path, e);
        } finally {
            if (!complete) {
                result.close();
            }
        }
    }

    private void checkTruthValues(String name, ByteBuffer chunk, long offset) {
        for (int i = 0; i < chunk.limit(); i++) {
            if ((chunk.get(i) & ~1) != 0) {
                throw new FormatException("load: " + path + ": byte " + (offset + i) + ": tensor "
                        + Names.quoted(name) + " is BOOL, but holds " + (chunk.get(i) & 0xff)
                        + ", not 0 or 1; the file is damaged");
            }
        }
    }

    /** Fills the buffer from byte {@code offset} of the file and flips it. */
    private static void fill(String file, FileChannel channel, ByteBuffer target, long offset) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target, offset + target.position()) < 0) {
                throw new FormatException("load: " + file + ": ends at byte " + (offset + target.position()) + ", "
                        + target.remaining() + " bytes early; copy it again");
            }
        }
        target.flip();
    }
}
