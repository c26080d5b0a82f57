package kron4j.backend.cuda;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaType;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * Sorts lines and searches in sorted ones, by the kernels of {@code kernels/sort.cuh}. Workspace: none for lines of up to 2048 elements, else 16 bytes for
 * each element of some lines at a time (24 for dtypes of 8 bytes), and the positions where elements are wanted.
 */
final class CudaSort {
    private static final int THREADS = 256;

    /** Elements that a block sorts. */
    private static final int RUN = 2048;

    /** Elements of long lines that are sorted at a time: enough to fill any card. */
    private static final long AT_A_TIME = 1L << 26;

    /** As many as any card has in work several times over. */
    private static final long BLOCKS = 1 << 16;

    private final CudaContext context;
    private final CudaGather gather;

    CudaSort(CudaContext context, CudaGather gather) {
        this.context = context;
        this.gather = gather;
    }

    void sort(View a, boolean descending, View out) {
        if (a.shape().size() == 0) {
            return;
        }
        try (Scratch scratch = context.scratch()) {
            View index = new View(scratch.allocate(DType.INT64, a.shape().size()), Layout.contiguous(a.shape()));
            argsort(a, descending, index);
            gather.takeAlong(a, a.layout().rank() - 1, index, out);
        }
    }

    void argsort(View a, boolean descending, View index) {
        if (index.shape().size() == 0) {
            return;
        }
        long length = a.shape().at(-1);
        long most = length <= RUN ? Sweep.ELEMENTS : Math.max(1, AT_A_TIME / length);
        Loop.of(first(index), first(a))
                .split(Axes.MOST, most, lines -> new Lines(a, descending, index, lines, length).sort());
    }

    private static Layout first(View v) {
        return v.layout().select(-1, 0);
    }

    /** Some lines. */
    private final class Lines {
        private final View a;
        private final boolean descending;
        private final View index;
        private final Loop lines;
        private final long length;
        private final String width;

        Lines(View a, boolean descending, View index, Loop lines, long length) {
            this.a = a;
            this.descending = descending;
            this.index = index;
            this.lines = lines;
            this.length = length;
            this.width = a.dtype().bytes() == Long.BYTES ? "_b64" : "_b32";
        }

        void sort() {
            if (length <= RUN) {
                long segment = Math.max(2, Long.highestOneBit(2 * length - 1));
                sortRuns(segment, 0, 0);
                return;
            }
            long count = lines.size() * length;
            DType keyType = a.dtype().bytes() == Long.BYTES ? DType.INT64 : DType.INT32;
            try (Scratch scratch = context.scratch()) {
                Storage[] keys = {scratch.allocate(keyType, count), scratch.allocate(keyType, count)};
                Storage[] order = {scratch.allocate(DType.INT32, count), scratch.allocate(DType.INT32, count)};
                sortRuns(RUN, keys[0].address(), order[0].address());
                int from = 0;
                for (long run = RUN; run < length; run *= 2) {
                    boolean last = 2 * run >= length;
                    Words words = context.words();
                    Axes.put(words, lines.sizes(), lines.strides()[0]);
                    words.put(indexAddress())
                            .put(index.layout().stride(-1))
                            .put(index.shape().at(-1))
                            .put(length)
                            .put(run)
                            .put(keys[from].address())
                            .put(order[from].address())
                            .put(last ? 0 : keys[1 - from].address())
                            .put(last ? 0 : order[1 - from].address());
                    launch("merge", (length + RUN - 1) / RUN * lines.size(), words);
                    from = 1 - from;
                }
            }
        }

        private void sortRuns(long segment, long keys, long order) {
            long runs = (length + RUN - 1) / RUN;
            Words words = context.words();
            Axes.put(words, lines.sizes(), lines.strides());
            words.put(indexAddress())
                    .put(a.storage().address() + lines.offsets()[1] * a.dtype().bytes())
                    .put(index.layout().stride(-1))
                    .put(a.layout().stride(-1))
                    .put(index.shape().at(-1))
                    .put(length);
            putForm(words, a.dtype(), descending);
            words.put(segment).put(runs).put(keys).put(order);
            long together = RUN / segment;
            launch("sort_runs", (lines.size() * runs + together - 1) / together, words);
        }

        private long indexAddress() {
            return index.storage().address() + lines.offsets()[0] * Long.BYTES;
        }

        private void launch(String kernel, long works, Words words) {
            context.launch(kernel + width, Math.min(BLOCKS, works), THREADS, 0, words);
        }
    }

    void searchSorted(View lines, View sought, boolean right, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        int last = out.layout().rank();
        Layout starts = Layout.of(
                out.shape(),
                Arrays.copyOf(lines.layout().strides(), last),
                lines.layout().offset());
        int width = lines.dtype().bytes();
        Loop.of(out.layout(), sought.layout(), starts).split(Axes.MOST, Sweep.ELEMENTS, part -> {
            Words words = context.words();
            Axes.put(words, part.sizes(), part.strides());
            words.put(out.storage().address() + part.offsets()[0] * Long.BYTES)
                    .put(sought.storage().address() + part.offsets()[1] * width)
                    .put(lines.storage().address() + part.offsets()[2] * width)
                    .put(lines.layout().stride(last))
                    .put(lines.shape().at(last))
                    .put(right);
            putForm(words, lines.dtype(), false);
            context.launch("search_sorted", Sweep.blocks(part.size()), Sweep.THREADS, 0, words);
        });
    }

    /** The struct {@code Form}. */
    private static void putForm(Words words, DType dtype, boolean descending) {
        CudaType type = CudaType.of(dtype);
        int bits = Byte.SIZE * dtype.bytes();
        boolean signed = !type.isExact() || type.word(-1L) < 0;
        words.put((long) dtype.bytes())
                .put(-1L >>> (Long.SIZE - bits))
                .put(signed ? 1L << (bits - 1) : 0)
                .put(type.isExact() ? 0 : type.bits(Double.POSITIVE_INFINITY))
                .put(descending);
    }
}
