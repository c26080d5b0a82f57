package kron4j.backend.cuda;

import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.WindowPlan;
import kron4j.plan.WindowPlan.Axis;

/** Sums and maxima over windows, by the kernels of {@code kernels/pool.cuh}; what exceeds a launch goes by several. */
final class CudaPool {
    private static final String[] SUM = KernelNames.of("sum_windows", DType.FLOAT32, DType.FLOAT64);
    private static final String[] MAX = KernelNames.of("max_windows", DType.FLOAT32, DType.FLOAT64);

    private final CudaContext context;

    CudaPool(CudaContext context) {
        this.context = context;
    }

    void sums(WindowPlan plan, View a, View out) {
        run(SUM[a.dtype().ordinal()], plan, a, out, 0);
    }

    void maxima(WindowPlan plan, View a, View out, View index) {
        long places = index.storage().address() + index.layout().offset() * Long.BYTES;
        run(MAX[a.dtype().ordinal()], plan, a, out, places);
    }

    private void run(String kernel, WindowPlan plan, View a, View out, long places) {
        if (out.shape().size() == 0) {
            return;
        }
        long images = out.shape().at(0);
        long channels = out.shape().at(1);
        long channel = out.shape().size() / images / channels;
        long someImages = Math.max(1, Sweep.ELEMENTS / (channels * channel));
        long someChannels = Math.min(channels, Math.max(1, Sweep.ELEMENTS / channel));
        for (long i = 0; i < images; i += someImages) {
            for (long c = 0; c < channels; c += someChannels) {
                Layout from = a.layout().slice(0, i, i + someImages, 1).slice(1, c, c + someChannels, 1);
                Layout to = out.layout().slice(0, i, i + someImages, 1).slice(1, c, c + someChannels, 1);
                launch(
                        kernel,
                        plan,
                        a.with(from),
                        out.with(to),
                        places + (to.offset() - out.layout().offset()) * Long.BYTES);
            }
        }
    }

    private void launch(String kernel, WindowPlan plan, View a, View out, long places) {
        Words words = context.words();
        Axes.put(words, out.shape().dims());
        for (int i = 0; i < WindowPlan.RANK; i++) {
            Axis axis = plan.axes().get(i);
            words.put(axis.n())
                    .put(a.layout().stride(2 + i))
                    .put(axis.factor())
                    .put(axis.from0())
                    .put(axis.to0())
                    .put(axis.divisor())
                    .put(axis.step());
        }
        int width = a.dtype().bytes();
        words.put(a.layout().stride(0))
                .put(a.layout().stride(1))
                .put(a.storage().address() + a.layout().offset() * width)
                .put(out.storage().address() + out.layout().offset() * width)
                .put(places);
        context.launch(kernel, Sweep.blocks(out.shape().size()), Sweep.THREADS, 0, words);
    }
}
