package kron4j.backend;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import kron4j.DeviceException;

/**
 * The directory for unpacked native libraries. Only this user can write to it, because its files are loaded as code: {@code -Dkron4j.cache=DIR}, by
 * default {@code $XDG_CACHE_HOME/kron4j} or {@code ~/.cache/kron4j}. If that cannot be written or allows no execution, a directory in the temporary
 * directory is used, and used again by later starts.
 */
public final class NativeDirectory {
    private static final FileAttribute<?>[] PRIVATE =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                    }
                    : new FileAttribute<?>[0];

    private static Path chosen;

    private NativeDirectory() {}

    /**
     * Returns the directory, which exists.
     *
     * @throws DeviceException with the reasons if there is none
     */
    public static synchronized Path path() {
        if (chosen == null) {
            chosen = choose(System.getProperty("kron4j.cache"));
        }
        return chosen;
    }

    private static Path choose(String named) {
        List<String> reasons = new ArrayList<>();
        Path lasting =
                (named != null ? Path.of(named) : usual()).toAbsolutePath().resolve("natives");
        try {
            Files.createDirectories(lasting);
            closeToOthers(lasting);
            return usable(lasting);
        } catch (IOException | UnsupportedOperationException e) {
            reasons.add(lasting + " (" + reason(e) + ")");
            System.getLogger("kron4j")
                    .log(
                            named == null ? Level.DEBUG : Level.WARNING,
                            "{0}: the temporary directory is used for native libraries",
                            reasons.get(0));
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"))
                .toAbsolutePath()
                .resolve("kron4j-natives-" + System.getProperty("user.name"));
        try {
            if (!Files.isDirectory(temporary, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(temporary, PRIVATE);
            }
            closeToOthers(temporary);
            return usable(temporary);
        } catch (IOException | UnsupportedOperationException e) {
            reasons.add(temporary + " (" + reason(e) + ")");
        }
        throw new DeviceException("no directory to unpack native libraries into: " + String.join("; ", reasons)
                + "; name a writable one that allows execution: -Dkron4j.cache=DIR");
    }

    private static Path usual() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && !xdg.isEmpty()
                ? Path.of(xdg, "kron4j")
                : Path.of(System.getProperty("user.home"), ".cache", "kron4j");
    }

    /** Throws if the directory belongs to another user. */
    private static void closeToOthers(Path directory) throws IOException {
        if (PRIVATE.length > 0) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }

    /** Returns the directory if it and a file made in it are ours, and the file may be executed. */
    private static Path usable(Path directory) throws IOException {
        Path probe = Files.createFile(
                directory.resolve("probe-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp"),
                PRIVATE);
        try {
            if (!Files.isExecutable(probe)) {
                throw new FileSystemException(
                        directory.toString(), null, "does not allow execution: mounted with noexec");
            }
            if (!Files.getOwner(probe).equals(Files.getOwner(directory))) {
                throw new FileSystemException(directory.toString(), null, "belongs to " + Files.getOwner(directory));
            }
            return directory;
        } finally {
            Files.delete(probe);
        }
    }

    private static String reason(Exception e) {
        if (e instanceof AccessDeniedException) {
            return "cannot be written";
        }
        return e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.toString();
    }

    /** Returns the error text for a JVM that denies native access. */
    public static DeviceException denied(IllegalCallerException e, Class<?> loader) {
        Module module = loader.getModule();
        return new DeviceException(
                "the JVM denies native access (" + e.getMessage() + "): start it with --enable-native-access="
                        + (module.isNamed()
                                ? module.getName() + ", and likewise for the other modules with native parts"
                                : "ALL-UNNAMED"));
    }
}
