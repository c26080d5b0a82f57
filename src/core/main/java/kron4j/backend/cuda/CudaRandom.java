package kron4j.backend.cuda;

import kron4j.backend.Distribution;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/** Random numbers, by the kernels of {@code kernels/random.cuh}: to the last bit those of the CPU. */
final class CudaRandom {
    private static final String[] RANDOM = KernelNames.ofRings("random");

    private final CudaContext context;

    CudaRandom(CudaContext context) {
        this.context = context;
    }

    void fill(Distribution distribution, long seed, long stream, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        int width = out.dtype().bytes();
        int each = distribution == Distribution.NORMAL || width >= Long.BYTES ? 2 : 4;
        long[] first = {0};
        Loop.rowMajor(out.layout()).split(Axes.MOST, Sweep.ELEMENTS, part -> {
            long address = out.storage().address() + part.offsets()[0] * width;
            boolean packed = part.rank() == 1
                    && part.strides()[0][0] == 1
                    && first[0] % each == 0
                    && address % (each * width) == 0;
            Words words = context.words();
            Axes.put(words, part.sizes(), part.strides()[0]);
            words.put(address)
                    .put(distribution.ordinal())
                    .put(seed)
                    .put(stream)
                    .put(first[0])
                    .put(packed);
            context.launch(
                    RANDOM[out.dtype().ordinal()], Sweep.blocks(part.size() / each + 1), Sweep.THREADS, 0, words);
            first[0] += part.size();
        });
    }
}
