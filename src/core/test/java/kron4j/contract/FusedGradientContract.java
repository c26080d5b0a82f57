package kron4j.contract;

import static kron4j.contract.FusedContract.assertSame;
import static kron4j.contract.FusedContract.steps;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import org.junit.jupiter.api.Test;

/** Steps that run in one pass have the gradients of the operations one by one. */
public class FusedGradientContract extends Contract {
    @Test
    void gradientsAreThoseOfTheSteps() {
        SplittableRandom random = random(5);
        for (int trial = 0; trial < 12; trial++) {
            Tensor[] plain = {
                Tensor.of(random.doubles(24, -1, 1).toArray(), 2, 3, 4).requiresGrad(),
                Tensor.of(random.doubles(4, -1, 1).toArray(), 4).requiresGrad(),
                Tensor.of(random.doubles(3, -1, 1).toArray(), 3, 1).requiresGrad()
            };
            Function<Tensor[], Tensor> steps = steps(100 + trial, 12, true);
            List<Tensor> expected = Gradients.of(steps.apply(plain).sum(), plain);
            List<Tensor> got = Gradients.of(Fused.of(steps, plain).sum(), plain);
            List<Tensor> inside = Gradients.of(Fused.of(x -> steps.apply(x).sum(), plain), plain);
            for (int i = 0; i < plain.length; i++) {
                double scale = 1e3
                        * DType.FLOAT64.epsilon()
                        * Math.max(1, expected.get(i).abs().max().item());
                assertArrayEquals(expected.get(i).toDoubleArray(), got.get(i).toDoubleArray(), scale, "trial " + trial);
                assertArrayEquals(
                        expected.get(i).toDoubleArray(), inside.get(i).toDoubleArray(), scale, "trial " + trial);
            }
        }
    }

    @Test
    void gradientsAgreeWithFiniteDifferencesToSecondOrder() {
        Tensor a = Random.normal(1, DType.FLOAT64, 3, 4).requiresGrad();
        Tensor b = Random.normal(2, DType.FLOAT64, 4).requiresGrad();
        for (int seed = 0; seed < 4; seed++) {
            Function<Tensor[], Tensor> steps = steps(seed, 6, false);
            GradCheck.directions(x -> Fused.of(steps, x), a, b);
            GradCheck.directions(x -> Fused.of(y -> Reduce.mean(steps.apply(y)), x), a, b);
            GradCheck.second(x -> Fused.of(steps, x), a, b);
            GradCheck.second(x -> Fused.of(y -> Reduce.mean(steps.apply(y)), x), a, b);
        }
    }

    @Test
    void gradientsOfReductionsAndOfSeveralResults() {
        Tensor a = Random.normal(1, DType.FLOAT64, 5, 4).requiresGrad();
        GradCheck.directions(x -> Fused.of(y -> Elementwise.square(y[0]).max(1), x), a);
        GradCheck.directions(x -> Fused.of(y -> Elementwise.tanh(y[0]).mean(0).exp(), x), a);
        GradCheck.directions(
                x -> {
                    List<Tensor> both =
                            Fused.all(y -> new Tensor[] {y[0].exp(), Elementwise.less(y[0], 0), y[0].sum(1)}, x);
                    return both.get(0).sum(1).multiply(both.get(2));
                },
                a);
        List<Tensor> both = Fused.all(y -> new Tensor[] {y[0].exp(), Elementwise.sin(y[0])}, a);
        assertArrayEquals(
                Elementwise.cos(a).toDoubleArray(),
                Gradients.of(both.get(1).sum(), a).get(0).toDoubleArray(),
                1e-15);
        Tensor constant = Fused.of(y -> Elementwise.floor(y), a).add(a);
        assertSame(
                Tensor.ones(DType.FLOAT64, 5, 4),
                Gradients.of(constant.sum(), a).get(0),
                "floor");
    }

    /** Steps may be equal although their gradients are not. */
    @Test
    void gradientsBelongToTheSteps() {
        List<UnaryOperator<Tensor>> all = List.of(
                x -> x.multiply(x),
                x -> x.multiply(x.detach()),
                x -> x.detach().multiply(x),
                x -> x.multiply(NoGrad.of(() -> x.add(0))),
                x -> x.multiply(x.add(0)),
                x -> Elementwise.minimum(Elementwise.maximum(x, -1), 1),
                x -> Elementwise.clamp(x, -1, 1));
        for (int i = 0; i < all.size(); i++) {
            Tensor x = Tensor.of(new double[] {-1, 0.5, 1}, 3).requiresGrad();
            UnaryOperator<Tensor> steps = all.get(i);
            Fused f = Fused.compile(y -> steps.apply(y[0]));
            Tensor expected =
                    Gradients.of(Graph.DIFFERENTIABLE, steps.apply(x).sum(), x).get(0);
            Tensor got = Gradients.of(Graph.DIFFERENTIABLE, Fused.of(steps, x).sum(), x)
                    .get(0);
            assertSame(expected, got, "steps " + i);
            assertSame(expected, Gradients.of(f.apply(x).sum(), x).get(0), "compiled " + i);
            if (i < 5) {
                Tensor weight = Tensor.of(new double[] {1, 2, 3}, 3);
                assertSame(
                        Gradients.of(expected.multiply(weight).multiply(x).sum(), x)
                                .get(0),
                        Gradients.of(got.multiply(weight).multiply(x).sum(), x).get(0),
                        "second order " + i);
            }
        }
    }

    @Test
    void gradientsOfHalvesRoundOnce() {
        Tensor a = Random.normal(1, DType.FLOAT16, 6, 5).requiresGrad();
        Tensor wide = a.detach().to(DType.FLOAT32).requiresGrad();
        UnaryOperator<Tensor> steps = x -> Elementwise.tanh(x.multiply(0.7)).multiply(x);
        Tensor g = Random.normal(2, DType.FLOAT16, 6, 5);
        Tensor expected =
                Gradients.vjp(steps.apply(wide), g.to(DType.FLOAT32), wide).get(0);
        assertSame(
                expected.to(DType.FLOAT16),
                Gradients.vjp(Fused.of(steps, a), g, a).get(0),
                "halves");
    }

    @Test
    void nothingIsRecordedWithoutNeed() {
        Tensor a = Tensor.ones(DType.FLOAT64, 3).requiresGrad();
        Tensor y = NoGrad.of(() -> Fused.of(x -> x.exp(), a));
        assertThrows(GradientException.class, () -> Gradients.of(y.sum(), a));
        Tensor z = Fused.of(x -> x.exp(), a);
        Tensor once = Gradients.of(Graph.RETAIN, z.sum(), a).get(0);
        assertSame(once, Gradients.of(z.sum(), a).get(0), "retained");
        assertThrows(GradientException.class, () -> Gradients.of(z.sum(), a));
        assertThrows(GradientException.class, () -> Fused.run(x -> InPlace.multiply(x[0], 2), a));
        Tensor twice = Fused.of(x -> x[0].multiply(x[1]), a, a);
        assertSame(
                Tensor.full(DType.FLOAT64, 2, 3), Gradients.of(twice.sum(), a).get(0), "the same operand twice");
    }
}
