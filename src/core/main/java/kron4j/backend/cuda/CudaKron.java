package kron4j.backend.cuda;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * The Kronecker product, which is an elementwise product: axis d of the result is the pair of axes (i_d, j_d), a stands still along j_d and b along
 * i_d. Bound by the writing of the result.
 */
final class CudaKron {
    private static final String[] KERNEL = KernelNames.ofRings("kron");
    private static final int THREADS = 256;
    /** More blocks than fit on a card at a time, so that they end at about the same time; few enough that their start does not count. */
    private static final long BLOCKS = 4096;

    private final CudaContext context;

    CudaKron(CudaContext context) {
        this.context = context;
    }

    void run(View a, View b, View out) {
        int rank = a.layout().rank();
        long[] sizes = new long[2 * rank];
        long[] strideA = new long[2 * rank];
        long[] strideB = new long[2 * rank];
        long[] strideOut = new long[2 * rank];
        for (int d = 0; d < rank; d++) {
            sizes[2 * d] = a.shape().at(d);
            sizes[2 * d + 1] = b.shape().at(d);
            strideA[2 * d] = a.layout().stride(d);
            strideB[2 * d + 1] = b.layout().stride(d);
            strideOut[2 * d] = out.layout().stride(d) * b.shape().at(d);
            strideOut[2 * d + 1] = out.layout().stride(d);
        }
        Shape shape = Shape.of(sizes);
        product(
                1,
                a.with(Layout.of(shape, strideA, a.layout().offset())),
                b.with(Layout.of(shape, strideB, b.layout().offset())),
                out.with(Layout.of(shape, strideOut, out.layout().offset())));
    }

    /** {@code out = alpha * a * b}, all of one shape. */
    void product(Number alpha, View a, View b, View out) {
        Loop loop = Loop.of(out.layout(), a.layout(), b.layout());
        if (loop.size() > 0) {
            loop.split(Axes.MOST, Integer.MAX_VALUE, part -> new Launch(part, out.dtype()).run(alpha, a, b, out));
        }
    }

    /** The division of a part's axes: the last of them, and a chunk of the one before, are a tile's columns; the others count the tiles. */
    private final class Launch {
        private final Loop loop;
        private final DType dtype;
        /** Elements that a thread stores at a time. */
        private final int pack;
        /** The axis that is cut into chunks, and the number of columns of its inner axes. */
        private final int axis;

        private final long inner;
        private final long chunk;
        private final long chunks;

        Launch(Loop loop, DType dtype) {
            this.loop = loop;
            this.dtype = dtype;
            pack = Math.min(16, 4 * dtype.bytes()) / dtype.bytes();
            long most = (long) THREADS * pack;
            int last = loop.rank() - 1;
            long columns = 1;
            while (last > 0 && columns * loop.sizes()[last] <= most) {
                columns *= loop.sizes()[last--];
            }
            axis = last;
            inner = columns;
            chunk = chunk(loop.sizes()[axis], most / inner, pack / gcd(inner, pack));
            chunks = (loop.sizes()[axis] + chunk - 1) / chunk;
        }

        /** The size of chunks that are as equal as multiples of {@code step} allow, if they can be multiples. */
        private static long chunk(long size, long most, long step) {
            if (size <= most) {
                return size;
            }
            long count = (size + most - 1) / most;
            long even = ((size + count - 1) / count + step - 1) / step * step;
            return even <= most ? even : most >= step ? most / step * step : most;
        }

        private static long gcd(long a, long b) {
            return b == 0 ? a : gcd(b, a % b);
        }

        /** Whether every tile lies in one run that begins where a pack may. */
        private boolean packed(long address) {
            long[] out = loop.strides()[0];
            boolean fits = out[out.length - 1] == 1 && address % (pack * dtype.bytes()) == 0;
            for (int i = axis; i < out.length - 1; i++) {
                fits &= out[i] == out[i + 1] * loop.sizes()[i + 1];
            }
            for (int i = 0; i < axis; i++) {
                fits &= out[i] % pack == 0;
            }
            return fits && (chunks == 1 || chunk * inner % pack == 0);
        }

        void run(Number alpha, View a, View b, View out) {
            long address = Words.address(out, loop.offsets()[0]);
            long axisSize = loop.sizes()[axis];
            long columns = chunk * inner;
            long tiles = loop.size() / inner / axisSize * chunks;
            long perBlock = (tiles + BLOCKS - 1) / BLOCKS;
            Words words = context.words()
                    .put(Words.address(a, loop.offsets()[1]))
                    .put(Words.address(b, loop.offsets()[2]))
                    .put(address)
                    .put(alpha, dtype)
                    .put(packed(address))
                    .put(tiles)
                    .put(perBlock)
                    .put(columns)
                    .put((axisSize - (chunks - 1) * chunk) * inner);
            putAxes(words, axis, loop.rank(), chunk, 1, columns);
            putAxes(words, 0, chunks > 1 ? axis + 1 : axis, chunks, chunk, tiles);
            int threads = (int) ((columns + pack - 1) / pack + 31) / 32 * 32;
            context.launch(KERNEL[dtype.ordinal()], (tiles + perBlock - 1) / perBlock, threads, 0, words);
        }

        /** The axes [from, to), that which is cut with another size and strides times {@code step}. */
        private void putAxes(Words words, int from, int to, long cut, long step, long count) {
            long[] sizes = new long[Math.max(1, to - from)];
            long[][] strides = new long[3][sizes.length];
            sizes[0] = 1;
            for (int i = from; i < to; i++) {
                sizes[i - from] = i == axis ? cut : loop.sizes()[i];
                for (int k = 0; k < 3; k++) {
                    strides[k][i - from] = loop.strides()[(k + 1) % 3][i] * (i == axis ? step : 1);
                }
            }
            Axes.put(words, Axes.MOST, count, sizes, strides);
        }
    }
}
