package kron4j.contract;

import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Distribution;
import kron4j.backend.ReduceOp;
import kron4j.backend.ScanOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * That a device gives what the CPU gives, on layouts of every kind: permuted, broadcast, with gaps, from odd offsets, of many axes, empty. What lies
 * between the elements of a result must stay. Sums and products are of numbers for which they are exact in any order.
 */
@OnlyOn({SIM, GPU})
public class AgreementContract extends Contract {
    private static final Set<UnaryOp> ROUNDED_FUNCTIONS = Set.of(
            UnaryOp.RSQRT,
            UnaryOp.EXP,
            UnaryOp.EXPM1,
            UnaryOp.LOG,
            UnaryOp.LOG1P,
            UnaryOp.SIN,
            UnaryOp.COS,
            UnaryOp.TAN,
            UnaryOp.ASIN,
            UnaryOp.ACOS,
            UnaryOp.ATAN,
            UnaryOp.SINH,
            UnaryOp.COSH,
            UnaryOp.TANH,
            UnaryOp.ASINH,
            UnaryOp.ACOSH,
            UnaryOp.ATANH,
            UnaryOp.ERF,
            UnaryOp.ERFC,
            UnaryOp.ERFINV,
            UnaryOp.LGAMMA,
            UnaryOp.DIGAMMA,
            UnaryOp.TRIGAMMA,
            UnaryOp.SIGMOID,
            UnaryOp.SOFTPLUS);

    /** CUDA's library states at most 4 units in the last place for float32, of the CPU's functions 2. */
    private static final int UNITS = 6;

    /** Of absolute values: formulas of complex functions have a few such functions and roundings one after the other. */
    private static final int COMPLEX_UNITS = 16;

    /** Powers of complex numbers with parts up to 9: the angle, up to 9 pi + 9 log 13, is rounded before its cosine is taken. */
    private static final int POWER_UNITS = 128;

    /** Of functions: halves and complex64 are rounded once from what is more exact. */
    private static int units(DType dtype, boolean power) {
        return dtype.isHalf() || dtype == DType.COMPLEX64
                ? 1
                : dtype.isComplex() ? power ? POWER_UNITS : COMPLEX_UNITS : UNITS;
    }

    private static boolean takes(DType dtype, UnaryOp op) {
        return dtype.isComplex()
                ? !op.needsReal()
                : op != UnaryOp.CONJUGATE && (dtype.isFloating() || !op.needsFloating());
    }

    private final List<View> held = new ArrayList<>();
    private final Backend cpu = Device.of("cpu").backend();

    /** The same elements on the CPU and on the device. */
    private record Twin(View cpu, View device) {}

    private Backend backend() {
        return device().backend();
    }

    @AfterEach
    void release() {
        held.forEach(v -> v.storage().release());
    }

    private Twin twin(DType dtype, Layout layout, int range, Random random) {
        View v = Grid.random(cpu, dtype, layout, range, random);
        return twin(v);
    }

    private Twin twin(View v) {
        ByteBuffer bytes = bytes(v);
        View w = new View(backend().allocate(v.dtype(), v.storage().size()), v.layout());
        backend().upload(bytes, w.storage(), 0);
        held.add(v);
        held.add(w);
        return new Twin(v, w);
    }

    private static ByteBuffer bytes(View v) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(
                        Math.toIntExact(v.storage().size() * v.dtype().bytes()))
                .order(ByteOrder.nativeOrder());
        v.storage().backend().download(v.storage(), 0, bytes);
        return bytes.flip();
    }

    private void check(String what, int units, Twin out, BiConsumer<Backend, Boolean> operation) {
        double floor = switch (out.cpu.dtype()) {
            case FLOAT16 -> 0x1p-14;
            case BFLOAT16, FLOAT32, COMPLEX64 -> Float.MIN_NORMAL;
            case FLOAT64, COMPLEX128, INT32, INT64, INT8, UINT8, BOOL -> Double.MIN_NORMAL;
        };
        check(what, units, floor, out, operation);
    }

    /** Runs the operation on both and compares all of the results' memory, within units in the last place of each element, or of the floor. */
    private void check(String what, int units, double floor, Twin out, BiConsumer<Backend, Boolean> operation) {
        operation.accept(cpu, true);
        operation.accept(backend(), false);
        if (units == 0 && bytes(out.cpu).equals(bytes(out.device))) {
            return;
        }
        double[][] expected = Grid.parts(out.cpu.storage());
        double[][] actual = Grid.parts(out.device.storage());
        for (int i = 0; i < expected[0].length; i++) {
            double abs = Math.hypot(expected[0][i], expected[1][i]);
            double tolerance = units * out.cpu.dtype().epsilon() * Math.max(abs, floor);
            for (int part = 0; part < 2; part++) {
                double x = expected[part][i];
                double y = actual[part][i];
                boolean same = Double.compare(x, y) == 0 || (x == y && units > 0);
                if (!same && !(Math.abs(x - y) <= tolerance)) {
                    fail(what + " " + out.cpu.dtype() + " " + out.cpu.layout() + ": element " + i
                            + " of the storage: expected " + expected[0][i] + " " + expected[1][i] + "j, got "
                            + actual[0][i] + " " + actual[1][i] + "j");
                }
            }
        }
    }

    private static View of(Twin t, boolean onCpu) {
        return onCpu ? t.cpu : t.device;
    }

    private static Shape shape(Random random) {
        int rank = random.nextInt(11);
        int limit = rank == 0 ? 1 : rank == 1 ? 3000 : rank < 4 ? 12 : rank < 7 ? 4 : 2;
        Shape shape = Grid.shape(rank, limit, random);
        return rank > 0 && random.nextInt(12) == 0 ? shape.with(random.nextInt(rank), 0) : shape;
    }

    /** A layout to read from: now and then the same element along an axis. */
    private static Layout source(Shape shape, Random random) {
        Shape small = shape;
        for (int axis = 0; axis < shape.rank(); axis++) {
            small = random.nextInt(5) == 0 ? small.with(axis, 1) : small;
        }
        Layout layout = random.nextInt(3) == 0 ? Layout.contiguous(small) : Grid.scattered(small, random);
        return layout.expand(shape);
    }

    private static Layout target(Shape shape, Random random) {
        return random.nextInt(3) == 0 ? Layout.contiguous(shape) : Grid.scattered(shape, random);
    }

    @Test
    void unary() {
        Random random = new Random(1);
        for (DType dtype : DType.values()) {
            for (UnaryOp op : UnaryOp.values()) {
                for (int i = 0; i < 4 && takes(dtype, op); i++) {
                    Shape shape = shape(random);
                    Twin a = twin(dtype, source(shape, random), 3, random);
                    Twin out = twin(op.resultOf(dtype), target(shape, random), 3, random);
                    boolean rounded = ROUNDED_FUNCTIONS.contains(op)
                            || op == UnaryOp.ANGLE
                            || (op == UnaryOp.SQRT && dtype.isComplex());
                    int units = rounded ? units(dtype, false) : 0;
                    check(op.name(), units, out, (b, c) -> b.unary(op, of(a, c), of(out, c)));
                }
            }
        }
    }

    @Test
    void binary() {
        Random random = new Random(2);
        for (DType dtype : DType.values()) {
            for (BinaryOp op : BinaryOp.values()) {
                if ((dtype.isComplex() && op.needsReal()) || (!dtype.isFloating() && op.needsFloating())) {
                    continue;
                }
                for (int i = 0; i < 4; i++) {
                    Shape shape = shape(random);
                    Twin a = twin(dtype, source(shape, random), 9, random);
                    Twin b = twin(dtype, source(shape, random), 9, random);
                    if (op.isPartial()) {
                        nonzero(b);
                    }
                    Twin out = twin(op.isPredicate() ? DType.BOOL : dtype, target(shape, random), 3, random);
                    boolean power = op == BinaryOp.POWER;
                    boolean rounded = power || op.needsFloating() || op == BinaryOp.REMAINDER;
                    int units = rounded ? units(dtype, power) : 0;
                    check(op.name(), units, out, (d, c) -> d.binary(op, of(a, c), of(b, c), of(out, c)));
                    Number scalar = dtype.isComplex() && i % 2 == 0
                            ? new Complex(2.5, -1.5)
                            : dtype.isComplex() || dtype.isFloating() ? (Number) 2.5 : (Number) 1L;
                    check(op + " scalar", units, out, (d, c) -> d.binary(op, of(a, c), scalar, false, of(out, c)));
                    check(op + " scalar first", units, out, (d, c) -> d.binary(op, of(b, c), scalar, true, of(out, c)));
                }
            }
        }
    }

    /** Makes all of the storage positive, of complex numbers both parts. */
    private void nonzero(Twin t) {
        for (View v : new View[] {t.cpu, t.device}) {
            Backend b = v.storage().backend();
            View all = v.with(Layout.contiguous(Shape.of(v.storage().size())));
            all = v.dtype().isComplex() ? all.pairs() : all;
            b.unary(UnaryOp.ABS, all, all);
            b.binary(BinaryOp.MAXIMUM, all, 1L, false, all);
        }
    }

    @Test
    void resultsInTheOperandsPlace() {
        Random random = new Random(3);
        for (DType dtype : DType.values()) {
            if (!dtype.isNumber()) {
                continue;
            }
            for (int i = 0; i < 20; i++) {
                Shape shape = shape(random);
                Twin a = twin(dtype, target(shape, random), 9, random);
                Twin b = twin(dtype, source(shape, random), 9, random);
                check("in place", 0, a, (d, c) -> {
                    d.unary(UnaryOp.SQUARE, of(a, c), of(a, c));
                    d.binary(BinaryOp.SUBTRACT, of(a, c), of(b, c), of(a, c));
                    d.binary(BinaryOp.SUBTRACT, of(b, c), of(a, c), of(a, c));
                });
            }
        }
    }

    @Test
    void fillAndWhere() {
        Random random = new Random(4);
        for (DType dtype : DType.values()) {
            for (int i = 0; i < 40; i++) {
                Shape shape = shape(random);
                Twin out = twin(dtype, target(shape, random), 9, random);
                Number value = random.nextBoolean() ? (Number) random.nextGaussian() : (Number) random.nextLong();
                value = dtype.isComplex() && random.nextBoolean() ? new Complex(value.doubleValue(), -2) : value;
                Number filled = value;
                check("fill", 0, out, (b, c) -> b.fill(filled, of(out, c)));
                Twin condition = twin(DType.BOOL, source(shape, random), 1, random);
                Twin x = twin(dtype, source(shape, random), 9, random);
                Twin y = twin(dtype, source(shape, random), 9, random);
                check("where", 0, out, (b, c) -> b.where(of(condition, c), of(x, c), of(y, c), of(out, c)));
            }
        }
    }

    @Test
    void copies() {
        Random random = new Random(5);
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                for (int i = 0; i < (from == to ? 120 : 10) && (to.isComplex() || !from.isComplex()); i++) {
                    Shape shape = shape(random);
                    Twin a = twin(from, source(shape, random), 300, random);
                    Twin out = twin(to, target(shape, random), 300, random);
                    check(from + " to", 0, out, (b, c) -> b.copy(of(a, c), of(out, c)));
                }
            }
        }
    }

    /** Also where they are no doubles, or exceed what they become. */
    @Test
    void conversionsOfAnyInteger() {
        Random random = new Random(14);
        Layout layout = Layout.contiguous(Shape.of(3000));
        Twin a = twin(DType.INT64, layout, 9, random);
        check("bits", 0, a, (b, c) -> b.random(Distribution.BITS, 1, 2, of(a, c)));
        for (DType to : DType.values()) {
            Twin out = twin(to, layout, 9, random);
            check("from int64", 0, out, (b, c) -> b.copy(of(a, c), of(out, c)));
        }
    }

    /** So that every thread and every block takes a second turn: some 4 million elements in packs, 2 million in tiles. */
    @Test
    void moreElementsThanThreads() {
        Random random = new Random(15);
        Layout large = Layout.contiguous(Shape.of(4_300_001));
        Twin a = twin(DType.FLOAT32, large, 99, random);
        check("in place", 0, a, (b, c) -> b.binary(BinaryOp.MULTIPLY, of(a, c), 3L, false, of(a, c)));
        check("random", 0, a, (b, c) -> b.random(Distribution.UNIFORM, 1, 2, of(a, c)));
        Layout rows = Layout.contiguous(Shape.of(1537, 1459));
        Twin x = twin(DType.FLOAT32, rows.reverse(), 99, random);
        Twin y = twin(DType.FLOAT32, Layout.contiguous(Shape.of(1459, 1537)), 99, random);
        check("transpose", 0, y, (b, c) -> b.copy(of(x, c), of(y, c)));
        check("strided", 0, y, (b, c) -> b.binary(BinaryOp.SUBTRACT, of(y, c), of(x, c), of(y, c)));
    }

    /** Tiles that are whole, cut on one side and on both; runs that are long, short and wide enough for packs; every alignment. */
    @Test
    void permutations() {
        Random random = new Random(6);
        long[][] shapes = {
            {64, 96},
            {65, 97},
            {1000, 3},
            {3, 1000},
            {7, 33, 34},
            {16, 16, 16},
            {5, 2, 60, 3},
            {40, 3, 41, 4},
            {2, 70, 8, 9},
            {31, 2, 2, 33}
        };
        for (DType dtype : DType.values()) {
            for (long[] sizes : shapes) {
                Shape shape = Shape.of(sizes);
                for (int i = 0; i < 6; i++) {
                    Integer[] order = new Integer[sizes.length];
                    Arrays.setAll(order, axis -> axis);
                    java.util.Collections.shuffle(Arrays.asList(order), random);
                    int[] axes =
                            Arrays.stream(order).mapToInt(Integer::intValue).toArray();
                    Layout whole = Layout.of(shape, Layout.contiguous(shape).strides(), random.nextInt(3));
                    Layout permuted = whole.permute(axes);
                    Twin a = twin(dtype, permuted, 99, random);
                    Twin out = twin(dtype, Layout.contiguous(permuted.shape()), 9, random);
                    check("permute", 0, out, (b, c) -> b.copy(of(a, c), of(out, c)));
                    Twin rows = twin(dtype, Layout.contiguous(shape), 99, random);
                    Twin scattered = twin(dtype, Grid.scattered(shape, random), 99, random);
                    check("scatter", 0, scattered, (b, c) -> b.copy(of(rows, c), of(scattered, c)));
                }
            }
        }
    }

    /** More axes than a launch takes, none of which fuse. */
    @Test
    void manyAxes() {
        Random random = new Random(7);
        long[] twos = new long[18];
        Arrays.fill(twos, 2);
        Shape shape = Shape.of(twos);
        Layout rows = Layout.contiguous(shape);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.INT64, DType.BOOL}) {
            Twin a = twin(dtype, rows.reverse(), 9, random);
            Twin b = twin(dtype, rows, 9, random);
            Twin out = twin(dtype, rows, 9, random);
            check("copy", 0, out, (d, c) -> d.copy(of(a, c), of(out, c)));
            check("maximum", 0, out, (d, c) -> d.binary(BinaryOp.MAXIMUM, of(a, c), of(b, c), of(out, c)));
            Layout every = Layout.contiguous(Shape.of(twos).concat(Shape.of(2)))
                    .select(-1, 1)
                    .reverse();
            Twin gaps = twin(dtype, every, 9, random);
            Twin one = twin(dtype, Layout.contiguous(Shape.SCALAR), 9, random);
            check("max", 0, one, (d, c) -> d.reduce(ReduceOp.MAX, of(gaps, c), 18, of(one, c)));
            Twin first = twin(DType.INT64, Layout.contiguous(Shape.SCALAR), 9, random);
            check("argmax", 0, first, (d, c) -> d.reduce(ReduceOp.ARGMAX, of(gaps, c), 18, of(first, c)));
            Twin half = twin(dtype, Layout.contiguous(shape.slice(0, 17)), 9, random);
            check("min", 0, half, (d, c) -> d.reduce(ReduceOp.MIN, of(gaps, c), 1, of(half, c)));
            Distribution distribution = dtype.isFloating() ? Distribution.NORMAL : Distribution.BITS;
            check("random", 0, gaps, (d, c) -> d.random(distribution, 3, 4, of(gaps, c)));
        }
    }

    @Test
    void reductions() {
        Random random = new Random(8);
        for (DType dtype : DType.values()) {
            for (ReduceOp op : ReduceOp.values()) {
                for (int i = 0; i < 10; i++) {
                    Shape shape = shape(random);
                    reduce(op, dtype, source(shape, random), random.nextInt(shape.rank() + 1), random);
                }
            }
        }
    }

    /** Few outputs of many elements, the other way round, and in between: along both memory orders, with and without partial results. */
    @Test
    void largeReductions() {
        Random random = new Random(9);
        long[][] shapes = {{1, 70_001}, {3, 40_000}, {40, 1031}, {300, 70}, {5000, 9}, {300_000, 1}, {2, 150_000}};
        for (DType dtype : DType.values()) {
            for (ReduceOp op : ReduceOp.values()) {
                Shape shape = Shape.of(shapes[random.nextInt(shapes.length)]);
                reduce(op, dtype, Layout.contiguous(shape), 1, random);
                Shape turned = Shape.of(shape.at(1), shape.at(0));
                reduce(op, dtype, Layout.contiguous(turned).reverse(), 1, random);
            }
        }
    }

    private void reduce(ReduceOp op, DType dtype, Layout layout, int reducedRank, Random random) {
        Shape kept = layout.shape().slice(0, layout.rank() - reducedRank);
        if (!op.hasIdentity()
                && layout.shape().slice(kept.rank(), layout.rank()).size() == 0) {
            return;
        }
        if (dtype.isComplex() && op.needsReal()) {
            return;
        }
        boolean product = op == ReduceOp.PROD;
        Twin a = product && dtype.isComplex()
                ? turns(dtype, layout, random)
                : twin(dtype, layout, product ? 1 : 40, random);
        if (product && !dtype.isComplex()) {
            nonzero(a);
        }
        DType result = switch (op) {
            case MAX, MIN -> dtype;
            case SUM, PROD -> dtype.ofSums();
            case ARGMAX, ARGMIN -> DType.INT64;
            case ANY, ALL -> DType.BOOL;
        };
        Twin out = twin(result, target(kept, random), 9, random);
        check(
                op + " of the last " + reducedRank + " axes of " + layout + " to",
                0,
                out,
                (b, c) -> b.reduce(op, of(a, c), reducedRank, of(out, c)));
    }

    /** Powers of the imaginary unit, whose products are exact. */
    private Twin turns(DType dtype, Layout layout, Random random) {
        double[] parts = new double[2 * ((int) layout.highest() + 3)];
        for (int i = 0; i < parts.length; i += 2) {
            parts[i + random.nextInt(2)] = random.nextBoolean() ? 1 : -1;
        }
        return twin(new View(Grid.storage(cpu, dtype.realPart(), parts).as(dtype), layout));
    }

    /** NaN, infinities and both zeros wherever a thread may meet them. */
    @Test
    void extremesOfSpecialValues() {
        Random random = new Random(10);
        double[] special = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, 1};
        for (DType dtype : DTypes.real()) {
            for (ReduceOp op : ReduceOp.values()) {
                for (int i = 0; i < 30 && op != ReduceOp.SUM && op != ReduceOp.PROD; i++) {
                    int n = 1 + random.nextInt(i < 15 ? 40 : 3000);
                    int kinds = 1 + random.nextInt(special.length);
                    double[] values = new double[2 * n];
                    Arrays.setAll(values, j -> special[special.length - 1 - random.nextInt(kinds)]);
                    Layout rows = Layout.contiguous(Shape.of(2, n));
                    Layout layout = random.nextBoolean()
                            ? rows
                            : Layout.contiguous(Shape.of(n, 2)).reverse();
                    Twin a = twin(new View(Grid.storage(cpu, dtype, values), layout));
                    DType result = op == ReduceOp.MAX || op == ReduceOp.MIN
                            ? dtype
                            : op == ReduceOp.ANY || op == ReduceOp.ALL ? DType.BOOL : DType.INT64;
                    Twin out = twin(result, Layout.contiguous(Shape.of(2)), 9, random);
                    check(op.name(), 0, out, (b, c) -> b.reduce(op, of(a, c), 1, of(out, c)));
                }
            }
        }
    }

    /**
     * Each exponential is within 2 units on either side, their sum likewise; two more for dividing, and for scaling to a new maximum. In float64 the sum
     * itself is rounded as often as a thread of the CPU adds: in eight lanes.
     */
    @Test
    void softmax() {
        Random random = new Random(13);
        for (DType dtype : DTypes.real()) {
            for (boolean log : new boolean[] {false, true}) {
                for (int i = 0; i < 40; i++) {
                    Shape shape = i == 0
                            ? Shape.of(3, 70_001)
                            : shape(random).concat(Shape.of(1 + random.nextInt(i < 30 ? 9 : 3000)));
                    Twin a = twin(dtype, source(shape, random), 9, random);
                    Twin out = twin(dtype, target(shape, random), 9, random);
                    double floor = log ? 1 : 0;
                    int units = dtype.isHalf() ? 1 : 12 + (dtype == DType.FLOAT64 ? (int) shape.at(-1) / 8 : 0);
                    check("softmax", units, floor, out, (b, c) -> b.softmax(of(a, c), log, of(out, c)));
                }
                double[] special = {
                    Double.NEGATIVE_INFINITY,
                    1,
                    2,
                    Double.NEGATIVE_INFINITY,
                    Double.NEGATIVE_INFINITY,
                    Double.NEGATIVE_INFINITY,
                    Double.POSITIVE_INFINITY,
                    1,
                    2,
                    1,
                    Double.NaN,
                    Double.NEGATIVE_INFINITY,
                    700,
                    -700,
                    0
                };
                Layout lines = Layout.contiguous(Shape.of(5, 3));
                Twin a = twin(new View(Grid.storage(cpu, dtype, special), lines));
                Twin out = twin(dtype, lines, 9, random);
                check("softmax", 12, log ? 1 : 0, out, (b, c) -> b.softmax(of(a, c), log, of(out, c)));
            }
        }
    }

    @Test
    void randomNumbers() {
        Random random = new Random(11);
        for (DType dtype : DType.values()) {
            for (Distribution distribution : Distribution.values()) {
                boolean drawn = !dtype.isComplex() && dtype.isFloating() != (distribution == Distribution.BITS);
                for (int i = 0; i < 30 && drawn; i++) {
                    Shape shape = i == 0 ? Shape.of(40_001) : shape(random);
                    Twin out = twin(dtype, i == 0 ? Layout.contiguous(shape) : target(shape, random), 9, random);
                    long seed = random.nextLong();
                    long stream = random.nextLong();
                    check(distribution.name(), 0, out, (b, c) -> b.random(distribution, seed, stream, of(out, c)));
                }
            }
        }
    }

    @Test
    void gathers() {
        Random random = new Random(12);
        for (DType dtype : DType.values()) {
            for (int i = 0; i < 60; i++) {
                Shape shape = Grid.shape(1 + random.nextInt(4), 9, random);
                int axis = random.nextInt(shape.rank());
                Shape taken = shape.with(axis, random.nextInt(30));
                Twin a = twin(dtype, source(shape, random), 99, random);
                Twin index = twin(DType.INT64, source(taken, random), 99, random);
                Layout all = Layout.contiguous(Shape.of(index.cpu.storage().size()));
                for (View v : new View[] {index.cpu, index.device}) {
                    v.storage().backend().binary(BinaryOp.REMAINDER, v.with(all), shape.at(axis), false, v.with(all));
                }
                Twin out = twin(dtype, target(taken, random), 9, random);
                check("takeAlong", 0, out, (b, c) -> b.takeAlong(of(a, c), axis, of(index, c), of(out, c)));
                if (dtype != DType.BOOL) {
                    Twin terms = twin(dtype, source(taken, random), 99, random);
                    Twin sums = twin(dtype, target(shape, random), 99, random);
                    check("addAlong", 0, sums, (b, c) -> b.addAlong(of(terms, c), axis, of(index, c), of(sums, c)));
                }
            }
        }
    }

    /** Lines of one run of a card, of a few and of many; with many equal elements. */
    @Test
    void orders() {
        Random random = new Random(16);
        for (DType dtype : DType.values()) {
            for (int i = 0; i < 12 && !dtype.isComplex(); i++) {
                Shape shape = i == 0 ? Shape.of(5000) : i == 1 ? Shape.of(3, 2049) : shape(random);
                if (shape.rank() == 0) {
                    continue;
                }
                boolean descending = random.nextBoolean();
                Twin a = twin(dtype, source(shape, random), 40, random);
                Twin out = twin(dtype, target(shape, random), 9, random);
                check("sort", 0, out, (b, c) -> b.sort(of(a, c), descending, of(out, c)));
                long few = shape.at(-1) == 0 ? 0 : random.nextInt((int) shape.at(-1)) + 1;
                Twin index = twin(DType.INT64, target(shape.with(shape.rank() - 1, few), random), 9, random);
                check("argsort", 0, index, (b, c) -> b.argsort(of(a, c), descending, of(index, c)));
                Shape sought = shape.slice(0, shape.rank() - 1);
                Twin lines = twin(dtype, Layout.contiguous(shape), 9, random);
                check("sort", 0, lines, (b, c) -> b.sort(of(a, c), false, of(lines, c)));
                Twin values = twin(dtype, source(sought, random), 50, random);
                Twin places = twin(DType.INT64, target(sought, random), 9, random);
                check(
                        "searchSorted",
                        0,
                        places,
                        (b, c) -> b.searchSorted(of(lines, c), of(values, c), descending, of(places, c)));
            }
        }
    }

    /** One long line, which a card cuts into chunks, a few, and short ones. */
    @Test
    void scans() {
        Random random = new Random(17);
        for (ScanOp op : ScanOp.values()) {
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.COMPLEX64}) {
                boolean extreme = op == ScanOp.MAX || op == ScanOp.MIN;
                boolean exponential = op == ScanOp.LOGSUMEXP;
                if ((dtype.isComplex() && (extreme || exponential)) || (exponential && !dtype.isFloating())) {
                    continue;
                }
                for (int i = 0; i < 12; i++) {
                    Shape shape = i == 0 ? Shape.of(20_001) : i == 1 ? Shape.of(3, 3001) : shape(random);
                    if (shape.rank() == 0) {
                        continue;
                    }
                    boolean product = op == ScanOp.PROD;
                    Twin a = product && dtype.isComplex()
                            ? turns(dtype, source(shape, random), random)
                            : twin(dtype, source(shape, random), product ? 1 : 9, random);
                    DType result = extreme ? DType.INT64 : dtype;
                    Twin out = twin(result, target(shape, random), 9, random);
                    // An error of the sum is one of its logarithm as large: n eps on each, where float64 is carried in
                    // float64.
                    int sums = dtype == DType.FLOAT64 ? 2 * (int) shape.at(-1) : 0;
                    int units = exponential ? UNITS + sums : 0;
                    check("scan " + op, units, 1, out, (b, c) -> b.scan(op, of(a, c), of(out, c)));
                }
            }
        }
    }

    /** The last place of each index, and recurrences whose links are 0, 1 and -1, so that they are exact. */
    @Test
    void lastPlacesAndRecurrences() {
        Random random = new Random(18);
        for (int i = 0; i < 40; i++) {
            Shape shape = i == 0 ? Shape.of(6000) : Grid.shape(1 + random.nextInt(4), 9, random);
            int axis = shape.rank() - 1;
            Twin index = twin(DType.INT64, source(shape, random), 9, random);
            Twin last = twin(DType.INT64, target(shape.with(axis, 5), random), 9, random);
            check("lastAlong", 0, last, (b, c) -> {
                b.fill(-1L, of(last, c));
                b.lastAlong(of(index, c), axis, of(last, c));
            });
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128}) {
                Twin links = dtype.isComplex()
                        ? turns(dtype, Layout.contiguous(shape.with(axis, shape.at(axis) - 1)), random)
                        : twin(dtype, source(shape.with(axis, shape.at(axis) - 1), random), 1, random);
                Twin a = twin(dtype, source(shape, random), 9, random);
                Twin out = twin(dtype, target(shape, random), 9, random);
                check("recur", 0, out, (b, c) -> b.recur(of(links, c), of(a, c), of(out, c)));
            }
        }
    }
}
