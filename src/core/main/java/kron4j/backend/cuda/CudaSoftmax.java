package kron4j.backend.cuda;

import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/** Softmax over the last axis in two passes, by the kernels of {@code kernels/softmax.cuh}; no workspace. */
final class CudaSoftmax {
    private static final String[] SOFTMAX = KernelNames.of("softmax");

    /** Fewer lines than this leave most of the card idle, which matters if they are longer than {@link #LONG}. */
    private static final long FEW = 64;

    private static final long LONG = 1 << 16;

    private final CudaContext context;

    CudaSoftmax(CudaContext context) {
        this.context = context;
    }

    /** Whether there is work for many threads; else reductions, which split lines, are faster. */
    static boolean fills(View a) {
        long length = a.shape().at(-1);
        return length < LONG || a.shape().size() / length >= FEW;
    }

    void run(View a, boolean log, View out) {
        int width = a.dtype().bytes();
        Loop elements = Loop.rowMajor(along(a.layout()));
        Loop.of(first(a.layout()), first(out.layout())).split(Axes.MOST, Sweep.ELEMENTS, lines -> {
            long group = CudaReduce.group(lines, elements);
            Words words = context.words();
            Axes.put(words, lines.sizes(), lines.strides()[1], lines.strides()[0]);
            words.put(out.storage().address() + lines.offsets()[1] * width)
                    .put(a.storage().address() + lines.offsets()[0] * width)
                    .put(out.layout().stride(-1))
                    .put(a.layout().stride(-1))
                    .put(a.shape().at(-1))
                    .put(log)
                    .put(group)
                    .put(CudaReduce.isAcross(lines, elements));
            context.launch(SOFTMAX[a.dtype().ordinal()], Sweep.blocks(lines.size() * group), Sweep.THREADS, 0, words);
        });
    }

    private static Layout first(Layout layout) {
        return layout.select(-1, 0);
    }

    private static Layout along(Layout layout) {
        return Layout.of(Shape.of(layout.shape().at(-1)), new long[] {layout.stride(-1)}, 0);
    }
}
