package kron4j.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.contract.Contract;
import kron4j.contract.DeviceUnderTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every section of the shared case files: none fails, and exact numbers pass and are skipped, so that nothing is left out in silence. */
class ConformanceContract extends Contract {
    private static final String EINSUM = """
            valid: 584 passed
            valid/gradients: 584 passed
            valid/complex: 455 passed
            invalid: 54 passed
            invalid/extensions: 6 passed
            unicode_labels: 13 passed
            sublist_valid: 34 passed
            sublist_invalid: 6 passed
            """;
    /** Partial sums of four are too large to be exact. */
    private static final String EINSUM_FLOAT32 =
            EINSUM.replace("gradients: 584 passed", "gradients: 580 passed, 4 skipped");

    private static final String KERAS = """
            batch_dot: 37 passed, 1 skipped
            batch_dot/legacy: 37 passed, 1 skipped
            dot: 18 passed
            dot/numpy: 18 passed
            matmul: 10 passed
            matmul/tensorflow: 10 passed
            tensordot: 11 passed
            """;

    private static final String KRON = """
            kron: 19 passed
            kron_literal: 4 passed
            kron_batched: 7 passed
            kron_matmul: 13 passed
            kron_matmul_errors: 3 passed
            matmul_kron_right: 4 passed
            identity_kron_rows: 6 passed
            kron_identity_rows: 2 passed
            related_products: 10 passed
            determinant_trace: 5 passed
            solve: 4 passed
            vec_trick: 4 passed
            commutation: 4 passed
            gradients: 3 passed
            kru: 1 passed
            kru/complex: 1 passed
            complex: 1 passed
            nearest_kronecker: 2 passed
            """;

    private static final String SLOGDET = """
            cases/working: 155 passed
            cases/compensated: 155 passed
            det_gradient/det: 11 passed
            det_gradient/gradient: 11 passed
            logdet_inv_solve_gradient/values: 4 passed
            logdet_inv_solve_gradient/gradient: 4 passed
            lu: 3 passed
            """;
    /** Two matrices have no exact value after rounding to float32. */
    private static final String SLOGDET_FLOAT32 = SLOGDET.replace("155 passed", "153 passed, 2 skipped");

    /** On the simulated device one real and one complex dtype, and einsum's many cases, which contain complex ones, once: they take a minute. */
    static Stream<Arguments> replays() {
        boolean simulated = DeviceUnderTest.chosen() == DeviceUnderTest.SIM;
        Stream<DType> dtypes = simulated
                ? Stream.of(DType.FLOAT64, DType.COMPLEX64)
                : Stream.of(DType.FLOAT64, DType.FLOAT32, DType.COMPLEX128, DType.COMPLEX64);
        return dtypes.flatMap(dtype -> {
            boolean single = dtype.realPart() == DType.FLOAT32;
            Stream<Arguments> einsum = simulated && dtype.isComplex()
                    ? Stream.of()
                    : Stream.of(Arguments.of("einsum.json", dtype, single ? EINSUM_FLOAT32 : EINSUM));
            return Stream.concat(
                    einsum,
                    Stream.of(
                            Arguments.of("keras.json", dtype, KERAS),
                            Arguments.of("kron.json", dtype, KRON),
                            Arguments.of("slogdet.json", dtype, single ? SLOGDET_FLOAT32 : SLOGDET)));
        });
    }

    /** What is exact in integers passes there too; the rest is refused, which counts as skipped. */
    @Test
    void replaysInIntegers() {
        assertEquals(
                EINSUM.replace("gradients: 584 passed", "gradients: 0 passed, 584 skipped")
                        .replace("complex: 455 passed", "complex: 0 passed, 455 skipped"),
                replay("einsum.json", DType.INT64));
        assertEquals(KERAS, replay("keras.json", DType.INT32));
        assertEquals(KERAS, replay("keras.json", DType.INT64));
        List<String> kron = replay("kron.json", DType.INT64).lines().toList();
        assertEquals(
                List.of(
                        "kron: 19 passed",
                        "kron_literal: 4 passed",
                        "kron_batched: 7 passed",
                        "kron_matmul: 0 passed, 13 skipped"),
                kron.subList(0, 4));
        assertEquals(
                "cases/working: 0 passed, 155 skipped",
                replay("slogdet.json", DType.INT64).lines().findFirst().orElseThrow());
    }

    @ParameterizedTest(name = "{0} in {1}")
    @MethodSource("replays")
    void replays(String name, DType dtype, String expected) {
        assertEquals(expected, replay(name, dtype));
    }

    private String replay(String name, DType dtype) {
        CaseFile file = CaseFile.read(Path.of("src/cli/test/resources/cases", name));
        List<SectionResult> results = file.replay(device(), dtype, () -> {});
        assertEquals(
                List.of(), results.stream().flatMap(r -> r.failures().stream()).toList());
        return results.stream().map(ConformanceContract::summary).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String summary(SectionResult r) {
        return r.section() + ": " + r.passed() + " passed" + (r.failed() > 0 ? ", " + r.failed() + " FAILED" : "")
                + (r.skipped().isEmpty() ? "" : ", " + r.skippedCases() + " skipped");
    }
}
