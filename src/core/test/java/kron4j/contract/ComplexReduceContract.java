package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Scan;
import kron4j.reference.ComplexArray;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.Clipping;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reductions, indexing, creation, random numbers and training steps of complex numbers. */
public class ComplexReduceContract extends Contract {
    private static final long[][] SHAPES = {{3, 4, 5}, {2, 300}, {1500, 3}, {7, 0}, {1}};

    /** Sums of whole numbers are exact. */
    @Test
    void sumsAndMeans() {
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : SHAPES) {
                ComplexArray x = ComplexArray.integers(random(1), 9, shape);
                Tensor z = strided(random(2), x, dtype);
                ComplexArray.close(x.with(p -> p.reduce(ComplexReduceContract::sum, false)), Reduce.sum(z), 0);
                ComplexArray.close(
                        x.with(p -> p.reduce(ComplexReduceContract::sum, true, 0)), Reduce.sum(z, true, 0), 0);
                double n = shape[0];
                Tensor mean = Reduce.mean(z, 0);
                ComplexArray.close(x.with(p -> p.reduce(v -> sum(v) / n, false, 0)), mean, 9 * dtype.epsilon());
            }
        }
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum;
    }

    /** Of units and Gaussian integers, whose products are exact; along both kinds of axes, so that lines and rows are folded. */
    @Test
    void products() {
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : new long[][] {{4, 600}, {600, 4}, {2, 3, 4}, {3, 0}}) {
                double[] units =
                        random(3).ints(count(shape), 0, 4).asDoubleStream().toArray();
                NDArray powers = NDArray.of(units, shape);
                ComplexArray x = new ComplexArray(
                        powers.map(ComplexReduceContract::cos), powers.map(ComplexReduceContract::sin));
                for (int axis = 0; axis < shape.length; axis++) {
                    NDArray total = powers.reduce(ComplexReduceContract::sum, false, axis)
                            .map(v -> v % 4);
                    ComplexArray expected = new ComplexArray(
                            total.map(ComplexReduceContract::cos), total.map(ComplexReduceContract::sin));
                    ComplexArray.close(expected, Reduce.prod(strided(random(4), x, dtype), axis), 0);
                }
            }
            Tensor z = of(dtype, 1, 1, 2, -1, 0, 3);
            assertArrayEquals(new double[] {-3, 9}, Reduce.prod(z).toComplexArray());
            Tensor infinite = of(dtype, Double.POSITIVE_INFINITY, 2);
            assertArrayEquals(
                    new double[] {Double.POSITIVE_INFINITY, 2},
                    Reduce.prod(infinite).toComplexArray());
        }
    }

    /** Of (+-1 +-i) times powers of two, whose products are exact; one zero counts. */
    @Test
    void productsOfLongLinesAndRows() {
        for (DType dtype : DTypes.complex()) {
            for (int[] shape : new int[][] {{5, 601}, {601, 50}, {1, 40_001}, {20_003, 17}, {35, 16}}) {
                for (int axis = 0; axis < 2; axis++) {
                    ComplexArray x = powersOfTwo(shape[0], shape[1], axis);
                    ComplexArray.close(products(x, axis), Reduce.prod(x.toTensor(dtype), axis), 0);
                    ComplexArray.close(products(x, axis), Reduce.prod(strided(random(8), x, dtype), axis), 0);
                    double[] re = x.re().data();
                    double[] im = x.im().data();
                    re[shape[1] - 1] = 0;
                    im[shape[1] - 1] = 0;
                    ComplexArray zero = new ComplexArray(NDArray.of(re, x.shape()), NDArray.of(im, x.shape()));
                    ComplexArray.close(products(zero, axis), Reduce.prod(zero.toTensor(dtype), axis), 0);
                }
            }
        }
    }

    /** Of each two neighbours along an axis, one or the other is large, by chance, so that no device's order leaves the range of double. */
    private static ComplexArray powersOfTwo(int rows, int columns, int axis) {
        int length = axis == 0 ? rows : columns;
        double[][] parts = new double[2][rows * columns];
        SplittableRandom random = random(7);
        double[] firsts = random(9).ints(length / 2 + 1, 0, 2).asDoubleStream().toArray();
        for (int i = 0; i < rows * columns; i++) {
            int at = axis == 0 ? i / columns : i % columns;
            boolean less = firsts[at / 2] == at % 2;
            double size = less ? 0.5 : 1;
            parts[0][i] = random.nextBoolean() ? size : -size;
            parts[1][i] = random.nextBoolean() ? size : -size;
        }
        return new ComplexArray(NDArray.of(parts[0], rows, columns), NDArray.of(parts[1], rows, columns));
    }

    private static ComplexArray products(ComplexArray x, int axis) {
        int columns = (int) x.shape()[1];
        int lines = (int) x.shape()[1 - axis];
        int length = (int) x.shape()[axis];
        double[] ofX = x.re().data();
        double[] ofY = x.im().data();
        double[] re = new double[lines];
        double[] im = new double[lines];
        for (int line = 0; line < lines; line++) {
            re[line] = 1;
            for (int i = 0; i < length; i++) {
                int at = axis == 0 ? i * columns + line : line * columns + i;
                double a = re[line];
                double b = im[line];
                re[line] = a * ofX[at] - b * ofY[at];
                im[line] = a * ofY[at] + b * ofX[at];
            }
        }
        return new ComplexArray(NDArray.of(re, lines), NDArray.of(im, lines));
    }

    private static int count(long... shape) {
        long n = 1;
        for (long s : shape) {
            n *= s;
        }
        return (int) n;
    }

    /** The real part of j to a power. */
    private static double cos(double power) {
        return power == 0 ? 1 : power == 2 ? -1 : 0;
    }

    private static double sin(double power) {
        return power == 1 ? 1 : power == 3 ? -1 : 0;
    }

    private static Tensor of(DType dtype, double... pairs) {
        return ComplexArray.of(pairs, pairs.length / 2).toTensor(dtype);
    }

    /** The parts of running sums are those of the parts, of lines of all lengths around those of tiles. */
    @Test
    void runningSums() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 3, 4, 5, 67, 1024, 2053}) {
                Tensor z = ComplexArray.random(random(9), 5, n).toTensor(dtype);
                for (Tensor v : List.of(z, z.flip(0), z.slice(1, n / 2, n), z.slice(0, 1, 2))) {
                    Tensor sums = Scan.cumsum(v, 1);
                    assertArrayEquals(
                            Scan.cumsum(v.real().copy(), 1).toDoubleArray(),
                            sums.real().toDoubleArray());
                    assertArrayEquals(
                            Scan.cumsum(v.imag().copy(), 1).toDoubleArray(),
                            sums.imag().toDoubleArray());
                }
            }
            assertArrayEquals(
                    new double[] {-0.0, -0.0, -0.0, 1},
                    Scan.cumsum(
                                    ComplexArray.of(new double[] {-0.0, -0.0, -0.0, 1}, 2)
                                            .toTensor(dtype),
                                    0)
                            .toComplexArray());
        }
    }

    @Test
    void truth() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, 0, 0, 0, 1, 0, -0.0, 2, 0, 0, 0, -0.0, 0).reshape(3, 2);
            assertArrayEquals(
                    new boolean[] {true, true, false}, Reduce.any(z, 1).toBooleanArray());
            assertArrayEquals(
                    new boolean[] {false, false, false}, Reduce.all(z, 1).toBooleanArray());
            assertArrayEquals(new boolean[] {false, true}, Reduce.any(z, 0).toBooleanArray());
            Tensor turned = of(dtype, 0, 1, 1, 0, 0, 2, 0, 0).reshape(2, 2).transpose();
            assertArrayEquals(new boolean[] {true, false}, Reduce.all(turned, 0).toBooleanArray());
            Tensor many = Creation.full(dtype, Complex.I, 2000);
            assertEquals(1, Reduce.all(many).itemLong());
            InPlace.fill(many.get(1777), 0);
            assertEquals(0, Reduce.all(many).itemLong());
            assertEquals(0, Reduce.any(Creation.zerosLike(many)).itemLong());
        }
    }

    /** NumPy's: real, of the squared absolute distances. */
    @Test
    void variancesAndNorms() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = of(dtype, 1, 2, 3, -4, -5, 0.5, 1e4f, -2e4f, 1e4f + 1, -2e4f, 1e4f, -2e4f + 3);
            Tensor rows = z.reshape(2, 3);
            double[] variances = {18.055555555555557, 2.2222222222222223};
            Tensor var = Reduce.var(rows, 1);
            assertEquals(dtype.realPart(), var.dtype());
            assertArrayEquals(variances, var.toDoubleArray(), 64 * dtype.epsilon() * 18);
            double[] unbiased = Reduce.std(rows, 1, false, 1).toDoubleArray();
            assertEquals(Math.sqrt(1.5 * variances[0]), unbiased[0], 64 * dtype.epsilon() * 5);
            Tensor w = of(dtype, 3, 4, 0, 0, -5, 12);
            same(NDArray.scalar(18), Reduce.norm(w, 1, false));
            close(NDArray.scalar(Math.sqrt(194)), Reduce.norm(w), 8 * dtype.epsilon() * 14);
            close(NDArray.scalar(Math.cbrt(125 + 2197)), Reduce.norm(w, 3, false), 32 * dtype.epsilon() * 14);
            same(NDArray.scalar(13), Reduce.norm(w, Double.POSITIVE_INFINITY, false));
            same(NDArray.scalar(0), Reduce.norm(w, Double.NEGATIVE_INFINITY, false));
            same(NDArray.scalar(2), Reduce.norm(w, 0, false));
            double huge = dtype.epsilon() > 1e-10 ? 0x1p126 : 0x1p1022;
            close(
                    NDArray.scalar(1.25),
                    Reduce.norm(of(dtype, 0.75 * huge, huge)).multiply(1 / huge),
                    4 * dtype.epsilon());
            assertEquals(dtype.realPart(), Reduce.norm(w).dtype());
        }
    }

    @Test
    void indexing() {
        for (DType dtype : DTypes.complex()) {
            ComplexArray x = ComplexArray.integers(random(5), 9, 4, 3);
            Tensor z = strided(random(6), x, dtype);
            ComplexArray.close(
                    x.with(p -> p.pick(0, 2, 0, 3, 2)), Indexing.take(z, Tensor.of(new int[] {2, 0, -1, 2}), 0), 0);
            ComplexArray.close(x.with(p -> p.pick(1, 1, 1)), Indexing.take(z, Tensor.of(new int[] {1, 1}), 1), 0);
            Tensor at = Tensor.of(new int[][] {{1, 0, 2}});
            ComplexArray picked = x.with(p ->
                    NDArray.generate(new long[] {1, 3}, i -> p.get(new long[] {1, 0, 2}[(int) i[1]], i[1])));
            ComplexArray.close(picked, Indexing.gather(z, at, 0), 0);
            Tensor none = Indexing.takeEx(z, Tensor.of(new int[] {1, 9}), 0);
            ComplexArray.close(x.with(p -> p.pick(0, 1)), none.slice(0, 0, 1), 0);
            assertTrue(Double.isNaN(none.get(1, 0).itemComplex().re())
                    && Double.isNaN(none.get(1, 0).itemComplex().im()));
            ComplexArray.close(x.with(p -> p.pick(0, 0, 1, 2, 3, 0, 1, 2, 3)), Indexing.concat(0, z, z), 0);
            ComplexArray.close(
                    x.with(p -> p.transpose(0, 1)),
                    Indexing.stack(1, z, z).select(1, 1).transpose(),
                    0);
            ComplexArray.close(
                    x.with(p -> p.pick(1, 2)), Indexing.split(z, 1, 2, 1).get(1), 0);
            ComplexArray lower = x.with(p -> NDArray.generate(new long[] {4, 3}, i -> i[1] <= i[0] ? p.get(i) : 0));
            ComplexArray.close(lower, Indexing.tril(z, 0), 0);
            double[] one = Indexing.oneHot(Tensor.of(new int[] {1}), 2, dtype).toComplexArray();
            assertArrayEquals(new double[] {0, 0, 1, 0}, one);
            Tensor w = z.copy().requiresGrad();
            Tensor sum = Indexing.take(w, Tensor.of(new int[] {1, 1, 0}), 0)
                    .multiply(new Complex(0, 1))
                    .imag()
                    .sum();
            double[] g = Gradients.of(sum, w).get(0).toComplexArray();
            assertArrayEquals(
                    new double[] {1, 0, 2, 0, 0, 0, 0, 0},
                    new double[] {g[0], g[1], g[6], g[7], g[12], g[13], g[18], g[19]});
        }
    }

    /** The draws of the real dtype, in pairs; normal ones have variance 1 in all, as PyTorch's. */
    @Test
    void randomNumbers() {
        for (DType dtype : DTypes.complex()) {
            DType real = dtype.realPart();
            Tensor pairs = ComplexNumbers.viewAsReal(Random.uniform(3, 5, dtype, 7, 3));
            same(NDArray.of(Random.uniform(3, 5, real, 7, 3, 2)), pairs);
            Tensor normal = Random.normal(3, dtype, 2000);
            close(
                    NDArray.of(Random.normal(3, real, 2000, 2).multiply(Math.sqrt(0.5))),
                    ComplexNumbers.viewAsReal(normal),
                    0);
            double power = normal.multiply(normal.conj()).real().mean().item();
            assertEquals(1, power, 5 / Math.sqrt(2000), "|z|^2 has mean 1 and deviation 1");
            Random.Generator generator = new Random.Generator(3);
            ComplexArray.close(ComplexArray.of(normal), generator.normal(dtype, 2000), 0);
        }
        refused(DTypeException.class, () -> Random.normal(1, DType.INT32, 2), "int32", "floating or complex");
    }

    @Test
    void creation() {
        for (DType dtype : DTypes.complex()) {
            assertArrayEquals(
                    new double[] {2, -1, 2, -1},
                    Creation.full(dtype, new Complex(2, -1), 2).toComplexArray());
            assertArrayEquals(
                    new double[] {1, 0, 0, 0, 0, 0, 1, 0},
                    Creation.eye(dtype, 2).toComplexArray());
            assertArrayEquals(
                    new double[] {0, 0, 1, 0, 2, 0},
                    Creation.arange(dtype, 0L, 3L, 1L).toComplexArray());
            assertArrayEquals(
                    new double[] {0, 0, 0.5, 0},
                    Creation.arange(dtype, 0.0, 1.0, 0.5).toComplexArray());
            assertArrayEquals(
                    new double[] {-1, 0, 0, 0, 1, 0},
                    Creation.linspace(dtype, -1, 1, 3).toComplexArray());
            Tensor diagonal = Creation.diag(of(dtype, 1, 2, 3, 4));
            assertArrayEquals(new double[] {1, 2, 0, 0, 0, 0, 3, 4}, diagonal.toComplexArray());
            assertArrayEquals(new double[] {1, 2, 3, 4}, diagonal.diagonal().toComplexArray());
            String text = of(dtype, 1, 2, -0.5, -3, 0, Double.NaN).toString();
            assertTrue(text.contains(dtype.toString()), text);
            for (String element : List.of("1.0+2.0j", "-0.5-3.0j", "0.0+NaNj")) {
                assertTrue(text.contains(element), () -> element + " not in " + text);
            }
        }
    }

    /** A step on complex parameters is a step on their parts. */
    @Test
    void optimizersAndClipping() {
        List<Function<Parameters, Optimizer>> kinds =
                List.of(p -> new Sgd(p, 0.9, 0.01), RmsProp::new, p -> Adam.withDecay(p, 0.01));
        for (DType dtype : DTypes.complex()) {
            for (Function<Parameters, Optimizer> kind : kinds) {
                try (Parameters complex = new Parameters();
                        Parameters real = new Parameters()) {
                    Tensor z = complex.add("z", Random.normal(1, dtype, 3, 2).copy());
                    complex.add("x", Random.normal(2, dtype.realPart(), 4).copy());
                    Tensor pairs =
                            real.add("z", ComplexNumbers.viewAsReal(z.detach()).copy());
                    real.add("x", complex.named().get("x").detach().copy());
                    try (Optimizer a = kind.apply(complex);
                            Optimizer b = kind.apply(real)) {
                        a.rate(0.1);
                        b.rate(0.1);
                        for (int step = 0; step < 3; step++) {
                            List<Tensor> gradients =
                                    List.of(Random.normal(step, dtype, 3, 2), Random.normal(9, dtype.realPart(), 4));
                            List<Tensor> clipped = Clipping.byNorm(gradients, 0.5);
                            assertEquals(dtype, clipped.get(0).dtype());
                            List<Tensor> parts = List.of(ComplexNumbers.viewAsReal(gradients.get(0)), gradients.get(1));
                            a.step(clipped);
                            b.step(Clipping.byNorm(parts, 0.5));
                        }
                    }
                    same(NDArray.of(pairs.detach()), ComplexNumbers.viewAsReal(z.detach()));
                }
            }
        }
    }

    /** A real loss of complex parameters falls, and a checkpoint in the middle changes nothing. */
    @Test
    void trainingGoesOnFromACheckpoint(@TempDir Path dir) {
        for (String name : new String[] {"z.npz", "z.safetensors"}) {
            Path file = dir.resolve(name);
            double[] whole = new double[4];
            double[] resumed = new double[4];
            try (Parameters parameters = new Parameters();
                    Optimizer adam = new Adam(parameters(parameters))) {
                Trainer trainer = new Trainer(parameters, adam, Schedule.constant(0.05), 3).clipNorm(1);
                double first = trainer.step(() -> loss(parameters)).item();
                trainer.step(() -> loss(parameters));
                trainer.save(file);
                for (int i = 0; i < 4; i++) {
                    whole[i] = trainer.step(() -> loss(parameters)).item();
                }
                assertTrue(whole[3] < first, whole[3] + " after " + first);
            }
            try (Parameters parameters = new Parameters();
                    Optimizer adam = new Adam(parameters(parameters))) {
                Trainer trainer = new Trainer(parameters, adam, Schedule.constant(0.05), 3).clipNorm(1);
                trainer.restore(file);
                for (int i = 0; i < 4; i++) {
                    resumed[i] = trainer.step(() -> loss(parameters)).item();
                }
            }
            assertArrayEquals(whole, resumed, 4 * DType.COMPLEX64.epsilon() * whole[0], name);
        }
    }

    private static Parameters parameters(Parameters empty) {
        empty.add("z", Random.normal(1, DType.COMPLEX64, 5));
        return empty;
    }

    private static Tensor loss(Parameters parameters) {
        Tensor z = parameters.named().get("z");
        return Elementwise.square(Elementwise.exp(z).subtract(new Complex(1, 2)).abs())
                .mean();
    }

    /** Many complex numbers, so that several threads or blocks work on them, against a few. */
    @Test
    void manyElements() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = Random.normal(4, dtype, 70_001);
            Tensor w = Random.normal(5, dtype, 70_001);
            Tensor product = z.multiply(w);
            for (long at : new long[] {0, 1, 1023, 1024, 33_333, 70_000}) {
                Complex x = z.get(at).itemComplex();
                Complex y = w.get(at).itemComplex();
                Complex p = product.get(at).itemComplex();
                double bound = 2 * dtype.epsilon() * x.abs() * y.abs();
                assertEquals(x.re() * y.re() - x.im() * y.im(), p.re(), bound);
                assertEquals(x.re() * y.im() + x.im() * y.re(), p.im(), bound);
            }
            Tensor turned = z.flip(0).multiply(w.flip(0)).flip(0);
            assertTrue(Reduce.all(Elementwise.equal(product, turned)).itemLong() != 0, "the layout changes nothing");
        }
    }
}
