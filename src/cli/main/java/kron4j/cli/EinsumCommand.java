package kron4j.cli;

import java.util.List;
import kron4j.Tensor;
import kron4j.ops.Einsum;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "einsum",
        description = "A sum of products over named axes, in NumPy's notation.",
        footer = {
            "",
            "Examples:",
            "  kron4j einsum 'ij,jk->ik' A.npy B.npy",
            "  kron4j einsum 'ahwm,ahwn->amn' F1.npy F2.npy --alpha 0.0051 -o G.npy",
            "  kron4j einsum 'ij,jk,kl->il' A.npy B.npy C.npy --explain"
        })
final class EinsumCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "EQUATION", description = "Such as 'ij,jk->ik'.")
    private String equation;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "One operand per term.")
    private List<String> operands;

    @Option(
            names = "--alpha",
            defaultValue = "1",
            description = "Multiply by this number (default 1), without another pass.")
    private double alpha;

    @Option(names = "--explain", description = "Print the plan; compute only if there is an output file.")
    private boolean explaining;

    @Option(
            names = "--memory-limit",
            paramLabel = "BYTES",
            description =
                    "Contract in slices so that result and temporaries take at most this many bytes; suffixes K, M, G.")
    private String memoryLimit;

    @Override
    List<Tensor> compute() {
        Tensor[] tensors = load(operands);
        long limit = memoryLimit == null ? Einsum.UNLIMITED : bytes(memoryLimit);
        if (explaining) {
            explain(Einsum.explain(limit, equation, tensors).toString());
        }
        return explaining && !writes() ? List.of() : List.of(Einsum.einsum(limit, alpha, equation, tensors));
    }

    private long bytes(String text) {
        int shift = text.isEmpty() ? 0 : 1 + "KMG".indexOf(text.charAt(text.length() - 1));
        String digits = shift > 0 ? text.substring(0, text.length() - 1) : text;
        try {
            return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * shift));
        } catch (ArithmeticException | NumberFormatException e) {
            throw misuse("--memory-limit '" + text + "' is not a number of bytes such as 1000000, 64M or 2G");
        }
    }
}
