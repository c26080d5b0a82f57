package kron4j.fuzz;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Convolution;
import kron4j.ops.Kron;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;

/** The Kronecker family: products that are formed, and their relatives, of any shapes. */
final class KronCases {
    private static final int SIZE = 2500;

    private final Draw draw;
    private final DType dtype;

    private KronCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32, DType.INT8, DType.UINT8);
    }

    static void check(Draw draw) {
        KronCases c = new KronCases(draw);
        switch (draw.below(7)) {
            case 0, 1 -> c.kron();
            case 2 -> c.matrices();
            case 3 -> c.batched();
            case 4 -> c.sum();
            case 5 -> c.columns();
            default -> c.convolution();
        }
    }

    private Operand operand(long... shape) {
        NDArray values = dtype.isFloating() ? draw.numbers(shape) : NDArray.integers(draw.elements(), -5, 6, shape);
        return Operand.any(draw, values, dtype);
    }

    /** So many roundings of each element. */
    private void expect(String name, NDArray exact, int roundings, Tensor actual, Operand... factors) {
        String what = name + " of "
                + Arrays.toString(
                        Arrays.stream(factors).map(f -> f.tensor().layout()).toArray()) + " " + dtype;
        Verify.that(actual.dtype() == dtype, what + ": is " + actual.dtype());
        Verify.close(what, exact.wrapped(dtype), exact.map(x -> Math.abs(x) * roundings * dtype.epsilon()), actual);
    }

    private void kron() {
        int n = draw.between(1, 4);
        Operand[] factors = new Operand[n];
        int room = SIZE;
        for (int i = 0; i < n; i++) {
            factors[i] = operand(draw.shape(draw.below(4), Math.max(1, room)));
            room /= Math.max(1, factors[i].values().size());
        }
        NDArray exact = factors[0].values();
        for (int i = 1; i < n; i++) {
            exact = KronReference.kron(exact, factors[i].values());
        }
        Tensor[] tensors = Arrays.stream(factors).map(Operand::tensor).toArray(Tensor[]::new);
        boolean graded = dtype.isFloating() && n == 2 && draw.oneIn(3);
        if (graded) {
            tensors[0].requiresGrad();
            tensors[1].requiresGrad();
        }
        Tensor result = Kron.kron(tensors);
        expect("kron", exact, n, result, factors);
        if (graded) {
            gradients(result, factors);
        }
    }

    /** The product is linear in each factor: g against the product with a unit in place of an element is that element's slope. */
    private void gradients(Tensor result, Operand... factors) {
        NDArray g = NDArray.integers(draw.elements(), -2, 3, result.shape().dims());
        var slopes = Gradients.vjp(result, g.toTensor(dtype), factors[0].tensor(), factors[1].tensor());
        NDArray a = factors[0].values();
        NDArray b = factors[1].values();
        for (int k = 0; k < 2; k++) {
            NDArray own = k == 0 ? a : b;
            NDArray places = k == 0
                    ? KronReference.kron(NDArray.counting(a.shape()), b.map(x -> 1))
                    : KronReference.kron(a.map(x -> 1), NDArray.counting(b.shape()));
            NDArray others = k == 0 ? KronReference.kron(a.map(x -> 1), b) : KronReference.kron(a, b.map(x -> 1));
            double[] sums = new double[own.size()];
            double[] sizes = new double[sums.length];
            double[] at = places.data();
            double[] by = others.data();
            double[] w = g.data();
            for (int i = 0; i < at.length; i++) {
                sums[(int) at[i]] += w[i] * by[i];
                sizes[(int) at[i]] += Math.abs(w[i] * by[i]);
            }
            double unit = (at.length + 3) * dtype.epsilon();
            Verify.close(
                    "gradient " + k + " of kron " + a.size() + " " + b.size() + " " + dtype,
                    NDArray.of(sums, own.shape()),
                    NDArray.of(sizes, own.shape()).map(x -> unit * x),
                    slopes.get(k));
        }
    }

    private void matrices() {
        Operand a = operand(draw.shape(2, 60));
        Operand b = operand(draw.shape(2, 60));
        NDArray exact = KronReference.kron(a.values(), b.values());
        int way = draw.below(3);
        Supplier<Tensor> product = () -> switch (way) {
            case 0 -> Kron.kronByReshape(a.tensor(), b.tensor());
            case 1 -> Kron.kronByBlocks(a.tensor(), b.tensor());
            default -> Kron.kronByConvolution(a.tensor(), b.tensor());
        };
        expect("kron by way " + way, exact, 1, product.get(), a, b);
        long m = a.values().shape()[0];
        long n = a.values().shape()[1];
        NDArray order = NDArray.of(Kron.commutation(m, n));
        double[] vec = a.values().data();
        NDArray moved =
                NDArray.of(Arrays.stream(order.data()).map(i -> vec[(int) i]).toArray(), n, m);
        Verify.same("commutation", moved, a.tensor().transpose());
    }

    private void batched() {
        int rank = draw.below(3);
        long[] batch = draw.shape(rank, 20);
        Operand a = operand(concat(part(batch), draw.shape(2, 12)));
        Operand b = operand(concat(part(batch), draw.shape(2, 12)));
        expect(
                "batchedKron",
                KronReference.batchedKron(a.values(), b.values()),
                1,
                Kron.batchedKron(a.tensor(), b.tensor()),
                a,
                b);
    }

    /** Some of the leading axes left out, some of size 1. */
    private long[] part(long... batch) {
        long[] own = Arrays.copyOfRange(batch, draw.oneIn(4) ? draw.below(batch.length + 1) : 0, batch.length);
        return Arrays.stream(own).map(n -> draw.oneIn(5) ? 1 : n).toArray();
    }

    private static long[] concat(long[] a, long... b) {
        return IntStream.range(0, a.length + b.length)
                .mapToLong(i -> i < a.length ? a[i] : b[i - a.length])
                .toArray();
    }

    private void sum() {
        int n = draw.between(1, 3);
        Operand[] factors = new Operand[n];
        NDArray exact = null;
        NDArray sizes = null;
        int room = 40;
        for (int i = 0; i < n; i++) {
            long side = draw.size(room);
            room /= Math.max(1, (int) side);
            room = Math.max(1, room);
            factors[i] = operand(side, side);
            NDArray f = factors[i].values();
            exact = i == 0 ? f : added(exact, f);
            sizes = i == 0 ? f.map(Math::abs) : added(sizes, f.map(Math::abs));
        }
        Tensor result = Kron.kronSum(Arrays.stream(factors).map(Operand::tensor).toArray(Tensor[]::new));
        Verify.close(
                "kronSum of " + n + " " + dtype, exact.wrapped(dtype), sizes.map(x -> x * n * dtype.epsilon()), result);
    }

    private static NDArray added(NDArray a, NDArray b) {
        NDArray left = KronReference.kron(a, KronReference.eye(b.shape()[0]));
        NDArray right = KronReference.kron(KronReference.eye(a.shape()[0]), b);
        return left.zip(right, Double::sum);
    }

    private void columns() {
        boolean columnwise = draw.below(2) == 0;
        int n = draw.between(1, 3);
        long shared = draw.size(17);
        Operand[] factors = new Operand[n];
        NDArray exact = null;
        int room = 300;
        for (int i = 0; i < n; i++) {
            long own = draw.size(room);
            room = Math.max(1, room / Math.max(1, (int) own));
            factors[i] = columnwise ? operand(own, shared) : operand(shared, own);
            NDArray f = factors[i].values();
            exact = i == 0
                    ? f
                    : columnwise
                            ? columnwise(exact, f)
                            : columnwise(exact.transpose(0, 1), f.transpose(0, 1))
                                    .transpose(0, 1);
        }
        Tensor[] tensors = Arrays.stream(factors).map(Operand::tensor).toArray(Tensor[]::new);
        expect(
                columnwise ? "khatriRao" : "faceSplitting",
                exact,
                n,
                columnwise ? Kron.khatriRao(tensors) : Kron.faceSplitting(tensors),
                factors);
    }

    private static NDArray columnwise(NDArray a, NDArray b) {
        long n = b.shape()[0];
        return NDArray.generate(
                new long[] {a.shape()[0] * n, b.shape()[1]}, i -> a.get(i[0] / n, i[1]) * b.get(i[0] % n, i[1]));
    }

    /** How many places the taps reach along an axis; none if there is nothing to reach from. */
    private static long reached(long n, long taps, int stride, int padding) {
        return n == 0 || taps == 0 ? 0 : (n - 1) * stride - 2L * padding + taps;
    }

    private void convolution() {
        long[] s = draw.shape(4, 60);
        long[] k = draw.shape(3, 40);
        int[] stride = {draw.between(1, 3), draw.between(1, 3)};
        int[] padding = {draw.below(2), draw.below(2)};
        Operand x = operand(s);
        Operand taps = operand(s[1], k[0], k[1], k[2]);
        long rows = reached(s[2], k[1], stride[0], padding[0]);
        long cols = reached(s[3], k[2], stride[1], padding[1]);
        String what = "convTranspose2d " + Arrays.toString(stride) + Arrays.toString(padding)
                + x.tensor().layout() + taps.tensor().layout() + dtype;
        if (rows < 0 || cols < 0) {
            Verify.refused(
                    what,
                    () -> Convolution.convTranspose2d(x.tensor(), taps.tensor(), stride, padding),
                    kron4j.ShapeException.class);
            return;
        }
        long[] shape = {s[0], k[0], rows, cols};
        double[] sums = new double[NDArray.full(0, shape).size()];
        double[] sizes = new double[sums.length];
        NDArray.forEach(new long[] {s[0], s[1], k[0], s[2], s[3], k[1], k[2]}, i -> {
            long r = i[3] * stride[0] + i[5] - padding[0];
            long c = i[4] * stride[1] + i[6] - padding[1];
            if (r >= 0 && r < rows && c >= 0 && c < cols) {
                int to = (int) (((i[0] * k[0] + i[2]) * rows + r) * cols + c);
                double p =
                        x.values().get(i[0], i[1], i[3], i[4]) * taps.values().get(i[1], i[2], i[5], i[6]);
                sums[to] += p;
                sizes[to] += Math.abs(p);
            }
        });
        double unit = (s[1] * k[1] * k[2] + 3) * dtype.epsilon();
        Verify.close(
                what,
                NDArray.of(sums, shape).wrapped(dtype),
                NDArray.of(sizes, shape).map(v -> unit * v),
                Convolution.convTranspose2d(x.tensor(), taps.tensor(), stride, padding));
    }
}
