package kron4j.backend.cuda.linalg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Staging;
import kron4j.backend.determinant.CompensatedDeterminant;
import kron4j.backend.determinant.Ranges;

/** Determinants right to a few ulp: certified on the host, so this waits for the device. */
final class CudaCompensated {
    /** Bytes of matrices that are on the host at a time. */
    private static final long AT_A_TIME = 64L << 20;

    private final CudaContext context;
    private final Staging staging;
    private final BiConsumer<View, View> copy;

    CudaCompensated(CudaContext context, Staging staging, BiConsumer<View, View> copy) {
        this.context = context;
        this.staging = staging;
        this.copy = copy;
    }

    void slogdet(View a, View sign, View logAbs) {
        long n = a.shape().at(-1);
        long count = sign.shape().size();
        if (count == 0) {
            return;
        }
        long bytes = Math.multiplyExact(n, n) * Double.BYTES;
        int some = (int) Math.min(count, Math.max(1, AT_A_TIME / Math.max(1, bytes)));
        try (Scratch scratch = context.scratch()) {
            Storage matrices = scratch.allocate(DType.FLOAT64, count * n * n);
            Storage results = scratch.allocate(DType.FLOAT64, 2 * count);
            copy.accept(a, new View(matrices, Layout.contiguous(a.shape())));
            ByteBuffer values = direct(Math.toIntExact(some * bytes));
            ByteBuffer found = direct(2 * some * Double.BYTES);
            for (long first = 0; first < count; first += some) {
                int here = (int) Math.min(some, count - first);
                values.clear().limit(Math.toIntExact(here * bytes));
                staging.download(matrices.address() + first * bytes, values);
                solve(
                        (int) n,
                        here,
                        values.flip().order(ByteOrder.nativeOrder()).asDoubleBuffer(),
                        found);
                found.clear().limit(here * Double.BYTES);
                staging.upload(found, results.address() + first * Double.BYTES);
                found.limit((some + here) * Double.BYTES).position(some * Double.BYTES);
                staging.upload(found, results.address() + (count + first) * Double.BYTES);
            }
            Shape batch = sign.shape();
            Layout signs = Layout.contiguous(batch);
            copy.accept(new View(results, signs), sign);
            copy.accept(new View(results, Layout.of(batch, signs.strides(), count)), logAbs);
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Signs to the first half of {@code found}, logarithms to the second. */
    private static void solve(int n, int count, DoubleBuffer values, ByteBuffer found) {
        int half = found.capacity() / 2;
        IntStream.range(0, count).parallel().forEach(e -> {
            double[] matrix = new double[n * n];
            values.get(e * n * n, matrix);
            CompensatedDeterminant det = CompensatedDeterminant.of(matrix, n, Ranges.SERIAL);
            found.putDouble(e * Double.BYTES, det.sign());
            found.putDouble(half + e * Double.BYTES, det.logAbs());
        });
    }
}
