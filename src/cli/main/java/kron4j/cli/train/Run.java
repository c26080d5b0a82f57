package kron4j.cli.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Lines, results, checks and files of a training. */
public final class Run {
    /** Watches a training. */
    public interface Watcher {
        /** A line for people. */
        void say(String line);

        /** Takes note of progress. */
        void progress(String task, long done, long of);
    }

    private final Watcher watcher;
    private final Optional<Path> directory;
    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private final Map<String, Boolean> checks = new LinkedHashMap<>();
    private final List<String> unjudged = new ArrayList<>();
    private final Set<Path> files = new LinkedHashSet<>();

    /** @param directory existing directory for the run's files; without one nothing is written */
    public Run(Watcher watcher, Optional<Path> directory) {
        this.watcher = watcher;
        this.directory = directory;
    }

    /** The results by name, in the order reported. */
    public Map<String, Double> numbers() {
        return numbers;
    }

    /** Whether each check holds. */
    public Map<String, Boolean> checks() {
        return checks;
    }

    /** The failed checks of trainings too short to judge them. */
    public List<String> unjudged() {
        return unjudged;
    }

    public List<Path> files() {
        return List.copyOf(files);
    }

    public boolean holds() {
        return !checks.containsValue(false);
    }

    // ---- for trainings ----

    void say(String format, Object... arguments) {
        watcher.say(String.format(Locale.ROOT, format, arguments));
    }

    void progress(String task, long done, long of) {
        watcher.progress(task, done, of);
    }

    void number(String name, double value) {
        numbers.put(name, value);
    }

    void check(String what, boolean holds) {
        checks.put(what, holds);
        say("%s: %s", holds ? "check holds" : "CHECK FAILS", what);
    }

    /** As {@link #check(String, boolean)}, but a failed check is not judged before there were enough epochs or steps. */
    void check(String what, boolean holds, String unit, long had, long enough) {
        if (holds || had >= enough) {
            check(what, holds);
        } else {
            unjudged.add(what);
            say("too few %s to judge (%d of at least %d): %s", unit, had, enough, what);
        }
    }

    /** Where to write a file of that name, if anything is to be written. */
    Optional<Path> file(String name) {
        Optional<Path> path = directory.map(d -> d.resolve(name));
        path.ifPresent(files::add);
        return path;
    }
}
