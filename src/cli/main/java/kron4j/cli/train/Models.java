package kron4j.cli.train;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Random;
import kron4j.train.ComplexKroneckerRecurrentUnit;
import kron4j.train.Gru;
import kron4j.train.KroneckerRecurrentUnit;
import kron4j.train.Linear;
import kron4j.train.Lstm;
import kron4j.train.Parameters;
import kron4j.train.Recurrent;
import kron4j.train.Rnn;

/** A recurrent layer by name with a linear read-out on top. */
public final class Models implements AutoCloseable {
    public static final List<String> NAMES = List.of("kru", "kru-real", "rnn", "gru", "lstm");

    private final String name;
    private final Recurrent recurrent;
    private final Linear readOut;
    private final Parameters parameters = new Parameters();

    /** @param width real numbers in the state, a power of 2 for the Kronecker units */
    Models(String name, long seed, long inputs, int width, long outputs) {
        Random.Generator random = new Random.Generator(seed);
        this.name = name;
        recurrent = recurrent(name, random, inputs, width);
        readOut = new Linear(random, DType.FLOAT32, recurrent.width(), outputs);
        parameters.include("recurrent", recurrent.parameters()).include("readOut", readOut.parameters());
    }

    private static Recurrent recurrent(String name, Random.Generator random, long inputs, int width) {
        DType dtype = DType.FLOAT32;
        return switch (name) {
            // Half as many complex numbers.
            case "kru" -> new ComplexKroneckerRecurrentUnit(random, dtype, inputs, twos(name, width / 2));
            case "kru-real" ->
                new KroneckerRecurrentUnit(
                        random,
                        dtype,
                        inputs,
                        Arrays.stream(twos(name, width)).asLongStream().toArray());
            case "rnn" -> new Rnn(random, dtype, inputs, width);
            case "gru" -> new Gru(random, dtype, inputs, width);
            case "lstm" -> new Lstm(random, dtype, inputs, width);
            default -> throw new TensorException("train: no model '" + name + "'; there are " + NAMES);
        };
    }

    private static int[] twos(String name, int size) {
        if (size < 2 || Integer.bitCount(size) != 1) {
            throw new TensorException("train: model " + name + " needs a width that is a power of 2");
        }
        int[] factors = new int[Integer.numberOfTrailingZeros(size)];
        Arrays.fill(factors, 2);
        return factors;
    }

    String name() {
        return name;
    }

    Parameters parameters() {
        return parameters;
    }

    /** The read-out of every state: [time, batch, inputs] to [time, batch, outputs]. */
    Tensor everyStep(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(readOut.apply(recurrent.apply(x)));
        }
    }

    /** The read-out of the last state: [batch, outputs]. */
    Tensor lastStep(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(readOut.apply(recurrent.apply(x).select(0, -1)));
        }
    }

    /** The loss plus the soft unitary constraint of Kronecker units, weighted. */
    Tensor constrained(Tensor loss, double weight) {
        if (recurrent instanceof ComplexKroneckerRecurrentUnit unit) {
            return loss.add(unit.penalty().multiply(weight));
        }
        if (recurrent instanceof KroneckerRecurrentUnit unit) {
            return loss.add(unit.penalty().multiply(weight));
        }
        return loss;
    }

    @Override
    public void close() {
        parameters.close();
    }
}
