package kron4j.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.io.Npz;
import kron4j.io.Safetensors;

/**
 * A file of arrays as a command line names it: FILE.npy, or an archive, FILE.npz or FILE.safetensors, alone or with :NAME.
 *
 * @param member the name after an archive's colon, or null
 */
record ArrayFile(String text, String file, String member) {
    static final String KINDS = "FILE.npy, FILE.npz[:NAME] or FILE.safetensors[:NAME]";

    private static final String ARRAY = ".npy";
    private static final String NPZ = ".npz";
    private static final String SAFETENSORS = ".safetensors";

    static ArrayFile of(String text) {
        int end = Stream.of(NPZ, SAFETENSORS)
                .mapToInt(archive ->
                        text.lastIndexOf(archive + ":") < 0 ? -1 : text.lastIndexOf(archive + ":") + archive.length())
                .max()
                .getAsInt();
        return end < 0
                ? new ArrayFile(text, text, null)
                : new ArrayFile(text, text.substring(0, end), text.substring(end + 1));
    }

    boolean isArray() {
        return file.endsWith(ARRAY);
    }

    boolean isSafetensors() {
        return file.endsWith(SAFETENSORS);
    }

    boolean isArchive() {
        return isSafetensors() || file.endsWith(NPZ);
    }

    /** Whether it has room for one array only. */
    boolean isSingle() {
        return member != null || !isArchive();
    }

    Path path() {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new FormatException(
                    "'" + file + "' cannot be a file name here; for letters beyond ASCII set LC_ALL=C.UTF-8");
        }
    }

    // ---- reading ----

    /** The one array that is named, or that the file holds. */
    Tensor read() {
        if (member != null) {
            return isSafetensors() ? Safetensors.read(path(), member) : Npz.read(path(), member);
        }
        if (!isArchive()) {
            return Tensor.load(path());
        }
        Map<String, Tensor> arrays = readAll();
        if (arrays.isEmpty()) {
            throw new FormatException(
                    "load: " + text + ": holds no array" + (isSafetensors() ? "" : "; it has " + Npz.names(path())));
        }
        if (arrays.size() > 1) {
            throw new FormatException(
                    "load: " + text + ": holds " + arrays.keySet() + "; name one as " + text + ":NAME");
        }
        return only(arrays);
    }

    /** An archive's arrays. */
    Map<String, Tensor> readAll() {
        return isSafetensors() ? Safetensors.read(path()) : Npz.read(path());
    }

    /** What a .safetensors file carries beside its arrays; nothing for other files. */
    Map<String, String> metadata() {
        if (!isSafetensors()) {
            return Map.of();
        }
        try (Safetensors open = Safetensors.open(path())) {
            return open.metadata();
        }
    }

    // ---- writing ----

    /** Why arrays cannot be written to it, as far as can be said before they are computed. */
    Optional<String> refusal() {
        if (!isArray() && !isArchive()) {
            return Optional.of(text + ": is not " + KINDS);
        }
        if (member != null && Files.exists(path())) {
            return Optional.of(text + ": " + path() + " exists already; name a new archive");
        }
        Path directory = path().toAbsolutePath().getParent();
        return Files.isDirectory(directory)
                ? Optional.empty()
                : Optional.of(text + ": there is no directory " + directory);
    }

    /** Writes arrays; a single one goes by the file's own name for it. Metadata goes to .safetensors only. */
    void write(Map<String, Tensor> arrays, Map<String, String> metadata) {
        Map<String, Tensor> named = member == null ? arrays : Map.of(member, only(arrays));
        if (isSafetensors()) {
            Safetensors.write(path(), named, metadata);
        } else if (isArchive()) {
            Npz.write(path(), named);
        } else {
            only(arrays).save(path());
        }
    }

    private static Tensor only(Map<String, Tensor> arrays) {
        return arrays.values().iterator().next();
    }
}
