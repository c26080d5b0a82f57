package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Keras;
import kron4j.ops.MatMul;
import kron4j.reference.Einsums.Loops;
import kron4j.reference.NDArray;

/** Products of two: matmul's and Keras' forms, tensordot and its relatives, with NaN and infinities among the elements; and shapes that do not fit. */
final class ProductCases {
    private static final int LOOPS = 20_000;

    private final Draw draw;
    private final DType dtype;
    private final boolean wild;
    private Operand a;
    private Operand b;
    private int[] labelsA;
    private int[] labelsB;

    private ProductCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.FLOAT64, DType.FLOAT32, DType.INT32, DType.INT64, DType.INT8, DType.UINT8);
        wild = dtype.isFloating() && draw.oneIn(4);
    }

    static void check(Draw draw) {
        ProductCases c = new ProductCases(draw);
        switch (draw.below(8)) {
            case 0, 1, 2 -> c.matmul();
            case 3 -> c.tensordot();
            case 4 -> c.vectors();
            case 5 -> c.kerasDot();
            case 6 -> c.kerasBatchDot();
            default -> c.misfits();
        }
    }

    private Operand operand(long... shape) {
        NDArray values = dtype.isFloating() ? draw.numbers(shape) : NDArray.integers(draw.elements(), -9, 10, shape);
        if (wild) {
            var from = draw.elements();
            double[] special = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0};
            values = values.map(x -> from.nextInt(9) == 0 ? special[from.nextInt(special.length)] : x);
        }
        // What is constant along a summed axis is multiplied by a sum, which may turn NaN into an infinity.
        return wild ? Operand.of(draw, values, dtype) : Operand.any(draw, values, dtype);
    }

    /** Axes labelled by the place of their size. */
    private void operands(int[] la, int[] lb, long... sizes) {
        labelsA = la;
        labelsB = lb;
        a = operand(Arrays.stream(la).mapToLong(l -> l < 0 ? 1 : sizes[l]).toArray());
        b = operand(Arrays.stream(lb).mapToLong(l -> l < 0 ? 1 : sizes[l]).toArray());
        labelsA = Arrays.stream(la).map(Math::abs).toArray();
        labelsB = Arrays.stream(lb).map(Math::abs).toArray();
    }

    private void matmul() {
        int batch = draw.below(3);
        long[] sizes = draw.shape(batch + 3, LOOPS);
        boolean row = batch == 0 && draw.oneIn(6);
        boolean column = batch == 0 && draw.oneIn(6);
        boolean ta = !row && draw.below(3) == 1;
        boolean tb = !column && draw.below(3) == 1;
        int m = batch;
        int n = batch + 1;
        int k = batch + 2;
        int[] ends = row ? new int[] {k} : ta ? new int[] {k, m} : new int[] {m, k};
        int[] heads = column ? new int[] {k} : tb ? new int[] {n, k} : new int[] {k, n};
        operands(labels(batch, ends), labels(batch, heads), sizes);
        int[] out = IntStream.concat(
                        IntStream.range(0, batch),
                        IntStream.concat(
                                row ? IntStream.empty() : IntStream.of(m),
                                column ? IntStream.empty() : IntStream.of(n)))
                .filter(l -> Arrays.stream(labelsA).anyMatch(x -> x == l)
                        || Arrays.stream(labelsB).anyMatch(x -> x == l))
                .toArray();
        boolean tf = !row && !column && draw.oneIn(4);
        String what = (tf ? "tfMatmul" : "matmul") + (ta ? " transposed" : "") + " by" + (tb ? " transposed" : "");
        expect(
                what,
                out,
                () -> tf
                        ? MatMul.tfMatmul(a.tensor(), ta, b.tensor(), tb)
                        : MatMul.matmul(a.tensor(), ta, b.tensor(), tb));
    }

    /** Leading axes, some of them missing or of size 1 (label -1 - l, later made l), before the last ones. */
    private int[] labels(int batch, int... last) {
        int from = batch > 0 && draw.oneIn(4) ? draw.below(batch + 1) : 0;
        return IntStream.concat(
                        IntStream.range(from, batch).map(l -> l > 0 && draw.oneIn(6) ? -l : l), IntStream.of(last))
                .toArray();
    }

    private void tensordot() {
        int shared = draw.below(3);
        int ownA = draw.below(3);
        int ownB = draw.below(3);
        long[] sizes = draw.shape(shared + ownA + ownB, LOOPS);
        int[] la = shuffled(IntStream.range(0, shared + ownA).toArray());
        int[] lb = shuffled(IntStream.concat(IntStream.range(0, shared), IntStream.range(shared + ownA, sizes.length))
                .toArray());
        int[] out = IntStream.concat(Arrays.stream(la), Arrays.stream(lb))
                .filter(l -> l >= shared)
                .toArray();
        int[] axesA = axes(la, shared);
        int[] axesB = axes(lb, shared);
        operands(la, lb, sizes);
        expect(
                "tensordot over " + Arrays.toString(axesA) + Arrays.toString(axesB),
                out,
                () -> MatMul.tensordot(a.tensor(), b.tensor(), axesA, axesB));
        if (Arrays.equals(axesA, IntStream.range(ownA, ownA + shared).toArray())
                && Arrays.equals(axesB, IntStream.range(0, shared).toArray())) {
            expect("tensordot over " + shared, out, () -> MatMul.tensordot(a.tensor(), b.tensor(), shared));
        }
    }

    /** Where each shared label stands, some counted from the end. */
    private int[] axes(int[] labels, int shared) {
        boolean negative = draw.oneIn(4);
        return IntStream.range(0, shared)
                .map(l -> IntStream.range(0, labels.length)
                        .filter(i -> labels[i] == l)
                        .findFirst()
                        .orElseThrow())
                .map(i -> negative ? i - labels.length : i)
                .toArray();
    }

    private int[] shuffled(int... labels) {
        for (int i = labels.length - 1; i > 0; i--) {
            int j = i - draw.below(i + 1);
            int swapped = labels[i];
            labels[i] = labels[j];
            labels[j] = swapped;
        }
        return labels;
    }

    private void vectors() {
        int kind = draw.below(4);
        int rankA = draw.below(4);
        int rankB = draw.below(4);
        boolean scalar = rankA == 0 || rankB == 0;
        if (kind == 0) {
            long[] sizes = draw.shape(rankA + rankB, LOOPS / 4);
            operands(
                    IntStream.range(0, rankA).toArray(),
                    IntStream.range(rankA, rankA + rankB).toArray(),
                    sizes);
            int[] all = IntStream.range(0, rankA + rankB).toArray();
            expect(
                    "outer",
                    all,
                    () -> MatMul.outer(a.tensor(), b.tensor()),
                    a.values().size(),
                    b.values().size());
        } else if (kind == 1) {
            long[] sizes = draw.shape(rankA, LOOPS / 4);
            int[] all = IntStream.range(0, rankA).toArray();
            operands(all, all, sizes);
            expect("vdot", new int[0], () -> MatMul.vdot(a.tensor(), b.tensor()));
        } else {
            boolean inner = kind == 2;
            int k = rankA + rankB;
            int[] la = IntStream.range(0, rankA).toArray();
            int[] lb = IntStream.range(rankA, k).toArray();
            if (!scalar) {
                la[rankA - 1] = k;
                lb[inner || rankB == 1 ? rankB - 1 : rankB - 2] = k;
            }
            operands(la, lb, draw.shape(k + 1, LOOPS));
            int[] out = IntStream.concat(Arrays.stream(la), Arrays.stream(lb))
                    .filter(l -> l != k)
                    .toArray();
            expect(
                    inner ? "inner" : "dot",
                    out,
                    () -> inner ? MatMul.inner(a.tensor(), b.tensor()) : MatMul.dot(a.tensor(), b.tensor()));
        }
    }

    private void kerasDot() {
        int rankA = draw.between(2, 4);
        int rankB = draw.between(2, 4);
        int k = rankA + rankB;
        int[] la = IntStream.range(0, rankA).toArray();
        int[] lb = IntStream.range(rankA, k).toArray();
        la[rankA - 1] = k;
        lb[rankB - 2] = k;
        operands(la, lb, draw.shape(k + 1, LOOPS));
        expect(
                "Keras.dot",
                IntStream.concat(Arrays.stream(la), Arrays.stream(lb))
                        .filter(l -> l != k)
                        .toArray(),
                () -> Keras.dot(a.tensor(), b.tensor()));
    }

    private void kerasBatchDot() {
        int rankA = draw.between(2, 4);
        int rankB = draw.between(2, 4);
        int k = rankA + rankB;
        int[] la = IntStream.range(0, rankA).toArray();
        int[] lb = IntStream.range(rankA, k).toArray();
        lb[0] = 0;
        boolean given = draw.below(2) == 1;
        int axisA = given ? draw.between(1, rankA - 1) : rankA - 1;
        int axisB = given ? draw.between(1, rankB - 1) : rankB == 2 ? 1 : rankB - 2;
        la[axisA] = k;
        lb[axisB] = k;
        operands(la, lb, draw.shape(k + 1, LOOPS));
        int[] out = IntStream.concat(Arrays.stream(la), Arrays.stream(lb).skip(1))
                .filter(l -> l != k)
                .toArray();
        int[] axes = !given
                ? new int[0]
                : axisA == axisB && draw.oneIn(2)
                        ? new int[] {axisA}
                        : new int[] {axisA, axisB - (draw.oneIn(3) ? rankB : 0)};
        long batch = a.values().shape()[0];
        String what = "Keras.batchDot " + Arrays.toString(axes);
        if (out.length == 1) {
            expect(what, out, () -> Keras.batchDot(a.tensor(), b.tensor(), axes), batch, 1);
        } else {
            expect(what, out, () -> Keras.batchDot(a.tensor(), b.tensor(), axes));
        }
        if (!given && rankA == rankB && rankA == 3) {
            expect("Keras.batchDotLegacy", out, () -> Keras.batchDotLegacy(a.tensor(), b.tensor()));
        }
    }

    /** Against the sums, in the shape of the einsum or another; now and then the gradients too. */
    private void expect(String name, int[] output, java.util.function.Supplier<Tensor> product, long... shape) {
        String what = name + " " + a.tensor().layout() + " and " + b.tensor().layout() + " " + dtype;
        boolean graded = dtype.isFloating() && !wild && draw.oneIn(4);
        if (graded) {
            a.tensor().requiresGrad();
            b.tensor().requiresGrad();
        }
        Tensor result = product.get();
        Loops loops = Loops.of(
                new int[][] {labelsA, labelsB},
                output,
                a.values().shape(),
                b.values().shape());
        double[] x = a.values().data();
        double[] y = b.values().data();
        Sums sums = new Sums(loops.count());
        loops.forEach((from, to) -> sums.add(to, x[from[0]] * y[from[1]]));
        sums.check(what, result, shape.length > 0 ? shape : loops.shape());
        Verify.that(
                result.dtype() == dtype && result.layout().isContiguous(),
                what + ": is " + result.dtype() + " " + result.layout());
        if (graded) {
            NDArray weights =
                    NDArray.integers(draw.elements(), -2, 3, result.shape().dims());
            double[] g = weights.data();
            List<Tensor> gradients = Gradients.vjp(result, weights.toTensor(dtype), a.tensor(), b.tensor());
            Sums ofA = new Sums(x.length);
            Sums ofB = new Sums(y.length);
            loops.forEach((from, to) -> {
                ofA.add(from[0], g[to] * y[from[1]]);
                ofB.add(from[1], g[to] * x[from[0]]);
            });
            ofA.check("gradient of a in " + what, gradients.get(0), a.values().shape());
            ofB.check("gradient of b in " + what, gradients.get(1), b.values().shape());
        }
    }

    /** Sums of products, and how far those in any order may be off: a rounding for each product and each addition. */
    private final class Sums {
        private final double[] sums;
        private final double[] sizes;
        private int terms;

        Sums(int count) {
            sums = new double[count];
            sizes = new double[count];
        }

        void add(int to, double product) {
            sums[to] += product;
            sizes[to] += Math.abs(product);
            terms++;
        }

        void check(String what, Tensor actual, long... shape) {
            double unit = (terms + 3) * dtype.epsilon();
            Verify.close(
                    what,
                    NDArray.of(sums, shape).wrapped(dtype),
                    NDArray.of(sizes, shape).map(s -> Double.isFinite(s) ? unit * s : 0),
                    actual);
        }
    }

    private void misfits() {
        long[] sizes = draw.shape(4, 1000);
        Tensor x = draw.numbers(sizes[0], sizes[1]).toTensor(DType.FLOAT32);
        Tensor y = draw.numbers(sizes[2], sizes[3]).toTensor(DType.FLOAT32);
        if (sizes[1] != sizes[2]) {
            Verify.refused("matmul of misfits", () -> MatMul.matmul(x, y), ShapeException.class);
            Verify.refused("Keras.dot of misfits", () -> Keras.dot(x, y), ShapeException.class);
            Verify.refused("tensordot of misfits", () -> MatMul.tensordot(x, y, 1), ShapeException.class);
        }
        if (sizes[0] * sizes[1] != sizes[2] * sizes[3]) {
            Verify.refused("vdot of misfits", () -> MatMul.vdot(x, y), ShapeException.class);
        }
        Verify.refused("matmul of a scalar", () -> MatMul.matmul(x, Tensor.of(1f)), ShapeException.class);
        Verify.refused("tensordot over too many axes", () -> MatMul.tensordot(x, y, 3), ShapeException.class);
        Verify.refused(
                "tensordot over an axis twice",
                () -> MatMul.tensordot(x, x, new int[] {0, 0}, new int[] {0, 0}),
                ShapeException.class);
        Tensor z = draw.numbers(sizes[1], sizes[2]).toTensor(DType.FLOAT64);
        Verify.refused("matmul of two dtypes", () -> MatMul.matmul(x, z), DTypeException.class);
        if (sizes[0] != sizes[2] && sizes[1] == sizes[3]) {
            Verify.refused("batchDot of two batches", () -> Keras.batchDot(x, y), ShapeException.class);
        }
    }
}
