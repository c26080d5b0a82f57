package kron4j.train;

import java.util.List;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Random;

/**
 * Recurrent layers of which each reads the states of the one before, with dropout in between if wanted.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * try (Stacked layers = new Stacked(new Lstm(random, DType.FLOAT32, 3, 16), new Lstm(random, DType.FLOAT32, 16, 16))) {
 *     Tensor states = layers.apply(Random.normal(2, DType.FLOAT32, 10, 4, 3));     // [10, 4, 16]
 * }
 * }</pre>
 */
public final class Stacked implements Recurrent {
    private final List<Recurrent> layers;
    /** Between the layers; null if there is none. */
    private final Dropout dropout;

    private final Parameters parameters = new Parameters();

    /**
     * Makes a layer of several; its parameters are theirs, named {@code 0.*}, {@code 1.*} and so on.
     *
     * @param layers one or more, the first reads the input; owned
     * @throws TensorException if there are none
     */
    public Stacked(Recurrent... layers) {
        this(null, layers);
    }

    /**
     * Makes a layer of several with dropout of the states between them, while gradients are recorded.
     *
     * @param random decides what is dropped
     * @param p probability of an element to be dropped, in [0, 1]
     * @param layers one or more, the first reads the input; owned
     * @throws TensorException if there are none, or p is not in [0, 1]
     */
    public Stacked(Random.Generator random, double p, Recurrent... layers) {
        this(new Dropout(random, p), layers);
    }

    private Stacked(Dropout dropout, Recurrent... layers) {
        if (layers.length == 0) {
            throw new TensorException("Stacked: there are no layers");
        }
        this.dropout = dropout;
        this.layers = List.of(layers);
        for (int i = 0; i < layers.length; i++) {
            parameters.include(Integer.toString(i), layers[i].parameters());
        }
    }

    @Override
    public Tensor apply(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor states = layers.get(0).apply(x);
            for (Recurrent layer : layers.subList(1, layers.size())) {
                states = layer.apply(dropout == null ? states : dropout.apply(states));
            }
            return scope.keep(states);
        }
    }

    @Override
    public long width() {
        return layers.get(layers.size() - 1).width();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
