package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.MatMul;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "matmul",
        description = "The matrix product, as numpy.matmul: vectors are promoted, batch axes broadcast.",
        footer = {"", "Examples:", "  kron4j matmul A.npy B.npy", "  kron4j matmul A.npy B.npy --transpose-b -o C.npy"})
final class MatMulCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "A.npy", description = "[..., n, k], or [k].")
    private String a;

    @Parameters(index = "1", paramLabel = "B.npy", description = "[..., k, m], or [k].")
    private String b;

    @Option(names = "--transpose-a", description = "Transpose the last two axes of A, without a copy.")
    private boolean transposeA;

    @Option(names = "--transpose-b", description = "Transpose the last two axes of B, without a copy.")
    private boolean transposeB;

    @Override
    List<Tensor> compute() {
        return List.of(MatMul.matmul(load(a), transposeA, load(b), transposeB));
    }
}
