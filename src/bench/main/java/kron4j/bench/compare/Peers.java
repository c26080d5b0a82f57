package kron4j.bench.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kron4j.bench.own.Copy;
import kron4j.bench.own.Kron4J;
import kron4j.bench.own.OpenBlas;

/** Starts the peers: Kron4J, other libraries, floors. */
final class Peers {
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

    private Peer java(String name, boolean floor, String classPath, String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:ActiveProcessorCount=" + threads);
        command.add("-Dkron4j.cpu.threads=" + threads);
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return new ChildPeer(name, floor, limit, threads, command);
    }
}
