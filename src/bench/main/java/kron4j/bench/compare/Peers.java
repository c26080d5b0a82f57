package kron4j.bench.compare;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kron4j.bench.own.Copy;
import kron4j.bench.own.Kron4J;
import kron4j.bench.own.OpenBlas;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.reference.Expected;

/** Starts the peers: Kron4J, other libraries, floors. */
final class Peers {
    private static final String VECTORS = "jdk.incubator.vector";

    /** The folder of each library of the JVM, and its name. */
    private static final Map<String, String> JVM =
            new TreeMap<>(Map.of("nd4j", "ND4J", "djl", "DJL-PyTorch", "ejml", "EJML", "tensorflow", "TensorFlow"));

    private final int threads;
    private final double limit;

    Peers(int threads, double limit) {
        this.threads = threads;
        this.limit = limit;
    }

    Peer kron4j(String device) {
        String name = device.equals("cpu") ? Result.OURS : Result.OURS + " " + device;
        return java(name, false, System.getProperty("java.class.path"), Kron4J.class.getName(), device);
    }

    List<Peer> floors() {
        String path = System.getProperty("java.class.path");
        String count = String.valueOf(threads);
        return List.of(
                java(Result.FLOORS.get(0), true, path, OpenBlas.class.getName(), count),
                java(Result.FLOORS.get(1), true, path, Copy.class.getName(), count));
    }

    /** The libraries of a Python; a library that it lacks says so when it is asked. */
    List<Peer> python(String python) {
        Path script = script();
        List<Peer> peers = new ArrayList<>();
        for (String name : List.of("NumPy", "PyTorch", "JAX")) {
            List<String> command =
                    List.of(python, script.toString(), name.toLowerCase(Locale.ROOT), String.valueOf(threads));
            peers.add(new ChildPeer(name, false, limit, threads, command));
        }
        return peers;
    }

    /** A copy of the script that a Python can read, for as long as this process lives. */
    private static Path script() {
        try (InputStream in = Peers.class.getResourceAsStream("/kron4j/bench/peer.py")) {
            Path file = Files.createTempFile("kron4j-bench", ".py");
            file.toFile().deleteOnExit();
            Files.write(file, in.readAllBytes());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a script to the temporary directory", e);
        }
    }

    /** The JVM's libraries, each with the class path that {@code --fetch} made below this folder; without, it says what is missing. */
    List<Peer> jvm(Path peers) {
        List<Peer> all = new ArrayList<>();
        JVM.forEach((folder, name) -> {
            String target = peers.resolve(folder).resolve("target").toString();
            String simple = folder.substring(0, 1).toUpperCase(Locale.ROOT) + folder.substring(1);
            String path = String.join(File.pathSeparator, target + "/classes", target + "/lib/*");
            String main = "kron4j.bench.peers." + simple + "Peer";
            boolean fetched = Files.isDirectory(Path.of(target, "lib"));
            all.add(fetched ? java(name, false, path, main, String.valueOf(threads)) : new Absent(name));
        });
        return all;
    }

    private record Absent(String name) implements Peer {
        @Override
        public boolean floor() {
            return false;
        }

        @Override
        public String version() {
            return "missing: not downloaded; --fetch does it once";
        }

        @Override
        public Run run(Row row, List<Expected> expected, Timing timing) {
            return Run.none(Run.Status.MISSING, "not downloaded");
        }

        @Override
        public void close() {}
    }

    private Peer java(String name, boolean floor, String classPath, String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:ActiveProcessorCount=" + threads);
        command.add("-Dkron4j.cpu.threads=" + threads);
        // Kron4J computes by vectors where the JVM has them.
        if (ModuleFinder.ofSystem().find(VECTORS).isPresent()) {
            command.addAll(List.of("--add-modules", VECTORS));
        }
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("--add-modules=jdk.incubator.vector");
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return new ChildPeer(name, floor, limit, threads, command);
    }
}
