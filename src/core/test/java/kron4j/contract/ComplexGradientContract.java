package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.History;
import kron4j.Tensor;
import kron4j.autograd.Anomaly;
import kron4j.autograd.Checkpoint;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;

/** Gradients with respect to complex numbers: dL/dRe z + j dL/dIm z of a real loss L. */
public class ComplexGradientContract extends GradientContract {
    @Test
    void functions() {
        Map<String, UnaryOperator<Tensor>> all = new LinkedHashMap<>();
        all.put("negative", Elementwise::negative);
        all.put("square", Elementwise::square);
        all.put("sqrt", Elementwise::sqrt);
        all.put("rsqrt", Elementwise::rsqrt);
        all.put("reciprocal", Elementwise::reciprocal);
        all.put("exp", Elementwise::exp);
        all.put("expm1", Elementwise::expm1);
        all.put("log", Elementwise::log);
        all.put("log1p", Elementwise::log1p);
        all.put("sin", Elementwise::sin);
        all.put("cos", Elementwise::cos);
        all.put("tan", Elementwise::tan);
        all.put("asin", Elementwise::asin);
        all.put("acos", Elementwise::acos);
        all.put("atan", Elementwise::atan);
        all.put("sinh", Elementwise::sinh);
        all.put("cosh", Elementwise::cosh);
        all.put("tanh", Elementwise::tanh);
        all.put("sigmoid", Elementwise::sigmoid);
        all.put("sign", Elementwise::sign);
        all.put("conj", ComplexNumbers::conj);
        Complex c = new Complex(0.5, -1.5);
        all.put("add", t -> Elementwise.add(t, c));
        all.put("subtract from", t -> Elementwise.subtract(c, t));
        all.put("multiply", t -> Elementwise.multiply(t, c));
        all.put("divide", t -> Elementwise.divide(t, c));
        all.put("divide by", t -> Elementwise.divide(c, t));
        all.put("square by power", t -> Elementwise.power(t, 2));
        all.put("cube", t -> Elementwise.power(t, 3));
        all.put("power -1.5", t -> Elementwise.power(t, -1.5));
        all.put("complex power", t -> Elementwise.power(t, c));
        all.put("to the power", t -> Elementwise.power(c, t));
        all.put("of a negative number to the power", t -> Elementwise.power(-2, t));
        all.put("where", t -> Elementwise.where(Elementwise.greater(t.real(), 1), t, c));
        all.put("prod", t -> Reduce.prod(t, 1));
        all.put("mean", t -> Reduce.mean(t, 0));
        all.put("take", t -> Indexing.take(t, Tensor.of(new int[] {1, 0, 1}).to(t.device()), 1));
        all.put("squared abs", t -> t.multiply(t.conj()).sum(1));
        all.forEach((name, f) -> complex(name, x -> f.apply(x[0]), between(1, 0.5, 2, 2, 3)));
    }

    /** Real results, whose gradients have no complex derivative behind them. */
    @Test
    void realResults() {
        Map<String, UnaryOperator<Tensor>> all = new LinkedHashMap<>();
        all.put("abs", Elementwise::abs);
        all.put("angle", ComplexNumbers::angle);
        all.put("real", ComplexNumbers::real);
        all.put("imag", t -> Elementwise.square(ComplexNumbers.imag(t)));
        all.put("viewAsReal", t -> Elementwise.square(ComplexNumbers.viewAsReal(t)));
        all.put("polar", t -> ComplexNumbers.viewAsReal(ComplexNumbers.polar(t.real(), t.imag())));
        all.put(
                "viewAsComplex",
                t -> ComplexNumbers.viewAsComplex(Elementwise.square(ComplexNumbers.viewAsReal(t)))
                        .abs());
        all.put("var", t -> Reduce.var(t, 1, true, 1));
        all.put("std", t -> Reduce.std(t, 0));
        all.put("norm", Reduce::norm);
        all.put("norm 1", t -> Reduce.norm(t, 1, false, 1));
        all.put("norm 3", t -> Reduce.norm(t, 3, false, 0));
        all.put("largest", t -> Reduce.norm(t, Double.POSITIVE_INFINITY, false, 0));
        all.put(
                "real operands made complex",
                t -> t.real().to(t.dtype()).multiply(t).abs());
        all.forEach((name, f) -> {
            smooth(
                    name,
                    x -> f.apply(ComplexNumbers.complex(x[0].select(0, 0), x[0].select(0, 1))),
                    between(2, 0.5, 2, 2, 2, 3));
        });
    }

    @Test
    void pairs() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("add", x -> Elementwise.add(x[0], x[1]));
        all.put("subtract", x -> Elementwise.subtract(x[0], x[1]));
        all.put("multiply", x -> Elementwise.multiply(x[0], x[1]));
        all.put("divide", x -> Elementwise.divide(x[0], x[1]));
        all.put("power", x -> Elementwise.power(x[0], x[1]));
        all.put("lerp", x -> Elementwise.lerp(x[0], x[1], new Complex(0.25, 2)));
        all.put(
                "concat",
                x -> Elementwise.square(
                        Indexing.stack(0, x[0], x[1].expand(x[0].shape().dims()))));
        long[][][] shapes = {{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{2, 2}, {}}};
        all.forEach((name, f) -> {
            for (long[][] s : shapes) {
                complex(name, f, between(3, 0.5, 2, s[0]), between(4, 0.5, 2, s[1]));
            }
        });
    }

    /** The convention itself, by numbers that PyTorch gives. */
    @Test
    void convention() {
        for (DType dtype : DTypes.complex()) {
            Tensor z = Tensor.of(new Complex[] {new Complex(3, 4), new Complex(0, -2)})
                    .to(dtype)
                    .requiresGrad();
            Map<String, double[]> expected = new LinkedHashMap<>();
            expected.put("abs", new double[] {0.6, 0.8, 0, -1});
            expected.put("real", new double[] {1, 0, 1, 0});
            expected.put("imag", new double[] {0, 1, 0, 1});
            expected.put("angle", new double[] {-0.16, 0.12, 0.5, 0});
            expected.put("real of square", new double[] {6, -8, 0, 4});
            expected.put("squared abs", new double[] {6, 8, 0, -4});
            expected.put("real of j z", new double[] {0, -1, 0, -1});
            Map<String, UnaryOperator<Tensor>> losses = Map.of(
                    "abs", Elementwise::abs,
                    "real", ComplexNumbers::real,
                    "imag", ComplexNumbers::imag,
                    "angle", ComplexNumbers::angle,
                    "real of square", t -> Elementwise.square(t).real(),
                    "squared abs", t -> t.multiply(t.conj()).real(),
                    "real of j z", t -> t.multiply(Complex.I).real());
            expected.forEach((name, values) -> {
                Tensor g = Gradients.of(losses.get(name).apply(z).sum(), z).get(0);
                assertEquals(dtype, g.dtype());
                assertArrayEquals(values, g.toComplexArray(), 8 * dtype.epsilon() * 8, name);
            });
        }
    }

    /** A step along the negative gradient makes a real loss less. */
    @Test
    void stepsDescend() {
        Tensor z = Random.normal(1, DType.COMPLEX128, 4).requiresGrad();
        Tensor loss =
                Elementwise.abs(Elementwise.exp(z).subtract(new Complex(1, 2))).sum();
        Tensor g = Gradients.of(loss, z).get(0);
        Tensor next = z.detach().subtract(g.multiply(1e-3));
        double after = Elementwise.abs(Elementwise.exp(next).subtract(new Complex(1, 2)))
                .sum()
                .item();
        double decrease = 1e-3 * g.multiply(g.conj()).real().sum().item();
        assertEquals(loss.detach().item() - decrease, after, 0.1 * decrease);
    }

    @Test
    void conventionsAtZero() {
        Tensor z = Tensor.zeros(DType.COMPLEX128, 2).requiresGrad();
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(
                Elementwise::abs,
                ComplexNumbers::angle,
                Reduce::norm,
                t -> Reduce.std(t),
                t -> Elementwise.sign(t).real(),
                t -> Elementwise.power(t, 0).real(),
                t -> Elementwise.power(Tensor.zeros(DType.COMPLEX128, 2), t.add(new Complex(1, 1)))
                        .real())) {
            Tensor g = Gradients.of(f.apply(z).sum(), z).get(0);
            assertArrayEquals(
                    new double[4], Elementwise.abs(ComplexNumbers.viewAsReal(g)).toDoubleArray());
        }
    }

    @Test
    void complexLossesNeedWeights() {
        Tensor z = Tensor.of(new Complex[] {new Complex(1, 2)}).requiresGrad();
        Tensor y = Elementwise.square(z);
        refused(GradientException.class, () -> Gradients.of(y, z), "Gradients.of", "complex128", "real, imag or abs");
        refused(GradientException.class, y::backward, "backward", "complex128");
        Tensor w = Tensor.of(new Complex[] {new Complex(0, 1)});
        // w conj(2 z) = i (2 - 4 i)
        assertArrayEquals(new double[] {4, 2}, Gradients.vjp(y, w, z).get(0).toComplexArray());
    }

    /** Leaves add up gradients; checkpoints compute again; NaN is named. */
    @Test
    void sweeps() {
        Tensor z = Random.normal(2, DType.COMPLEX64, 3).requiresGrad();
        Gradients.backward(Elementwise.abs(z).sum());
        Gradients.backward(
                Checkpoint.of(t -> Elementwise.abs(Elementwise.exp(t)), z).sum());
        Tensor direct = Gradients.of(
                        Elementwise.abs(z)
                                .add(Elementwise.abs(Elementwise.exp(z)))
                                .sum(),
                        z)
                .get(0);
        assertArrayEquals(direct.toComplexArray(), z.grad().toComplexArray(), 16 * DType.COMPLEX64.epsilon() * 8);
        try (Anomaly check = Anomaly.detect()) {
            refused(
                    GradientException.class,
                    () -> Elementwise.log(z.multiply(new Complex(Double.NaN, 0))),
                    "multiply: its result of shape [3] has NaN");
        }
        assertEquals(History.NONE, Elementwise.isNan(z).history());
        assertFalse(Elementwise.sign(z).history() == History.NONE);
    }

    /** Inputs of complex128 as they are: both parts are directions. */
    @Test
    void differencesOfComplexInputs() {
        Tensor a = Random.normal(3, DType.COMPLEX128, 2, 3);
        Tensor x = Random.normal(4, DType.FLOAT64, 3);
        GradCheck.jacobian(t -> Elementwise.exp(t[0]).multiply(t[1].to(DType.COMPLEX128)), a, x);
        GradCheck.directions(t -> Elementwise.abs(t[0].multiply(t[0])), a.transpose());
        GradCheck.second(t -> Elementwise.sin(t[0]).multiply(t[0].conj()), a);
        refused(
                GradientException.class,
                () -> GradCheck.directions(t -> wrong(t[0]), a),
                "GradCheck: the derivative along direction 0");
    }

    /** The square, with the gradient of real numbers: not conjugate. */
    private static Tensor wrong(Tensor z) {
        Tensor conj = z.conj();
        Tensor gradient = z.multiply(2).subtract(conj.multiply(2)).detach();
        Tensor correction = gradient.multiply(z);
        return Elementwise.square(z).add(correction).subtract(correction.detach());
    }

    @Test
    void realOperandsOfComplexResults() {
        for (DType dtype : DTypes.complex()) {
            Tensor x = Tensor.of(new double[] {1, -2}).to(dtype.realPart()).requiresGrad();
            Tensor z = x.to(dtype).multiply(new Complex(3, 4));
            List<Tensor> g = Gradients.of(Graph.FREE, z.imag().sum(), x);
            assertEquals(dtype.realPart(), g.get(0).dtype());
            assertArrayEquals(new double[] {4, 4}, g.get(0).toDoubleArray());
            Tensor up = Gradients.of(
                            Creation.onesLike(z).multiply(x.to(dtype)).abs().sum(), x)
                    .get(0);
            assertArrayEquals(new double[] {1, -1}, up.toDoubleArray());
        }
    }
}
