package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Keras;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "dot",
        description = "Keras' dot: sums over the last axis of X and the second to last of Y.",
        footer = {"", "Examples:", "  kron4j dot X.npy Y.npy", "  kron4j dot X.npy Y.npy -o Z.npy"})
final class DotCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "X.npy")
    private String x;

    @Parameters(index = "1", paramLabel = "Y.npy")
    private String y;

    @Override
    List<Tensor> compute() {
        return List.of(Keras.dot(load(x), load(y)));
    }
}
