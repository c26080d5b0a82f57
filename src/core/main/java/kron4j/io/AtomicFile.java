package kron4j.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import kron4j.FormatException;

/** Writes a file beside the target and moves it there when complete. */
final class AtomicFile {
    private AtomicFile() {}

    @FunctionalInterface
    interface Content {
        void write(WritableByteChannel channel) throws IOException;
    }

    static void write(Path path, Content content) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new FormatException("save: " + path + ": exists and is not a regular file; choose another name");
        }
        Path directory = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            throw new FormatException("save: " + path + ": there is no directory " + directory + "; make it first");
        }
        try {
            // A link is followed, not replaced.
            Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
            // Not Files.createTempFile, whose files only the owner may read.
            Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
            try {
                try (FileChannel channel =
                        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    content.write(channel);
                }
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw Npy.failed("save", path, e);
        }
    }
}
