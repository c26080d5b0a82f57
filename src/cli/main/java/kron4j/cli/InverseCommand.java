package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "inverse",
        description = "Inverts square matrices.",
        footer = {"", "Examples:", "  kron4j inverse A.npy", "  kron4j inverse A.npy -o Ainv.npy"})
final class InverseCommand extends ArrayCommand {
    @Parameters(paramLabel = "A.npy", description = "[..., n, n].")
    private String a;

    @Override
    List<Tensor> compute() {
        return List.of(Linalg.inverse(load(a)));
    }
}
