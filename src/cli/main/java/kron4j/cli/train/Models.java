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
import kron4j.train.MixedPrecision;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.Recurrent;
import kron4j.train.Rnn;
import kron4j.train.Schedule;
import kron4j.train.Trainer;

/** A recurrent layer by name with a linear read-out on top. */
public final class Models implements AutoCloseable {
    public static final List<String> NAMES = List.of("kru", "kru-real", "rnn", "gru", "lstm");

    private final String name;
    private final Recurrent recurrent;
    private final Linear readOut;
    private final Parameters parameters = new Parameters();
    private final DType dtype;
    /** Null unless the model computes in a half dtype. */
    private final MixedPrecision mixed;

    /**
     * @param dtype that the model computes in; data and results are float32
     * @param width real numbers in the state, a power of 2 for the Kronecker units
     */
    Models(String name, DType dtype, long seed, long inputs, int width, long outputs) {
        Random.Generator random = new Random.Generator(seed);
        this.name = name;
        this.dtype = dtype;
        recurrent = recurrent(name, dtype, random, inputs, width);
        readOut = new Linear(random, dtype, recurrent.width(), outputs);
        parameters.include("recurrent", recurrent.parameters()).include("readOut", readOut.parameters());
        mixed = dtype.isHalf() ? new MixedPrecision(parameters) : null;
    }

    private static Recurrent recurrent(String name, DType dtype, Random.Generator random, long inputs, int width) {
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

    /** Those that an optimizer updates: of halves, the float32 masters. */
    Parameters parameters() {
        return mixed == null ? parameters : mixed.masters();
    }

    Trainer trainer(Optimizer optimizer, Schedule schedule, long seed) {
        return mixed == null
                ? new Trainer(parameters, optimizer, schedule, seed)
                : new Trainer(mixed, optimizer, schedule, seed);
    }

    /** The read-out of every state: [time, batch, inputs] to [time, batch, outputs]. */
    Tensor everyStep(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(readOut.apply(recurrent.apply(x.to(dtype))).to(x.dtype()));
        }
    }

    /** The read-out of the last state: [batch, outputs]. */
    Tensor lastStep(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(
                    readOut.apply(recurrent.apply(x.to(dtype)).select(0, -1)).to(x.dtype()));
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
        if (mixed != null) {
            mixed.close();
        }
        parameters.close();
    }
}
