package kron4j.cli;

import java.util.Arrays;
import java.util.List;
import kron4j.Tensor;
import kron4j.ops.MatMul;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "tensordot",
        description = "The sum of products over pairs of axes, as numpy.tensordot.",
        footer = {
            "",
            "Examples:",
            "  kron4j tensordot A.npy B.npy --axes 1",
            "  kron4j tensordot A.npy B.npy --axes 1,0:0,1 -o C.npy"
        })
final class TensordotCommand extends ArrayCommand {
    @Parameters(index = "0", paramLabel = "A.npy")
    private String a;

    @Parameters(index = "1", paramLabel = "B.npy")
    private String b;

    @Option(
            names = "--axes",
            paramLabel = "N|LIST:LIST",
            defaultValue = "2",
            description = "Number of axes (the last of A, the first of B; default 2), or the axes of A and B: 1,0:0,1.")
    private String axes;

    @Override
    List<Tensor> compute() {
        String[] sides = axes.split(":", -1);
        if (sides.length > 2) {
            throw notAxes();
        }
        int[] first = list(sides[0]);
        if (sides.length == 2) {
            return List.of(MatMul.tensordot(load(a), load(b), first, list(sides[1])));
        }
        if (first.length != 1) {
            throw notAxes();
        }
        return List.of(MatMul.tensordot(load(a), load(b), first[0]));
    }

    private int[] list(String text) {
        try {
            return text.isBlank()
                    ? new int[0]
                    : Arrays.stream(text.split(",", -1))
                            .map(String::strip)
                            .mapToInt(Integer::parseInt)
                            .toArray();
        } catch (NumberFormatException e) {
            throw notAxes();
        }
    }

    private RuntimeException notAxes() {
        return misuse("--axes '" + axes + "' is neither a number such as 2 nor two lists such as 1,0:0,1");
    }
}
