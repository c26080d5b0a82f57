package kron4j.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.Backend.Channels;
import kron4j.backend.View;

/**
 * {@code y = (x - mean) / sqrt(variance + epsilon) weight + bias}, with means over some axes; or without the mean, and the mean square for the variance. Forward: two
 * passes for the statistics, one for the result; backward: two passes, and one for weight and bias.
 *
 * <p>The variance is {@code mean(d^2) - mean(d)^2} of the distances d from a first mean, whose rounding does not matter then. As a function of x all of it is the same
 * whatever that first mean is, which therefore is a constant for gradients.
 */
final class Normalizer {
    private static final PlanCache<Normalizer> KNOWN = new PlanCache<>();

    private final int[] axes;
    private final double epsilon;
    private final boolean centred;
    /** From x to the first mean, the mean of the distances from it, the variance and {@code 1 / sqrt(variance + epsilon)}; only the last two where not centred. */
    private final Fused statistics = Fused.compileAll(x -> statistics(x[0]));
    /** From x, two means, the factor and perhaps weight and bias to the result. */
    private final Fused result = Fused.compile(this::result);
    /** From x, two means, the factor, the result's gradient and perhaps the weight to the gradients of x, weight and bias. */
    private final Fused backward = Fused.compileAll(this::backward);

    private Normalizer(int[] axes, double epsilon, boolean centred) {
        this.axes = axes;
        this.epsilon = epsilon;
        this.centred = centred;
    }

    /** {@return what normalizes over these axes, all of them 0 or more} */
    static Normalizer of(boolean centred, double epsilon, int... axes) {
        long[] numbers = new long[axes.length + 2];
        numbers[0] = centred ? 1 : 0;
        numbers[1] = Double.doubleToLongBits(epsilon);
        for (int i = 0; i < axes.length; i++) {
            numbers[i + 2] = axes[i];
        }
        return KNOWN.get(
                PlanCache.Key.of("normalize", new Layout[0], numbers),
                () -> new Normalizer(axes.clone(), epsilon, centred));
    }

    /** A result, and the mean and the variance that it was computed with, with axes of size 1; the mean is null where not centred. */
    record Normalized(Tensor result, Tensor mean, Tensor variance) {}

    /** The result alone, also of halves that it does not take: these are normalized in float32. */
    Tensor result(String operation, Tensor x, Tensor... affine) {
        return x.dtype().isHalf() && !takes(x, affine)
                ? Operands.inFloat32(
                        t -> apply(operation, t[0], Arrays.copyOfRange(t, 1, t.length))
                                .result(),
                        joined(new Tensor[] {x}, affine))
                : apply(operation, x, affine).result();
    }

    /**
     * Normalizes, in the current scope.
     *
     * @param x float32 or float64, or halves that it {@link #takes}
     * @param affine nothing, a weight, or a weight and a bias, of the rank of x and with sizes that are 1 or those of x
     */
    Normalized apply(String operation, Tensor x, Tensor... affine) {
        Tensor plain = Tape.plain(x);
        Tensor[] found;
        Tensor[] used;
        Tensor y;
        if (isOfLines(joined(new Tensor[] {plain}, affine))) {
            Tensor[] four = new Tensor[4];
            Arrays.setAll(four, i -> Operands.empty(plain, plain.dtype().computed(), kept(plain.shape())));
            y = Operands.empty(plain, plain.dtype(), plain.shape());
            backend(plain)
                    .normalize(
                            norm(joined(new Tensor[] {plain}, affine)),
                            plain.view(),
                            views(plain(affine)),
                            y.view(),
                            views(four).toArray(View[]::new));
            found = centred ? new Tensor[] {four[0], four[1], four[3], four[2]} : new Tensor[] {four[3], four[2]};
            used = used(found);
        } else {
            found = statistics.applyAll(plain).toArray(Tensor[]::new);
            used = used(found);
            y = result.apply(joined(new Tensor[] {plain}, used, plain(affine)));
        }
        Tensor[] targets = joined(new Tensor[] {x}, affine);
        Tensor[] saved = joined(new Tensor[] {x}, used, Arrays.copyOf(affine, Math.min(1, affine.length)));
        int targetCount = targets.length;
        Tape.record(
                operation,
                y,
                r -> r.products().gradients(targets, saved, (g, s) -> Arrays.copyOf(gradients(g[0], s), targetCount)),
                targets);
        return new Normalized(y, centred ? found[0].add(found[1]) : null, found[found.length - 2]);
    }

    private Tensor[] used(Tensor[] found) {
        return centred ? new Tensor[] {found[0], found[1], found[3]} : new Tensor[] {found[1]};
    }

    /** To be differentiated again, the statistics are computed again from x. */
    private Tensor[] gradients(Tensor g, Tensor... saved) {
        int weight = centred ? 4 : 2;
        Tensor x = saved[0];
        Tensor[] used = Arrays.copyOfRange(saved, 1, weight);
        Tensor[] weights = Arrays.copyOfRange(saved, weight, saved.length);
        if (!Tape.isRecording()) {
            Tensor slopes = g.contiguous();
            if (isOfLines(joined(new Tensor[] {x, slopes}, weights))) {
                return ofLines(x, used, slopes, weights);
            }
        }
        if (x.dtype().isHalf()) {
            DType wide = x.dtype().computed();
            Tensor[] all = Arrays.stream(saved).map(t -> t.to(wide)).toArray(Tensor[]::new);
            return Arrays.stream(gradients(g.to(wide), all))
                    .map(t -> t.to(x.dtype()))
                    .toArray(Tensor[]::new);
        }
        if (Tape.isRecording()) {
            used = used(statistics.applyAll(x).toArray(Tensor[]::new));
        }
        return backward.applyAll(joined(new Tensor[] {x}, used, new Tensor[] {g}, weights))
                .toArray(Tensor[]::new);
    }

    /** {@return whether halves are normalized line by line, so that they need not be converted before} */
    boolean takes(Tensor x, Tensor... affine) {
        return isOfLines(joined(new Tensor[] {Tape.plain(x)}, affine));
    }

    /** Whether the backend takes x, which comes first, and operands whose lines are the axes that are reduced, or whose channels share statistics. */
    private boolean isOfLines(Tensor... operands) {
        Tensor x = operands[0];
        Backend.Norm norm = norm(operands);
        long affine = norm.length();
        int start = x.rank() - axes.length;
        if (norm.channels().isPresent()) {
            Channels channels = norm.channels().get();
            affine = channels.groups() * channels.each();
            start = 1;
        } else if (axes[0] != start || axes[axes.length - 1] != x.rank() - 1) {
            return false;
        }
        for (Tensor t : operands) {
            boolean fits =
                    t.size() == affine && t.shape().slice(start, t.rank()).size() == affine;
            if (!fits && !t.shape().equals(x.shape())) {
                return false;
            }
        }
        return backend(x).normalizes(norm, views(operands).toArray(View[]::new));
    }

    /** The normalization of x, which comes first: of channels if the axes are all but the second, or if there are weights for the second and the third. */
    private Backend.Norm norm(Tensor... operands) {
        Shape x = operands[0].shape();
        long length = 1;
        for (int axis : axes) {
            length *= x.at(axis);
        }
        Optional<Channels> channels = Optional.empty();
        boolean last = axes[0] == x.rank() - axes.length && axes[axes.length - 1] == x.rank() - 1;
        if (!last && x.rank() > 2 && axes.length == x.rank() - 1) {
            channels = Optional.of(
                    new Channels(x.at(0), x.at(1), 1, x.slice(2, x.rank()).size(), true));
        } else if (last && x.rank() > 3 && axes[0] == 2) {
            boolean weighted = false;
            for (Tensor t : operands) {
                weighted |= t.size() == x.at(1) * x.at(2)
                        && t.shape().at(1) == x.at(1)
                        && t.shape().at(2) == x.at(2);
            }
            if (weighted) {
                long positions = x.slice(3, x.rank()).size();
                channels = Optional.of(new Channels(x.at(0), x.at(1), x.at(2), positions, false));
            }
        }
        return new Backend.Norm(centred, epsilon, length, channels);
    }

    private static Backend backend(Tensor t) {
        return t.device().backend();
    }

    private static List<View> views(Tensor... tensors) {
        return Arrays.stream(tensors).map(t -> Tape.plain(t).view()).toList();
    }

    /** The shape of statistics. */
    private Shape kept(Shape x) {
        Shape kept = x;
        for (int axis : axes) {
            kept = kept.with(axis, 1);
        }
        return kept;
    }

    private Tensor[] ofLines(Tensor x, Tensor[] used, Tensor g, Tensor... weights) {
        Tensor[] three = used;
        if (!centred) {
            Tensor none = Tensor.zeros(used[0].dtype(), used[0].shape().dims());
            three = new Tensor[] {none, none, used[0]};
        }
        Tensor[] results = new Tensor[1 + 2 * weights.length];
        results[0] = Operands.empty(x, x.dtype(), x.shape());
        for (int i = 1; i < results.length; i++) {
            results[i] = Operands.empty(x, x.dtype(), weights[0].shape());
        }
        List<View> all = views(results);
        backend(x)
                .normalizeBack(
                        norm(joined(new Tensor[] {x}, weights)),
                        x.view(),
                        views(three),
                        g.view(),
                        views(weights),
                        all.get(0),
                        all.subList(1, all.size()));
        return results;
    }

    private static Tensor[] plain(Tensor... tensors) {
        return Arrays.stream(tensors).map(Tape::plain).toArray(Tensor[]::new);
    }

    private static Tensor[] joined(Tensor[]... parts) {
        return Arrays.stream(parts).flatMap(Arrays::stream).toArray(Tensor[]::new);
    }

    private Tensor[] statistics(Tensor x) {
        if (!centred) {
            Tensor square = mean(Elementwise.square(x));
            return ofBoth(square, mean(Elementwise.square(x.multiply(Reduce.small(x)))));
        }
        Tensor mean = mean(x).detach();
        Tensor distances = x.subtract(mean);
        Tensor rest = mean(distances);
        Tensor small = variance(distances.multiply(Reduce.small(x)), rest.multiply(Reduce.small(x)));
        Tensor[] both = ofBoth(variance(distances, rest), small);
        return new Tensor[] {mean, rest, both[0], both[1]};
    }

    private Tensor variance(Tensor distances, Tensor rest) {
        Tensor variance = mean(Elementwise.square(distances)).subtract(Elementwise.square(rest));
        return Elementwise.where(Elementwise.less(variance, 0), 0, variance);
    }

    /**
     * The variance and {@code 1 / sqrt(variance + epsilon)}; by the variance of what is smaller by {@link Reduce#small} where that of the numbers themselves is too large, and so
     * infinite or a difference of such.
     */
    private Tensor[] ofBoth(Tensor variance, Tensor small) {
        Tensor large = Elementwise.logicalAnd(
                Elementwise.isFinite(small), Elementwise.logicalNot(Elementwise.isFinite(variance)));
        Tensor factor = Elementwise.rsqrt(variance.add(epsilon));
        Tensor ofSmall = Elementwise.rsqrt(Elementwise.where(large, small, 1));
        return new Tensor[] {
            Elementwise.where(large, Double.POSITIVE_INFINITY, variance),
            Elementwise.where(large, ofSmall.multiply(Reduce.small(small)), factor)
        };
    }

    private Tensor mean(Tensor x) {
        return Reduce.mean(x, true, axes);
    }

    /** {@code (x - mean) / sqrt(variance + epsilon)} of the first operands. */
    private Tensor standard(Tensor[] x) {
        return centred ? x[0].subtract(x[1]).subtract(x[2]).multiply(x[3]) : x[0].multiply(x[1]);
    }

    private Tensor result(Tensor[] x) {
        int affine = centred ? 4 : 2;
        Tensor y = standard(x);
        y = x.length > affine ? y.multiply(x[affine]) : y;
        return x.length > affine + 1 ? y.add(x[affine + 1]) : y;
    }

    private Tensor[] backward(Tensor[] x) {
        int at = centred ? 4 : 2;
        Tensor g = x[at];
        Tensor weighted = x.length > at + 1 ? g.multiply(x[at + 1]) : g;
        Tensor standard = standard(x);
        Tensor ofX = weighted.subtract(standard.multiply(mean(weighted.multiply(standard))));
        ofX = (centred ? ofX.subtract(mean(weighted)) : ofX).multiply(x[at - 1]);
        if (x.length == at + 1) {
            return new Tensor[] {ofX};
        }
        Tensor weight = x[at + 1];
        return new Tensor[] {ofX, summed(g.multiply(standard), weight), summed(g, weight)};
    }

    private static Tensor summed(Tensor t, Tensor like) {
        int[] spread = IntStream.range(0, t.rank())
                .filter(i -> like.shape().at(i) != t.shape().at(i))
                .toArray();
        return spread.length == 0 ? t : Reduce.sum(t, true, spread);
    }
}
