package kron4j.cli;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.TensorException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code kron4j COMMAND ...}: the options of every command, and the reporting of errors. */
@Command(
        name = "kron4j",
        description = "Tensors, einsum, Kronecker algebra and determinants, on .npy files.",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the computation, a check or a conformance case failed",
            "2:the command line is wrong"
        },
        footer = {
            "",
            "Operands are FILE.npy, FILE.npz:NAME or FILE.safetensors:NAME. 'kron4j help COMMAND' shows a command's options"
                    + " and examples.",
            "",
            "'scripts/kron4j bench' compares with other libraries; it has options of its own: 'scripts/kron4j bench --help'."
        })
public final class Main {
    /** Makes commands only when asked for, so that a command starts without loading the others. */
    private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("demo", DemoCommand::new);
        COMMANDS.put("einsum", EinsumCommand::new);
        COMMANDS.put("matmul", MatMulCommand::new);
        COMMANDS.put("tensordot", TensordotCommand::new);
        COMMANDS.put("dot", DotCommand::new);
        COMMANDS.put("batch-dot", BatchDotCommand::new);
        COMMANDS.put("kron", KronCommand::new);
        COMMANDS.put("kron-apply", KronApplyCommand::new);
        COMMANDS.put("slogdet", SlogdetCommand::new);
        COMMANDS.put("solve", SolveCommand::new);
        COMMANDS.put("inverse", InverseCommand::new);
        COMMANDS.put("convert", ConvertCommand::new);
        COMMANDS.put("train", TrainCommand::new);
        COMMANDS.put("doctor", DoctorCommand::new);
        COMMANDS.put("conformance", ConformanceCommand::new);
        COMMANDS.put("help", HelpCommand::new);
    }

    private static final Logger LOGGER = Logger.getLogger("kron4j");

    /** Bytes of a file whose products need no library. */
    private static final int SMALL = 512;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "best",
            scope = ScopeType.INHERIT,
            description = "cpu, cuda:0, ... or best (default).")
    private String device;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print the result as JSON.")
    private boolean json;

    @Option(names = "--quiet", scope = ScopeType.INHERIT, description = "Print nothing but results and errors.")
    private boolean quiet;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print a stack trace with an error.")
    private boolean debug;

    private final PrintWriter out;
    private final PrintWriter err;
    /** Known before the line is parsed, which may fail. */
    private final boolean errorsAsJson;

    private Main(PrintWriter out, PrintWriter err, boolean errorsAsJson) {
        this.out = out;
        this.err = err;
        this.errorsAsJson = errorsAsJson;
    }

    public static void main(String[] args) {
        // One line per message of the library; read when the first one is logged.
        System.setProperty("java.util.logging.SimpleFormatter.format", "kron4j: %5$s%n");
        StandardOutput results = new StandardOutput();
        PrintWriter out = new PrintWriter(new OutputStreamWriter(results, StandardCharsets.UTF_8));
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        if (command(args).filter(name -> !name.equals("help")).isPresent()) {
            preload(args);
        }
        int code = run(out, err, args);
        out.flush();
        if (results.failure != null && code == ExitCode.OK) {
            // A reader that stopped, as head does, needs no message.
            if (!"Broken pipe".equals(results.failure.getMessage())) {
                err.println("kron4j: cannot write the results: " + results.failure.getMessage());
            }
            code = ExitCode.SOFTWARE;
        }
        System.exit(code);
    }

    /** Loads what the CPU needs while the command line is read: OpenBLAS, which takes as long as all the rest, only where an operand is large. */
    private static void preload(String[] args) {
        Thread loader = new Thread(() -> {
            try {
                Device cpu = Device.cpu();
                if (Arrays.stream(args).anyMatch(word -> new File(word).length() > SMALL)) {
                    cpu.describe();
                }
            } catch (DeviceException forTheCommandToReport) {
                // A command that needs the CPU fails with the same reason.
            }
        });
        loader.setDaemon(true);
        loader.start();
    }

    /** Remembers failures, which {@link System#out} would hide. */
    private static final class StandardOutput extends FileOutputStream {
        private IOException failure;

        StandardOutput() {
            super(FileDescriptor.out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                super.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** Runs one command line; returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main(out, err, Arrays.asList(args).contains("--json"));
        Optional<String> command = command(args);
        CommandLine line = main.commandLine(command);
        // Otherwise picocli would go on to the next word that is a command.
        if (command.filter(name -> !COMMANDS.containsKey(name)).isPresent()) {
            return main.misused(new UnmatchedArgumentException(line, List.of(command.get())));
        }
        try {
            return line.execute(args);
        } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
            return main.failed(e);
        }
    }

    private CommandLine commandLine(Optional<String> chosen) {
        CommandLine line = new CommandLine(this);
        chosen.filter(COMMANDS::containsKey)
                .filter(name -> !name.equals("help"))
                .ifPresentOrElse(
                        name -> line.addSubcommand(name, COMMANDS.get(name).get()),
                        () -> COMMANDS.forEach((name, command) -> line.addSubcommand(name, command.get())));
        return line.setOut(out)
                .setErr(err)
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(DType.class, Main::dtype)
                .setExecutionStrategy(this::execute)
                .setParameterExceptionHandler((e, arguments) -> misused(e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(e));
    }

    /** The first word that is neither an option nor its value. */
    private static Optional<String> command(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("-") && (i == 0 || !args[i - 1].equals("--device"))) {
                return Optional.of(args[i]);
            }
        }
        return Optional.empty();
    }

    private int execute(CommandLine.ParseResult parsed) {
        Level before = LOGGER.getLevel();
        LOGGER.setLevel(quiet || json ? Level.WARNING : before);
        try {
            return new CommandLine.RunLast().execute(parsed);
        } finally {
            LOGGER.setLevel(before);
        }
    }

    private static DType dtype(String name) {
        try {
            return DType.of(name);
        } catch (DTypeException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private int misused(ParameterException e) {
        // The command itself is missing.
        if (e.getMessage().startsWith("Missing required subcommand")
                && e.getCommandLine().getCommand() == this) {
            e.getCommandLine().usage(err);
            return ExitCode.USAGE;
        }
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        String fact = e instanceof UnmatchedArgumentException unmatched ? unmatched(unmatched) : e.getMessage();
        report(Remedies.of(fact) + "; '" + command + " --help' shows how");
        return ExitCode.USAGE;
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String word = "'" + e.getUnmatched().get(0) + "'";
        Set<String> commands = e.getCommandLine().getSubcommands().keySet();
        if (!e.isUnknownOption() && commands.isEmpty()) {
            return "unexpected argument " + word;
        }
        String fact = (e.isUnknownOption() ? "unknown option " : "unknown command ") + word;
        if (!e.getSuggestions().isEmpty()) {
            return fact + "; nearest: " + String.join(", ", e.getSuggestions());
        }
        return e.isUnknownOption() ? fact : fact + "; there are " + String.join(", ", commands);
    }

    private int failed(Throwable e) {
        boolean expected = e instanceof TensorException || e instanceof UncheckedIOException;
        report(
                e instanceof UncheckedIOException
                        ? e.getMessage() + ": " + e.getCause().getMessage()
                        : expected ? Remedies.of(e.getMessage()) : e.toString());
        if (debug) {
            e.printStackTrace(err);
        } else if (!expected) {
            err.println("kron4j: this is not an expected error; --debug shows where it came from");
        }
        err.flush();
        return ExitCode.SOFTWARE;
    }

    private void report(String error) {
        err.println("kron4j: " + oneLine(error));
        if (errorsAsJson) {
            out.println(Json.text(Map.of("error", oneLine(error))));
        }
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    // ---- for the commands ----

    Device device() {
        return Device.of(device);
    }

    boolean json() {
        return json;
    }

    boolean quiet() {
        return quiet;
    }

    /** Prints a line of a result. */
    void print(String line) {
        out.println(line);
    }

    /** Prints a line about the work, unless silence or JSON was asked for. */
    void say(String line) {
        if (!quiet && !json) {
            out.println(line);
            out.flush();
        }
    }

    /** A bar for work of that many steps, shown where a person may watch. */
    Progress progress(String task, int steps) {
        return Progress.of(task, steps, !quiet && !json);
    }
}
