package kron4j.bench.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import kron4j.DType;
import kron4j.Device;
import kron4j.TensorScope;

/**
 * Times operations on a CUDA card ({@code -Dkron4j.bench.device}, cuda:0), several of them between two waits, and checks each first. The first word of
 * a row names the operation; scripts/gpu-peers.py reads the same rows. {@code copy} and {@code fill} give the bandwidths for comparison, {@code cublas}
 * is the bare call beside {@code matmul}. Results are medians in microseconds, written row by row (see {@link Results}).
 *
 * <p>Arguments: the file of results, the dtypes separated by commas (FLOAT64,FLOAT32), a regular expression that rows match (all), the seconds
 * for which each is repeated (0.1).
 */
public final class CudaBench {
    /** Operations in a sample. */
    private static final int CALLS = 8;

    private static final int LEAST_SAMPLES = 5;

    private static final String[] ROWS = {
        "copy 268435456",
        "fill 268435456",
        "kron 1024x1024 16x16",
        "kron 300x300 48x50",
        "kron 17x19 999x1001",
        "kron 100000x10x10 100000x6x6",
        "kron 1000000x4x4 1000000x2x2",
        "einsum abc,abc->a a64 b1024 c2048",
        "einsum ab,ab,ab->b a65536 b1024",
        "einsum abc->b a256 b512 c1024",
        "einsum aii->a a20000 i64",
        "einsum aii->ai a20000 i64",
        "einsum i,j->ij i12000 j12000",
        "einsum ahwm,ahwn->amn a256 h14 w14 m64 n64",
        "einsum bhqd,bhkd->bhqk b8 h16 q512 k512 d64",
        "matmul b1000000 n4",
        "cublas b1000000 n4",
        "matmul b200000 n16",
        "cublas b200000 n16",
        "matmul b50000 n32",
        "cublas b50000 n32",
        "matmul b2000 n128",
        "cublas b2000 n128",
        "matmul b1 n4096",
        "cublas b1 n4096",
        "slogdet b1000000 n4",
        "slogdet b500000 n8",
        "slogdet b100000 n16",
        "slogdet b50000 n32",
        "slogdet b20000 n64",
        "slogdet b4000 n128",
        "slogdet b1000 n256",
        "slogdet b200 n512",
        "slogdet b50 n1024",
        "kronApply 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 2x2 x1024",
        "kronApply 4x4 4x4 4x4 4x4 4x4 4x4 x1024",
        "kronApply 8x8 8x8 8x8 8x8 x1024",
        "kronApply 16x16 16x16 16x16 x1024",
        "kronApply 64x64 64x64 x1024",
        "kronApply 128x128 128x128 x1024",
        "kronApply 4x4 4x4 4x4 x16",
        "tccg 1",
        "tccg 2",
        "tccg 3",
        "tccg 4",
        "tccg 5",
        "tccg 6",
        "tccg 7",
        "tccg 8",
        "tccg 9",
        "tccg 10",
        "tccg 11",
        "tccg 12",
        "tccg 13",
        "tccg 14",
        "tccg 15",
        "tccg 16",
        "tccg 17",
        "tccg 18",
        "tccg 19",
        "tccg 20",
        "tccg 21",
        "tccg 22",
        "tccg 23",
        "tccg 24",
        "tccg 25",
        "tccg 26",
        "tccg 27",
        "tccg 28",
        "tccg 29",
        "tccg 30",
        "tccg 31",
        "tccg 32",
        "tccg 33",
        "tccg 34",
        "tccg 35",
        "tccg 36",
        "tccg 37",
        "tccg 38",
        "tccg 39",
        "tccg 40",
        "tccg 41",
        "tccg 42",
        "tccg 43",
        "tccg 44",
        "tccg 45",
        "tccg 46",
        "tccg 47",
        "tccg 48",
        "kru t16 b256 p4 f5",
        "kruCaptured t16 b256 p4 f5",
    };

    private CudaBench() {}

    public static void main(String[] args) throws IOException {
        Results results = new Results(Path.of(args[0]));
        String[] dtypes = (args.length > 1 ? args[1] : "FLOAT64,FLOAT32").split(",");
        Pattern match = Pattern.compile(args.length > 2 ? args[2] : "");
        double seconds = args.length > 3 ? Double.parseDouble(args[3]) : 0.1;
        Device device = Device.of(System.getProperty("kron4j.bench.device", "cuda:0"));
        for (String dtype : dtypes) {
            for (String row : ROWS) {
                if (match.matcher(row).find()) {
                    results.piece(row + " " + dtype, result -> {
                        result.put("row", row);
                        result.put("dtype", dtype.toLowerCase(Locale.ROOT));
                        measure(device, row, DType.valueOf(dtype), seconds, result);
                    });
                }
            }
        }
        System.exit(results.finish());
    }

    private static void measure(Device device, String row, DType dtype, double seconds, Map<String, Object> result) {
        try (TensorScope inputs = device.openScope()) {
            Row work = Row.of(row, dtype);
            try {
                try (TensorScope scope = device.openScope()) {
                    work.check();
                }
                sample(device, work);
                long end = System.nanoTime() + (long) (seconds * 1e9);
                double[] samples = new double[0];
                while (samples.length < LEAST_SAMPLES || System.nanoTime() < end) {
                    samples = Arrays.copyOf(samples, samples.length + 1);
                    samples[samples.length - 1] = sample(device, work);
                }
                Arrays.sort(samples);
                result.put("us", samples[samples.length / 2]);
                result.put("best", samples[0]);
                result.put("samples", samples.length);
            } finally {
                work.close();
            }
        } finally {
            device.trim();
        }
    }

    /** Microseconds of an operation; waits for the card once for all calls. */
    private static double sample(Device device, Row work) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            try (TensorScope scope = device.openScope()) {
                work.run();
            }
        }
        work.await();
        return (System.nanoTime() - start) / 1e3 / CALLS;
    }
}
