package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.ops.Special;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Steps that run in one pass have the results of the operations one by one. */
public class FusedContract extends Contract {
    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        1,
        -1,
        0.5,
        -0.5,
        2,
        -3,
        1.5,
        2.5,
        -2.5,
        1e-3,
        -1e-3,
        7,
        -12,
        30,
        88,
        -90,
        1e-30,
        -1e30,
        1e38,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        0.9999,
        -0.9999,
        3.14159,
        100.25
    };

    static final Map<String, UnaryOperator<Tensor>> UNARY = new LinkedHashMap<>();
    static final Map<String, BinaryOperator<Tensor>> BINARY = new LinkedHashMap<>();

    static {
        UNARY.put("negative", Elementwise::negative);
        UNARY.put("abs", Elementwise::abs);
        UNARY.put("sign", Elementwise::sign);
        UNARY.put("square", Elementwise::square);
        UNARY.put("sqrt", Elementwise::sqrt);
        UNARY.put("rsqrt", Elementwise::rsqrt);
        UNARY.put("reciprocal", Elementwise::reciprocal);
        UNARY.put("exp", Elementwise::exp);
        UNARY.put("expm1", Elementwise::expm1);
        UNARY.put("log", Elementwise::log);
        UNARY.put("log1p", Elementwise::log1p);
        UNARY.put("sin", Elementwise::sin);
        UNARY.put("cos", Elementwise::cos);
        UNARY.put("tan", Elementwise::tan);
        UNARY.put("asin", Elementwise::asin);
        UNARY.put("acos", Elementwise::acos);
        UNARY.put("atan", Elementwise::atan);
        UNARY.put("sinh", Elementwise::sinh);
        UNARY.put("cosh", Elementwise::cosh);
        UNARY.put("tanh", Elementwise::tanh);
        UNARY.put("asinh", Special::asinh);
        UNARY.put("acosh", Special::acosh);
        UNARY.put("atanh", Special::atanh);
        UNARY.put("erf", Special::erf);
        UNARY.put("erfc", Special::erfc);
        UNARY.put("sigmoid", Elementwise::sigmoid);
        UNARY.put("relu", Elementwise::relu);
        UNARY.put("softplus", Elementwise::softplus);
        UNARY.put("floor", Elementwise::floor);
        UNARY.put("ceil", Elementwise::ceil);
        UNARY.put("round", Elementwise::round);
        UNARY.put("angle", kron4j.ops.ComplexNumbers::angle);
        UNARY.put("isNan", Elementwise::isNan);
        UNARY.put("isInf", Elementwise::isInf);
        UNARY.put("isFinite", Elementwise::isFinite);
        UNARY.put("logicalNot", Elementwise::logicalNot);
        UNARY.put("toBool", x -> x.to(DType.BOOL));
        UNARY.put("clamp", x -> Elementwise.clamp(x, -0.75, 2));
        BINARY.put("add", Elementwise::add);
        BINARY.put("subtract", Elementwise::subtract);
        BINARY.put("multiply", Elementwise::multiply);
        BINARY.put("divide", Elementwise::divide);
        BINARY.put("remainder", Elementwise::remainder);
        BINARY.put("power", Elementwise::power);
        BINARY.put("maximum", Elementwise::maximum);
        BINARY.put("minimum", Elementwise::minimum);
        BINARY.put("atan2", Elementwise::atan2);
        BINARY.put("hypot", Special::hypot);
        BINARY.put("fmod", Special::fmod);
        BINARY.put("equal", Elementwise::equal);
        BINARY.put("notEqual", Elementwise::notEqual);
        BINARY.put("less", Elementwise::less);
        BINARY.put("lessEqual", Elementwise::lessEqual);
        BINARY.put("greater", Elementwise::greater);
        BINARY.put("greaterEqual", Elementwise::greaterEqual);
        BINARY.put("logicalAnd", Elementwise::logicalAnd);
        BINARY.put("logicalOr", Elementwise::logicalOr);
        BINARY.put("logicalXor", Elementwise::logicalXor);
        BINARY.put("lerp", (x, y) -> Elementwise.lerp(x, y, 0.3));
        for (String name : List.of("equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual")) {
            BinaryOperator<Tensor> test = BINARY.get(name);
            BINARY.put("choice by " + name, (x, y) -> Elementwise.where(test.apply(x, y), x.multiply(2), y));
            BINARY.put("choices by " + name, (x, y) -> {
                Tensor holds = test.apply(x, y);
                return Elementwise.where(
                        holds, y, Elementwise.where(holds, 3, x).multiply(2));
            });
            BINARY.put("choice and number by " + name, (x, y) -> {
                Tensor holds = test.apply(x, y);
                return Elementwise.where(holds, y, 3).add(holds.to(x.dtype()));
            });
        }
    }

    static void assertSame(Tensor expected, Tensor got, String what) {
        assertEquals(expected.dtype(), got.dtype(), what);
        assertEquals(expected.shape(), got.shape(), what);
        assertArrayEquals(
                expected.to(DType.FLOAT64).toDoubleArray(),
                got.to(DType.FLOAT64).toDoubleArray(),
                what);
    }

    private static Tensor pairsOfSpecial(DType dtype, boolean first) {
        double[] all = Arrays.stream(SPECIAL)
                .flatMap(x -> Arrays.stream(SPECIAL).map(y -> first ? x : y))
                .toArray();
        return Tensor.of(all, SPECIAL.length, SPECIAL.length).to(dtype);
    }

    @Test
    void everyOperationAloneIsThePlainOne() {
        for (DType dtype : FLOATING) {
            Tensor x = pairsOfSpecial(dtype, true);
            Tensor y = pairsOfSpecial(dtype, false);
            UNARY.forEach((name, op) -> assertSame(op.apply(x), Fused.of(op, x), name + " " + dtype));
            BINARY.forEach((name, op) -> assertSame(op.apply(x, y), Fused.of(op, x, y), name + " " + dtype));
        }
    }

    @Test
    void aNumberIsAnOperandOnEitherSide() {
        for (DType dtype : FLOATING) {
            Tensor x = pairsOfSpecial(dtype, true);
            List<UnaryOperator<Tensor>> all = List.of(
                    v -> v.add(0.1),
                    v -> v.subtract(0.1),
                    v -> Elementwise.subtract(0.1, v),
                    v -> v.multiply(-0.3),
                    v -> v.divide(0.7),
                    v -> Elementwise.divide(0.7, v),
                    v -> Elementwise.power(v, 3),
                    v -> Elementwise.power(1.1, v),
                    v -> Elementwise.maximum(v, 0.1),
                    v -> Elementwise.less(v, 0.5),
                    v -> Elementwise.where(Elementwise.greater(v, 0), v, 0.1),
                    v -> Elementwise.where(Elementwise.greater(v, 0), 0.1, v));
            for (int i = 0; i < all.size(); i++) {
                assertSame(all.get(i).apply(x), Fused.of(all.get(i), x), i + " " + dtype);
            }
        }
    }

    /** Steps drawn by a seed: the same at each call. */
    static Function<Tensor[], Tensor> steps(long seed, int count, boolean kinks) {
        return operands -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Tensor> numbers = new ArrayList<>(List.of(operands));
            List<Tensor> truths = new ArrayList<>();
            List<UnaryOperator<Tensor>> unary = List.of(
                    Elementwise::negative,
                    Elementwise::tanh,
                    Elementwise::sigmoid,
                    Elementwise::sin,
                    v -> v.multiply(0.7),
                    v -> Elementwise.subtract(0.2, v),
                    Elementwise::square,
                    Elementwise::softplus,
                    v -> Elementwise.exp(v.multiply(0.1)));
            for (int i = 0; i < count; i++) {
                Tensor x = numbers.get(numbers.size() - 1 - random.nextInt(Math.min(6, numbers.size())));
                Tensor y = numbers.get(random.nextInt(numbers.size()));
                switch (random.nextInt(kinks ? 8 : 5)) {
                    case 0, 1 ->
                        numbers.add(unary.get(random.nextInt(unary.size())).apply(x));
                    case 2 -> numbers.add(x.add(y));
                    case 3 -> numbers.add(x.multiply(y).multiply(0.5));
                    case 4 -> numbers.add(x.subtract(y));
                    case 5 -> truths.add(Elementwise.less(x, y));
                    case 6 -> numbers.add(Elementwise.maximum(x, y));
                    default ->
                        numbers.add(
                                truths.isEmpty()
                                        ? Elementwise.relu(x)
                                        : Elementwise.where(truths.get(random.nextInt(truths.size())), x, y));
                }
            }
            Tensor all = operands[0];
            for (Tensor t : operands) {
                all = all.add(t);
            }
            return numbers.get(numbers.size() - 1).add(all.multiply(1e-3));
        };
    }

    private static NDArray values(SplittableRandom random, long... shape) {
        int n = (int) Shape.of(shape).size();
        double[] all = random.doubles(n, -2, 2).toArray();
        for (int i = 0; i < n; i += 7) {
            all[i] = SPECIAL[random.nextInt(SPECIAL.length)];
        }
        return NDArray.of(all, shape);
    }

    private static Tensor operand(SplittableRandom random, DType dtype, long... shape) {
        Tensor t = strided(random, values(random, shape), dtype);
        return random.nextInt(3) == 0 ? t.contiguous() : t;
    }

    @Test
    void randomStepsOverViewsOfAllKindsAreThePlainOnes() {
        SplittableRandom random = random(1);
        for (int trial = 0; trial < 60; trial++) {
            DType dtype = FLOATING[trial % 2];
            long a = random.nextInt(1, 7);
            long b = random.nextInt(1, 40);
            long c = random.nextInt(1, 9);
            Tensor[] operands = {
                operand(random, dtype, a, b, c),
                operand(random, dtype, b, c),
                operand(random, dtype, c),
                operand(random, dtype, a, 1, c),
                operand(random, dtype),
                operand(random, dtype, 1, b, 1).expand(a, b, c),
                operand(random, dtype, c, b).transpose(0, 1)
            };
            Function<Tensor[], Tensor> steps = steps(trial, 1 + random.nextInt(25), true);
            assertSame(steps.apply(operands), Fused.of(steps, operands), "trial " + trial);
        }
    }

    @Test
    void largeOperandsAreThePlainOnes() {
        for (DType dtype : FLOATING) {
            Tensor a = Random.normal(1, dtype, 300, 1001);
            Tensor b = Random.normal(2, dtype, 1001);
            Tensor c = Random.normal(3, dtype, 300, 1);
            Function<Tensor[], Tensor> steps =
                    x -> Elementwise.tanh(x[0].multiply(x[1]).add(x[2]));
            assertSame(steps.apply(new Tensor[] {a, b, c}), Fused.of(steps, a, b, c), "rows");
            assertSame(
                    steps.apply(new Tensor[] {a.transpose(), c.transpose(), a.transpose()}),
                    Fused.of(steps, a.transpose(), c.transpose(), a.transpose()),
                    "columns");
        }
    }

    /** On the CPU these have loops of their own, from memory to memory. */
    @Test
    void longRunsOfMuchUsedStepsAreThePlainOnes() {
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
            long pairs = (long) SPECIAL.length * SPECIAL.length;
            Tensor[] operands = new Tensor[3];
            for (int k = 0; k < 3; k++) {
                Tensor special = pairsOfSpecial(dtype, k % 2 == 0).reshape(pairs);
                operands[k] = Indexing.concat(0, special, Random.normal(k, dtype, 5003), special.flip(0));
            }
            Map<String, Function<Tensor[], Tensor>> all = Map.of(
                    "product and sum", x -> x[0].multiply(x[1]).add(x[2]),
                    "sum and product", x -> x[2].add(x[0].multiply(x[1])),
                    "between", x -> x[1].subtract(x[0]).multiply(0.3).add(x[0]),
                    "average", x -> x[0].add(x[1].subtract(x[0]).multiply(0.3)),
                    "cube", x -> Elementwise.square(x[0]).multiply(x[0]),
                    "clamp", x -> Elementwise.minimum(Elementwise.maximum(x[0], -1), 1.5));
            all.forEach((name, steps) -> {
                Tensor expected = steps.apply(operands);
                assertSame(expected, Fused.of(steps, operands), name + " " + dtype);
                Tensor from = Fused.of(
                        steps,
                        operands[0].slice(0, 1, expected.size()),
                        operands[1].slice(0, 1, expected.size()),
                        operands[2].slice(0, 1, expected.size()));
                assertSame(expected.slice(0, 1, expected.size()), from, name + " from 1 " + dtype);
            });
        }
    }

    @Test
    void viewsInsideTheStepsAreThePlainOnes() {
        Tensor a = Random.normal(1, DType.FLOAT64, 6, 8);
        List<Function<Tensor[], Tensor>> all = List.of(
                x -> x[0].transpose().multiply(2).transpose().add(x[0]),
                x -> x[0].add(1).flip(0).add(x[0].flip(1)),
                x -> x[0].exp().slice(1, 0, 8, 2).add(x[0].slice(1, 1, 8, 2)),
                x -> x[0].add(1).select(0, 3).add(x[0]),
                x -> x[0].add(x[0].select(0, 1)).reshape(8, 6).add(x[0].reshape(8, 6)),
                x -> x[0].select(0, 0)
                        .add(x[0].max(0))
                        .expand(6, 8)
                        .contiguous()
                        .reshape(48)
                        .multiply(3),
                x -> x[0].add(x[0].select(0, 1)).transpose().reshape(48).multiply(3),
                x -> x[0].exp().diagonal().add(1),
                x -> x[0].exp().unsqueeze(0).expand(3, 6, 8).add(x[0]),
                x -> x[0].unfold(1, 3, 1).multiply(2));
        for (int i = 0; i < all.size(); i++) {
            assertSame(all.get(i).apply(new Tensor[] {a}), Fused.of(all.get(i), a), "steps " + i);
        }
    }

    @Test
    void halvesAreRoundedOnceAtTheEnd() {
        for (DType half : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor a = Random.normal(1, half, 33, 20);
            Tensor b = Random.normal(2, half, 20);
            for (int seed = 0; seed < 10; seed++) {
                Function<Tensor[], Tensor> steps = steps(seed, 8, true);
                Tensor wide = steps.apply(new Tensor[] {a.to(DType.FLOAT32), b.to(DType.FLOAT32)});
                assertSame(wide.to(half), Fused.of(steps, a, b), half + " " + seed);
            }
        }
    }

    @Test
    void reductionsHaveTheValueOfThePlainOnes() {
        SplittableRandom random = random(3);
        for (DType dtype : FLOATING) {
            for (long[] shape : new long[][] {{5, 7, 9}, {1, 1, 1}, {2, 300, 20}, {40, 3, 2}, {1, 1, 70_000}}) {
                double[] positive =
                        random.doubles((int) Shape.of(shape).size(), 0.5, 2).toArray();
                Tensor a = strided(random, NDArray.of(positive, shape), dtype);
                Tensor b = Random.uniform(4, dtype, shape[2]).add(0.5);
                for (int[] axes : new int[][] {{}, {0}, {1}, {2}, {1, 2}, {0, 2}}) {
                    String what = dtype + " " + a.shape() + " over " + Arrays.toString(axes);
                    Tensor product = a.multiply(b).sqrt();
                    assertSame(
                            product.max(axes),
                            Fused.of((x, y) -> x.multiply(y).sqrt().max(axes), a, b),
                            what);
                    assertSame(
                            product.min(axes),
                            Fused.of((x, y) -> x.multiply(y).sqrt().min(axes), a, b),
                            what);
                    near(
                            product.sum(axes),
                            Fused.of((x, y) -> x.multiply(y).sqrt().sum(axes), a, b),
                            a.size(),
                            what);
                    near(
                            product.mean(axes),
                            Fused.of((x, y) -> x.multiply(y).sqrt().mean(axes), a, b),
                            a.size(),
                            what);
                }
            }
        }
    }

    @Test
    void reductionsOfHalvesRoundOnce() {
        for (DType half : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor a = Random.uniform(5, half, 3, 70_000);
            Tensor wide = a.to(DType.FLOAT64);
            Tensor exact = wide.multiply(wide).mean(1);
            Tensor got = Fused.of(x -> x.multiply(x).mean(1), a);
            assertEquals(half, got.dtype());
            double[] e = exact.toDoubleArray();
            double[] g = got.to(DType.FLOAT64).toDoubleArray();
            for (int i = 0; i < e.length; i++) {
                double sums = 70_000 * DType.FLOAT32.epsilon() / 2;
                assertEquals(e[i], g[i], (half.epsilon() / 2 + sums) * e[i], half + " " + i);
            }
            assertSame(a.transpose().max(0), Fused.of(x -> x.transpose().max(0), a), "largest " + half);
        }
    }

    /** Sums of n positive terms in any order differ by n epsilon of themselves at most. */
    private static void near(Tensor expected, Tensor got, long n, String what) {
        assertEquals(expected.shape(), got.shape(), what);
        double[] e = expected.to(DType.FLOAT64).toDoubleArray();
        double[] g = got.to(DType.FLOAT64).toDoubleArray();
        for (int i = 0; i < e.length; i++) {
            assertEquals(e[i], g[i], n * expected.dtype().epsilon() * Math.abs(e[i]), what);
        }
    }

    @Test
    void whatFollowsAReductionReadsItInAnotherPass() {
        Tensor a = Random.normal(1, DType.FLOAT64, 30, 17);
        Function<Tensor[], Tensor> softmax = x -> {
            Tensor e = Elementwise.exp(x[0].subtract(Reduce.max(x[0], true, 1)));
            return e.divide(Reduce.sum(e, true, 1));
        };
        Tensor got = Fused.of(softmax, a);
        double[] expected = Softmax.softmax(a, 1).toDoubleArray();
        assertArrayEquals(expected, got.toDoubleArray(), 20 * DType.FLOAT64.epsilon());
        Tensor y = Fused.of(x -> x.subtract(x.mean(1).unsqueeze(1)), a);
        assertEquals(0, y.sum().item(), 510 * DType.FLOAT64.epsilon() * 4);
    }

    @Test
    void severalResultsComeTogether() {
        Tensor a = Random.normal(1, DType.FLOAT32, 12, 5);
        Tensor b = Random.normal(2, DType.FLOAT32, 5);
        Function<Tensor[], Tensor[]> steps = x -> {
            Tensor t = x[0].multiply(x[1]);
            return new Tensor[] {t, Elementwise.tanh(t), Elementwise.less(t, 0), x[1].add(1), t.max(0), x[0]};
        };
        Tensor[] expected = steps.apply(new Tensor[] {a, b});
        List<Tensor> got = Fused.all(steps, a, b);
        for (int i = 0; i < expected.length; i++) {
            assertSame(expected[i], got.get(i), "result " + i);
        }
    }

    @Test
    void operandsAreUpdatedInPlace() {
        for (boolean overlapping : new boolean[] {false, true}) {
            Tensor p = Random.normal(1, DType.FLOAT64, 40, 30).slice(0, 0, 40, 2);
            Tensor m = Random.normal(2, DType.FLOAT64, 20, 30);
            Tensor g = overlapping ? p.flip(0) : Random.normal(3, DType.FLOAT64, 20, 30);
            Tensor expectedM = m.multiply(0.9).add(g);
            Tensor expectedP = p.subtract(expectedM.multiply(0.1));
            Fused.run(
                    x -> {
                        InPlace.multiply(x[1], 0.9);
                        InPlace.add(x[1], x[2]);
                        InPlace.subtract(x[0], x[1].multiply(0.1));
                    },
                    p,
                    m,
                    g);
            assertSame(expectedM, m, "m");
            assertSame(expectedP, p, "p");
        }
        Tensor a = Random.normal(4, DType.FLOAT64, 6, 9);
        Tensor centred = a.subtract(Reduce.mean(a, true, 1));
        Fused.run(x -> InPlace.subtract(x[0], Reduce.mean(x[0], true, 1)), a);
        assertArrayEquals(centred.toDoubleArray(), a.toDoubleArray(), 9 * 4 * DType.FLOAT64.epsilon());
    }

    @Test
    void operandsThatShareMemoryAreUpdatedOneAfterTheOther() {
        List<Consumer<Tensor[]>> all = List.of(
                x -> {
                    InPlace.add(x[0], 1);
                    InPlace.multiply(x[1], 10);
                },
                x -> {
                    InPlace.add(x[0], 1);
                    InPlace.add(x[2], x[1]);
                },
                x -> {
                    InPlace.assign(x[0], x[1].add(x[2]));
                    InPlace.assign(x[1], x[0].multiply(3));
                    InPlace.subtract(x[0], x[1].multiply(x[2]));
                });
        for (int i = 0; i < all.size(); i++) {
            for (int from = 0; from < 3; from++) {
                Tensor expected = Creation.arange(8);
                Tensor got = Creation.arange(8);
                all.get(i).accept(partsOf(expected, from));
                Fused.run(all.get(i), partsOf(got, from));
                assertSame(expected, got, "steps " + i + " from " + from);
            }
        }
    }

    private static Tensor[] partsOf(Tensor t, int from) {
        return new Tensor[] {
            t.slice(0, 0, 5), t.slice(0, from, from + 5), t.slice(0, 3, 8).flip(0)
        };
    }

    @Test
    void resultsHaveMemoryOfTheirOwn() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.BFLOAT16, DType.INT64, DType.COMPLEX64, DType.BOOL}) {
            Tensor a = Tensor.of(new double[] {1, 0, 1}, 3).to(dtype);
            Tensor kept = a.copy();
            Function<Tensor[], Tensor[]> steps = x -> {
                Tensor t = Elementwise.where(Elementwise.equal(x[0], x[0]), x[0], x[0]);
                return new Tensor[] {x[0], t, t, x[0].flip(0)};
            };
            List<Tensor> results = Fused.all(steps, a);
            InPlace.fill(results.get(0), dtype == DType.BOOL ? (Number) 1 : 5);
            InPlace.fill(results.get(1), dtype == DType.BOOL ? (Number) 0 : 7);
            assertTrue(Reduce.all(Elementwise.equal(a, kept)).itemLong() == 1, dtype + " operand");
            assertTrue(Reduce.all(Elementwise.equal(results.get(2), kept)).itemLong() == 1, dtype + " result");
            assertTrue(
                    Reduce.all(Elementwise.equal(results.get(3), kept.flip(0))).itemLong() == 1, dtype + " view");
        }
    }

    @Test
    void stepsWithoutAResultHaveNone() {
        Tensor a = Tensor.ones(DType.FLOAT64, 2);
        Fused doubles = Fused.compileRun(x -> InPlace.multiply(x[0], 2));
        assertEquals(List.of(), doubles.applyAll(a));
        TensorException refused = assertThrows(TensorException.class, () -> doubles.apply(a));
        assertTrue(refused.getMessage().contains("call applyAll"), refused.getMessage());
    }

    @Test
    void partsWithoutElementsAreThePlainOnes() {
        Tensor a = Random.normal(1, DType.FLOAT64, 4, 3);
        List<Function<Tensor[], Tensor>> all = List.of(
                x -> x[0].slice(0, 0, 0).sum(),
                x -> x[0].slice(0, 2, 2).sum(0).add(x[0]),
                x -> x[0].slice(1, 1, 1).exp().sum(1).add(2),
                x -> Reduce.sum(x[0].slice(0, 1, 1), true, 0),
                x -> x[0].slice(0, 0, 0).max(1),
                x -> Fused.of(y -> y.slice(0, 0, 0).exp(), x[0]).sum(0).add(1),
                x -> x[0].slice(0, 0, 0).multiply(x[0].select(0, 1)).exp());
        for (int i = 0; i < all.size(); i++) {
            Function<Tensor[], Tensor> steps = all.get(i);
            assertSame(steps.apply(new Tensor[] {a}), Fused.of(steps, a), "steps " + i);
            Tensor x = a.copy().requiresGrad();
            Tensor y = a.copy().requiresGrad();
            assertSame(
                    Gradients.of(steps.apply(new Tensor[] {x}).sum(), x).get(0),
                    Gradients.of(Fused.of(steps, y).sum(), y).get(0),
                    "gradient " + i);
        }
    }

    @Test
    void integersComplexNumbersAndNoElementsRunOneByOne() {
        Tensor i = Tensor.of(new long[] {1, 2, 3}, 3);
        assertSame(i.multiply(i).add(1), Fused.of(x -> x.multiply(x).add(1), i), "int64");
        Tensor z = Random.normal(1, DType.COMPLEX128, 4);
        assertEquals(0, z.exp().subtract(Fused.of(x -> x.exp(), z)).abs().max().item());
        Tensor wide = Fused.of(x -> x.to(DType.FLOAT64).add(1), Tensor.ones(DType.FLOAT32, 3));
        assertSame(Tensor.full(DType.FLOAT64, 2, 3), wide, "two precisions");
        assertEquals(
                Shape.of(0, 3),
                Fused.of(x -> x.add(1), Tensor.zeros(DType.FLOAT32, 0, 3)).shape());
        assertEquals(
                0,
                Fused.of(x -> x.exp().sum(), Tensor.zeros(DType.FLOAT32, 0, 3)).item());
    }

    @Test
    void moreStepsThanRegistersAreThePlainOnes() {
        Tensor a = Random.normal(1, DType.FLOAT64, 70);
        Function<Tensor[], Tensor> wide = x -> {
            Tensor[] all = new Tensor[60];
            for (int i = 0; i < all.length; i++) {
                all[i] = Elementwise.sin(x[0].multiply(i + 0.5));
            }
            Tensor sum = all[0];
            for (int i = all.length - 1; i >= 0; i--) {
                sum = Elementwise.tanh(sum.add(all[i]));
            }
            return sum;
        };
        assertSame(wide.apply(new Tensor[] {a}), Fused.of(wide, a), "wide");
        Function<Tensor[], Tensor> deep = x -> {
            Tensor t = x[0];
            for (int i = 0; i < 3000; i++) {
                t = t.multiply(0.999).add(0.001 * (i % 7));
            }
            return t;
        };
        assertSame(deep.apply(new Tensor[] {a}), Fused.of(deep, a), "deep");
        Tensor[] many = new Tensor[40];
        Arrays.setAll(many, i -> Random.normal(i, DType.FLOAT32, 5, 3));
        Function<Tensor[], Tensor> sum = x -> {
            Tensor t = x[0];
            for (int i = 1; i < x.length; i++) {
                t = t.multiply(x[i]).add(x[i - 1]);
            }
            return t;
        };
        assertSame(sum.apply(many), Fused.of(sum, many), "many operands");
    }

    // ---- compiled steps ----

    @Test
    void compiledStepsAreCalledOnceForEachShape() {
        int[] calls = new int[1];
        Fused f = Fused.compile(x -> {
            calls[0]++;
            return x[0].multiply(x[1]).exp();
        });
        Tensor a = Random.normal(1, DType.FLOAT64, 4, 3);
        for (int i = 0; i < 3; i++) {
            assertSame(a.multiply(a).exp(), f.apply(a, a), "4 x 3");
            assertSame(a.transpose().multiply(a.transpose()).exp(), f.apply(a.transpose(), a.transpose()), "3 x 4");
            assertSame(a.multiply(a.select(0, 0)).exp(), f.apply(a, a.select(0, 0)), "broadcast");
        }
        assertEquals(3, calls[0]);
        Tensor v = Tensor.zeros(DType.FLOAT64, 3);
        Fused add = Fused.compileRun(x -> InPlace.add(x[0], x[1]));
        add.applyAll(v, a.select(0, 1));
        add.applyAll(v, a.select(0, 2));
        assertSame(a.select(0, 1).add(a.select(0, 2)), v, "updates");
    }

    @Test
    void manyThreadsMayCompute() throws Exception {
        Fused f = Fused.compile(steps(7, 20, true));
        Tensor a = Random.normal(1, DType.FLOAT64, 50, 40);
        Tensor b = Random.normal(2, DType.FLOAT64, 40);
        double[] expected = steps(7, 20, true).apply(new Tensor[] {a, b}).toDoubleArray();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<double[]>> work = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                work.add(() -> {
                    try (TensorScope own = device().openScope()) {
                        return f.apply(a, b).toDoubleArray();
                    }
                });
            }
            for (Future<double[]> each : pool.invokeAll(work)) {
                assertArrayEquals(expected, each.get());
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void explainShowsThePasses() {
        Tensor a = Tensor.ones(DType.FLOAT32, 8, 16);
        Tensor b = Tensor.ones(DType.FLOAT32, 16);
        assertEquals(
                """
                pass 1 of 1 over [8,16] in float32
                  v0 = multiply(x0, x1)
                  v1 = add(v0, 0.5)
                  v2 = tanh(v1)
                  result = v2
                  3 steps, 4 values at a time, 576 B read, 512 B written
                """, Fused.explain(x -> Elementwise.tanh(x[0].multiply(x[1]).add(0.5)), a, b));
        assertEquals("""
                pass 1 of 2 over [8,16] in float32
                  v0 = square(x0)
                  t1 = sum of v0 over the last 1 axes
                  1 steps, 2 values at a time, 512 B read, 32 B written
                pass 2 of 2 over [8,16] in float32
                  v0 = divide(x0, t1)
                  result = v0
                  1 steps, 3 values at a time, 544 B read, 512 B written
                """, Fused.explain(x -> x[0].divide(Reduce.sum(Elementwise.square(x[0]), true, 1)), a));
        assertTrue(
                Fused.explain(x -> x[0].add(x[0]), Tensor.of(new long[] {1}, 1)).startsWith("not fused"));
    }

    // ---- refusals ----

    private static void assertRefused(String text, Function<Tensor[], Tensor> steps, Tensor... operands) {
        TensorException e = assertThrows(TensorException.class, () -> Fused.of(steps, operands));
        assertTrue(e.getMessage().contains(text), e::getMessage);
    }

    @Test
    void whatIsNotElementwiseIsRefused() {
        Tensor a = Tensor.ones(DType.FLOAT64, 3, 3);
        assertRefused("a product of matrices", x -> MatMul.matmul(x[0], x[0]), a);
        assertRefused("compute it outside and pass it as an operand", x -> kron4j.ops.Softmax.softmax(x[0], 1), a);
        assertRefused("write to a part", x -> kron4j.ops.Indexing.concat(0, x[0], x[0]), a);
        assertRefused("reading values", x -> x[0].multiply(x[0].sum().item()), a);
        assertRefused("a random draw", x -> x[0].add(Random.normal(1, DType.FLOAT64, 3, 3)), a);
        assertRefused("the steps use a tensor that is no operand", x -> x[0].add(a), a);
        assertRefused("the result of shape [3,3] was not computed from operands", x -> a, a);
        assertRefused("[3,3]", x -> x[0].add(x[1]), a, Tensor.ones(DType.FLOAT64, 2));
        assertThrows(ShapeException.class, () -> Fused.all(x -> x));
        assertSame(a.add(1), Fused.of(x -> x.add(1), a), "still usable");
        double[] unchanged = DoubleStream.generate(() -> 1).limit(9).toArray();
        assertArrayEquals(unchanged, a.toDoubleArray());
    }
}
