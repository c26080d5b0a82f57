package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "slogdet",
        description = "Sign and log|det| of square matrices; never overflows.",
        footer = {
            "",
            "Examples:",
            "  kron4j slogdet A.npy",
            "  kron4j slogdet A.npy --accuracy compensated -o signs-and-logs.npz"
        })
final class SlogdetCommand extends ArrayCommand {
    @Parameters(paramLabel = "A.npy", description = "[..., n, n], float32, float64, complex64 or complex128.")
    private String a;

    @Option(
            names = "--accuracy",
            paramLabel = "ACCURACY",
            defaultValue = "working",
            description = "working (default): LU in the operand's dtype. compensated: right to a few ulp.")
    private Accuracy accuracy;

    @Override
    List<String> names() {
        return List.of("sign", "logabsdet");
    }

    @Override
    List<Tensor> compute() {
        Linalg.SignLog result = Linalg.slogdet(load(a), accuracy);
        return List.of(result.sign(), result.logAbs());
    }
}
