package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.backend.Halves;
import org.junit.jupiter.api.Test;

/**
 * Vectors compute what plain Java computes: the same random cases in a JVM without vectors, in one with those of the processor and in one with those of
 * 256 bits. {@code -Dvectors.cases=N} and {@code -Dvectors.seed=S} choose other cases than the first ones.
 */
class VectorAgreementTest {
    private static final int CASES = Integer.getInteger("vectors.cases", 2_000);
    private static final long SEED = Long.getLong("vectors.seed", 1);
    private static final int MOST_DIFFERENCES = 20;
    private static final String REFUSED = "refused: ";

    /** What became of a case: its name, the shape of the result, its elements, and by how much their numbers may differ. */
    private record Outcome(String name, String shape, DType dtype, byte[] bytes, double[] bounds) {
        private static Outcome of(VectorCase c, boolean bounded) {
            try {
                Tensor result = c.result();
                ByteBuffer elements = result.toBuffer();
                byte[] bytes = new byte[elements.remaining()];
                elements.get(bytes);
                double[] bounds = bounded ? c.bounds(result) : new double[0];
                return new Outcome(c.toString(), result.shape().toString(), result.dtype(), bytes, bounds);
            } catch (TensorException e) {
                return new Outcome(c.toString(), REFUSED + e, DType.BOOL, new byte[0], new double[0]);
            }
        }

        private static Outcome read(DataInputStream in) throws IOException {
            String name = in.readUTF();
            String shape = in.readUTF();
            DType dtype = DType.of(in.readUTF());
            byte[] bytes = in.readNBytes(in.readInt());
            ByteBuffer bounds = ByteBuffer.wrap(in.readNBytes(in.readInt()));
            double[] limits = new double[bounds.remaining() / Double.BYTES];
            bounds.asDoubleBuffer().get(limits);
            return new Outcome(name, shape, dtype, bytes, limits);
        }

        private void write(DataOutputStream out) throws IOException {
            out.writeUTF(name);
            out.writeUTF(shape);
            out.writeUTF(dtype.toString());
            out.writeInt(bytes.length);
            out.write(bytes);
            ByteBuffer limits = ByteBuffer.allocate(bounds.length * Double.BYTES);
            limits.asDoubleBuffer().put(bounds);
            out.writeInt(limits.capacity());
            out.write(limits.array());
        }

        /** The numbers of the elements, parts of complex ones. */
        private double[] numbers() {
            DType part = dtype.realPart();
            double[] numbers = new double[bytes.length / part.bytes()];
            ByteBuffer elements = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            Arrays.setAll(numbers, i -> switch (part) {
                case FLOAT32 -> elements.getFloat();
                case FLOAT64 -> elements.getDouble();
                case FLOAT16 -> Halves.fromFloat16(elements.getShort());
                case BFLOAT16 -> Halves.fromBfloat16(elements.getShort());
                case INT32 -> elements.getInt();
                case INT64 -> elements.getLong();
                case INT8 -> elements.get();
                case UINT8, BOOL -> elements.get() & 0xff;
                case COMPLEX64, COMPLEX128 -> throw new AssertionError(part);
            });
            return numbers;
        }

        /** Says where another outcome of the same case is too far from this one; null where it is not. */
        private String difference(Outcome other) {
            if (shape.startsWith(REFUSED)) {
                return shape;
            }
            if (!shape.equals(other.shape) || dtype != other.dtype) {
                return other.shape + " of " + other.dtype + " for " + shape + " of " + dtype;
            }
            if (Arrays.equals(bytes, other.bytes)) {
                return null;
            }
            double[] expected = numbers();
            double[] actual = other.numbers();
            int parts = dtype.isComplex() ? 2 : 1;
            for (int i = 0; i < expected.length; i++) {
                double bound = bounds.length == 0 ? 0 : bounds[i / parts];
                if (!isNear(expected[i], actual[i], bound)) {
                    return "element " + i / parts + " of " + shape + " is " + actual[i] + " for " + expected[i]
                            + " within " + bound;
                }
            }
            return dtype.isInteger() ? "integers above 2^53" : null; // Other bits of one double are those of NaN.
        }

        /** What is too large by no more than the bound may be infinite. */
        private boolean isNear(double expected, double actual, double bound) {
            if (Double.isNaN(expected) || Double.isNaN(actual)) {
                return Double.isNaN(expected) && Double.isNaN(actual);
            }
            if (bound == 0) {
                return Double.compare(expected, actual) == 0;
            }
            double most = dtype.largest();
            return expected == actual
                    || Math.abs(Math.max(-most, Math.min(most, expected)) - Math.max(-most, Math.min(most, actual)))
                            <= bound;
        }
    }

    /** Computes the cases, and writes their outcomes. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            boolean bounded = "false".equals(System.getProperty("kron4j.cpu.vectors"));
            DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
            for (long seed = SEED; seed < SEED + CASES; seed++) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    Outcome.of(new VectorCase(seed), bounded).write(out);
                }
            }
            out.flush();
            Device.shutdown();
        }
    }

    private static Process start(String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "-Xmx1g",
                "--add-modules=jdk.incubator.vector",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "-Dkron4j.cpu.guard=true",
                "-Dvectors.cases=" + CASES,
                "-Dvectors.seed=" + SEED));
        all.addAll(List.of(options));
        return Jvm.start(Program.class, all);
    }

    private static DataInputStream outcomes(Process program) {
        return new DataInputStream(new BufferedInputStream(program.getInputStream()));
    }

    @Test
    void vectorsComputeWhatPlainJavaComputes() throws IOException {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), "without vectors");
        Process plain = start("-Dkron4j.cpu.vectors=false", "-XX:TieredStopAtLevel=1");
        Process best = start("-XX:UseAVX=3");
        Process narrow = start("-XX:UseAVX=2");
        List<String> differences = new ArrayList<>();
        try (DataInputStream expected = outcomes(plain);
                DataInputStream ofBest = outcomes(best);
                DataInputStream ofNarrow = outcomes(narrow)) {
            for (long seed = SEED; seed < SEED + CASES && differences.size() < MOST_DIFFERENCES; seed++) {
                Outcome outcome = Outcome.read(expected);
                String byBest = outcome.difference(Outcome.read(ofBest));
                String byNarrow = outcome.difference(Outcome.read(ofNarrow));
                if (byBest != null || byNarrow != null) {
                    String difference = byBest == null ? "256 bits: " + byNarrow : byBest;
                    differences.add(
                            "-Dvectors.cases=1 -Dvectors.seed=" + seed + ": " + outcome.name + ": " + difference);
                }
            }
        } finally {
            plain.destroy();
            best.destroy();
            narrow.destroy();
        }
        assertEquals("", String.join("\n", differences));
    }
}
