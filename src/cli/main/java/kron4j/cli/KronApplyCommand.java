package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.KroneckerOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "kron-apply",
        description = "Multiplies by the Kronecker product of matrices without forming it: (F1 (x) F2 (x) ...) X.",
        footer = {
            "",
            "Examples:",
            "  kron4j kron-apply X.npy F1.npy F2.npy -o Y.npy",
            "  kron4j kron-apply X.npy F1.npy F2.npy F3.npy --transpose",
            "  kron4j kron-apply X.npy F1.npy F2.npy --right        # X (F1 (x) F2)"
        })
final class KronApplyCommand extends ArrayCommand {
    @Parameters(
            index = "0",
            paramLabel = "X.npy",
            description = "[N], [N, k] or [..., N, k]; N is the product of the factors' columns.")
    private String x;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "F.npy",
            description = "The factors, matrices; the last varies fastest.")
    private List<String> factors;

    @Option(names = "--transpose", description = "Multiply by the transposed product.")
    private boolean transpose;

    @Option(names = "--right", description = "Multiply from the right: X (F1 (x) F2 ...).")
    private boolean right;

    @Override
    List<Tensor> compute() {
        KroneckerOperator product = KroneckerOperator.of(load(factors));
        KroneckerOperator operator = transpose ? product.transpose() : product;
        Tensor operand = load(x);
        return List.of(right ? operator.applyRight(operand) : operator.apply(operand));
    }
}
