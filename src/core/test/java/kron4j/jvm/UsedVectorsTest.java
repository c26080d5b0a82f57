package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.Activations;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Convolutions;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Kron;
import kron4j.ops.LeastSquares;
import kron4j.ops.Linalg;
import kron4j.ops.Losses;
import kron4j.ops.Normalization;
import kron4j.ops.Order;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Recurrence;
import kron4j.ops.Reduce;
import kron4j.ops.Reduction;
import kron4j.ops.Scan;
import kron4j.ops.Shapes;
import kron4j.ops.Sliding;
import kron4j.ops.Softmax;
import kron4j.ops.Special;
import kron4j.train.Adadelta;
import kron4j.train.Adagrad;
import kron4j.train.Adam;
import kron4j.train.NAdam;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Sgd;
import org.junit.jupiter.api.Test;

/**
 * Vectors stay in registers in a program that has used all the others. Where the JIT makes objects of them, a loop is 3 to 40 times slower, and
 * allocates more than its operands have. The program is a JVM of its own, so that the order of the tests does not matter.
 * The JIT sometimes fails at a loop that it compiles well in the next program, so one of three is to hold each. A call waits for the JIT,
 * so that what is found does not depend on the machine's load.
 */
class UsedVectorsTest {
    private static final String FOUND = "vectors as objects: ";

    @Test
    void noVectorBecomesAnObject() throws IOException, InterruptedException {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), "without vectors");
        List<String> options = List.of("-Xmx1g", "-Xbatch", "--add-modules=jdk.incubator.vector");
        Set<String> always = null;
        for (int program = 0; program < 3 && (always == null || !always.isEmpty()); program++) {
            Jvm.Result result = Jvm.run(Program.class, options);
            assertEquals(0, result.code(), result::said);
            Set<String> here = result.said()
                    .lines()
                    .filter(line -> line.startsWith(FOUND))
                    .map(line -> line.substring(FOUND.length()))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (always == null) {
                always = here;
            } else {
                always.retainAll(here);
            }
        }
        assertEquals(Set.of(), always);
    }

    /** Uses all vectors, and prints which operations make objects of them. */
    static final class Program {
        private static final int ROWS = 256;
        private static final int COLUMNS = 512;
        /** Vectors as objects are far more, since each is 64 bytes or more and there is one for a few elements; all else that an operation allocates is far less. */
        private static final long LIMIT = ROWS * COLUMNS;
        /** Of an operation that copies blocks of images, of a sequence, of lines or of matrices for each thread, and has hundreds of steps for an element. */
        private static final long LIMIT_OF_BLOCKS = 64 * LIMIT;

        /** Of an operation that makes one object for each vector of results, where most arguments take another way. */
        private static final long LIMIT_OF_FEW = 17 * LIMIT;

        private static final int ROUND = 20;
        private static final int ROUNDS = 50;

        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        private final Map<String, Runnable> operations = new LinkedHashMap<>();

        private static long allocated() {
            long sum = 0;
            for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
                sum += Math.max(0, bytes);
            }
            return sum;
        }

        /** Bytes that one call allocates on the heap. */
        private static long cost(Runnable operation) {
            long before = allocated();
            for (int i = 0; i < ROUND; i++) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    operation.run();
                }
            }
            return (allocated() - before) / ROUND;
        }

        private static Tensor numbers(int seed, DType dtype, long... shape) {
            return dtype.isComplex() || dtype.isFloating()
                    ? Random.normal(seed, dtype, shape)
                    : Random.normal(seed, DType.FLOAT32, shape).multiply(50).to(dtype);
        }

        private void add(DType dtype) {
            Tensor x = numbers(1, dtype, ROWS, COLUMNS);
            Tensor y = numbers(2, dtype, ROWS, COLUMNS);
            operations.put(dtype + " add", () -> x.add(y));
            operations.put(dtype + " multiply", () -> x.multiply(y));
            operations.put(dtype + " sum", () -> x.sum());
            operations.put(dtype + " sum of rows", () -> x.sum(1));
            operations.put(dtype + " sum of columns", () -> x.sum(0));
            operations.put(dtype + " equal", () -> Elementwise.equal(x, y));
            operations.put(dtype + " where", () -> Elementwise.where(Elementwise.equal(x, y), x, y));
            operations.put(dtype + " transposed", () -> x.transpose().contiguous());
            if (!dtype.isComplex()) {
                operations.put(dtype + " max", () -> x.max());
                operations.put(dtype + " max of rows", () -> Reduce.max(x, 1));
                operations.put(dtype + " all of rows", () -> Reduce.all(x, 1));
                operations.put(dtype + " any of columns", () -> Reduce.any(x, 0));
                operations.put(dtype + " logicalOr", () -> Elementwise.logicalOr(x, y));
                operations.put(dtype + " add column", () -> x.add(y.slice(1, 0, 1)));
                for (DType to : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
                    operations.put(dtype + " to " + to, () -> x.to(to));
                }
                operations.put(dtype + " cumsum", () -> Scan.cumsum(x, 1));
                operations.put(dtype + " cummax", () -> Scan.cummax(x, 1));
                operations.put(
                        dtype + " repeated",
                        () -> x.slice(1, 0, 1).expand(ROWS, COLUMNS).contiguous());
                operations.put(
                        dtype + " every second", () -> x.slice(1, 0, COLUMNS, 2).contiguous());
                operations.put(dtype + " flip", () -> Shapes.flip(x, 1).contiguous());
            }
            if (dtype.isHalf()) {
                Tensor wide = x.to(DType.FLOAT32);
                Tensor row = numbers(3, dtype, COLUMNS);
                operations.put(dtype + " add number", () -> x.add(3));
                operations.put(dtype + " subtract number", () -> x.subtract(3));
                operations.put(dtype + " multiply by number", () -> x.multiply(3));
                operations.put(dtype + " divide by number", () -> x.divide(3));
                operations.put(dtype + " subtract", () -> x.subtract(y));
                operations.put(dtype + " add row", () -> x.add(row));
                operations.put(dtype + " maximum", () -> Elementwise.maximum(x, y));
                operations.put(dtype + " minimum", () -> Elementwise.minimum(x, y));
                operations.put(dtype + " negative", () -> Elementwise.negative(x));
                operations.put(dtype + " tan", () -> Elementwise.tan(x));
                operations.put(dtype + " asin", () -> Elementwise.asin(x));
                operations.put(dtype + " acos", () -> Elementwise.acos(x));
                operations.put(dtype + " asinh", () -> Special.asinh(x));
                operations.put(dtype + " atanh", () -> Special.atanh(x));
                operations.put(dtype + " abs", () -> x.abs());
                operations.put(dtype + " relu", () -> Elementwise.relu(x));
                Tensor sizes = x.abs();
                operations.put(dtype + " sqrt", () -> Elementwise.sqrt(sizes));
                operations.put(dtype + " min", () -> x.min());
                operations.put(dtype + " from float32", () -> wide.to(dtype));
            }
            if (dtype.isComplex()) {
                operations.put(dtype + " scale", () -> x.multiply(new Complex(0.6, 0.8)));
                addTriangles(dtype);
                operations.put(dtype + " add number", () -> x.add(new Complex(0.6, 0.8)));
                operations.put(dtype + " divide by number", () -> x.divide(new Complex(0.6, 0.8)));
                operations.put(dtype + " conj", () -> x.conj());
                operations.put(dtype + " exp", () -> x.exp());
                operations.put(dtype + " log", () -> x.log());
                operations.put(dtype + " sqrt", () -> x.sqrt());
                operations.put(dtype + " tanh", () -> x.tanh());
                operations.put(
                        dtype + " kron",
                        () -> Kron.kron(x.slice(1, 0, 16), y.slice(0, 0, 1).slice(1, 0, 16)));
                operations.put(dtype + " prod", () -> Reduce.prod(x));
                operations.put(dtype + " prod of columns", () -> Reduce.prod(x, 0));
                Tensor small = x.reshape(-1, 8, 8);
                Tensor smaller = x.reshape(-1, 4, 4);
                operations.put(dtype + " slogdet", () -> Linalg.slogdet(smaller));
                operations.put(
                        dtype + " batchedKron", () -> Kron.batchedKron(small.slice(0, 0, 32), small.slice(0, 32, 64)));
                operations.put(dtype + " abs", () -> x.abs());
                operations.put(
                        dtype + " abs of large numbers", () -> x.multiply(1e30).abs());
                operations.put(dtype + " square", () -> Elementwise.square(x));
                Tensor re = x.real();
                Tensor im = x.imag();
                Tensor real = re.copy();
                operations.put(dtype + " real parts", () -> re.copy());
                operations.put(dtype + " imaginary parts", () -> im.copy());
                operations.put(dtype + " of real numbers", () -> real.to(dtype));
                operations.put(dtype + " of parts", () -> ComplexNumbers.complex(real, real));
                addProducts(dtype);
            }
            if (dtype.isFloating()) {
                operations.put(dtype + " lerp", () -> Elementwise.lerp(x, y, 0.3));
                operations.put(dtype + " cube", () -> x.pow(3));
                operations.put(dtype + " clamp", () -> Elementwise.clamp(x, -1, 2));
                operations.put(
                        dtype + " product and sum",
                        () -> Fused.of(t -> t[0].multiply(t[1]).add(t[0]), x, y));
                operations.put(dtype + " divide", () -> x.divide(y));
                operations.put(dtype + " exp", () -> x.exp());
                operations.put(dtype + " tanh", () -> x.tanh());
                operations.put(dtype + " log", () -> x.log());
            }
        }

        private void addFloating(DType dtype) {
            add(dtype);
            Tensor x = numbers(1, dtype, ROWS, COLUMNS);
            operations.put(dtype + " softmax", () -> Softmax.softmax(x, 1));
            operations.put(dtype + " logsumexp", () -> Reduce.logsumexp(x, 1));
            operations.put(dtype + " layerNorm", () -> Normalization.layerNorm(x, 1, 1e-5));
            operations.put(dtype + " sigmoid", () -> Elementwise.sigmoid(x));
            operations.put(dtype + " max of columns", () -> Reduce.max(x, 0));
            operations.put(dtype + " argmax of rows", () -> Reduce.argmax(x, 1));
            operations.put(dtype + " argmax of columns", () -> Reduce.argmax(x, 0));
            operations.put(dtype + " cumsum of columns", () -> Scan.cumsum(x, 0));
            operations.put(dtype + " min of rows", () -> Reduce.min(x, 1));
            operations.put(dtype + " prod of rows", () -> Reduce.prod(x, 1));
            operations.put(dtype + " expm1", () -> Elementwise.expm1(x));
            operations.put(dtype + " log1p", () -> Elementwise.log1p(x));
            operations.put(dtype + " sin", () -> Elementwise.sin(x));
            operations.put(dtype + " cos", () -> Elementwise.cos(x));
            operations.put(dtype + " atan", () -> Elementwise.atan(x));
            operations.put(dtype + " atan2", () -> Elementwise.atan2(x, x));
            operations.put(dtype + " softplus", () -> Elementwise.softplus(x));
            operations.put(dtype + " remainder", () -> Elementwise.remainder(x, 3));
            operations.put(dtype + " fmod", () -> Special.fmod(x, x));
            operations.put(dtype + " hypot", () -> Special.hypot(x, x));
            operations.put(dtype + " sinh", () -> Elementwise.sinh(x));
            operations.put(dtype + " cosh", () -> Elementwise.cosh(x));
            operations.put(dtype + " abs", () -> x.abs());
            operations.put(dtype + " relu", () -> Elementwise.relu(x));
            operations.put(dtype + " rsqrt", () -> Elementwise.rsqrt(x));
            operations.put(dtype + " add number", () -> x.add(3));
            operations.put(dtype + " divide number", () -> Elementwise.divide(3, x));
            operations.put(dtype + " maximum", () -> Elementwise.maximum(x, x));
            operations.put(dtype + " minimum of number", () -> Elementwise.minimum(x, 3));
            Tensor column = numbers(4, dtype, ROWS, 1);
            operations.put(dtype + " multiply by column", () -> x.multiply(column));
            Tensor row = numbers(5, dtype, COLUMNS);
            operations.put(dtype + " add a row", () -> x.add(row));
            operations.put(dtype + " subtract a row", () -> x.subtract(row));
            operations.put(dtype + " multiply by a row", () -> x.multiply(row));
            operations.put(dtype + " outer product", () -> column.multiply(row));
            Tensor squares = numbers(1, dtype, ROWS * COLUMNS / 64, 8, 8);
            operations.put(dtype + " slogdet", () -> Linalg.slogdet(squares));
            addTriangles(dtype);
            addProducts(dtype);
        }

        private void addTriangles(DType dtype) {
            Tensor squares = numbers(1, dtype, ROWS * COLUMNS / 64, 8, 8);
            operations.put(dtype + " lstsq", () -> LeastSquares.lstsq(squares, squares));
            operations.put(dtype + " svdvals", () -> Linalg.svdvals(squares));
            operations.put(dtype + " qr", () -> Linalg.qr(squares));
        }

        private void addBytes(DType dtype) {
            Tensor x = numbers(1, dtype, ROWS / 4, COLUMNS * 4);
            Tensor y = numbers(2, dtype, ROWS / 4, COLUMNS * 4);
            Tensor floats = numbers(1, DType.FLOAT32, ROWS / 4, COLUMNS * 4).multiply(50);
            operations.put(dtype + " maximum", () -> Elementwise.maximum(x, y));
            operations.put(dtype + " minimum", () -> Elementwise.minimum(x, y));
            operations.put(dtype + " less", () -> Elementwise.less(x, y));
            operations.put(dtype + " lessEqual", () -> Elementwise.lessEqual(x, y));
            operations.put(dtype + " notEqual", () -> Elementwise.notEqual(x, y));
            operations.put(dtype + " add number", () -> x.add(3));
            operations.put(dtype + " multiply by number", () -> x.multiply(3));
            operations.put(dtype + " subtract from number", () -> Elementwise.subtract(3, x));
            operations.put(dtype + " negative", () -> Elementwise.negative(x));
            operations.put(dtype + " abs", () -> x.abs());
            operations.put(dtype + " min of long rows", () -> Reduce.min(x, 1));
            operations.put(dtype + " to int64", () -> x.to(DType.INT64));
            operations.put(dtype + " from float32", () -> floats.to(dtype));
        }

        private void addProducts(DType dtype) {
            for (int n : new int[] {4, 8, 16, 32}) {
                Tensor a = numbers(1, dtype, ROWS * COLUMNS / n / n, n, n);
                operations.put(dtype + " products " + n, () -> a.matmul(a));
            }
        }

        private void optimizers(Tensor gradient) {
            Map<String, Function<Parameters, Optimizer>> all = Map.of(
                    "Sgd", Sgd::new,
                    "Sgd with momentum", p -> new Sgd(p, 0.9, 0),
                    "Sgd with momentum and decay", p -> new Sgd(p, 0.9, 0.1),
                    "RmsProp", RmsProp::new,
                    "Adagrad", Adagrad::new,
                    "Adadelta", Adadelta::new,
                    "NAdam", NAdam::new,
                    "Adam", Adam::new,
                    "AdamW", p -> Adam.withDecay(p, 0.01));
            all.forEach((name, make) -> {
                Parameters parameters = new Parameters();
                parameters.add("p", gradient.copy());
                Optimizer optimizer = make.apply(parameters);
                optimizer.rate(1e-3);
                operations.put(name, () -> optimizer.step(List.of(gradient)));
            });
        }

        private List<String> objects() {
            try (TensorScope scope = Device.cpu().openScope()) {
                add(DType.COMPLEX64);
                add(DType.COMPLEX128);
                addFloating(DType.FLOAT64);
                addFloating(DType.FLOAT32);
                for (DType dtype : List.of(DType.FLOAT16, DType.BFLOAT16, DType.INT32, DType.INT64, DType.UINT8)) {
                    add(dtype);
                }
                Tensor bytes = numbers(1, DType.UINT8, ROWS / 4, COLUMNS * 4);
                operations.put("uint8 max of columns", () -> Reduce.max(bytes, 0));
                Tensor whole = numbers(1, DType.INT32, ROWS, COLUMNS);
                operations.put("int32 min of rows", () -> Reduce.min(whole, 1));
                operations.put("int32 max of columns", () -> Reduce.max(whole, 0));
                operations.put("int32 maximum", () -> Elementwise.maximum(whole, whole));
                operations.put("int32 add number", () -> whole.add(3));
                operations.put("uint8 minimum of number", () -> Elementwise.minimum(bytes, 3));
                operations.put("int32 argmax of columns", () -> Reduce.argmax(whole, 0));
                Tensor large = numbers(1, DType.INT64, ROWS, COLUMNS);
                operations.put("int64 maximum of number", () -> Elementwise.maximum(large, 3));
                operations.put("int64 argmax of columns", () -> Reduce.argmax(large, 0));
                operations.put("int64 max of columns", () -> Reduce.max(large, 0));
                operations.put("uint8 to int32", () -> bytes.to(DType.INT32));
                addBytes(DType.INT8);
                addBytes(DType.UINT8);
                Tensor x = numbers(1, DType.FLOAT32, ROWS, COLUMNS);
                Tensor wanted = numbers(3, DType.FLOAT32, ROWS, COLUMNS).requiresGrad();
                operations.put("relu and its gradient", () -> Gradients.vjp(Elementwise.relu(wanted), x, wanted));
                Map<String, UnaryOperator<Tensor>> activations = Map.of(
                        "clamp", t -> Elementwise.clamp(t, -1, 2),
                        "leakyRelu", t -> Activations.leakyRelu(t, 0.1),
                        "elu", Activations::elu,
                        "gelu", Activations::gelu,
                        "geluTanh", Activations::geluTanh,
                        "silu", Activations::silu,
                        "softsign", Activations::softsign,
                        "softplus", Elementwise::softplus,
                        "softmax", t -> Softmax.softmax(t, 1),
                        "logSoftmax", t -> Softmax.logSoftmax(t, 1));
                activations.forEach((name, f) -> {
                    operations.put(name, () -> f.apply(x).close());
                    operations.put(name + " and its gradient", () -> Gradients.vjp(f.apply(wanted), x, wanted));
                });
                operations.put(
                        "softmax of columns and its gradient",
                        () -> Gradients.vjp(Softmax.softmax(wanted, 0), x, wanted));
                operations.put(
                        "logSoftmax of columns and its gradient",
                        () -> Gradients.vjp(Softmax.logSoftmax(wanted, 0), x, wanted));
                Tensor one = Tensor.of(1f);
                Map<String, UnaryOperator<Tensor>> losses = Map.of(
                        "mse", t -> Losses.mse(t, x, Reduction.MEAN),
                        "l1", t -> Losses.l1(t, x, Reduction.MEAN),
                        "huber", t -> Losses.huber(t, x, 1, Reduction.MEAN),
                        "bceWithLogits", t -> Losses.bceWithLogits(t, x, Reduction.MEAN),
                        "layerNorm", t -> Normalization.layerNorm(t, 1, 1e-5).sum());
                losses.forEach((name, f) ->
                        operations.put(name + " and its gradient", () -> Gradients.vjp(f.apply(wanted), one, wanted)));
                Tensor channels = x.reshape(ROWS / 8, 8, COLUMNS);
                Tensor eight = numbers(4, DType.FLOAT32, 8).abs();
                operations.put(
                        "batchNormInference",
                        () -> Normalization.batchNormInference(channels, eight, eight, eight, eight, 1e-5));
                Tensor groups = channels.copy().requiresGrad();
                Tensor odd = x.slice(1, 0, COLUMNS - 5).copy().requiresGrad();
                operations.put(
                        "groupNorm and its gradient",
                        () -> Gradients.vjp(Normalization.groupNorm(groups, 2, eight, eight, 1e-5), channels, groups));
                Tensor halves = channels.to(DType.BFLOAT16).copy();
                Tensor ofHalves = halves.copy().requiresGrad();
                Tensor eightHalves = eight.to(DType.BFLOAT16).copy();
                operations.put(
                        "batchNorm of bfloat16 and its gradient",
                        () -> Gradients.vjp(
                                Normalization.batchNorm(ofHalves, eightHalves, eightHalves, 1e-5), halves, ofHalves));
                operations.put(
                        "layerNorm of lines that are no whole vectors and its gradient",
                        () -> Gradients.vjp(Normalization.layerNorm(odd, 1, 1e-5), odd.detach(), odd));
                operations.put("normal", () -> Random.normal(1, DType.FLOAT32, ROWS, COLUMNS));
                operations.put("uniform", () -> Random.uniform(1, DType.FLOAT32, ROWS, COLUMNS));
                Tensor lines = x.reshape(ROWS * COLUMNS / 16, 16);
                operations.put("sort of lines", () -> Order.sort(lines, 1));
                operations.put("argsort of lines", () -> Order.argsort(lines, 1));
                operations.put("sort of long lines", () -> Order.sort(x, 1));
                operations.put("floor", () -> Elementwise.floor(x));
                operations.put("erf", () -> Special.erf(x));
                operations.put("erfc", () -> Special.erfc(x));
                operations.put("power", () -> Elementwise.power(x, x));
                Tensor wide = x.to(DType.FLOAT64).abs().add(0.5);
                operations.put("power float64", () -> Elementwise.power(wide, wide));
                optimizers(x);
                Tensor image = numbers(1, DType.FLOAT32, 8, 16, 32, 32);
                Tensor kernel = numbers(2, DType.FLOAT32, 16, 16, 3, 3);
                operations.put("conv2d", () -> Convolutions.conv2d(image, kernel, Sliding.by(1)));
                Tensor leaves = numbers(3, DType.FLOAT32, 48, 16, 3, 3).requiresGrad();
                Tensor slopes = numbers(4, DType.FLOAT32, 8, 48, 30, 30);
                operations.put(
                        "gradient of conv2d", () -> Gradients.vjp(Convolutions.conv2d(image, leaves), slopes, leaves));
                operations.put("maxPool2d", () -> Pooling.maxPool2d(image, 2));
                Tensor driven = numbers(1, DType.FLOAT32, 32, 32, 256);
                Tensor weights = numbers(2, DType.FLOAT32, 256, 64);
                Tensor zeros = Tensor.zeros(DType.FLOAT32, 32, 64);
                operations.put("lstm", () -> Recurrence.lstm(driven, weights, zeros, zeros, false));
                Tensor leaf = driven.copy().requiresGrad();
                operations.put(
                        "gradient of lstm",
                        () -> Gradients.of(
                                Recurrence.lstm(leaf, weights, zeros, zeros, false)
                                        .get(0)
                                        .sum(),
                                leaf));
                operations.values().forEach(Program::cost);
                List<String> objects = new ArrayList<>();
                operations.forEach((name, operation) -> {
                    long cost = cost(operation);
                    boolean hasBlocks = Stream.of("2d", "lstm", "of lines", "lstsq", "svdvals", "qr")
                            .anyMatch(name::endsWith);
                    boolean hasFew = name.endsWith("of large numbers");
                    long limit = hasBlocks ? LIMIT_OF_BLOCKS : hasFew ? LIMIT_OF_FEW : LIMIT;
                    for (int round = 1; round < ROUNDS && cost > limit; round++) {
                        cost = cost(operation);
                    }
                    if (cost > limit) {
                        objects.add(name);
                    }
                });
                return objects;
            }
        }

        public static void main(String[] arguments) {
            List<String> objects = new Program().objects();
            objects.forEach(name -> System.out.println(FOUND + name));
            System.exit(0);
        }
    }
}
