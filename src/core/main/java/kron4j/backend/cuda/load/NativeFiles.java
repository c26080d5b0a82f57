package kron4j.backend.cuda.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import kron4j.DeviceException;

/** Native libraries from jars, as files in a directory of ours. What lies there already is compared with what should. */
final class NativeFiles {
    private NativeFiles() {}

    /** The resource, a library that needs others, as a file in which they have other names (see {@link Elf#renamed}). */
    static Path renamed(URL resource, Path directory, String name, Map<String, String> names) {
        Path target = directory.resolve(name);
        try (InputStream in = resource.openStream()) {
            byte[] content = in.readAllBytes();
            byte[] wanted = names.isEmpty() ? content : new Elf(name, ByteBuffer.wrap(content)).renamed(names);
            if (!Files.isRegularFile(target) || !Arrays.equals(Files.readAllBytes(target), wanted)) {
                Path part = part(directory);
                Files.write(part, wanted);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            }
            return target;
        } catch (IOException e) {
            throw failed(name, directory, e);
        }
    }

    /** The resource, which may be large, as a file; compared by size and checksum. */
    static Path unpacked(URL resource, Path directory, String name) {
        Path target = directory.resolve(name);
        try {
            URLConnection connection = resource.openConnection();
            connection.setUseCaches(false);
            try (InputStream in = connection.getInputStream()) {
                if (!matches(target, connection)) {
                    Path part = part(directory);
                    Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            return target;
        } catch (IOException e) {
            throw failed(name, directory, e);
        }
    }

    private static boolean matches(Path file, URLConnection resource) throws IOException {
        if (!Files.isRegularFile(file)
                || Files.size(file) != resource.getContentLengthLong()
                || !(resource instanceof JarURLConnection jar)) {
            return false;
        }
        try (CheckedInputStream in = new CheckedInputStream(Files.newInputStream(file), new CRC32())) {
            byte[] chunk = new byte[1 << 20];
            while (in.read(chunk) >= 0) {
                // the stream counts
            }
            return in.getChecksum().getValue() == jar.getJarEntry().getCrc();
        }
    }

    private static Path part(Path directory) throws IOException {
        Files.createDirectories(directory);
        return Files.createTempFile(directory, "part", ".so");
    }

    private static DeviceException failed(String name, Path directory, IOException e) {
        return new DeviceException("cuda: cannot unpack " + name + " to " + directory + " (" + e
                + "); name a writable directory with -Dkron4j.cache=DIR");
    }
}
