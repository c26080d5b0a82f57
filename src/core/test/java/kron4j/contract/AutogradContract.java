package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.History;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Anomaly;
import kron4j.autograd.Checkpoint;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** What the record of a computation does: who owns it, when it is freed, what it refuses. */
public class AutogradContract extends Contract {
    private static Tensor leaf(double... values) {
        return Tensor.of(values).requiresGrad();
    }

    private static double[] only(List<Tensor> gradients) {
        assertEquals(1, gradients.size());
        return gradients.get(0).toDoubleArray();
    }

    // ---- gradients ----

    @Test
    void ofALoss() {
        Tensor x = leaf(1, 2);
        Tensor y = leaf(3, 5);
        List<Tensor> g = Gradients.of(x.multiply(y).sum(), x, y);
        assertArrayEquals(new double[] {3, 5}, g.get(0).toDoubleArray());
        assertArrayEquals(new double[] {1, 2}, g.get(1).toDoubleArray());
        assertEquals(History.NONE, g.get(0).history(), "not recorded itself");
    }

    @Test
    void ofWhatIsUsedSeveralTimes() {
        Tensor x = leaf(3);
        Tensor y = x.multiply(x);
        assertArrayEquals(
                new double[] {108 + 6 + 1},
                only(Gradients.of(y.multiply(y).add(y).add(x), x)));
    }

    @Test
    void ofIntermediatesAndOfTheLossItself() {
        Tensor x = leaf(3);
        Tensor y = x.multiply(x);
        Tensor loss = y.multiply(y);
        List<Tensor> g = Gradients.of(loss, y, x, loss, y);
        assertEquals(18, g.get(0).item());
        assertEquals(108, g.get(1).item());
        assertEquals(1, g.get(2).item());
        assertEquals(18, g.get(3).item());
    }

    @Test
    void ofWhatTheLossDoesNotDependOn() {
        Tensor x = leaf(1, 2);
        Tensor other = leaf(3);
        assertArrayEquals(new double[] {0, 0}, only(Gradients.of(other.multiply(other), x)));
    }

    @Test
    void vectorJacobianProducts() {
        Tensor x = leaf(1, 2, 3);
        Tensor y = x.multiply(x);
        Tensor z = x.exp();
        assertArrayEquals(
                new double[] {2, 40, 600},
                only(Gradients.vjp(Graph.RETAIN, y, Tensor.of(new double[] {1, 10, 100}), x)));
        Tensor v = Tensor.of(new double[] {1, 0, 0});
        double[] both = only(Gradients.vjp(Graph.FREE, List.of(y, z), List.of(v, v), List.of(x)));
        assertArrayEquals(new double[] {2 + Math.E, 0, 0}, both, 4e-15);
    }

    /** Row-major and alone in its memory, so that it can be updated in place. */
    @Test
    void gradientsShareNothing() {
        Tensor a = leaf(1, 2);
        Tensor b = leaf(3, 4);
        List<Tensor> g = Gradients.of(a.add(b).sum(), a, b);
        for (Tensor t : g) {
            assertEquals(16, t.storage().size() * 8, "not a broadcast scalar");
        }
        InPlace.multiply(g.get(0), 3);
        assertArrayEquals(new double[] {1, 1}, g.get(1).toDoubleArray());
        Tensor v = Tensor.of(new double[] {5, 6});
        Tensor same = Gradients.vjp(a.transpose(), v, a).get(0);
        InPlace.fill(same, 0);
        assertArrayEquals(new double[] {5, 6}, v.toDoubleArray());
    }

    // ---- backward and grad ----

    @Test
    void backwardAddsUp() {
        Tensor x = leaf(1, 2);
        assertArrayEquals(new double[] {0, 0}, x.grad().toDoubleArray());
        x.multiply(x).sum().backward();
        assertArrayEquals(new double[] {2, 4}, x.grad().toDoubleArray());
        x.multiply(3).sum().backward();
        assertArrayEquals(new double[] {5, 7}, x.grad().toDoubleArray());
        Gradients.zero(x);
        assertArrayEquals(new double[] {0, 0}, x.grad().toDoubleArray());
        Gradients.backward(Graph.FREE, x.multiply(x), Tensor.of(new double[] {1, 10}));
        assertArrayEquals(new double[] {2, 40}, x.grad().toDoubleArray());
    }

    @Test
    void whatWasReadFromGradStays() {
        Tensor x = leaf(1);
        x.multiply(2).backward();
        Tensor before = x.grad();
        x.multiply(2).backward();
        assertEquals(2, before.item());
        assertEquals(4, x.grad().item());
    }

    // ---- what is recorded ----

    @Test
    void constantsAreNotRecorded() {
        Tensor x = leaf(1, 2);
        Tensor c = Tensor.of(new double[] {3, 4});
        assertEquals(History.NONE, c.add(c).history());
        assertArrayEquals(new double[] {3, 4}, only(Gradients.of(x.multiply(c).sum(), x)));
        assertEquals(History.NONE, NoGrad.of(() -> x.add(x)).history());
        try (NoGrad off = NoGrad.open()) {
            assertEquals(History.NONE, x.add(x).history());
        }
        assertFalse(x.add(x).history() == History.NONE);
        assertEquals(History.NONE, x.detach().history());
        Tensor y = x.multiply(x.detach());
        assertArrayEquals(new double[] {1, 2}, only(Gradients.of(y.sum(), x)), "half of it is constant");
    }

    @Test
    void recordsPerThread() {
        Tensor x = leaf(1, 2);
        try (NoGrad off = NoGrad.open()) {
            Tensor there = CompletableFuture.supplyAsync(() -> x.add(x)).join();
            assertFalse(there.history() == History.NONE);
            there.close();
        }
    }

    @Test
    void requiresGradTwiceIsTheSame() {
        Tensor x = leaf(1);
        History h = x.history();
        assertSame(h, x.requiresGrad().history());
        assertSame(h, x.viewAs(x.layout()).history());
    }

    // ---- memory ----

    @Test
    void holdsWhatItNeedsWhenScopesClose() {
        Tensor x = leaf(1, 2);
        Tensor loss;
        try (TensorScope inner = device().openScope()) {
            loss = inner.keep(x.exp().multiply(x.exp()).sum());
        }
        assertArrayEquals(new double[] {2 * Math.exp(2), 2 * Math.exp(4)}, only(Gradients.of(loss, x)), 1e-13);
    }

    @Test
    void freesAsTheSweepGoes() {
        Tensor x = Tensor.ones(DType.FLOAT64, 1000).requiresGrad();
        long before = live();
        Tensor loss;
        try (TensorScope inner = device().openScope()) {
            loss = inner.keep(x.exp().exp().sum());
        }
        long held = live() - before;
        long exponentials = 2 * 8000;
        assertEquals(exponentials, held - loss.storage().bytes(), 1024, "the two results of exp");
        Tensor g = Gradients.of(loss, x).get(0);
        assertEquals(before + loss.storage().bytes() + g.storage().bytes(), live());
    }

    @Test
    void droppingTheResultFreesTheRecord() {
        Tensor x = Tensor.ones(DType.FLOAT64, 1000).requiresGrad();
        long before = live();
        Tensor y = x;
        for (int i = 0; i < 20_000; i++) {
            Tensor next = i % 10_000 == 0 ? y.exp() : y.flip(0);
            if (y != x) {
                y.close();
            }
            y = next;
        }
        assertEquals(before + 2 * 8192, live(), 2 * 1024, "the results of exp");
        y.close();
        assertEquals(before, live());
    }

    @Test
    void savesNothingForConstants() {
        Tensor x = leaf(1, 2);
        Tensor c = Tensor.of(new double[] {1, 2});
        Tensor y = x.multiply(c);
        c.close();
        assertArrayEquals(new double[] {1, 2}, only(Gradients.of(y.sum(), x)), "c was saved, x not");
        Tensor w = Tensor.of(new double[] {5, 5});
        Tensor sum = x.add(w);
        InPlace.fill(w, 0);
        assertArrayEquals(new double[] {1, 1}, only(Gradients.of(sum.sum(), x)));
    }

    // ---- used twice ----

    @Test
    void usedTwiceOnlyIfRetained() {
        Tensor x = leaf(2);
        Tensor loss = x.exp().multiply(3);
        double first = only(Gradients.of(Graph.RETAIN, loss, x))[0];
        assertEquals(first, only(Gradients.of(loss, x))[0]);
        refused(
                GradientException.class,
                () -> Gradients.of(loss, x),
                "Gradients.of: the record of multiply (result of shape [1]) was freed by an earlier backward",
                "Graph.RETAIN");
        Tensor shared = x.exp();
        Tensor a = shared.multiply(2);
        Tensor b = shared.multiply(3);
        a.backward();
        refused(GradientException.class, b::backward, "the record of exp");
    }

    // ---- in place ----

    @Test
    void updatesThatWouldCorruptAreRefused() {
        Tensor x = leaf(1, 2);
        Tensor c = Tensor.of(new double[] {3, 4});
        Tensor loss = x.multiply(c).sum();
        refused(
                GradientException.class,
                () -> InPlace.fill(c, 0),
                "InPlace.fill: the target of shape [2] is needed by the gradient of multiply",
                "NoGrad");
        refused(GradientException.class, () -> InPlace.add(c.slice(0, 1, 2), 1), "InPlace.add", "multiply");
        assertArrayEquals(new double[] {3, 4}, only(Gradients.of(loss, x)));
        assertArrayEquals(new double[] {0, 0}, InPlace.fill(c, 0).toDoubleArray());

        Tensor y = x.exp();
        refused(GradientException.class, () -> NoGrad.run(() -> InPlace.multiply(y, 2)), "gradient of exp");
        refused(
                GradientException.class,
                () -> InPlace.add(x, c),
                "InPlace.add: the target of shape [2] or an operand requires gradients",
                "NoGrad");
        refused(GradientException.class, () -> InPlace.add(c, x), "requires gradients");
        y.close();
        NoGrad.run(() -> InPlace.subtract(x, c.add(1)));
        assertArrayEquals(new double[] {0, 1}, x.toDoubleArray());
    }

    @Test
    void updates() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4}, 2, 2);
        Tensor row = x.get(0);
        InPlace.assign(x, Tensor.of(new double[] {5, 6}));
        assertArrayEquals(new double[] {5, 6, 5, 6}, x.toDoubleArray());
        assertArrayEquals(new double[] {5, 6}, row.toDoubleArray(), "views see it");
        InPlace.divide(InPlace.multiply(row, row), Tensor.of(2.0));
        assertArrayEquals(new double[] {12.5, 18, 5, 6}, x.toDoubleArray());
        refused(DTypeException.class, () -> InPlace.assign(x, Tensor.of(1f)), "InPlace.assign", "float32");
        refused(DTypeException.class, () -> InPlace.fill(Tensor.of(1), 1.5), "InPlace.fill: 1.5");
        refused(
                ShapeException.class,
                () -> InPlace.add(row, x),
                "the value of shape [2,2] does not broadcast to the target of shape [2]");
    }

    // ---- second order ----

    @Test
    void gradientsOfGradients() {
        Tensor x = leaf(2, 3);
        Tensor cube = x.pow(3).sum();
        Tensor first = Gradients.of(Graph.DIFFERENTIABLE, cube, x).get(0);
        Tensor second = Gradients.of(Graph.DIFFERENTIABLE, first.sum(), x).get(0);
        assertArrayEquals(new double[] {12, 27}, first.toDoubleArray());
        assertArrayEquals(new double[] {12, 18}, second.toDoubleArray());
        assertArrayEquals(new double[] {6, 6}, only(Gradients.of(second.sum(), x)));
    }

    // ---- recomputation ----

    @Test
    void checkpointsRecompute() {
        Tensor w = leaf(0.5, -1);
        int[] calls = {0};
        GradCheck.directions(
                x -> Checkpoint.of(
                        t -> {
                            calls[0]++;
                            return t.multiply(w).exp().multiply(x[1]);
                        },
                        x[0].multiply(2)),
                Tensor.of(new double[] {1, 2}),
                Tensor.of(new double[] {3, 4}));
        assertEquals(1 + 2 + 16, calls[0], "for the size; for the gradient, and again; for differences");
    }

    @Test
    void checkpointsHoldOnlyTheirOperands() {
        Tensor x = Tensor.ones(DType.FLOAT64, 1000).requiresGrad();
        Tensor w = Tensor.ones(DType.FLOAT64, 1000).requiresGrad();
        long before = live();
        Tensor loss;
        try (TensorScope inner = device().openScope()) {
            Tensor y = Checkpoint.of(t -> t.exp().multiply(w).exp(), x);
            loss = inner.keep(y.sum());
        }
        assertEquals(before + loss.storage().bytes(), live());
        List<Tensor> g = Gradients.of(loss, x, w);
        double e = Math.E;
        assertEquals(Math.exp(e) * e, g.get(0).get(7).item(), 1e-12 * 42);
        assertEquals(Math.exp(e) * e, g.get(1).get(7).item(), 1e-12 * 42);
    }

    @Test
    void checkpointsAreDifferentiableTwice() {
        Tensor w = Tensor.of(new double[] {0.5, -1});
        GradCheck.second(
                x -> Checkpoint.of(t -> t[0].multiply(t[1]).exp().multiply(w), x[0], x[1]),
                Tensor.of(new double[] {1, 2}),
                Tensor.of(new double[] {0.3, 0.4}));
    }

    /** A mask that is drawn in a checkpoint is the same when it is computed again, also in a checkpoint within; what is drawn afterwards does not notice. */
    @Test
    void checkpointsDrawTheSameAgain() {
        double[] values = new double[100];
        Arrays.fill(values, 1);
        for (UnaryOperator<UnaryOperator<Tensor>> wrap : List.<UnaryOperator<UnaryOperator<Tensor>>>of(
                f -> x -> Checkpoint.of(f, x), f -> x -> Checkpoint.of(y -> Checkpoint.of(f, y.multiply(1)), x))) {
            Random.Generator plain = new Random.Generator(5);
            Random.Generator checkpointed = new Random.Generator(5);
            Tensor x = leaf(values);
            Tensor y = leaf(values);
            Tensor expected = dropout(plain).apply(x);
            Tensor actual = wrap.apply(dropout(checkpointed)).apply(y);
            assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
            double[] next = plain.uniform(DType.FLOAT64, 3).toDoubleArray();
            assertArrayEquals(next, checkpointed.uniform(DType.FLOAT64, 3).toDoubleArray());
            double[] slope = only(Gradients.of(expected.sum(), x));
            assertArrayEquals(slope, only(Gradients.of(Graph.RETAIN, actual.sum(), y)));
            assertArrayEquals(slope, only(Gradients.of(actual.sum(), y)), "once more");
            assertArrayEquals(
                    plain.uniform(DType.FLOAT64, 3).toDoubleArray(),
                    checkpointed.uniform(DType.FLOAT64, 3).toDoubleArray());
        }
    }

    private static UnaryOperator<Tensor> dropout(Random.Generator random) {
        return x -> {
            Tensor kept = random.bernoulli(0.5, x.shape().dims()).to(x.dtype());
            return x.multiply(kept)
                    .multiply(random.normal(x.dtype(), x.shape().dims()))
                    .multiply(x);
        };
    }

    @Test
    void checkpointsThatDrawDifferentlyAreRefused() {
        Random.Generator random = new Random.Generator(5);
        for (int step : new int[] {1, -1}) {
            int[] draws = {2};
            Tensor x = leaf(1, 2);
            Tensor y = Checkpoint.of(
                    t -> {
                        Tensor result = t;
                        for (int i = 0; i < draws[0]; i++) {
                            result = result.multiply(random.uniform(DType.FLOAT64, 2));
                        }
                        draws[0] += step;
                        return result;
                    },
                    x);
            refused(
                    GradientException.class,
                    () -> Gradients.of(y.sum(), x),
                    "Checkpoint.of: the part drew 2 random tensors",
                    "the same each time");
        }
    }

    // ---- NaN ----

    @Test
    void namesTheFirstNan() {
        Tensor x = leaf(-1, 2);
        try (Anomaly check = Anomaly.detect()) {
            Tensor y = x.multiply(2);
            refused(
                    GradientException.class,
                    () -> y.log(),
                    "log: its result of shape [2] has NaN, its operands have none");
            Tensor zero = leaf(0);
            Tensor root = zero.multiply(zero).sqrt();
            refused(
                    GradientException.class,
                    root::backward,
                    "gradient of multiply: that of an operand of shape [1] has NaN, the incoming one has none");
        }
        assertEquals(Double.NaN, x.log().get(0).item(), "not looked for any more");
    }

    // ---- refusals ----

    @Test
    void refusals() {
        Tensor x = leaf(1, 2);
        Tensor constant = Tensor.of(3.0);
        refused(
                GradientException.class,
                () -> Gradients.of(x.multiply(2), x),
                "Gradients.of: the loss has shape [2], not one element");
        refused(GradientException.class, () -> x.multiply(2).backward(), "backward: the loss has shape [2]");
        refused(
                GradientException.class,
                () -> Gradients.of(x.sum(), constant),
                "Gradients.of: parameter 0 of shape [] does not require gradients; call requiresGrad()");
        refused(
                GradientException.class,
                () -> Gradients.of(constant.multiply(2), x),
                "Gradients.of: the result of shape [] was not computed from a tensor that requires gradients");
        refused(GradientException.class, () -> NoGrad.of(() -> x.sum()).backward(), "inside NoGrad");
        refused(
                DTypeException.class,
                () -> Tensor.of(1).requiresGrad(),
                "requiresGrad: int32 of shape [] has no gradient");
        refused(GradientException.class, constant::grad, "grad: the tensor of shape [] does not require gradients");
        refused(GradientException.class, () -> x.sum().grad(), "grad: the tensor of shape [] was computed by sum");
        refused(
                ShapeException.class,
                () -> Gradients.vjp(x.exp(), Tensor.of(1.0), x),
                "Gradients.vjp: result 0 has shape [2], its weights []");
        refused(
                DTypeException.class,
                () -> Gradients.vjp(x.exp(), Tensor.of(new float[] {1, 2}), x),
                "Gradients.vjp: result 0 is float64, its weights float32");
        refused(
                GradientException.class,
                () -> Gradients.backward(Graph.DIFFERENTIABLE, x.sum()),
                "backward: grad() is not differentiable");
    }

    @Test
    void wrongGradientFunctionsAreNamed() {
        Tensor x = leaf(1, 2);
        Tensor y = Tape.record(
                "mine",
                x.detach().multiply(2),
                r -> r.gradient(x, g -> g.reshape(2, 1).expand(2, 3)),
                x);
        refused(
                GradientException.class,
                () -> Gradients.of(y.sum(), x),
                "gradient of mine: shape [3] does not broadcast to or from that of the operand, [2]");
        Tensor z = Tape.record("narrow", x.detach().multiply(2), r -> r.gradient(x, g -> g.to(DType.FLOAT32)), x);
        refused(GradientException.class, () -> Gradients.of(z.sum(), x), "gradient of narrow: dtype float32");
        assertThrows(
                GradientException.class,
                () -> GradCheck.directions(
                        t -> Tape.record("wrong", t[0].detach().multiply(2), r -> r.gradient(t[0], g -> g), t[0]),
                        Tensor.of(new double[] {1, 2})));
        refused(
                GradientException.class,
                () -> GradCheck.jacobian(
                        t -> Tape.record("wrong", t[0].detach().multiply(2), r -> r.gradient(t[0], g -> g), t[0]),
                        Tensor.of(new double[] {1, 2})),
                "GradCheck: the derivative of result 0 by element 0 of input 0 is 1.0 by the gradient, but ",
                "by differences");
        refused(
                DTypeException.class,
                () -> GradCheck.directions(t -> t[0], Tensor.of(1f)),
                "GradCheck: an input of shape []");
    }
}
