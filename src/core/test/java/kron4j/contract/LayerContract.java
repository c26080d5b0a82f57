package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.train.BlockLinear;
import kron4j.train.ComplexKroneckerRecurrentUnit;
import kron4j.train.Embedding;
import kron4j.train.Gru;
import kron4j.train.Initializers;
import kron4j.train.KroneckerLinear;
import kron4j.train.KroneckerRecurrentUnit;
import kron4j.train.Layer;
import kron4j.train.Linear;
import kron4j.train.Lstm;
import kron4j.train.Rnn;
import org.junit.jupiter.api.Test;

/** Layers against their formulas, written another way. */
public class LayerContract extends Contract {
    private static final DType F64 = DType.FLOAT64;

    private final Random.Generator random = new Random.Generator(5);

    private static void assertClose(Tensor expected, Tensor got, double tolerance) {
        assertEquals(expected.shape(), got.shape());
        assertArrayEquals(expected.toComplexArray(), got.toComplexArray(), tolerance);
    }

    private static Tensor parameter(Layer layer, String name) {
        return layer.parameters().named().get(name);
    }

    /** Other than the zeros and ones it begins with. */
    private void shake(Layer layer) {
        NoGrad.run(() -> layer.parameters()
                .tensors()
                .forEach(p -> InPlace.add(
                        p, random.normal(p.dtype(), p.shape().dims()).multiply(0.1))));
    }

    @Test
    void linearIsAnAffineMapOfRows() {
        try (Linear layer = new Linear(random, F64, 3, 4)) {
            shake(layer);
            Tensor x = random.normal(F64, 2, 5, 3);
            Tensor expected = x.matmul(parameter(layer, "weight").transpose()).add(parameter(layer, "bias"));
            assertClose(expected, layer.apply(x), 0);
            assertEquals(16, layer.parameters().count());
        }
    }

    @Test
    void kroneckerLayersAreThoseOfTheFormedProduct() {
        try (KroneckerLinear layer = new KroneckerLinear(random, F64, new long[] {2, 3, 2}, new long[] {3, 2, 2});
                BlockLinear blocks = new BlockLinear(random, F64, 5, 3, 2)) {
            shake(layer);
            shake(blocks);
            Tensor w = Kron.kron(parameter(layer, "factor0"), parameter(layer, "factor1"), parameter(layer, "factor2"));
            Tensor x = random.normal(F64, 7, 12);
            assertClose(x.matmul(w.transpose()).add(parameter(layer, "bias")), layer.apply(x), 1e-13);
            Tensor diagonal = Kron.kron(Tensor.eye(F64, 5), parameter(blocks, "weight"));
            Tensor repeated = Kron.kron(Tensor.ones(F64, 5), parameter(blocks, "bias"));
            Tensor rows = random.normal(F64, 4, 15);
            assertClose(rows.matmul(diagonal.transpose()).add(repeated), blocks.apply(rows), 1e-13);
            assertEquals(2 * 3 + 2, blocks.parameters().count());
        }
        assertThrows(ShapeException.class, () -> new KroneckerLinear(random, F64, new long[] {2}, new long[] {2, 2}));
    }

    @Test
    void embeddingPicksRows() {
        try (Embedding layer = new Embedding(random, F64, 5, 3)) {
            Tensor picked = layer.apply(Tensor.of(new long[][] {{4, 0}, {4, -1}}));
            assertEquals(Shape.of(2, 2, 3), picked.shape());
            assertClose(parameter(layer, "table").get(4), picked.get(0, 0), 0);
            assertClose(parameter(layer, "table").get(4), picked.get(1, 1), 0);
            if (device().equals(Device.cpu())) {
                refused(TensorException.class, () -> layer.apply(Tensor.of(5)), "index 5 is out of range for size 5");
            } else {
                assertEquals(
                        1,
                        Reduce.all(Elementwise.isNan(layer.apply(Tensor.of(5)))).itemLong());
            }
        }
    }

    private static Tensor tanh(Tensor t) {
        return Elementwise.tanh(t);
    }

    private static Tensor sigmoid(Tensor t) {
        return Elementwise.sigmoid(t);
    }

    @Test
    void recurrentLayersFollowTheirRecurrences() {
        Tensor x = random.normal(F64, 4, 2, 3);
        try (Rnn rnn = new Rnn(random, F64, 3, 5);
                Gru gru = new Gru(random, F64, 3, 5);
                Lstm lstm = new Lstm(random, F64, 3, 5)) {
            Tensor h = Tensor.zeros(F64, 2, 5);
            shakeAll(rnn, gru, lstm);
            Tensor of = rnn.apply(x);
            Tensor ofGru = gru.apply(x);
            Tensor ofLstm = lstm.apply(x);
            Tensor hGru = h;
            Tensor hLstm = h;
            Tensor c = h;
            for (int t = 0; t < 4; t++) {
                Tensor now = x.get(t);
                h = tanh(driven(rnn, now, 0)
                        .add(h.matmul(parameter(rnn, "recurrent").transpose())));
                assertClose(h, of.get(t), 1e-14);

                Tensor r = sigmoid(gate(gru, now, hGru, 0));
                Tensor z = sigmoid(gate(gru, now, hGru, 1));
                Tensor n = tanh(driven(gru, now, 2)
                        .add(r.multiply(recurring(gru, hGru, 2).add(parameter(gru, "recurrentBias")))));
                hGru = n.multiply(z.negate().add(1)).add(z.multiply(hGru));
                assertClose(hGru, ofGru.get(t), 1e-14);

                Tensor i = sigmoid(gate(lstm, now, hLstm, 0));
                Tensor f = sigmoid(gate(lstm, now, hLstm, 1));
                Tensor o = sigmoid(gate(lstm, now, hLstm, 2));
                c = f.multiply(c).add(i.multiply(tanh(gate(lstm, now, hLstm, 3))));
                hLstm = o.multiply(tanh(c));
                assertClose(hLstm, ofLstm.get(t), 1e-14);
            }
        }
    }

    private void shakeAll(Layer... layers) {
        for (Layer layer : layers) {
            shake(layer);
        }
    }

    private static Tensor rows(Layer layer, String name, int gate) {
        return parameter(layer, name).slice(0, 5L * gate, 5L * gate + 5);
    }

    private static Tensor driven(Layer layer, Tensor x, int gate) {
        return x.matmul(rows(layer, "input", gate).transpose()).add(rows(layer, "bias", gate));
    }

    private static Tensor recurring(Layer layer, Tensor h, int gate) {
        return h.matmul(rows(layer, "recurrent", gate).transpose());
    }

    private static Tensor gate(Layer layer, Tensor x, Tensor h, int gate) {
        return driven(layer, x, gate).add(recurring(layer, h, gate));
    }

    @Test
    void theRealUnitMultipliesByTheKroneckerProduct() {
        try (KroneckerRecurrentUnit unit = new KroneckerRecurrentUnit(random, F64, 3, 2, 3, 2)) {
            shake(unit);
            assertEquals(12, unit.width());
            Tensor w = Kron.kron(parameter(unit, "factor0"), parameter(unit, "factor1"), parameter(unit, "factor2"));
            Tensor x = random.normal(F64, 3, 4, 3);
            Tensor states = unit.apply(x);
            Tensor h = Tensor.zeros(F64, 4, 12);
            for (int t = 0; t < 3; t++) {
                Tensor u = x.get(t).matmul(parameter(unit, "input").transpose()).add(parameter(unit, "bias"));
                h = tanh(u.add(h.matmul(w.transpose())));
                assertClose(h, states.get(t), 1e-13);
            }
        }
    }

    /** Complex numbers as pairs of tensors. */
    private record Complex(Tensor re, Tensor im) {
        Complex kron(Complex o) {
            return new Complex(
                    Kron.kron(re, o.re).subtract(Kron.kron(im, o.im)),
                    Kron.kron(re, o.im).add(Kron.kron(im, o.re)));
        }

        /** This [batch, n] times w^T. */
        Complex timesTransposed(Complex w) {
            return new Complex(
                    MatMul.matmul(re, false, w.re, true).subtract(MatMul.matmul(im, false, w.im, true)),
                    MatMul.matmul(re, false, w.im, true).add(MatMul.matmul(im, false, w.re, true)));
        }
    }

    /** State [batch, N, 2] as a complex [batch, N]. */
    private static Complex complex(Tensor state) {
        Tensor parts = state.reshape(state.shape().at(0), -1, 2);
        return new Complex(parts.select(2, 0), parts.select(2, 1));
    }

    @Test
    void theComplexUnitMultipliesByTheComplexKroneckerProduct() {
        try (ComplexKroneckerRecurrentUnit unit = new ComplexKroneckerRecurrentUnit(random, F64, 3, 2, 3, 2)) {
            shake(unit);
            assertEquals(24, unit.width());
            Complex w = new Complex(Tensor.ones(F64, 1, 1), Tensor.zeros(F64, 1, 1));
            for (int f = 0; f < 3; f++) {
                Tensor factor = parameter(unit, "factor" + f);
                w = w.kron(new Complex(factor.real(), factor.imag()));
            }
            Tensor x = random.normal(F64, 3, 4, 3);
            Tensor states = unit.apply(x);
            Complex h = new Complex(Tensor.zeros(F64, 4, 12), Tensor.zeros(F64, 4, 12));
            for (int t = 0; t < 3; t++) {
                Complex u = complex(x.get(t).matmul(parameter(unit, "input").transpose()));
                Complex wh = h.timesTransposed(w);
                Tensor re = u.re.add(wh.re);
                Tensor im = u.im.add(wh.im);
                Tensor modulus = re.multiply(re).add(im.multiply(im)).add(1e-3).sqrt();
                Tensor scale = Elementwise.relu(
                                modulus.add(parameter(unit, "bias").reshape(12)))
                        .divide(modulus);
                h = new Complex(re.multiply(scale), im.multiply(scale));
                Complex got = complex(states.get(t));
                assertClose(h.re, got.re, 1e-13);
                assertClose(h.im, got.im, 1e-13);
            }
        }
    }

    /** States that stay 0 would multiply the gradient, by 2.6 in each step here, until it overflows. The sums have 15 terms that are not 0. */
    @Test
    void aBlankBeginningChangesNoGradient() {
        DType dtype = DType.FLOAT32;
        try (ComplexKroneckerRecurrentUnit unit = new ComplexKroneckerRecurrentUnit(random, dtype, 2, 2, 2)) {
            NoGrad.run(() -> InPlace.assign(parameter(unit, "bias"), Tensor.full(dtype, 0.05, 2, 2, 1)));
            Tensor x = random.normal(dtype, 5, 3, 2);
            Tensor padded = Indexing.concat(0, Tensor.zeros(dtype, 120, 3, 2), x);
            List<Tensor> parameters = unit.parameters().tensors();
            List<Tensor> expected = Gradients.of(unit.apply(x).select(0, -1).sum(), parameters);
            List<Tensor> actual = Gradients.of(unit.apply(padded).select(0, -1).sum(), parameters);
            for (int i = 0; i < expected.size(); i++) {
                double scale = expected.get(i).abs().max().item();
                assertClose(expected.get(i), actual.get(i), 2 * 15 * 0x1p-24 * scale);
            }
        }
    }

    @Test
    void recurrentParametersAreAsManyAsThePaperSays() {
        Map<Integer, Long> expected = Map.of(7, 56L, 9, 72L, 10, 80L, 11, 88L);
        expected.forEach((factors, count) -> {
            int[] twos = new int[factors];
            Arrays.fill(twos, 2);
            try (ComplexKroneckerRecurrentUnit unit =
                    new ComplexKroneckerRecurrentUnit(random, DType.FLOAT32, 1, twos)) {
                assertEquals(2L << factors, unit.width());
                assertEquals(count, unit.recurrentParameters());
                long states = 1L << factors;
                assertEquals(count + 2 * states + states, unit.parameters().count());
            }
        });
        try (ComplexKroneckerRecurrentUnit fours =
                        new ComplexKroneckerRecurrentUnit(random, DType.FLOAT32, 1, 4, 4, 4, 4, 4);
                ComplexKroneckerRecurrentUnit eights =
                        new ComplexKroneckerRecurrentUnit(random, DType.FLOAT32, 1, 8, 8, 8, 8)) {
            assertEquals(160, fours.recurrentParameters());
            assertEquals(512, eights.recurrentParameters());
        }
    }

    @Test
    void thePenaltyIsTheDistanceFromUnitary() {
        try (KroneckerRecurrentUnit real = new KroneckerRecurrentUnit(random, F64, 1, 2);
                ComplexKroneckerRecurrentUnit complex = new ComplexKroneckerRecurrentUnit(random, F64, 1, 2, 3)) {
            assertEquals(0, penalty(real::penalty), 1e-28);
            assertEquals(0, penalty(complex::penalty), 1e-28);
            kron4j.Complex zero = new kron4j.Complex(0, 0);
            kron4j.Complex one = new kron4j.Complex(1, 0);
            set(parameter(real, "factor0"), new double[][] {{1, 2}, {3, 4}});
            assertEquals(834, penalty(real::penalty));
            set(parameter(real, "factor0"), new double[][] {{0, 1}, {1, 0}});
            assertEquals(0, penalty(real::penalty));
            set(parameter(complex, "factor0"), new kron4j.Complex[][] {{zero, kron4j.Complex.I}, {one, zero}});
            assertEquals(0, penalty(complex::penalty), 1e-28);
            NoGrad.run(() -> InPlace.assign(
                    parameter(complex, "factor0"),
                    Tensor.of(new double[][] {{1, 2}, {3, 4}}).to(DType.COMPLEX128)));
            assertEquals(834, penalty(complex::penalty), 1e-11);
        }
    }

    private static double penalty(Supplier<Tensor> penalty) {
        return NoGrad.of(() -> penalty.get().item());
    }

    private static void set(Tensor target, Object values) {
        NoGrad.run(() -> InPlace.assign(target, Tensor.of(values)));
    }

    @Test
    void initialMatricesAreOrthonormal() {
        for (long[] s : new long[][] {{5, 5}, {7, 3}, {3, 7}, {1, 1}}) {
            Tensor q = Initializers.orthogonal(random, F64, s[0], s[1]);
            Tensor gram = s[0] >= s[1] ? q.transpose().matmul(q) : q.matmul(q.transpose());
            assertClose(Creation.eye(F64, Math.min(s[0], s[1])), gram, 1e-14);
        }
        for (int n : new int[] {1, 2, 4, 8}) {
            Tensor u = Initializers.unitary(random, DType.COMPLEX128, n);
            Tensor gram = u.adjoint().matmul(u);
            assertClose(Creation.eye(F64, n), gram.real(), 1e-13);
            assertClose(Tensor.zeros(F64, n, n), gram.imag(), 1e-13);
        }
    }

    @Test
    void sequencesOfAnotherShapeAreRefused() {
        try (Rnn rnn = new Rnn(random, F64, 3, 5)) {
            assertEquals(
                    "Rnn: input of shape [4,2,2]; expected [time, batch, 3] with at least one step",
                    assertThrows(ShapeException.class, () -> rnn.apply(Tensor.zeros(F64, 4, 2, 2)))
                            .getMessage());
            assertThrows(ShapeException.class, () -> rnn.apply(Tensor.zeros(F64, 0, 2, 3)));
        }
        assertThrows(ShapeException.class, () -> new ComplexKroneckerRecurrentUnit(random, F64, 3));
    }
}
