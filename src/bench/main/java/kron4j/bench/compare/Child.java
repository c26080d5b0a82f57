package kron4j.bench.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A process that answers lines by lines, and is ended when it takes too long. */
final class Child implements AutoCloseable {
    /** Comes after the last line. */
    private static final String END = "";

    /** Seconds in which a process that closed its output must end. */
    private static final int GRACE = 5;

    /** A line did not come. */
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean late;

        private NoAnswer(boolean late, String message) {
            super(message);
            this.late = late;
        }

        /** Whether the process lives, but takes too long. */
        boolean late() {
            return late;
        }
    }

    private final Process process;
    private final Writer requests;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private volatile String complaint = "";

    Child(ProcessBuilder builder) throws IOException {
        process = builder.start();
        requests = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        // Libraries print what is no answer.
        read(
                process.getInputStream(),
                line -> answers.addAll(line.startsWith("{") ? List.of(line) : List.of()),
                () -> answers.add(END));
        read(process.getErrorStream(), line -> complaint = line.isBlank() ? complaint : line.strip(), () -> {});
    }

    private static void read(InputStream stream, Consumer<String> each, Runnable end) {
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                lines.lines().forEach(each);
            } catch (IOException | UncheckedIOException e) {
                // The process was ended.
            } finally {
                end.run();
            }
        });
        reader.setDaemon(true);
        reader.start();
    }

    /** Sends a line and returns the next one that comes within so many seconds. */
    String ask(String request, double seconds) throws NoAnswer {
        send(request);
        return receive(seconds);
    }

    void send(String request) throws NoAnswer {
        try {
            requests.write(request + "\n");
            requests.flush();
        } catch (IOException e) {
            throw ended();
        }
    }

    String receive(double seconds) throws NoAnswer {
        try {
            String line = answers.poll((long) (seconds * 1000), TimeUnit.MILLISECONDS);
            if (line == null) {
                throw new NoAnswer(true, "no answer within " + seconds + " s");
            }
            if (line.equals(END)) {
                throw ended();
            }
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswer(false, "interrupted");
        }
    }

    private NoAnswer ended() {
        try {
            boolean gone = process.waitFor(GRACE, TimeUnit.SECONDS);
            String how = gone ? "ended with status " + process.exitValue() : "closed its output";
            return new NoAnswer(false, how + (complaint.isEmpty() ? "" : ": " + complaint));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new NoAnswer(false, "interrupted");
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
