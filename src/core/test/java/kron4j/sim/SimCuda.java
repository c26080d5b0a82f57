package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Steers and reads the simulated CUDA device of this process, through the control file that native/simcuda/README.md describes. */
public final class SimCuda {
    private static final int SEED = 2 * 8;
    private static final int FAIL_CALL = 3 * 8;
    private static final int FAIL_KIND = 4 * 8;
    private static final int FAILURES = 5 * 8;
    private static final int CALLS = 6 * 8;
    private static final int LIVE_BLOCKS = 7 * 8;
    private static final int LIVE_BYTES = 8 * 8;
    private static final int PEAK_BYTES = 9 * 8;
    private static final int TOTAL_BYTES = 10 * 8;
    private static final int REPORTS = 11 * 8;
    private static final int PENDING = 12 * 8;
    private static final int LAUNCHES = 13 * 8;
    private static final int EXECUTED = 14 * 8;
    private static final int FAIL_WORK = 15 * 8;
    private static final int LIVE_PINNED = 16 * 8;
    private static final int LIVE_STREAMS = 17 * 8;
    private static final int LIVE_EVENTS = 18 * 8;
    private static final int LIVE_MODULES = 19 * 8;
    private static final int LIVE_GRAPHS = 20 * 8;
    private static final int LIVE_HANDLES = 21 * 8;
    private static final int HEAL = 23 * 8;
    private static final int FAIL_NAME = 192;
    private static final int FAILED_NAME = 256;
    private static final int MOST_BLOCKS = 320;
    private static final int FINDS_RACES = 328;
    private static final int REMOVED_BARRIER = 336;
    private static final int NAME_LENGTH = 64;
    private static final int LAST_REPORT = 512;
    private static final int REPORT_LENGTH = 1024;
    private static final int COUNTERS = 4096;
    private static final int COUNTER_LENGTH = 64;
    private static final int COUNTER_NAME_LENGTH = 56;
    private static final int COUNTER_COUNT = 1536;

    /** How a call or a piece of work fails. */
    public enum Failure {
        OUT_OF_MEMORY,
        LAUNCH_OUT_OF_RESOURCES,
        /** Loses the context: every later call fails until {@link #heal}. */
        ILLEGAL_ADDRESS,
        /** Loses the context. */
        LAUNCH_FAILED,
        NOT_SUPPORTED,
        INVALID_VALUE
    }

    /** What exists now, to compare before and after. */
    public record Live(
            long blocks, long bytes, long pinned, long streams, long events, long modules, long graphs, long handles) {}

    private final ByteBuffer control;

    private SimCuda(ByteBuffer control) {
        this.control = control;
    }

    /** Of this process; skips the test if it cannot load the simulated libraries. */
    public static SimCuda open() {
        SIM.device();
        try (FileChannel file = FileChannel.open(controlFile(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer control =
                    file.map(FileChannel.MapMode.READ_WRITE, 0, COUNTERS + (long) COUNTER_COUNT * COUNTER_LENGTH);
            return new SimCuda(control.order(ByteOrder.nativeOrder()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path controlFile() throws IOException {
        String named = System.getenv("SIMCUDA_CONTROL");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(SimCuda::isControlFile)
                    .findFirst()
                    .orElseThrow(() -> new IOException("this process has not loaded the simulated libcuda.so.1"));
        }
    }

    private static boolean isControlFile(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().contains("memfd:simcuda-control");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    /** Sets the order in which work runs; 0 is the order of the calls. */
    public void seed(long seed) {
        control.putLong(SEED, seed);
    }

    /** The n-th call from now fails, 1 being the next, of any function of the three libraries. */
    public void failCall(long n, Failure failure) {
        failCall("", n, failure);
    }

    /** The n-th call of this function from now fails; its name with or without the suffix {@code _v2}. */
    public void failCall(String function, long n, Failure failure) {
        name(FAIL_NAME, function);
        control.putLong(FAIL_KIND, failure.ordinal() + 1);
        control.putLong(FAIL_CALL, n);
    }

    private void name(int at, String text) {
        byte[] name = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < NAME_LENGTH; i++) {
            control.put(at + i, i < name.length ? name[i] : 0);
        }
    }

    /** Most blocks of a launch from now on, whose blocks then take one piece of work after another; 0: as many as asked for. */
    public void mostBlocks(long blocks) {
        control.putLong(MOST_BLOCKS, blocks);
    }

    public long mostBlocks() {
        return control.getLong(MOST_BLOCKS);
    }

    /** Lets threads not wait at a barrier of the kernels from now on, {@code "reduce.cu:214"}; an empty text puts it back. */
    public void removeBarrier(String place) {
        name(REMOVED_BARRIER, place);
    }

    /** Whether the kernels that were loaded have the race detector in them. */
    public boolean findsRaces() {
        return control.getLong(FINDS_RACES) != 0;
    }

    /** The n-th piece of work that runs from now on fails and loses the context; the failure is one that does. */
    public void failWork(long n, Failure failure) {
        control.putLong(FAIL_KIND, failure.ordinal() + 1);
        control.putLong(FAIL_WORK, n);
    }

    /** Takes back what was asked to fail and has not. */
    public void failNothing() {
        control.putLong(FAIL_CALL, 0);
        control.putLong(FAIL_WORK, 0);
    }

    /** Lets the next call forget that the context was lost. */
    public void heal() {
        control.putLong(HEAL, 1);
    }

    /** Failures as asked for, so far. */
    public long failures() {
        return control.getLong(FAILURES);
    }

    /** The function whose call failed last. */
    public String failedCall() {
        return text(FAILED_NAME, NAME_LENGTH);
    }

    /** Calls so far, of all functions that can fail. */
    public long calls() {
        return control.getLong(CALLS);
    }

    /** Calls so far of one function, by its exported name ({@code cuMemAlloc_v2}). */
    public long calls(String function) {
        return callsByName().getOrDefault(function, 0L);
    }

    /** Calls so far by exported name. */
    public Map<String, Long> callsByName() {
        Map<String, Long> counts = new TreeMap<>();
        for (int i = 0; i < COUNTER_COUNT; i++) {
            int counter = COUNTERS + i * COUNTER_LENGTH;
            if (control.get(counter) == 0) {
                break;
            }
            counts.put(text(counter, COUNTER_NAME_LENGTH), control.getLong(counter + COUNTER_NAME_LENGTH));
        }
        return counts;
    }

    public Live live() {
        return new Live(
                control.getLong(LIVE_BLOCKS),
                control.getLong(LIVE_BYTES),
                control.getLong(LIVE_PINNED),
                control.getLong(LIVE_STREAMS),
                control.getLong(LIVE_EVENTS),
                control.getLong(LIVE_MODULES),
                control.getLong(LIVE_GRAPHS),
                control.getLong(LIVE_HANDLES));
    }

    /** Most bytes that were allocated at once. */
    public long peakBytes() {
        return control.getLong(PEAK_BYTES);
    }

    /** Bytes that the device has. */
    public long totalBytes() {
        return control.getLong(TOTAL_BYTES);
    }

    public void totalBytes(long bytes) {
        control.putLong(TOTAL_BYTES, bytes);
    }

    /** Work that is enqueued and has not run. */
    public long pending() {
        return control.getLong(PENDING);
    }

    /** Work that has run. */
    public long executed() {
        return control.getLong(EXECUTED);
    }

    /** Launches of kernels and graphs. */
    public long launches() {
        return control.getLong(LAUNCHES);
    }

    /** Misuses that were noticed so far; a test should leave this as it was. */
    public long reports() {
        return control.getLong(REPORTS);
    }

    /** What the last of them was. */
    public String lastReport() {
        return text(LAST_REPORT, REPORT_LENGTH);
    }

    private String text(int from, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < from + length && control.get(i) != 0; i++) {
            text.append((char) control.get(i));
        }
        return text.toString();
    }
}
