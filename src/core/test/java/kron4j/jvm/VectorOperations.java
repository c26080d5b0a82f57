package kron4j.jvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Activations;
import kron4j.ops.AdamStep;
import kron4j.ops.Attention;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Convolutions;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import kron4j.ops.Losses;
import kron4j.ops.MatMul;
import kron4j.ops.Normalization;
import kron4j.ops.Order;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Recurrence;
import kron4j.ops.Reduce;
import kron4j.ops.Reduction;
import kron4j.ops.Scan;
import kron4j.ops.Scatter;
import kron4j.ops.Sliding;
import kron4j.ops.Softmax;
import kron4j.ops.Special;

/** Operations that vectors compute on the CPU, and by how much their results may differ from those of plain Java. */
final class VectorOperations {
    /** Greatest error of a function of floats, in units in the last place, by vectors and in plain Java. */
    private static final double ULPS = 3;
    /** Of both ways together, for what takes up to four functions and eight roundings, relative to its scale. */
    private static final double COMPOSED = 2 * (4 * ULPS + 8);

    /** Operands of a case: two of one shape, an axis, and indices of it. */
    record Input(Tensor x, Tensor y, int axis, Tensor index) {
        int length() {
            return (int) x.shape().at(axis);
        }
    }

    /** What is computed. */
    interface Function {
        Tensor of(Input in);
    }

    /** By how much it may differ, in the distance of floats (or doubles) at 1; from the operands' absolute values, 0 for what is not finite, and the result's. */
    interface Bound {
        Tensor of(Input in, Tensor result);
    }

    private static final Bound EXACT = (in, r) -> null;
    private static final Bound FUNCTION = (in, r) -> r.multiply(2 * ULPS);
    private static final Bound SUM = (in, r) -> in.x.sum(in.axis).multiply(in.length());
    private static final Bound UNIT = (in, r) -> r.add(1).multiply(COMPOSED);
    private static final Bound ACTIVATION = (in, r) -> in.x.add(1).multiply(COMPOSED);
    private static final Bound LINE =
            (in, r) -> Reduce.max(in.x, true, in.axis).add(4).multiply(COMPOSED + 8 * in.length());

    enum Values {
        /** All numbers of the dtype, in some cases. */
        ALL,
        /** Without those that overflow in sums. */
        MODERATE,
        /** In [1/2, 2] or the negative, so that products do not overflow. */
        NEAR_ONE,
        /** In [-2, 2]. */
        FINITE
    }

    record Operation(
            String name, Predicate<DType> dtypes, Values values, int least, int most, Function function, Bound bound) {}

    static final List<Operation> ALL = operations();

    private VectorOperations() {}

    private static final class Table {
        private final List<Operation> rows = new ArrayList<>();
        private Predicate<DType> dtypes;
        private Values values;
        private int least;
        private int most;

        private Table of(Predicate<DType> dtypes, Values values, int least, int most) {
            this.dtypes = dtypes;
            this.values = values;
            this.least = least;
            this.most = most;
            return this;
        }

        private Table row(String name, Function function, Bound bound) {
            rows.add(new Operation(name, dtypes, values, least, most, function, bound));
            return this;
        }
    }

    private static List<Operation> operations() {
        Table table = new Table();
        moved(table);
        arithmetic(table);
        functions(table);
        folds(table);
        networks(table);
        products(table);
        return table.rows;
    }

    private static boolean isWide(DType dtype) {
        return dtype.isFloating() && !dtype.isHalf();
    }

    static boolean hasFraction(DType dtype) {
        return dtype.isFloating() || dtype.isComplex();
    }

    private static void moved(Table table) {
        table.of(d -> true, Values.ALL, 1, 3)
                .row("copy", in -> in.x.copy(), EXACT)
                .row("flip", in -> in.x.flip(in.axis).copy(), EXACT)
                .row("transpose", in -> in.x.transpose(0, in.axis).copy(), EXACT)
                .row("take", in -> Indexing.take(in.x, in.index, in.axis), EXACT)
                .row("concat", in -> Indexing.concat(in.axis, in.x, in.y), EXACT)
                .row("equal", in -> Elementwise.equal(in.x, in.y), EXACT)
                .row("notEqual", in -> Elementwise.notEqual(in.x, in.y), EXACT)
                .row("where", in -> Elementwise.where(Elementwise.equal(in.x, in.y), in.x, in.y), EXACT);
        table.of(d -> !d.isComplex(), Values.ALL, 1, 3);
        for (DType to : DType.values()) {
            table.row("to " + to, in -> in.x.to(to), EXACT);
        }
        table.row("less", in -> Elementwise.less(in.x, in.y), EXACT)
                .row("lessEqual", in -> Elementwise.lessEqual(in.x, in.y), EXACT)
                .row("where less", in -> Elementwise.where(Elementwise.less(in.x, in.y), in.x, in.y), EXACT)
                .row("maximum", in -> Elementwise.maximum(in.x, in.y), EXACT)
                .row("minimum", in -> Elementwise.minimum(in.x, in.y), EXACT)
                .row("max", in -> in.x.max(in.axis), EXACT)
                .row("min", in -> in.x.min(in.axis), EXACT)
                .row("argmax", in -> Reduce.argmax(in.x, in.axis), EXACT)
                .row("argmin", in -> Reduce.argmin(in.x, in.axis), EXACT)
                .row("cummax", in -> Scan.cummax(in.x, in.axis).values(), EXACT)
                .row("sort", in -> Order.sort(in.x, in.axis), EXACT)
                .row("argsort", in -> Order.argsort(in.x, in.axis), EXACT)
                .row("booleanMask", in -> Scatter.booleanMask(in.x, Elementwise.less(in.x, in.y)), EXACT)
                .row("nonzero", in -> Scatter.nonzero(in.x), EXACT)
                .row(
                        "topk",
                        in -> Order.topk(in.x, Math.min(3, in.length()), in.axis)
                                .indices(),
                        EXACT);
        table.of(DType::isComplex, Values.ALL, 1, 3)
                .row("real", in -> ComplexNumbers.real(in.x).copy(), EXACT)
                .row("imag", in -> ComplexNumbers.imag(in.x).copy(), EXACT)
                .row("conj", in -> in.x.conj().copy(), EXACT)
                .row("to complex64", in -> in.x.to(DType.COMPLEX64), EXACT)
                .row("to complex128", in -> in.x.to(DType.COMPLEX128), EXACT);
        table.of(DType::isFloating, Values.FINITE, 1, 3)
                .row(
                        "uniform",
                        in -> Random.uniform(
                                in.length(), in.x.dtype(), in.x.shape().dims()),
                        EXACT)
                .row(
                        "normal",
                        in -> Random.normal(
                                in.length(), in.x.dtype(), in.x.shape().dims()),
                        EXACT)
                .row(
                        "randint",
                        in -> Random.randint(
                                in.length(), -3, 1 + in.length(), in.x.shape().dims()),
                        EXACT);
    }

    private static void arithmetic(Table table) {
        table.of(DType::isNumber, Values.ALL, 1, 3)
                .row("add", in -> in.x.add(in.y), EXACT)
                .row("subtract", in -> in.x.subtract(in.y), EXACT)
                .row("add number", in -> in.x.add(3), EXACT)
                .row("subtract from number", in -> Elementwise.subtract(3, in.x), EXACT)
                .row("multiply by number", in -> in.x.multiply(3), EXACT)
                .row("subtract number", in -> in.x.subtract(3), EXACT)
                .row("add line", in -> in.x.add(in.y.slice(in.axis, 0, 1)), EXACT)
                .row("negative", in -> Elementwise.negative(in.x), EXACT);
        table.of(d -> d.isNumber() && !d.isComplex(), Values.ALL, 1, 3)
                .row("multiply", in -> in.x.multiply(in.y), EXACT)
                .row("multiply by line", in -> in.x.multiply(in.y.slice(in.axis, 0, 1)), EXACT)
                .row("square", in -> Elementwise.square(in.x), EXACT)
                .row("abs", in -> in.x.abs(), EXACT)
                .row("sign", in -> Elementwise.sign(in.x), EXACT)
                .row("maximum of number", in -> Elementwise.maximum(in.x, 2), EXACT)
                .row("minimum of number", in -> Elementwise.minimum(in.x, 2), EXACT)
                .row(
                        "remainder",
                        in -> Elementwise.remainder(in.x, Elementwise.where(Elementwise.equal(in.y, 0), 1, in.y)),
                        EXACT)
                .row("remainder by number", in -> Elementwise.remainder(in.x, 3), EXACT)
                .row("logicalXor", in -> Elementwise.logicalXor(in.x, in.y), EXACT)
                .row("any", in -> Reduce.any(in.x, in.axis), EXACT)
                .row("all", in -> Reduce.all(in.x, in.axis), EXACT)
                .row("clamp", in -> Elementwise.clamp(in.x, 1, 2), EXACT);
        table.of(DType::isFloating, Values.ALL, 1, 3)
                .row("divide", in -> in.x.divide(in.y), EXACT)
                .row("divide by line", in -> in.x.divide(in.y.slice(in.axis, 0, 1)), EXACT)
                .row("divide by number", in -> in.x.divide(3), EXACT)
                .row("divide number", in -> Elementwise.divide(3, in.x), EXACT)
                .row("sqrt", in -> in.x.sqrt(), EXACT)
                .row("relu", in -> Elementwise.relu(in.x), EXACT)
                .row("floor", in -> Elementwise.floor(in.x), EXACT)
                .row("ceil", in -> Elementwise.ceil(in.x), EXACT)
                .row("round", in -> Elementwise.round(in.x), EXACT)
                .row("isNan", in -> Elementwise.isNan(in.x), EXACT)
                .row("isInf", in -> Elementwise.isInf(in.x), EXACT)
                .row("isFinite", in -> Elementwise.isFinite(in.x), EXACT);
        Bound product = (in, r) -> in.x.multiply(in.y).multiply(4);
        table.of(DType::isComplex, Values.MODERATE, 1, 3)
                .row("multiply", in -> in.x.multiply(in.y), product)
                .row(
                        "multiply by line",
                        in -> in.x.multiply(in.y.slice(in.axis, 0, 1)),
                        (in, r) -> product.of(new Input(in.x, in.y.slice(in.axis, 0, 1), in.axis, in.index), r))
                .row("square", in -> Elementwise.square(in.x), (in, r) -> r.multiply(4))
                .row("divide", in -> in.x.divide(in.y), (in, r) -> r.multiply(16))
                .row("divide by number", in -> in.x.divide(new Complex(0.6, 0.8)), (in, r) -> r.multiply(16))
                .row("add number", in -> in.x.add(new Complex(0.6, 0.8)), EXACT)
                .row(
                        "of parts",
                        in -> ComplexNumbers.complex(
                                in.x.real().copy(), in.y.real().copy()),
                        EXACT)
                .row("reciprocal", in -> Elementwise.reciprocal(in.x), (in, r) -> r.multiply(16))
                .row("scale", in -> in.x.multiply(new Complex(0.6, 0.8)), (in, r) -> r.multiply(4))
                .row("abs", in -> in.x.abs(), FUNCTION);
    }

    private static void functions(Table table) {
        table.of(DType::isFloating, Values.ALL, 1, 2)
                .row("exp", in -> in.x.exp(), FUNCTION)
                .row("expm1", in -> Elementwise.expm1(in.x), FUNCTION)
                .row("log", in -> in.x.log(), FUNCTION)
                .row("log1p", in -> Elementwise.log1p(in.x), FUNCTION)
                .row("sin", in -> Elementwise.sin(in.x), FUNCTION)
                .row("cos", in -> Elementwise.cos(in.x), FUNCTION)
                .row("tanh", in -> in.x.tanh(), FUNCTION)
                .row("atan", in -> Elementwise.atan(in.x), FUNCTION)
                .row("atan2", in -> Elementwise.atan2(in.x, in.y), FUNCTION)
                .row("power", in -> Elementwise.power(in.x, in.y), FUNCTION)
                .row("hypot", in -> Special.hypot(in.x, in.y), FUNCTION)
                .row("sinh", in -> Elementwise.sinh(in.x), FUNCTION)
                .row("cosh", in -> Elementwise.cosh(in.x), FUNCTION)
                .row("tan", in -> Elementwise.tan(in.x), FUNCTION)
                .row("asin", in -> Elementwise.asin(in.x), FUNCTION)
                .row("acos", in -> Elementwise.acos(in.x), FUNCTION)
                .row("asinh", in -> Special.asinh(in.x), FUNCTION)
                .row("atanh", in -> Special.atanh(in.x), FUNCTION)
                .row("rsqrt", in -> Elementwise.rsqrt(in.x), FUNCTION)
                .row("sigmoid", in -> Elementwise.sigmoid(in.x), FUNCTION)
                .row("softplus", in -> Elementwise.softplus(in.x), FUNCTION)
                .row("erf", in -> Special.erf(in.x), FUNCTION)
                .row("erfc", in -> Special.erfc(in.x), FUNCTION);
        // Hyperbolic sines and cosines, whose quotients have six roundings.
        Bound curve = (in, r) -> r.abs().multiply(16);
        table.of(DType::isComplex, Values.MODERATE, 1, 2)
                .row("exp", in -> in.x.exp(), curve)
                .row("log", in -> in.x.log(), curve)
                .row("sqrt", in -> in.x.sqrt(), curve)
                .row("sin", in -> Elementwise.sin(in.x), curve)
                .row("cosh", in -> Elementwise.cosh(in.x), curve)
                .row("tanh", in -> in.x.tanh(), curve)
                .row("tan", in -> Elementwise.tan(in.x), curve);
    }

    private static void folds(Table table) {
        table.of(DType::isNumber, Values.MODERATE, 1, 3)
                .row("sum", in -> in.x.sum(in.axis), SUM)
                .row("sum of all", in -> in.x.sum(), (in, r) -> in.x.sum().multiply(in.x.size()))
                .row("mean", in -> in.x.mean(in.axis), (in, r) -> in.x.sum(in.axis))
                .row(
                        "cumsum",
                        in -> Scan.cumsum(in.x, in.axis),
                        (in, r) -> Scan.cumsum(in.x, in.axis).multiply(in.length()));
        table.of(DType::isNumber, Values.NEAR_ONE, 1, 3)
                .row("prod", in -> Reduce.prod(in.x, in.axis), (in, r) -> r.multiply(4 * in.length()))
                .row("cumprod", in -> Scan.cumprod(in.x, in.axis), (in, r) -> r.multiply(4 * in.length()));
        table.of(VectorOperations::hasFraction, Values.MODERATE, 1, 3)
                .row("norm", in -> Reduce.norm(in.x, in.axis), (in, r) -> r.multiply(in.length() + 8))
                .row(
                        "var",
                        in -> Reduce.var(in.x, in.axis),
                        (in, r) -> r.add(Elementwise.square(in.x.mean(in.axis)).multiply(in.length() * 0x1p-20))
                                .multiply(2 * in.length() + 8));
    }

    private static void networks(Table table) {
        table.of(VectorOperations::isWide, Values.MODERATE, 1, 2);
        both(table, "relu", in -> Elementwise.relu(in.x), ACTIVATION);
        both(table, "clamp", in -> Elementwise.clamp(in.x, -1, 2), ACTIVATION);
        both(table, "gelu", in -> Activations.gelu(in.x), ACTIVATION);
        both(table, "geluTanh", in -> Activations.geluTanh(in.x), ACTIVATION);
        both(table, "silu", in -> Activations.silu(in.x), ACTIVATION);
        both(table, "mish", in -> Activations.mish(in.x), ACTIVATION);
        both(table, "softsign", in -> Activations.softsign(in.x), ACTIVATION);
        both(table, "elu", in -> Activations.elu(in.x, 0.7), ACTIVATION);
        both(table, "leakyRelu", in -> Activations.leakyRelu(in.x, 0.1), ACTIVATION);
        both(table, "hardtanh", in -> Activations.hardtanh(in.x), ACTIVATION);
        both(table, "sigmoid", in -> Elementwise.sigmoid(in.x), ACTIVATION);
        both(table, "tanh", in -> in.x.tanh(), ACTIVATION);
        both(table, "softplus", in -> Elementwise.softplus(in.x), ACTIVATION);
        both(table, "softmax", in -> Softmax.softmax(in.x, in.axis), LINE);
        both(table, "logSoftmax", in -> Softmax.logSoftmax(in.x, in.axis), LINE);
        both(table, "logsumexp", in -> Reduce.logsumexp(in.x, true, in.axis), LINE);
        loss(table, "mse", (x, y) -> Losses.mse(x, y, Reduction.SUM));
        loss(table, "l1", (x, y) -> Losses.l1(x, y, Reduction.SUM));
        loss(table, "huber", (x, y) -> Losses.huber(x, y, 0.8, Reduction.SUM));
        loss(table, "smoothL1", (x, y) -> Losses.smoothL1(x, y, 0.8, Reduction.SUM));
        loss(table, "bceWithLogits", (x, y) -> Losses.bceWithLogits(x, y, Reduction.SUM));
        table.of(VectorOperations::isWide, Values.FINITE, 2, 3);
        // The inverse deviation is at most 4.
        Bound norm = (in, r) -> r.add(64)
                .multiply(COMPOSED
                        + in.x.size()
                                / Math.min(in.x.shape().at(0), in.x.shape().at(1)));
        both(table, "layerNorm", in -> Normalization.layerNorm(in.x, 1, 0.1), norm);
        both(table, "layerNorm with weights", in -> Normalization.layerNorm(in.x, last(in.x), last(in.y), 0.1), norm);
        both(table, "rmsNorm", in -> Normalization.rmsNorm(in.x, 1, 0.1), norm);
        both(table, "batchNorm", in -> Normalization.batchNorm(in.x, channels(in.x), channels(in.y), 0.1), norm);
        both(
                table,
                "batchNormInference",
                in -> Normalization.batchNormInference(
                        in.x, channels(in.x), channels(in.y).abs(), channels(in.y), channels(in.x), 0.1),
                norm);
        table.of(VectorOperations::isWide, Values.FINITE, 1, 3).row("adam", VectorOperations::adam, UNIT);
        table.of(VectorOperations::isWide, Values.FINITE, 3, 3);
        // Scores are sums over the last axis, results and gradients of those over the middle one.
        Bound attention = (in, r) -> r.add(8)
                .multiply(4
                        * (COMPOSED + 4 * in.x.shape().at(2) + 2 * in.x.shape().at(1)));
        both(table, "attention", in -> Attention.scaledDotProductAttention(in.x, in.y, in.x), attention);
        both(table, "causal attention", in -> Attention.causal(in.x, in.y, in.x), attention);
        both(
                table,
                "maxPool2d",
                in -> Pooling.maxPool2d(
                        in.x.unsqueeze(0), (int) Math.min(2, in.x.shape().at(1)), (int)
                                Math.min(2, in.x.shape().at(2))),
                UNIT);
        // Sums of products of at most 8, over up to nine places of all inputs, or of four or five outputs.
        Bound correlation = (in, r) -> {
            double terms =
                    9.0 * Math.max(5, Math.max(in.x.shape().at(0), in.x.shape().at(1)));
            return r.multiply(0).add(8 * terms * terms);
        };
        both(table, "conv2d", in -> Convolutions.conv2d(in.x.unsqueeze(0), kernel(in.y)), correlation);
        both(
                table,
                "maxPool",
                in -> Pooling.maxPool1d(in.x, (int) Math.min(3, in.x.shape().at(2))),
                UNIT);
        both(
                table,
                "avgPool",
                in -> Pooling.avgPool1d(in.x, (int) Math.min(3, in.x.shape().at(2))),
                UNIT);
        both(
                table,
                "conv",
                in -> Convolutions.conv1d(
                        in.x,
                        in.y.slice(2, 0, Math.min(3, in.y.shape().at(2)))
                                .slice(0, 0, Math.min(5, in.y.shape().at(0))),
                        Sliding.by(1)),
                correlation);
        both(table, "lstm", VectorOperations::lstm, (in, r) -> r.add(8).multiply(8 * COMPOSED));
    }

    /** A sum of terms of at most (|x| + |y| + 1)^2, whose slopes are at most twice the root of that. */
    private static void loss(Table table, String name, BinaryOperator<Tensor> f) {
        Function function = in -> f.apply(in.x, in.y);
        table.row(
                        name,
                        function,
                        (in, r) ->
                                Elementwise.square(in.x.add(in.y).add(1)).sum().multiply(COMPOSED + in.x.size()))
                .row(
                        "gradient of " + name,
                        in -> gradient(function, in),
                        (in, r) -> in.x.add(in.y).add(1).multiply(2 * COMPOSED));
    }

    /** Of four outputs, 3 by 3 where it fits. */
    private static Tensor kernel(Tensor t) {
        Tensor window = t.slice(1, 0, Math.min(3, t.shape().at(1)))
                .slice(2, 0, Math.min(3, t.shape().at(2)));
        return Indexing.stack(0, window, window.multiply(2), window.negate(), window.flip(2));
    }

    /** A line of the last axis. */
    private static Tensor last(Tensor t) {
        return (t.rank() == 2 ? t.select(0, 0) : t.select(0, 0).select(0, 0)).detach();
    }

    private static Tensor channels(Tensor t) {
        return (t.rank() == 2 ? t.select(0, 0) : t.select(2, 0).select(0, 0)).detach();
    }

    /** Up to five steps of a state of as many numbers as a quarter of the last axis has, at least 1; what is handed on from step to step gets smaller. */
    private static Tensor lstm(Input in) {
        int n = (int) Math.max(1, in.x.shape().at(2) / 4);
        Tensor steps = in.x.slice(0, 0, Math.min(5, in.x.shape().at(0)));
        Tensor driven = Indexing.concat(2, steps, steps, steps, steps).slice(2, 0, 4L * n);
        Tensor weights =
                in.y.select(0, 0).slice(1, 0, 1).slice(0, 0, 1).multiply(0x1p-6).expand(4L * n, n);
        Tensor zeros = Tensor.zeros(in.x.dtype(), in.x.shape().at(1), n);
        return Recurrence.lstm(driven, weights, zeros, zeros, false).get(0);
    }

    /** A function of x and its gradient. */
    private static void both(Table table, String name, Function f, Bound bound) {
        table.row(name, f, bound).row("gradient of " + name, in -> gradient(f, in), bound);
    }

    /** With slopes of -3/4 to 3/4. */
    private static Tensor gradient(Function f, Input in) {
        Tensor x = in.x.detach().requiresGrad();
        Tensor y = f.of(new Input(x, in.y, in.axis, in.index));
        double[] slopes = new double[Math.toIntExact(y.size())];
        Arrays.setAll(slopes, i -> (i % 7 - 3) / 4.0);
        Tensor v = Tensor.of(slopes).to(y.dtype()).reshape(y.shape());
        return Gradients.vjp(y, v, x).get(0);
    }

    private static void products(Table table) {
        table.of(VectorOperations::hasFraction, Values.FINITE, 2, 3);
        product(table, "matmul", in -> in.x, in -> few(in.y, -2).transpose(-1, -2));
        product(table, "matmul of columns", in -> few(in.x, -1).adjoint(), in -> few(in.y, -1));
        table.of(DType::isNumber, Values.FINITE, 3, 3)
                .row(
                        "kron",
                        in -> Kron.batchedKron(
                                in.x.slice(1, 0, Math.min(3, in.x.shape().at(1))), in.y),
                        (in, r) -> r.multiply(4));
        table.of(VectorOperations::hasFraction, Values.FINITE, 1, 1)
                .row(
                        "outer",
                        in -> MatMul.outer(
                                in.x.slice(0, 0, Math.min(70, in.length())),
                                in.y.slice(0, 0, Math.min(1100, in.length()))),
                        (in, r) -> r.multiply(4));
        // What is dominated by one element of each row and column has a condition of at most 3, and its factors no
        // growth.
        Bound solved = (in, r) -> r.max()
                .add(1)
                .multiply(COMPOSED + 16 * in.x.size() / in.x.shape().at(0));
        table.of(d -> isWide(d) || d.isComplex(), Values.FINITE, 3, 3)
                .row("lu", in -> Linalg.lu(dominant(in.x).flip(1)).u(), solved)
                .row("solve", in -> Linalg.solve(dominant(in.x).flip(1), square(in.y)), solved)
                .row("slogdet", in -> Linalg.slogdet(dominant(in.x).flip(1)).logAbs(), solved)
                .row(
                        "cholesky",
                        in -> Linalg.cholesky(
                                dominant(square(in.x).add(square(in.x).adjoint()))),
                        solved);
    }

    private static void product(Table table, String name, Function left, Function right) {
        table.row(name, in -> left.of(in).matmul(right.of(in)), (in, r) -> {
            Tensor a = left.of(in);
            return a.matmul(right.of(in)).multiply(4 * a.shape().at(-1));
        });
    }

    private static Tensor few(Tensor t, int axis) {
        return t.slice(axis, 0, Math.min(40, t.shape().at(axis)));
    }

    private static Tensor square(Tensor t) {
        long n = Math.min(t.shape().at(1), t.shape().at(2));
        return t.slice(1, 0, n).slice(2, 0, n);
    }

    private static Tensor dominant(Tensor t) {
        Tensor a = square(t);
        long n = a.shape().at(1);
        return a.add(Tensor.eye(a.dtype(), n).multiply(16 * n));
    }

    private static Tensor adam(Input in) {
        DType dtype = in.x.dtype();
        Tensor parameter = in.x.copy();
        List<Tensor> scalars =
                Stream.of(0.01, 0.9, 0.99).map(c -> Tensor.of(c).to(dtype)).toList();
        new AdamStep(0.9, 0.99, 0.01, 1e-3)
                .run(
                        List.of(parameter),
                        List.of(in.y.copy()),
                        List.of(in.x.copy()),
                        List.of(Elementwise.square(in.x)),
                        scalars);
        return parameter;
    }
}
