package kron4j.backend.cuda;

import kron4j.Complex;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaType;
import kron4j.backend.cuda.card.KernelNames;

/** Fills views with a number, by the kernels of {@code kernels/elementwise.cuh}. */
final class CudaFill {
    private static final String[] FILL = KernelNames.ofWidths("fill");

    private final CudaContext context;

    CudaFill(CudaContext context) {
        this.context = context;
    }

    void run(Number value, View out) {
        if (out.dtype().isComplex()) {
            run(Complex.of(value).re(), out.part(false));
            run(Complex.of(value).im(), out.part(true));
            return;
        }
        long bits = CudaType.of(out.dtype()).bits(value);
        Sweep.of(context, out).launch(FILL[out.dtype().ordinal()], Sweep.taken(out.dtype()), bits);
    }
}
