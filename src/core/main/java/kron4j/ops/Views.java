package kron4j.ops;

import java.util.Comparator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/**
 * Gradients of views and copies, for {@link Tensor}'s own methods. A view is a function of layouts; applied to the
 * row-major layout of the operand's shape it tells to which elements the gradient of the view goes.
 */
public final class Views {
    private Views() {}

    /**
     * Records a view for gradients.
     *
     * @param result {@code source.viewBy(change)}
     * @param source the tensor behind the view
     * @param change the function of layouts
     * @return the result
     */
    public static Tensor viewed(Tensor result, Tensor source, UnaryOperator<Layout> change) {
        Shape shape = source.shape();
        return Tape.record("view", result, r -> r.gradient(source, g -> adjoint(g, shape, change)), source);
    }

    /**
     * Records a copy for gradients.
     *
     * @param result the elements of {@code source} in row-major order, in another dtype, shape or place
     * @param source the tensor that was copied
     * @return the result
     */
    public static Tensor copied(Tensor result, Tensor source) {
        if (!result.dtype().isDifferentiable()) {
            return result;
        }
        return Tape.record(
                "copy",
                result,
                r -> r.gradient(
                        source, g -> part(g.to(source.device()), source.dtype()).reshape(source.shape())),
                source);
    }

    /** Converts the gradient of a conversion: of a complex one only the real part belongs to a real number. */
    private static Tensor part(Tensor g, DType dtype) {
        return (dtype.isComplex() ? g : ComplexNumbers.real(g)).to(dtype);
    }

    /**
     * Scatters a gradient: zeros of {@code shape} whose view through {@code change} is g. Elements that appear in it
     * several times are summed.
     *
     * @param g the gradient of the view
     * @param shape that of the tensor behind the view
     * @param change the function of layouts
     * @return the gradient of that tensor
     */
    static Tensor adjoint(Tensor g, Shape shape, UnaryOperator<Layout> change) {
        Layout target = change.apply(Layout.contiguous(shape));
        int[] broadcast = IntStream.range(0, target.rank())
                .filter(i -> target.stride(i) == 0 && target.shape().at(i) > 1)
                .toArray();
        if (g.dtype().isHalf() && target.overlapsItself()) {
            return Operands.inFloat32(x -> adjoint(x[0], shape, change), g);
        }
        Tensor sums = broadcast.length == 0 ? g : Reduce.sum(g, true, broadcast);
        Layout to = target;
        for (int axis : broadcast) {
            to = to.slice(axis, 0, 1, 1);
        }
        int[] order = bySteps(to);
        return isBijection(to, order, shape.size())
                ? inverse(sums, shape, to, order)
                : scattered(sums, shape, to, broadcast, change);
    }

    /** Sorts the axes, the one with the largest step first. */
    private static int[] bySteps(Layout to) {
        return IntStream.range(0, to.rank())
                .boxed()
                .sorted(Comparator.comparingLong((Integer i) -> -Math.abs(to.stride(i))))
                .mapToInt(i -> i)
                .toArray();
    }

    private static boolean isBijection(Layout to, int[] order, long size) {
        if (to.size() != size || size == 0) {
            return false;
        }
        long step = 1;
        for (int i = order.length - 1; i >= 0; i--) {
            long n = to.shape().at(order[i]);
            if (n != 1 && Math.abs(to.stride(order[i])) != step) {
                return false;
            }
            step *= n;
        }
        return true;
    }

    /** Restores the original order and direction of the axes: only a view where g's layout allows it. */
    private static Tensor inverse(Tensor g, Shape shape, Layout to, int[] order) {
        return g.viewBy(l -> {
                    Layout back = l;
                    for (int i = 0; i < order.length; i++) {
                        long n = to.shape().at(i);
                        back = n > 1 && to.stride(i) < 0 ? back.slice(i, n - 1, -n - 1, -1) : back;
                    }
                    return back.permute(order);
                })
                .reshape(shape);
    }

    private static Tensor scattered(Tensor g, Shape shape, Layout to, int[] broadcast, UnaryOperator<Layout> change) {
        View from = g.view();
        Tensor result = Tensor.make(g.device(), g.dtype(), shape, out -> {
            Backend backend = out.storage().backend();
            backend.fill(0L, out);
            if (g.size() > 0) {
                add(backend, from, out.with(to));
            }
        });
        return Tape.record("scatter", result, r -> r.gradient(g, gg -> narrowed(gg.viewBy(change), broadcast)), g);
    }

    private static Tensor narrowed(Tensor t, int[] axes) {
        Tensor result = t;
        for (int axis : axes) {
            result = result.slice(axis, 0, 1);
        }
        return result;
    }

    /**
     * Adds {@code from} to {@code to}; where elements of {@code to} coincide, slice by slice along the shortest axis
     * that causes it.
     */
    private static void add(Backend backend, View from, View to) {
        Layout l = to.layout();
        int[] order = bySteps(l);
        long reach = 0;
        int shortest = -1;
        for (int i = order.length - 1; i >= 0; i--) {
            long n = l.shape().at(order[i]);
            if (n > 1) {
                boolean overlaps = Math.abs(l.stride(order[i])) <= reach;
                if (overlaps && (shortest < 0 || n < l.shape().at(shortest))) {
                    shortest = order[i];
                }
                reach += (n - 1) * Math.abs(l.stride(order[i]));
            }
        }
        if (shortest < 0) {
            backend.binary(BinaryOp.ADD, to, from, to);
            return;
        }
        for (long i = 0; i < l.shape().at(shortest); i++) {
            add(backend, from.with(from.layout().select(shortest, i)), to.with(l.select(shortest, i)));
        }
    }
}
