package kron4j.io;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import kron4j.DType;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.Storage;

/**
 * Reads and writes NumPy's .npy files of any size. Source: NEP 1 and numpy.lib.format.
 *
 * <pre>{@code
 * Path file = Path.of("a.npy");
 * Npy.write(file, Tensor.of(new double[][] {{1, 2}, {3, 4}}));   // numpy.load("a.npy") reads it
 * Tensor a = Npy.read(file);
 * }</pre>
 */
public final class Npy {
    private static final int CHUNK = 1 << 20;

    private Npy() {}

    /**
     * Reads a file of version 1 to 3 onto the current device. float16, float32, float64, complex64, complex128, int32, int64,
     * int8, uint8 and bool keep their dtype; int16 and uint16 become int32, uint32 becomes int64, and so does uint64 where
     * its values fit. Fortran order becomes a transposed view, without a copy. Big-endian files are converted and the
     * conversion is logged. The file's size is checked against its header before anything is allocated.
     *
     * @param path a regular file
     * @return the array, owned by the current scope
     * @throws FormatException if the file is missing, malformed, truncated, too long, or of another dtype
     */
    public static Tensor read(Path path) {
        requireFile(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return read(path.toString(), channel, channel.size());
        } catch (IOException e) {
            throw failed("load", path, e);
        }
    }

    /**
     * Writes a tensor as version 1, atomically: readers see the old file or the whole new one. Column-major tensors are
     * written in Fortran order without a copy, all others in row-major order.
     *
     * @param path file to write; its directory must exist
     * @param tensor of any dtype but bfloat16, which NumPy does not have, and any layout
     * @throws FormatException if the file cannot be written
     * @throws kron4j.DTypeException for bfloat16
     */
    public static void write(Path path, Tensor tensor) {
        NpyHeader.format(tensor.dtype(), tensor.shape(), false);
        AtomicFile.write(path, channel -> write(channel, tensor));
    }

    static void requireFile(Path path) {
        String fact;
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            fact = file.isDirectory()
                    ? "is a directory; name a file in it"
                    : !file.isRegularFile()
                            ? "is not a regular file; copy it to one"
                            : file.size() == 0 ? "is empty; write it again" : null;
        } catch (IOException e) {
            throw failed("load", path, e);
        }
        if (fact != null) {
            throw new FormatException("load: " + path + ": " + fact);
        }
    }

    static FormatException failed(String operation, Path path, IOException cause) {
        FormatException failure = new FormatException(operation + ": " + path + ": " + reason(operation, cause));
        failure.initCause(cause);
        return failure;
    }

    /** The system's reason, without names of classes and temporary files. */
    private static String reason(String operation, IOException cause) {
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof NoSuchFileException) {
            return operation.equals("save") ? "no file can be created there" : "no such file";
        }
        String text = cause instanceof FileSystemException e ? e.getReason() : cause.getMessage();
        return text == null ? cause.getClass().getSimpleName() : text;
    }

    // ---- streams ----

    /** Reads an array that takes exactly {@code bytes} bytes. */
    static Tensor read(String file, ReadableByteChannel source, long bytes) throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate((int) Math.min(NpyHeader.PREFIX, bytes));
        fill(file, source, prefix, 0);
        NpyHeader.Span span = NpyHeader.Span.of(file, prefix);
        long dataStart = span.start() + (long) span.length();
        if (dataStart > bytes) {
            throw new FormatException("load: " + file + ": ends after " + bytes + " bytes, inside its header of "
                    + dataStart + "; copy it again");
        }
        ByteBuffer dict = ByteBuffer.allocate(span.length()).put(prefix.position(span.start()));
        fill(file, source, dict, prefix.limit());
        NpyHeader header = NpyHeader.parse(file, span.start(), dict.array());
        if (header.dataBytes() != bytes - dataStart) {
            throw new FormatException("load: " + file + ": " + (bytes - dataStart) + " bytes of data from byte "
                    + dataStart + ", but its header says " + header.shape() + " of " + header.fileBytes()
                    + " bytes each, which takes " + header.dataBytes() + "; the file is truncated or damaged");
        }
        return data(file, source, header, dataStart);
    }

    private static Tensor data(String file, ReadableByteChannel source, NpyHeader header, long dataStart)
            throws IOException {
        Shape shape = header.shape();
        Shape stored = header.fortran() ? Layout.contiguous(shape).reverse().shape() : shape;
        Tensor result = Tensor.empty(Device.current(), header.dtype(), stored);
        boolean complete = false;
        try {
            Elements elements = new Elements(file, header);
            for (long done = 0; done < shape.size(); ) {
                ByteBuffer chunk = elements.room(shape.size() - done);
                fill(file, source, chunk, dataStart + done * header.fileBytes());
                ByteBuffer converted = elements.convert();
                int count = converted.remaining() / header.dtype().bytes();
                result.storage()
                        .backend()
                        .upload(
                                converted,
                                result.storage(),
                                done * header.dtype().bytes());
                done += count;
            }
            complete = true;
        } finally {
            if (!complete) {
                result.close();
            }
        }
        if (header.order() != ByteOrder.nativeOrder() && header.fileBytes() > 1) {
            System.getLogger("kron4j").log(Level.INFO, "{0}: converted from foreign byte order", file);
        }
        if (!header.fortran()) {
            return result;
        }
        try (result) {
            return result.transpose();
        }
    }

    static void write(WritableByteChannel target, Tensor tensor) throws IOException {
        boolean fortran =
                !tensor.layout().isContiguous() && tensor.layout().reverse().isContiguous();
        try (Tensor flat = fortran ? tensor.transpose() : tensor.contiguous()) {
            writeAll(target, ByteBuffer.wrap(NpyHeader.format(tensor.dtype(), tensor.shape(), fortran)));
            writeElements(target, flat);
        }
    }

    /** Writes the bytes of a contiguous tensor's elements. */
    static void writeElements(WritableByteChannel target, Tensor flat) throws IOException {
        Storage storage = flat.view().storage();
        long start = flat.layout().offset() * flat.dtype().bytes();
        long bytes = flat.size() * flat.dtype().bytes();
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, bytes));
        for (long done = 0; done < bytes; ) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), bytes - done));
            storage.backend().download(storage, start + done, chunk);
            done += chunk.flip().remaining();
            writeAll(target, chunk);
        }
    }

    static void writeAll(WritableByteChannel target, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            target.write(bytes);
        }
    }

    /** Fills the buffer's rest and flips it; it starts at byte {@code offset} of the file. */
    private static void fill(String file, ReadableByteChannel source, ByteBuffer target, long offset)
            throws IOException {
        while (target.hasRemaining()) {
            if (source.read(target) < 0) {
                throw new FormatException("load: " + file + ": ends at byte " + (offset + target.position()) + ", "
                        + target.remaining() + " bytes early; copy it again");
            }
        }
        target.flip();
    }

    /** A chunk of elements as in the file, and as tensors hold them. */
    private static final class Elements {
        private final String file;
        private final NpyHeader header;
        private final ByteBuffer raw;
        private final ByteBuffer converted;

        Elements(String file, NpyHeader header) {
            this.file = file;
            this.header = header;
            int elements = (int) Math.min(CHUNK / 8, header.shape().size());
            raw = ByteBuffer.allocateDirect(elements * header.fileBytes()).order(header.order());
            converted = header.asStored()
                    ? raw
                    : ByteBuffer.allocateDirect(elements * header.dtype().bytes())
                            .order(ByteOrder.nativeOrder());
        }

        ByteBuffer room(long elementsLeft) {
            return raw.clear().limit((int) Math.min(raw.capacity(), elementsLeft * header.fileBytes()));
        }

        ByteBuffer convert() {
            if (header.dtype() == DType.BOOL) {
                for (int i = 0; i < raw.limit(); i++) {
                    raw.put(i, (byte) (raw.get(i) == 0 ? 0 : 1));
                }
            } else if (!header.asStored()) {
                converted.clear();
                int width = header.fileBytes() / header.parts();
                while (raw.hasRemaining()) {
                    put(next(width));
                }
                converted.flip();
            }
            return converted;
        }

        private void put(long bits) {
            switch (header.dtype().bytes() / header.parts()) {
                case 2 -> converted.putShort((short) bits);
                case 4 -> converted.putInt((int) bits);
                case 8 -> converted.putLong(bits);
                default -> throw new AssertionError(header);
            }
        }

        private long next(int width) {
            return switch (width) {
                case 2 -> header.signed() ? raw.getShort() : raw.getShort() & 0xffff;
                case 4 -> header.signed() ? raw.getInt() : raw.getInt() & 0xffffffffL;
                case 8 -> int64(raw.getLong());
                default -> throw new AssertionError(header);
            };
        }

        private long int64(long bits) {
            if (bits < 0 && !header.signed()) {
                throw new FormatException("load: " + file + ": uint64 " + Long.toUnsignedString(bits)
                        + " is more than int64 holds; convert the array with astype");
            }
            return bits;
        }
    }
}
