package kron4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on stderr, if that is a terminal and the work takes longer than a second. */
public final class Progress implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final String task;
    private final int steps;
    private final boolean wanted;
    private final long started = System.nanoTime();
    private int done;
    private ProgressBar bar;

    private Progress(String task, int steps, boolean wanted) {
        this.task = task;
        this.steps = steps;
        this.wanted = wanted;
    }

    /** A bar for work of that many steps, shown only if that is wanted. */
    public static Progress of(String task, int steps, boolean wanted) {
        return new Progress(task, steps, wanted && terminal());
    }

    private static boolean terminal() {
        try {
            String stderr = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return stderr.startsWith("/dev/pts/") || stderr.startsWith("/dev/tty") || stderr.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            // Outside Linux there is no such path.
            return System.console() != null && System.getenv("TERM") != null;
        }
    }

    /** Says that a step was done. */
    public void step() {
        step("");
    }

    /** Says that a step was done, and what is done now. */
    public void step(String doing) {
        done++;
        if (wanted && bar == null && System.nanoTime() - started > PATIENCE.toNanos()) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(steps)
                    .setStyle(ProgressBarStyle.ASCII)
                    .clearDisplayOnFinish()
                    .build();
        }
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(doing);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
