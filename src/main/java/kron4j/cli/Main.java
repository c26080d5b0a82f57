package kron4j.cli;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.TensorException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** {@code kron4j COMMAND ...}: the options that every command has, and what becomes of errors. */
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
            "1:the computation failed, or a check or a conformance case did",
            "2:the command line is wrong"
        },
        footer = {
            "",
            "Operands are FILE.npy or FILE.npz:NAME. 'kron4j help COMMAND' shows a command's options and examples."
        })
public final class Main {
    /** Made only when asked for, so that a command starts without loading the others. */
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
        COMMANDS.put("train", TrainCommand::new);
        COMMANDS.put("doctor", DoctorCommand::new);
        COMMANDS.put("conformance", ConformanceCommand::new);
        COMMANDS.put("help", HelpCommand::new);
    }

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

    private Main(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        int code = run(out, err, args);
        out.flush();
        System.exit(code);
    }

    /** Runs one command line; returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main(out, err);
        try {
            return main.commandLine(args).execute(args);
        } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
            return main.failed(e);
        }
    }

    private CommandLine commandLine(String[] args) {
        CommandLine line = new CommandLine(this);
        Arrays.stream(args)
                .filter(COMMANDS::containsKey)
                .findFirst()
                .filter(name -> !name.equals("help"))
                .ifPresentOrElse(
                        name -> line.addSubcommand(name, COMMANDS.get(name).get()),
                        () -> COMMANDS.forEach((name, command) -> line.addSubcommand(name, command.get())));
        return line.setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(DType.class, Main::dtype)
                .setParameterExceptionHandler((e, arguments) -> misused(e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(e));
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
        if (e.getCommandLine().getCommand() == this && e.getClass() == ParameterException.class) {
            e.getCommandLine().usage(err);
            return ExitCode.USAGE;
        }
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println("kron4j: " + oneLine(e.getMessage()) + "; '" + command + " --help' shows how");
        return ExitCode.USAGE;
    }

    private int failed(Throwable e) {
        boolean expected = e instanceof TensorException;
        err.println("kron4j: " + oneLine(expected ? e.getMessage() : e.toString()));
        if (debug) {
            e.printStackTrace(err);
        } else if (!expected) {
            err.println("kron4j: this is not an expected error; --debug shows where it came from");
        }
        err.flush();
        return ExitCode.SOFTWARE;
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
