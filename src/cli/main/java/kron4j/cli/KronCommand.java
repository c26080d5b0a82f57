package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Kron;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "kron",
        description = "The Kronecker product of one or more arrays, as numpy.kron.",
        footer = {
            "",
            "Examples:",
            "  kron4j kron A.npy B.npy C.npy",
            "  kron4j kron A.npy B.npy --batched -o K.npy",
            "",
            "To multiply by a product that is too large to form, use kron-apply."
        })
final class KronCommand extends ArrayCommand {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "The factors; the last varies fastest.")
    private List<String> factors;

    @Option(names = "--batched", description = "Multiply the last two axes only; leading axes broadcast.")
    private boolean batched;

    @Override
    List<Tensor> compute() {
        Tensor[] tensors = load(factors);
        if (!batched) {
            return List.of(Kron.kron(tensors));
        }
        Tensor result = tensors[0];
        for (int i = 1; i < tensors.length; i++) {
            result = Kron.batchedKron(result, tensors[i]);
        }
        return List.of(result);
    }
}
