package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** The view algebra against index arithmetic: a storage that holds its own indices shows where a layout points. */
class LayoutTest {
    private static NDArray indices(Layout layout) {
        return NDArray.generate(layout.shape().dims(), index -> {
            long at = layout.offset();
            for (int i = 0; i < index.length; i++) {
                at += index[i] * layout.stride(i);
            }
            return at;
        });
    }

    private static void same(NDArray expected, Layout actual) {
        assertArrayEquals(expected.shape(), actual.shape().dims(), actual.toString());
        assertArrayEquals(expected.data(), indices(actual).data(), actual.toString());
    }

    @Test
    void randomChainsOfViews() {
        for (int seed = 0; seed < 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            long[] shape = random.longs(random.nextInt(5), 0, 5).toArray();
            Layout layout = Layout.contiguous(Shape.of(shape));
            NDArray reference = NDArray.counting(shape);
            long storage = layout.size();
            for (int step = 0; step < 6; step++) {
                int rank = layout.rank();
                int axis = rank == 0 ? 0 : random.nextInt(rank);
                int other = rank == 0 ? 0 : random.nextInt(rank);
                long n = rank == 0 ? 0 : layout.shape().at(axis);
                switch (rank == 0 ? 7 : random.nextInt(10)) {
                    case 0 -> {
                        layout = layout.transpose(axis, other - rank);
                        reference = reference.transpose(axis, other);
                    }
                    case 1 -> {
                        layout = layout.reverse();
                        int last = rank - 1;
                        reference = reference.permute(
                                IntStream.range(0, rank).map(i -> last - i).toArray());
                    }
                    case 2, 3 -> {
                        long start = random.nextInt(-7, 8);
                        long stop = random.nextInt(-7, 8);
                        long stride = random.nextBoolean() ? random.nextInt(1, 4) : -random.nextInt(1, 4);
                        layout = layout.slice(axis, start, stop, stride);
                        reference = reference.slice(axis, start, stop, stride);
                    }
                    case 4 -> {
                        if (n > 0) {
                            long at = random.nextLong(n);
                            layout = layout.select(axis - rank, random.nextBoolean() ? at : at - n);
                            reference = reference.select(axis, at);
                        }
                    }
                    case 5 -> {
                        if (axis != other) {
                            int k = random.nextInt(-3, 4);
                            layout = layout.diagonal(k, axis, other);
                            reference = reference.diagonal(k, axis, other);
                        }
                    }
                    case 6 -> {
                        long size = random.nextLong(n + 1);
                        long hop = random.nextInt(1, 4);
                        layout = layout.unfold(axis, size, hop);
                        reference = reference.unfold(axis, size, hop);
                    }
                    case 7 -> {
                        int at = random.nextInt(rank + 1);
                        layout = layout.unsqueeze(random.nextBoolean() ? at : at - rank - 1);
                        reference = reference.reshape(layout.shape().dims());
                    }
                    case 8 -> {
                        long[] wide = new long[rank + 1];
                        wide[0] = 2;
                        for (int i = 0; i < rank; i++) {
                            wide[i + 1] = layout.shape().at(i) == 1
                                    ? 3
                                    : layout.shape().at(i);
                        }
                        layout = layout.expand(Shape.of(wide));
                        reference = reference.expand(wide);
                    }
                    default -> {
                        long[] to = {layout.size()};
                        Optional<Layout> flat = layout.reshape(Shape.of(to));
                        if (flat.isPresent()) {
                            layout = flat.get();
                            reference = reference.reshape(to);
                        }
                    }
                }
                same(reference, layout);
                assertTrue(layout.isWithin(storage), layout.toString());
                if (layout.size() > 500 || layout.rank() > 6) {
                    break;
                }
            }
        }
    }

    /** A view exists exactly if some strides show the elements in order: compared with trying the only strides that could. */
    @Test
    void reshapeIsAViewWheneverThatIsPossible() {
        int views = 0;
        int copies = 0;
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Layout layout = Layout.contiguous(Shape.of(4, 2, 6, 3));
            layout = random.nextBoolean() ? layout : layout.permute(permutation(random, 4));
            int axis = layout.shape().axis(random.nextInt(4));
            layout = switch (random.nextInt(4)) {
                case 0 ->
                    layout.slice(axis, layout.shape().at(axis), -layout.shape().at(axis) - 1, -1);
                case 1 -> layout.slice(axis, 0, 9, 2);
                case 2 -> layout.slice(axis, 0, 1, 1).expand(layout.shape());
                default -> layout;
            };
            long[] to = regrouped(random, layout.shape().dims());
            NDArray reference = indices(layout).reshape(to);
            Optional<Layout> result = layout.reshape(Shape.of(to));
            assertEquals(isAffine(reference), result.isPresent(), layout + " to " + Arrays.toString(to));
            if (result.isPresent()) {
                same(reference, result.get());
                views++;
            } else {
                copies++;
            }
        }
        assertTrue(views > 30 && copies > 30, views + " views, " + copies + " copies");
    }

    /** Sizes with the same product: some factors split in two, some neighbours merged. */
    private static long[] regrouped(SplittableRandom random, long[] dims) {
        List<Long> to = new ArrayList<>();
        for (long d : dims) {
            boolean split = d % 2 == 0 && random.nextInt(3) == 0;
            for (long part : split ? new long[] {2, d / 2} : new long[] {d}) {
                if (!to.isEmpty() && random.nextInt(3) == 0) {
                    to.add(to.remove(to.size() - 1) * part);
                } else {
                    to.add(part);
                }
            }
        }
        return to.stream().mapToLong(Long::longValue).toArray();
    }

    private static boolean isAffine(NDArray positions) {
        long[] shape = positions.shape();
        long[] zero = new long[shape.length];
        long[] strides = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            long[] one = zero.clone();
            one[i] = Math.min(1, shape[i] - 1);
            strides[i] = (long) (positions.get(one) - positions.get(zero));
        }
        NDArray affine = NDArray.generate(shape, index -> {
            double at = positions.get(zero);
            for (int i = 0; i < index.length; i++) {
                at += index[i] * strides[i];
            }
            return at;
        });
        return Arrays.equals(affine.data(), positions.data());
    }

    private static int[] permutation(SplittableRandom random, int n) {
        int[] order = IntStream.range(0, n).toArray();
        for (int i = n - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    @Test
    void contiguity() {
        assertTrue(Layout.contiguous(Shape.of(2, 3)).isContiguous());
        assertTrue(Layout.contiguous(Shape.SCALAR).isContiguous());
        assertFalse(Layout.contiguous(Shape.of(2, 3)).reverse().isContiguous());
        assertTrue(Layout.contiguous(Shape.of(2, 3)).slice(0, 1, 2, 1).isContiguous());
        assertTrue(
                Layout.of(Shape.of(1, 3), new long[] {99, 1}, 5).isContiguous(),
                "the stride of size 1 does not matter");
        assertTrue(Layout.of(Shape.of(0, 3), new long[] {7, 7}, 0).isContiguous(), "empty");
        assertFalse(Layout.of(Shape.of(3), new long[] {-1}, 2).isContiguous());
        assertFalse(Layout.contiguous(Shape.of(1)).expand(Shape.of(3)).isContiguous());
    }

    @Test
    void hugeStridesDoNotWrapAround() {
        Layout wrapping = Layout.of(Shape.of(5), new long[] {Long.MAX_VALUE / 2}, 0);
        assertFalse(wrapping.isWithin(10));
        assertFalse(
                Layout.of(Shape.of(3, 3), new long[] {1L << 62, 1L << 62}, 0).isWithin(Long.MAX_VALUE));
        assertFalse(Layout.of(Shape.of(2), new long[] {Long.MIN_VALUE}, 0).isWithin(10));
        assertTrue(Layout.of(Shape.of(1), new long[] {Long.MIN_VALUE}, 9).isWithin(10));
        assertFalse(Layout.of(Shape.SCALAR, new long[0], 10).isWithin(10));
        assertFalse(Layout.of(Shape.SCALAR, new long[0], -1).isWithin(10));
        assertTrue(Layout.of(Shape.of(0), new long[] {1}, 99).isWithin(0), "no element, no place");
    }

    @Test
    void slicesClampAsPythonDoes() {
        Layout ten = Layout.contiguous(Shape.of(10));
        assertEquals(
                "[10] strides [1] offset 0",
                ten.slice(0, Long.MIN_VALUE, Long.MAX_VALUE, 1).toString());
        assertEquals(
                "[1] strides [1] offset 0", ten.slice(0, 0, 10, Long.MAX_VALUE).toString());
        assertEquals(
                "[1] strides [1] offset 9", ten.slice(0, 9, -11, Long.MIN_VALUE).toString());
        assertEquals("[0] strides [1] offset 0", ten.slice(0, 7, 3, 1).toString());
        assertEquals("[4] strides [-3] offset 9", ten.slice(0, 99, -99, -3).toString());
    }

    @Test
    void errorsNameWhatWasAsked() {
        Layout l = Layout.contiguous(Shape.of(2, 3));
        refused(ShapeException.class, () -> l.permute(0), "permute: 1 axes [0] for shape [2,3] of rank 2");
        refused(
                ShapeException.class,
                () -> l.permute(1, -1),
                "permute: axis 1 appears twice in [1, -1] for shape [2,3]");
        refused(ShapeException.class, () -> l.slice(1, 0, 1, 0), "slice: step is 0 on axis 1 of shape [2,3]");
        refused(
                ShapeException.class,
                () -> l.select(1, 3),
                "select: index 3 is out of range for axis 1 of shape [2,3]");
        refused(ShapeException.class, () -> l.select(1, -4), "index -4");
        refused(
                ShapeException.class,
                () -> l.expand(Shape.of(3, 3)),
                "expand: shape [2,3] does not broadcast to [3,3]");
        refused(ShapeException.class, () -> l.expand(Shape.of(3)), "does not broadcast to [3]");
        refused(ShapeException.class, () -> l.squeeze(0), "squeeze: axis 0 of shape [2,3] has size 2, not 1");
        refused(ShapeException.class, () -> l.unsqueeze(4), "unsqueeze: axis 4 is out of range for shape [2,3]");
        refused(
                ShapeException.class,
                () -> l.diagonal(0, 1, -1),
                "diagonal: axes 1 and -1 of shape [2,3] are the same");
        refused(
                ShapeException.class,
                () -> l.unfold(1, 4, 1),
                "unfold: windows of size 4 with step 1 on axis 1 of shape [2,3]");
        refused(ShapeException.class, () -> l.unfold(1, 2, 0), "step >= 1");
        refused(ShapeException.class, () -> l.reshape(Shape.of(4)), "reshape: shape [2,3] has 6 elements, [4] has 4");
        refused(ShapeException.class, () -> Layout.of(Shape.of(2), new long[0], 0), "layout: 0 strides for shape [2]");
    }

    /** Against a look at all places. */
    @Test
    void elementsThatCoincide() {
        SplittableRandom random = new SplittableRandom(7);
        int coinciding = 0;
        for (int i = 0; i < 20_000; i++) {
            int rank = random.nextInt(5);
            long[] shape = new long[rank];
            long[] strides = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                shape[axis] = random.nextInt(random.nextInt(10) == 0 ? 0 : 1, 5);
                strides[axis] = random.nextInt(-12, 13);
            }
            Layout layout = Layout.of(Shape.of(shape), strides, 100);
            double[] places = indices(layout).data();
            boolean expected = Arrays.stream(places).distinct().count() < places.length;
            assertEquals(expected, layout.overlapsItself(), layout.toString());
            assertEquals(Arrays.stream(places).min().orElse(100), layout.lowest());
            coinciding += expected ? 1 : 0;
        }
        assertTrue(coinciding > 2000 && coinciding < 18_000);
        Layout large = Layout.contiguous(Shape.of(1L << 20, 1L << 20));
        assertFalse(large.transpose(0, 1).overlapsItself());
        assertFalse(large.unfold(1, 4, 4).overlapsItself());
        assertTrue(large.unfold(1, 4, 3).overlapsItself());
        assertTrue(large.expand(Shape.of(2, 1L << 20, 1L << 20)).overlapsItself());
    }
}
