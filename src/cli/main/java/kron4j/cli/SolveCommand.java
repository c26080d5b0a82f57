package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "solve",
        description = "Solves A X = B for X.",
        footer = {"", "Examples:", "  kron4j solve A.npy B.npy", "  kron4j solve A.npy B.npy -o X.npy"})
final class SolveCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "A.npy", description = "[..., n, n].")
    private String a;

    @Parameters(index = "1", paramLabel = "B.npy", description = "[..., n, k], or [n].")
    private String b;

    @Override
    List<Tensor> compute() {
        return List.of(Linalg.solve(load(a), load(b)));
    }
}
