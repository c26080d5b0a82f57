package kron4j.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where native libraries are unpacked: a directory that only this user can write, because whatever lies there is loaded as code. {@code
 * -Dkron4j.cache=DIR}, by default {@code $XDG_CACHE_HOME/kron4j} or {@code ~/.cache/kron4j}; if that cannot be had, a fresh temporary directory.
 */
public final class NativeDirectory {
    private NativeDirectory() {}

    private static final class Chosen {
        static final Path PATH = choose();
    }

    /** The directory; it exists. */
    public static Path path() {
        return Chosen.PATH;
    }

    private static Path choose() {
        try {
            Path directory = configured().toAbsolutePath().resolve("natives");
            Files.createDirectories(directory);
            closeToOthers(directory);
            if (Files.isWritable(directory)) {
                return directory;
            }
        } catch (IOException | UnsupportedOperationException e) {
            System.getLogger("kron4j").log(System.Logger.Level.DEBUG, "no lasting cache for native libraries", e);
        }
        try {
            return Files.createTempDirectory("kron4j-natives");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no directory to unpack native libraries into; name a writable one with -Dkron4j.cache=DIR", e);
        }
    }

    private static Path configured() {
        String named = System.getProperty("kron4j.cache");
        if (named != null) {
            return Path.of(named);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && !xdg.isEmpty()
                ? Path.of(xdg, "kron4j")
                : Path.of(System.getProperty("user.home"), ".cache", "kron4j");
    }

    /** Fails if the directory belongs to someone else. */
    private static void closeToOthers(Path directory) throws IOException {
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }
}
