package kron4j.ops;

import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.plan.ConvolutionPlan;

/** The convolution, its adjoint of x and its adjoint of the kernel, each recorded: each one's gradients are the two others. */
final class ConvolutionSteps {
    private ConvolutionSteps() {}

    /** The convolution, recorded; the bias may be null. */
    static Tensor forward(String operation, ConvolutionPlan plan, Tensor x, Tensor w, Tensor bias) {
        Device device = x.device();
        Tensor result;
        try (TensorScope scope = device.openScope()) {
            View kernel = Tape.plain(w).contiguous().view();
            View input = x.view();
            result = scope.keep(Tensor.make(
                    device, x.dtype(), plan.results(x.shape().at(0)), out -> {
                        if (bias != null) {
                            device.backend().copy(bias.view().with(channels(bias, out.shape())), out);
                        }
                        WindowProducts.forward(plan, input, kernel, bias == null ? 0 : 1, out);
                    }));
        }
        Tensor[] operands = bias == null ? new Tensor[] {x, w} : new Tensor[] {x, w, bias};
        return Tape.record(
                operation,
                result,
                r -> {
                    r.products()
                            .gradient(x, w, (g, k) -> adjoint(operation, plan, g, conj(k)))
                            .gradient(w, x, (g, t) -> correlate(operation, plan, conj(t), g));
                    if (bias != null) {
                        r.gradient(bias, ConvolutionSteps::perChannel);
                    }
                },
                operands);
    }

    private static Layout channels(Tensor bias, Shape shape) {
        Layout layout = bias.layout();
        for (int i = 2; i < shape.rank(); i++) {
            layout = layout.unsqueeze(-1);
        }
        return layout.expand(shape);
    }

    /** Sums over all axes but the channels. */
    private static Tensor perChannel(Tensor g) {
        int[] axes = new int[g.rank() - 1];
        for (int i = 1; i < axes.length; i++) {
            axes[i] = i + 1;
        }
        return Reduce.sum(g, axes);
    }

    /** Adds the bias of each channel to a result that nothing else holds. */
    static Tensor plus(Tensor y, Tensor bias) {
        try (TensorScope scope = y.device().openScope()) {
            Tensor all = bias;
            for (int i = 2; i < y.rank(); i++) {
                all = all.unsqueeze(-1);
            }
            return scope.keep(y.add(all));
        }
    }

    /** The adjoint of x, recorded. */
    static Tensor adjoint(String operation, ConvolutionPlan plan, Tensor y, Tensor w) {
        if (y.dtype().isHalf() && !plan.hasUnitStrides()) {
            return Operands.inFloat32(t -> adjoint(operation, plan, t[0], t[1]), y, w);
        }
        Tensor result;
        try (TensorScope scope = y.device().openScope()) {
            View kernel = Tape.plain(w).contiguous().view();
            View from = y.view();
            result = scope.keep(Tensor.make(
                    y.device(),
                    y.dtype(),
                    plan.images(y.shape().at(0)),
                    out -> WindowProducts.adjoint(plan, from, kernel, out)));
        }
        return Tape.record(
                operation,
                result,
                r -> r.products()
                        .gradient(y, w, (g, k) -> forward(operation, plan, g, conj(k), null))
                        .gradient(w, y, (g, t) -> correlate(operation, plan, g, conj(t))),
                y,
                w);
    }

    /** The adjoint of w, recorded. */
    static Tensor correlate(String operation, ConvolutionPlan plan, Tensor x, Tensor y) {
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> correlate(operation, plan, t[0], t[1]), x, y);
        }
        View from = x.view();
        View with = y.view();
        Tensor result = Tensor.make(
                x.device(), x.dtype(), plan.kernel(), out -> WindowProducts.correlate(plan, from, with, out));
        return Tape.record(
                operation,
                result,
                r -> r.products()
                        .gradient(x, y, (g, t) -> adjoint(operation, plan, conj(t), g))
                        .gradient(y, x, (g, t) -> forward(operation, plan, conj(t), g, null)),
                x,
                y);
    }

    private static Tensor conj(Tensor t) {
        return t.dtype().isComplex() ? t.conj() : t;
    }
}
