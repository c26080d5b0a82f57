package kron4j.backend.cuda.load;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Where CUDA's shared libraries may lie, in this order: {@code -Dkron4j.cuda.libraries}, LD_LIBRARY_PATH, CUDA_HOME and CUDA_PATH, /usr/local/cuda*
 * (the newest first), the nvidia packages of Python environments, the system's directories, and what the dynamic linker's cache lists.
 */
final class LibrarySearch {
    /** Names directories to search first, separated as in LD_LIBRARY_PATH. */
    static final String PROPERTY = "kron4j.cuda.libraries";

    private static final List<String> SYSTEM = List.of(
            "usr/lib/x86_64-linux-gnu", "usr/lib64", "lib64", "usr/lib", "usr/lib/wsl/lib", "usr/local/nvidia/lib64");

    private final Map<String, String> environment;
    private final Path root;
    private final Path home;
    private final Set<Path> directories = new LinkedHashSet<>();
    private final Map<String, Optional<Path>> found = new ConcurrentHashMap<>();

    private static final class ThisMachine {
        static final LibrarySearch SEARCH = new LibrarySearch(
                System.getProperty(PROPERTY, ""),
                System.getenv(),
                Path.of("/"),
                Path.of(System.getProperty("user.home")));
    }

    /**
     * Lists the directories.
     *
     * @param named directories to search first, or the empty string
     * @param root of the file system
     */
    LibrarySearch(String named, Map<String, String> environment, Path root, Path home) {
        this.environment = environment;
        this.root = root;
        this.home = home;
        addAll(named);
        addAll(environment.getOrDefault("LD_LIBRARY_PATH", ""));
        Stream.of("CUDA_HOME", "CUDA_PATH").map(environment::get).forEach(this::addToolkit);
        addToolkit(root.resolve("usr/local/cuda").toString());
        newestFirst(list(root.resolve("usr/local"), "cuda-*")).forEach(t -> addToolkit(t.toString()));
        packages().forEach(this::addPackages);
        SYSTEM.forEach(d -> add(root.resolve(d)));
    }

    /** {@return the search of the machine as this process sees it, made once} */
    static LibrarySearch ofThisMachine() {
        return ThisMachine.SEARCH;
    }

    /** The library of that name, looked for once. */
    Optional<Path> find(String name) {
        return found.computeIfAbsent(name, this::search);
    }

    private Optional<Path> search(String name) {
        for (Path directory : directories) {
            Path library = directory.resolve(name);
            if (Files.isRegularFile(library)) {
                return Optional.of(library);
            }
        }
        return cached(name);
    }

    private void addAll(String list) {
        Arrays.stream(list.split(File.pathSeparator)).filter(d -> !d.isEmpty()).forEach(d -> add(Path.of(d)));
    }

    private void addToolkit(String home) {
        if (home != null && !home.isEmpty()) {
            Stream.of("lib64", "lib", "targets/x86_64-linux/lib").forEach(d -> add(Path.of(home, d)));
        }
    }

    private void add(Path directory) {
        if (Files.isDirectory(directory)) {
            directories.add(directory.toAbsolutePath().normalize());
        }
    }

    /** The site-packages directories of the Python environments at hand, the active one first. */
    private List<Path> packages() {
        List<Path> prefixes = new ArrayList<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String prefix = environment.get(variable);
            if (prefix != null && !prefix.isEmpty()) {
                prefixes.add(Path.of(prefix));
                add(Path.of(prefix, "lib"));
            }
        }
        Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(d -> !d.isEmpty())
                .map(Path::of)
                .filter(d -> Files.exists(d.resolve("python3")) && d.getParent() != null)
                .forEach(d -> prefixes.add(d.getParent()));
        prefixes.add(home.resolve(".local"));
        prefixes.add(root.resolve("usr/local"));
        prefixes.add(root.resolve("usr"));
        List<Path> found = new ArrayList<>();
        for (Path prefix : prefixes) {
            for (Path python : newestFirst(list(prefix.resolve("lib"), "python3*"))) {
                found.add(python.resolve("site-packages"));
                found.add(python.resolve("dist-packages"));
            }
        }
        return found;
    }

    /** One package for all libraries from CUDA 13 on (cu13), one for each before. */
    private void addPackages(Path sitePackages) {
        List<Path> parts = list(sitePackages.resolve("nvidia"), "*");
        parts.stream().sorted(Comparator.reverseOrder()).forEach(p -> add(p.resolve("lib")));
    }

    private static List<Path> list(Path directory, String glob) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of(); // not there, or closed to us
        }
        return found;
    }

    /** By the numbers in the names. */
    private static List<Path> newestFirst(List<Path> paths) {
        Comparator<Path> byVersion = Comparator.comparing(LibrarySearch::version, Arrays::compare);
        return paths.stream().sorted(byVersion.reversed()).toList();
    }

    private static int[] version(Path path) {
        String digits = path.getFileName().toString().replaceAll("[^0-9]+", " ").strip();
        return digits.isEmpty()
                ? new int[0]
                : Arrays.stream(digits.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    /** The file of that name that /etc/ld.so.cache lists: the cache holds paths as C strings. */
    private Optional<Path> cached(String name) {
        String cache;
        try {
            cache = Files.readString(root.resolve("etc/ld.so.cache"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty(); // no cache on this system
        }
        String end = "/" + name + "\0";
        for (int at = cache.indexOf(end); at >= 0; at = cache.indexOf(end, at + 1)) {
            String path = cache.substring(cache.lastIndexOf('\0', at) + 1, at + end.length() - 1);
            if (path.startsWith("/") && !path.contains("i386") && Files.isRegularFile(Path.of(path))) {
                return Optional.of(Path.of(path));
            }
        }
        return Optional.empty();
    }
}
