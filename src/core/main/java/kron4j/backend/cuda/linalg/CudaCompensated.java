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
        DType wide = a.dtype().isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
        int width = wide.bytes() / Double.BYTES;
        long bytes = Math.multiplyExact(n, n) * wide.bytes();
        int some = (int) Math.min(count, Math.max(1, AT_A_TIME / Math.max(1, bytes)));
        try (Scratch scratch = context.scratch()) {
            Storage matrices = scratch.allocate(wide, count * n * n);
            Storage results = scratch.allocate(DType.FLOAT64, (width + 1) * count);
            copyParts(a, new View(matrices, Layout.contiguous(a.shape())));
            ByteBuffer values = direct(Math.toIntExact(some * bytes));
            ByteBuffer found = direct((width + 1) * some * Double.BYTES);
            for (long first = 0; first < count; first += some) {
                int here = (int) Math.min(some, count - first);
                values.clear().limit(Math.toIntExact(here * bytes));
                staging.download(matrices.address() + first * bytes, values);
                solve(
                        (int) n,
                        width,
                        here,
                        values.flip().order(ByteOrder.nativeOrder()).asDoubleBuffer(),
                        found);
                int signs = width * some * Double.BYTES;
                found.clear().limit(width * here * Double.BYTES);
                staging.upload(found, results.address() + width * first * Double.BYTES);
                found.limit(signs + here * Double.BYTES).position(signs);
                staging.upload(found, results.address() + (width * count + first) * Double.BYTES);
            }
            Shape batch = sign.shape();
            Layout signs = Layout.contiguous(batch);
            copyParts(new View(results.as(wide), signs), sign);
            copy.accept(new View(results, Layout.of(batch, signs.strides(), width * count)), logAbs);
        }
    }

    private void copyParts(View from, View to) {
        boolean complex = from.dtype().isComplex();
        copy.accept(complex ? from.pairs() : from, complex ? to.pairs() : to);
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Signs, of {@code width} doubles, come first in {@code found}, then logarithms, with room for as many as it holds. */
    private static void solve(int n, int width, int count, DoubleBuffer values, ByteBuffer found) {
        int logs = found.capacity() / (width + 1) * width;
        IntStream.range(0, count).parallel().forEach(e -> {
            double[] matrix = new double[width * n * n];
            values.get(e * matrix.length, matrix);
            CompensatedDeterminant det = width == 1
                    ? CompensatedDeterminant.of(matrix, n, Ranges.SERIAL)
                    : CompensatedDeterminant.ofComplex(matrix, n, Ranges.SERIAL);
            found.putDouble(e * width * Double.BYTES, det.sign());
            if (width > 1) {
                found.putDouble((e * width + 1) * Double.BYTES, det.imaginarySign());
            }
            found.putDouble(logs + e * Double.BYTES, det.logAbs());
        });
    }
}
