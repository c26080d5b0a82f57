package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Keras;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "batch-dot",
        description = "Keras' batch_dot: axis 0 is the batch; sums over one axis of X and one of Y.",
        footer = {
            "",
            "Examples:",
            "  kron4j batch-dot X.npy Y.npy",
            "  kron4j batch-dot X.npy Y.npy --axes 2,1 -o Z.npy",
            "  kron4j batch-dot X.npy Y.npy --legacy        # as Keras up to 2.2.4"
        })
final class BatchDotCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "X.npy")
    private String x;

    @Parameters(index = "1", paramLabel = "Y.npy")
    private String y;

    @Option(names = "--axes", split = ",", paramLabel = "AXIS", description = "One for both, or X's and Y's: 2,1.")
    private int[] axes = {};

    @Option(names = "--legacy", description = "As Keras up to 2.2.4: all leading axes are batch.")
    private boolean legacy;

    @Override
    List<Tensor> compute() {
        Tensor left = load(x);
        Tensor right = load(y);
        return List.of(legacy ? Keras.batchDotLegacy(left, right, axes) : Keras.batchDot(left, right, axes));
    }
}
