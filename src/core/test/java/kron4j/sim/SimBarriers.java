package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.ops.Einsum.einsum;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.LinalgException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import kron4j.ops.Fused;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.Order;
import kron4j.ops.Random;
import kron4j.ops.Scan;
import kron4j.ops.Softmax;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each barrier of each kernel, taken away, is missed by the race detector: by these operations, which are silent while it is there. Runs on
 * target/simcuda-races only, hence its name, by which Maven does not find it on the plain simulated device.
 */
@OnlyOn(SIM)
class SimBarriers {
    private static final Path KERNELS = Path.of("kernels");
    private static final Pattern BARRIER = Pattern.compile("__sync(threads|warp)\\w*\\(");

    /** What runs the kernels of a source so that each of their blocks and warps takes several pieces of work. */
    private static final Map<String, List<Supplier<Tensor>>> OPERATIONS = Map.ofEntries(
            Map.entry(
                    "contract.cuh",
                    List.of(
                            () -> einsum("bi,bi,bi->b", random(5, 700), random(5, 700), random(5, 700)),
                            () -> einsum("ib,ib,ib->b", random(70, 300), random(70, 300), random(70, 300)),
                            () -> einsum("ij,jk->ik", integers(70, 50), integers(50, 70)),
                            () -> einsum("ij,jk->ik", integers(7, 90), integers(90, 7)))),
            Map.entry(
                    "cholesky.cuh",
                    List.of(
                            () -> Linalg.cholesky(definite(random(9, 12, 12))),
                            () -> Linalg.cholesky(definite(complex(9, 12, 12))))),
            Map.entry(
                    "fused.cuh",
                    List.of(
                            () -> Fused.of(x -> x.exp().sum(1), random(9, 1000)),
                            () -> Fused.of(x -> x.exp().max(0), random(1000, 9)))),
            Map.entry(
                    "jacobi.cuh",
                    List.of(
                            () -> Linalg.svd(random(9, 12, 7), true).u(),
                            () -> Linalg.svd(random(9, 7, 12), true).u(),
                            () -> Linalg.svd(einsum("bi,bj->bij", random(9, 8), random(9, 6)), true)
                                    .u(),
                            () -> Linalg.svdvals(random(9, 12, 7)),
                            () -> Linalg.eigh(random(9, 13, 13)).v(),
                            () -> Linalg.svd(complex(9, 12, 7), true).u(),
                            () -> Linalg.svd(complex(9, 7, 12), true).u(),
                            () -> Linalg.svdvals(complex(9, 12, 7)),
                            () -> Linalg.eigh(complex(9, 13, 13)).v())),
            Map.entry(
                    "kron_apply.cuh",
                    List.of(() -> KroneckerOperator.of(random(13, 12), random(12, 11), random(11, 13))
                            .apply(random(12 * 11 * 13, 9)))),
            Map.entry(
                    "linalg.cuh",
                    List.of(
                            () -> Linalg.eigh(identityWith(40, 37, 3, Double.NaN))
                                    .w(),
                            () -> Linalg.triangularSolve(
                                    identityWith(40, 37, 37, 1e-310),
                                    random(40, 70).multiply(1e-20),
                                    true))),
            Map.entry(
                    "lu.cuh",
                    List.of(
                            () -> Linalg.luFactor(random(40, 3, 3)).lu(),
                            () -> Linalg.solve(random(40, 13, 13), random(40, 13, 5)),
                            () -> Linalg.det(random(40, 30, 30)),
                            () -> Linalg.solve(random(3, 50, 50), random(3, 50, 40)),
                            () -> Linalg.det(random(3, 50, 50)),
                            () -> Linalg.luFactor(random(3, 100, 70)).lu())),
            Map.entry(
                    "lu_rows.cuh",
                    List.of(
                            () -> Linalg.solve(random(40, 13, 13), random(40, 13, 5)),
                            () -> Linalg.luFactor(random(3, 50, 50)).solve(random(3, 50, 40)))),
            Map.entry(
                    "lu_packed.cu",
                    List.of(() -> Linalg.luFactor(random(3, 90, 90)).permutation())),
            Map.entry(
                    "lu_packed.cuh",
                    List.of(
                            () -> Linalg.luFactor(random(3, 20, 20)).solve(random(3, 20, 5)),
                            () -> Linalg.luFactor(random(3, 50, 50)).solve(random(3, 50, 40)),
                            () -> Linalg.luFactor(random(3, 90, 90)).det(),
                            () -> Linalg.luFactor(random(2, 150, 150)).lu(),
                            () -> Linalg.luFactor(random(2, 100, 500)).lu())),
            Map.entry(
                    "permute.cuh",
                    List.of(
                            () -> random(100, 90).transpose().contiguous(),
                            () -> random(20, 30, 40).permute(2, 1, 0).contiguous())),
            Map.entry(
                    "qr.cuh",
                    List.of(
                            () -> Linalg.qr(random(9, 12, 7), true).q(),
                            () -> Linalg.qr(random(9, 7, 12)).q(),
                            () -> Linalg.qr(complex(9, 12, 7), true).q(),
                            () -> Linalg.qr(complex(9, 7, 12)).q())),
            Map.entry(
                    "reduce.cuh",
                    List.of(
                            () -> random(9, 1000).max(1),
                            () -> random(1000, 9).max(0),
                            () -> random(9, 1000).argmax(1),
                            () -> random(1000, 9).argmax(0))),
            Map.entry("scan.cuh", List.of(() -> Scan.cumsum(random(9, 3000), 1))),
            Map.entry(
                    "softmax.cuh",
                    List.of(() -> Softmax.softmax(random(9, 1000), 1), () -> Softmax.softmax(random(1000, 9), 0))),
            Map.entry("sort.cuh", List.of(() -> Order.sort(random(40, 100), 1), () -> Order.sort(random(5000), 0))));

    private static final Map<String, List<String>> RIGHT = new HashMap<>();

    private Device device;
    private SimCuda sim;
    private long blocks;

    private static Tensor random(long... shape) {
        return Random.normal(1, DType.FLOAT64, shape);
    }

    private static Tensor complex(long... shape) {
        return Random.normal(1, DType.COMPLEX128, shape);
    }

    private static Tensor definite(Tensor a) {
        return a.matmul(a.adjoint());
    }

    private static Tensor integers(long... shape) {
        return Random.randint(1, -9, 9, shape);
    }

    /** Has the value in one place, which the first thread of a block does not read. */
    private static Tensor identityWith(int n, int row, int column, double value) {
        double[] values = new double[n * n];
        for (int i = 0; i < n; i++) {
            values[i * (n + 1)] = 1;
        }
        values[row * n + column] = value;
        return Tensor.of(values).reshape(n, n);
    }

    private record Barrier(String file, int line) {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    static List<Barrier> barriers() throws IOException {
        List<Barrier> barriers = new ArrayList<>();
        try (Stream<Path> files = Files.list(KERNELS)) {
            for (Path file : files.sorted().toList()) {
                List<String> lines = Files.readAllLines(file);
                for (int i = 0; i < lines.size(); i++) {
                    if (BARRIER.matcher(lines.get(i).replaceAll("//.*", "")).find()) {
                        barriers.add(new Barrier(file.getFileName().toString(), i + 1));
                    }
                }
            }
        }
        return barriers;
    }

    @BeforeEach
    void open() {
        device = SIM.device();
        sim = SimCuda.open();
        blocks = sim.mostBlocks();
        sim.mostBlocks(1);
        run(List.of(() -> random(1)));
        assertTrue(sim.findsRaces(), "needs scripts/build-simcuda --races and LD_LIBRARY_PATH=target/simcuda-races");
    }

    @AfterEach
    void restore() {
        sim.removeBarrier("");
        sim.mostBlocks(blocks);
        sim.heal();
    }

    @ParameterizedTest
    @MethodSource("barriers")
    void eachBarrierIsMissed(Barrier barrier) {
        List<Supplier<Tensor>> operations = OPERATIONS.get(barrier.file);
        assertNotNull(operations, () -> "operations for " + barrier);
        List<String> right = RIGHT.computeIfAbsent(barrier.file, file -> run(operations));
        SimReports.check(sim);
        sim.removeBarrier(barrier.toString());
        boolean missed = !run(operations).equals(right);
        missed |= SimReports.forget(sim);
        assertTrue(missed, () -> "nothing misses " + barrier);
    }

    /** What came out, until something is reported. */
    private List<String> run(List<Supplier<Tensor>> operations) {
        long reports = sim.reports();
        List<String> results = new ArrayList<>();
        for (int i = 0; i < operations.size() && sim.reports() == reports; i++) {
            try (TensorScope scope = device.openScope()) {
                Tensor result = operations.get(i).get();
                results.add(Arrays.toString(
                        result.dtype().isComplex()
                                ? result.toComplexArray()
                                : result.to(DType.FLOAT64).toDoubleArray()));
            } catch (LinalgException | DeviceException e) { // of a matrix with a NaN, and where a barrier is missing
                results.add(e.getMessage());
            }
        }
        return results;
    }
}
