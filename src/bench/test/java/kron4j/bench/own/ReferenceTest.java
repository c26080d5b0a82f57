package kron4j.bench.own;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kron4j.Device;
import kron4j.bench.peer.Input;
import kron4j.bench.peer.Input.Kind;
import kron4j.bench.peer.Library.Work;
import kron4j.bench.peer.Row;
import kron4j.bench.reference.Expected;
import kron4j.bench.reference.Reference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Kron4J computes is what the reference expects, and little else is. */
public class ReferenceTest {
    public static Stream<Row> rows() {
        return Stream.of("float32", "float64")
                .flatMap(dtype -> Stream.of(
                        row("einsum", dtype, "ahwm,ahwn->amn", 2, shape(3, 4, 5, 6), shape(3, 4, 5, 7)),
                        row("einsum", dtype, "iij->j", 1, shape(9, 9, 5)),
                        row("einsum", dtype, "ij,jk,kl->il", 1, shape(4, 5), shape(5, 6), shape(6, 3)),
                        row("matmul", dtype, "bij,bjk->bik", 1, shape(3, 4, 5), shape(3, 5, 6)),
                        row("permute", dtype, "abcd->dbca", 1, shape(2, 3, 4, 5)),
                        row("sum", dtype, "abc->ac", 1, shape(5, 6, 7)),
                        row("add", dtype, "", 1, shape(5, 6), shape(5, 6)),
                        row("multiply", dtype, "", 1, shape(5, 6), shape(5, 6)),
                        row("exp", dtype, "", 1, shape(5, 6)),
                        row("tanh(a*b+c)", dtype, "", 1, shape(5, 6), shape(5, 6), shape(5, 6)),
                        row("softmax", dtype, "", 1, shape(5, 60)),
                        row("kron", dtype, "ij,kl->ikjl", 1, shape(3, 4), shape(5, 6)),
                        row("kron", dtype, "bij,bkl->bikjl", 1, shape(2, 3, 4), shape(2, 5, 6)),
                        row("kronmatmul", dtype, "xab,ac,bd->xcd", 1, shape(5, 12), shape(3, 3), shape(4, 4)),
                        row("kronrows", dtype, "xik,jk->xij", 1, shape(5, 12), shape(3, 4)),
                        row("slogdet", dtype, "", 1, shape(10, 6, 6)),
                        row("solve", dtype, "", 1, shape(10, 6, 6), shape(10, 6, 2)),
                        row("inverse", dtype, "", 1, shape(20, 20)),
                        row("cholesky", dtype, "", 1, new Input(1, shape(20, 20), Kind.POSITIVE, 1)),
                        row("qr", dtype, "", 1, shape(20, 20)),
                        row("svd", dtype, "", 1, shape(20, 20)),
                        row("eigh", dtype, "", 1, new Input(1, shape(20, 20), Kind.SYMMETRIC, 1)),
                        row("gradient of slogdet", dtype, "", 1, shape(10, 6, 6)),
                        row(
                                "gradient of einsum",
                                dtype,
                                "ahwm,ahwn->amn",
                                1,
                                shape(3, 4, 5, 6),
                                shape(3, 4, 5, 7),
                                shape(3, 6, 7)),
                        row(
                                "gradient of kronmatmul",
                                dtype,
                                "xab,ac,bd->xcd",
                                1,
                                shape(5, 12),
                                shape(3, 3),
                                shape(4, 4)),
                        row(
                                "gradient of mlp",
                                dtype,
                                "",
                                1,
                                shape(5, 12),
                                shape(12, 8),
                                shape(8),
                                shape(8, 3),
                                shape(3))));
    }

    private static long[] shape(long... shape) {
        return shape;
    }

    private static Row row(String op, String dtype, String equation, double scale, long[]... shapes) {
        Input[] inputs = new Input[shapes.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = new Input(i + 1, shapes[i], Kind.UNIFORM, 1);
        }
        return row(op, dtype, equation, scale, inputs);
    }

    private static Row row(String op, String dtype, String equation, double scale, Input... inputs) {
        return new Row("test", op + " " + equation, op, dtype, equation, scale, List.of(inputs), 0, 0, false, "", 0);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void agreesWithKron4J(Row row) {
        List<Expected> expected = Reference.of(row);
        try (Work work = new Kron4J(Device.cpu()).prepare(row)) {
            work.run();
            work.run();
            for (int output = 0; output < expected.size(); output++) {
                Expected e = expected.get(output);
                double[] values = work.values(output, e.positions());
                assertEquals(Optional.empty(), e.difference(values), row.op() + " output " + output);
                for (double wrong : List.of(1.0, Double.NaN)) {
                    double[] damaged = values.clone();
                    damaged[damaged.length - 1] += wrong;
                    assertTrue(e.difference(damaged).isPresent(), row.op() + " output " + output + " " + wrong);
                }
                assertTrue(e.difference(new double[0]).isPresent());
            }
        }
    }

    /** The floor's order of axes, for contractions that have labels of every kind. */
    @ParameterizedTest
    @MethodSource("contractions")
    void agreesWithBareCalls(Row row) {
        Expected expected = Reference.of(row).get(0);
        try (Work work = new OpenBlas(1).prepare(row)) {
            work.run();
            assertEquals(Optional.empty(), expected.difference(work.values(0, expected.positions())));
        }
    }

    static List<Row> contractions() {
        List<Row> rows = new ArrayList<>();
        for (String dtype : List.of("float32", "float64")) {
            rows.add(row("einsum", dtype, "dbxa,ecxab->xdec", 3, shape(2, 3, 4, 5), shape(6, 7, 4, 5, 3)));
            rows.add(row("einsum", dtype, "agfd,cbeg->fedcba", 1, shape(2, 3, 4, 5), shape(6, 7, 2, 3)));
            rows.add(row("einsum", dtype, "i,j->ji", 1, shape(4), shape(5)));
            rows.add(row("matmul", dtype, "bij,bjk->bik", 1, shape(3, 4, 5), shape(3, 5, 6)));
        }
        return rows;
    }
}
