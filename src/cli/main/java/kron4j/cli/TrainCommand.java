package kron4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.TensorScope;
import kron4j.cli.train.AttentionDigits;
import kron4j.cli.train.Flow;
import kron4j.cli.train.GridProcess;
import kron4j.cli.train.Ica;
import kron4j.cli.train.MemoryTasks;
import kron4j.cli.train.Models;
import kron4j.cli.train.PixelDigits;
import kron4j.cli.train.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        description = "Trains models on real and synthetic data and says whether it worked.",
        subcommands = {
            TrainCommand.Kru.class,
            TrainCommand.Attention.class,
            TrainCommand.Copy.class,
            TrainCommand.Adding.class,
            TrainCommand.IcaCommand.class,
            TrainCommand.FlowCommand.class,
            TrainCommand.Gp.class
        },
        footer = {
            "",
            "Each ends in under two minutes on two cores with its defaults, and exits with 1 if a check fails.",
            "",
            "Examples:",
            "  kron4j train kru --out runs/kru",
            "  kron4j train copy --delay 500 --steps 2000",
            "  kron4j train gp --missing 0.6 --out runs/gp"
        })
final class TrainCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing required subcommand: one of " + spec.subcommands().keySet());
    }

    /** Options of all trainings. */
    private abstract static class Training implements Callable<Integer> {
        @ParentCommand
        private TrainCommand parent;

        @Spec
        private CommandSpec spec;

        @Option(
                names = "--out",
                paramLabel = "DIR",
                description = "Write histories (CSV), plots (PNG) and checkpoints to this directory.")
        private Path directory;

        @Option(
                names = "--seed",
                paramLabel = "N",
                defaultValue = "1",
                description = "Seed of all random numbers; default 1.")
        long seed;

        /** The training; throws if an option makes no sense. */
        abstract Consumer<Run> task();

        final void require(boolean sensible, String option, Object value, String need) {
            if (!sensible) {
                throw new ParameterException(spec.commandLine(), option + " " + value + ": needs " + need);
            }
        }

        final void requirePositive(String option, double value) {
            require(value > 0 && value < Double.POSITIVE_INFINITY, option, value, "a positive number");
        }

        final void requireAtLeast(int least, String option, int value) {
            require(value >= least, option, value, least + " or more");
        }

        private void makeDirectory() {
            try {
                Files.createDirectories(directory);
            } catch (IOException e) {
                require(false, "--out", directory, "a place where a directory can be made");
            }
            require(Files.isWritable(directory), "--out", directory, "a directory that can be written to");
        }

        @Override
        public Integer call() {
            Main main = parent.main;
            Consumer<Run> task = task();
            if (directory != null) {
                makeDirectory();
            }
            Watching watching = new Watching(main);
            Run run = new Run(watching, Optional.ofNullable(directory));
            long started = System.nanoTime();
            try (watching;
                    TensorScope scope = main.device().openScope()) {
                task.accept(run);
            }
            double seconds = (System.nanoTime() - started) * 1e-9;
            if (main.json()) {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("numbers", run.numbers());
                result.put("checks", run.checks());
                result.put("unjudged", run.unjudged());
                result.put("files", run.files().stream().map(Path::toString).toList());
                result.put("seconds", Json.time(seconds));
                main.print(Json.text(result));
            } else {
                run.files().forEach(file -> main.say("wrote " + file));
                main.print(String.format(
                        java.util.Locale.ROOT,
                        "%.1f s: %s",
                        seconds,
                        !run.holds()
                                ? "A CHECK FAILED"
                                : run.unjudged().isEmpty() ? "all checks hold" : "too short to judge every check"));
            }
            return run.holds() ? 0 : 1;
        }
    }

    /** Prints lines at once and progress as a bar. */
    private static final class Watching implements Run.Watcher, AutoCloseable {
        private final Main main;
        private String task;
        private Progress bar;
        private long shown;

        Watching(Main main) {
            this.main = main;
        }

        @Override
        public void say(String line) {
            close();
            main.say(line);
        }

        @Override
        public void progress(String name, long done, long of) {
            if (!name.equals(task)) {
                close();
                task = name;
                bar = main.progress(name, (int) of);
                shown = 0;
            }
            for (; shown < done; shown++) {
                bar.step();
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
                bar = null;
                task = null;
            }
        }
    }

    /** Options of recurrent models. */
    private abstract static class RecurrentTraining extends Training {
        @Option(
                names = "--models",
                split = ",",
                paramLabel = "NAME",
                description = "Some of kru (complex factors), kru-real, rnn, gru, lstm; default ${DEFAULT-VALUE}.")
        List<String> models;

        @Option(
                names = "--width",
                paramLabel = "N",
                description = "Real numbers in the state, a power of 2; default ${DEFAULT-VALUE}.")
        int width = 128;

        @Option(names = "--batch", paramLabel = "N", description = "Sequences in a step; default ${DEFAULT-VALUE}.")
        int batch = 32;

        @Option(
                names = "--dtype",
                paramLabel = "DTYPE",
                description = "What the models compute in: float32, float64, or bfloat16 or float16 with float32 master"
                        + " weights; default ${DEFAULT-VALUE}.")
        DType dtype = DType.FLOAT32;

        RecurrentTraining(String... models) {
            this.models = List.of(models);
        }

        final void requireModels() {
            for (String model : models) {
                require(Models.NAMES.contains(model), "--models", model, "one of " + String.join(", ", Models.NAMES));
            }
            require(dtype.isFloating(), "--dtype", dtype, "float32, float64, bfloat16 or float16");
            boolean kronecker = models.stream().anyMatch(model -> model.startsWith("kru"));
            require(
                    width >= 1 && (!kronecker || (width >= 4 && Integer.bitCount(width) == 1)),
                    "--width",
                    width,
                    kronecker ? "a power of 2, 4 or more" : "1 or more");
            requireAtLeast(1, "--batch", batch);
        }
    }

    @Command(
            name = "kru",
            description =
                    "Digits read pixel by pixel: the Kronecker recurrent unit against an RNN, GRU and LSTM of equal"
                            + " width.")
    static final class Kru extends RecurrentTraining {
        @Option(
                names = "--mnist",
                description = "28 x 28 pixels instead of 8 x 8; takes minutes with --models kru, an hour with all.")
        private boolean mnist;

        @Option(names = "--epochs", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int epochs = 10;

        @Option(names = "--rate", paramLabel = "R", description = "Learning rate; default 0.005, with --mnist 0.001.")
        private Double rate;

        Kru() {
            super("kru", "rnn", "gru", "lstm");
        }

        @Override
        Consumer<Run> task() {
            requireModels();
            requireAtLeast(1, "--epochs", epochs);
            double chosen = rate != null ? rate : mnist ? 1e-3 : 5e-3;
            requirePositive("--rate", chosen);
            return new PixelDigits(mnist, models, dtype, width, batch, epochs, chosen, seed)::run;
        }
    }

    @Command(name = "attention", description = "Digits read row by row by a small transformer.")
    static final class Attention extends Training {
        @Option(names = "--width", paramLabel = "N", description = "A multiple of 4; default ${DEFAULT-VALUE}.")
        private int width = 32;

        @Option(names = "--depth", paramLabel = "N", description = "Blocks of attention; default ${DEFAULT-VALUE}.")
        private int depth = 2;

        @Option(names = "--epochs", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int epochs = 20;

        @Option(names = "--batch", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int batch = 64;

        @Option(names = "--rate", paramLabel = "R", description = "Learning rate; default ${DEFAULT-VALUE}.")
        private double rate = 5e-3;

        @Override
        Consumer<Run> task() {
            require(width >= 4 && width % 4 == 0, "--width", width, "a multiple of 4");
            requireAtLeast(1, "--depth", depth);
            requireAtLeast(1, "--epochs", epochs);
            requireAtLeast(1, "--batch", batch);
            requirePositive("--rate", rate);
            return new AttentionDigits(width, depth, batch, epochs, rate, seed)::run;
        }
    }

    /** Options of the memory tasks. */
    private abstract static class Memory extends RecurrentTraining {
        @Option(names = "--steps", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int steps;

        @Option(names = "--rate", paramLabel = "R", description = "Learning rate; default ${DEFAULT-VALUE}.")
        private double rate;

        Memory(int steps, double rate) {
            super("kru");
            this.steps = steps;
            this.rate = rate;
        }

        final Consumer<Run> task(boolean copy, int delay) {
            requireModels();
            requireAtLeast(1, "--steps", steps);
            requirePositive("--rate", rate);
            return new MemoryTasks(copy, delay, models, dtype, width, batch, steps, rate, seed)::run;
        }
    }

    @Command(
            name = "copy",
            description = "Copy memory: ten symbols must be repeated after many blanks; the loss without memory is the"
                    + " baseline.")
    static final class Copy extends Memory {
        @Option(names = "--delay", paramLabel = "T", description = "Number of blanks; default ${DEFAULT-VALUE}.")
        private int delay = 200;

        Copy() {
            super(600, 5e-3);
        }

        @Override
        Consumer<Run> task() {
            requireAtLeast(1, "--delay", delay);
            return task(true, delay);
        }
    }

    @Command(
            name = "adding",
            description =
                    "Adding: the sum of two marked numbers of a long sequence; the loss without memory is the baseline"
                            + " 1/6.")
    static final class Adding extends Memory {
        @Option(names = "--length", paramLabel = "T", description = "Length of the sequence; default ${DEFAULT-VALUE}.")
        private int length = 50;

        Adding() {
            super(800, 1e-2);
        }

        @Override
        Consumer<Run> task() {
            requireAtLeast(2, "--length", length);
            return task(false, length);
        }
    }

    @Command(
            name = "ica",
            description =
                    "Independent components by maximum likelihood with log|det W| in its cost: mixed sources, then"
                            + " patches of digits.")
    static final class IcaCommand extends Training {
        @Option(
                names = "--sources",
                paramLabel = "N",
                description = "Number of synthetic sources; default ${DEFAULT-VALUE}.")
        private int sources = 6;

        @Option(names = "--samples", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int samples = 8000;

        @Option(
                names = "--components",
                paramLabel = "N",
                description = "Components of the patches, at most 64; default ${DEFAULT-VALUE}.")
        private int components = 32;

        @Option(names = "--steps", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int steps = 300;

        @Override
        Consumer<Run> task() {
            requireAtLeast(2, "--sources", sources);
            requireAtLeast(100, "--samples", samples);
            require(components >= 1 && components <= 64, "--components", components, "1 to 64");
            requireAtLeast(1, "--steps", steps);
            return new Ica(sources, samples, components, steps, 0.05, seed)::run;
        }
    }

    @Command(
            name = "flow",
            description = "A normalising flow with invertible linear layers learns the density of two half-moons, or of"
                    + " digits.")
    static final class FlowCommand extends Training {
        @Option(names = "--digits", description = "Learn the 8 x 8 digits instead.")
        private boolean digits;

        @Option(names = "--layers", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int layers = 8;

        @Option(names = "--hidden", paramLabel = "N", description = "Width of the couplings; default ${DEFAULT-VALUE}.")
        private int hidden = 32;

        @Option(names = "--epochs", paramLabel = "N", description = "Greatest number; default ${DEFAULT-VALUE}.")
        private int epochs = 60;

        @Option(names = "--batch", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int batch = 128;

        @Option(names = "--rate", paramLabel = "R", description = "Learning rate; default ${DEFAULT-VALUE}.")
        private double rate = 5e-3;

        @Override
        Consumer<Run> task() {
            requireAtLeast(1, "--layers", layers);
            requireAtLeast(1, "--hidden", hidden);
            requireAtLeast(1, "--epochs", epochs);
            requireAtLeast(1, "--batch", batch);
            requirePositive("--rate", rate);
            return new Flow(digits, layers, hidden, epochs, batch, rate, seed)::run;
        }
    }

    @Command(
            name = "gp",
            description =
                    "A Gaussian process with a Kronecker covariance learns from a digit with missing pixels and fills"
                            + " them in.")
    static final class Gp extends Training {
        @Option(
                names = "--picture",
                paramLabel = "N",
                description = "Index among MNIST's 10,000 pictures; default ${DEFAULT-VALUE}.")
        private int picture = 0;

        @Option(
                names = "--missing",
                paramLabel = "P",
                description = "Fraction of pixels to hide; default ${DEFAULT-VALUE}.")
        private double missing = 0.4;

        @Option(names = "--noise-per-pixel", description = "Learn a noise for each pixel instead of one for all.")
        private boolean perPixel;

        @Option(names = "--steps", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        private int steps = 150;

        @Override
        Consumer<Run> task() {
            require(picture >= 0 && picture < 10_000, "--picture", picture, "0 to 9999");
            require(missing >= 0.01 && missing <= 0.99, "--missing", missing, "0.01 to 0.99");
            requireAtLeast(1, "--steps", steps);
            return new GridProcess(picture, missing, perPixel, steps, 0.05, seed)::run;
        }
    }
}
