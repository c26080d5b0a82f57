package kron4j.bench.compare;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;

/**
 * Where and when a comparison ran.
 *
 * @param date local time
 * @param processor its name
 * @param cores cores that the JVM sees
 * @param threads threads that each peer had
 * @param system operating system
 * @param java the JVM
 * @param load processes that wanted a core when it began; above zero the times are disturbed
 * @param options what was asked for
 */
record Machine(
        String date,
        String processor,
        int cores,
        int threads,
        String system,
        String java,
        double load,
        String options) {
    static Machine here(int threads, String options) {
        return new Machine(
                LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES).toString().replace('T', ' '),
                model(),
                Runtime.getRuntime().availableProcessors(),
                threads,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.version"),
                Math.round(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() * 10) / 10.0,
                options);
    }

    private static String model() {
        try {
            String name = "";
            String flags = "";
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                name = line.startsWith("model name")
                        ? line.substring(line.indexOf(':') + 1).strip()
                        : name;
                flags = line.startsWith("flags") ? line : flags;
            }
            return name + (flags.contains("avx512f") ? ", AVX-512" : flags.contains("avx2") ? ", AVX2" : "");
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }
}
