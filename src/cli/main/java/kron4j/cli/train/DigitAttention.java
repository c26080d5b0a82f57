package kron4j.cli.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Regularization;
import kron4j.train.Initializers;
import kron4j.train.Layer;
import kron4j.train.LayerNorm;
import kron4j.train.Linear;
import kron4j.train.MultiHeadAttention;
import kron4j.train.Parameters;

/**
 * A small transformer that names digits of 8 x 8 pixels, whose eight rows are its positions: blocks of attention and of two dense layers, each after a layer normalization and added
 * to what it read, then the mean of all positions and a read-out. Images [batch, 64] become scores [batch, 10].
 */
final class DigitAttention implements Layer {
    private static final int SIDE = 8;
    private static final int HEADS = 4;
    private static final double DROPOUT = 0.1;

    private final Parameters parameters = new Parameters();
    /** Counts the steps on the device, so that a recorded one drops other numbers each time. */
    private final Tensor step = Tensor.zeros(DType.INT64).keep();

    private final Linear input;
    private final Tensor positions;
    private final List<Block> blocks = new ArrayList<>();
    private final LayerNorm last;
    private final Linear readOut;

    private record Block(LayerNorm first, MultiHeadAttention attention, LayerNorm second, Linear wide, Linear narrow) {}

    DigitAttention(long seed, int width, int depth) {
        Random.Generator random = new Random.Generator(seed);
        DType dtype = DType.FLOAT32;
        input = new Linear(random, dtype, SIDE, width);
        positions = parameters.add("positions", Initializers.normal(random, dtype, 0.1, SIDE, width));
        parameters.include("input", input.parameters());
        for (int i = 0; i < depth; i++) {
            Block block = new Block(
                    new LayerNorm(dtype, width),
                    new MultiHeadAttention(random, dtype, width, HEADS),
                    new LayerNorm(dtype, width),
                    new Linear(random, dtype, width, 2L * width),
                    new Linear(random, dtype, 2L * width, width));
            blocks.add(block);
            parameters
                    .include(i + ".first", block.first.parameters())
                    .include(i + ".attention", block.attention.parameters())
                    .include(i + ".second", block.second.parameters())
                    .include(i + ".wide", block.wide.parameters())
                    .include(i + ".narrow", block.narrow.parameters());
        }
        last = new LayerNorm(dtype, width);
        readOut = new Linear(random, dtype, width, 10);
        parameters.include("last", last.parameters()).include("readOut", readOut.parameters());
    }

    @Override
    public Tensor apply(Tensor images) {
        try (TensorScope scope = images.device().openScope()) {
            Random.Generator drops = new Random.Generator(1);
            if (Tape.isRecording()) {
                InPlace.add(step, 1);
            }
            Tensor x = input.apply(images.reshape(-1, SIDE, SIDE)).add(positions);
            for (Block block : blocks) {
                x = x.add(dropped(block.attention.apply(block.first.apply(x)), drops));
                Tensor hidden = Elementwise.relu(block.wide.apply(block.second.apply(x)));
                x = x.add(dropped(block.narrow.apply(hidden), drops));
            }
            return scope.keep(readOut.apply(last.apply(x.mean(1))));
        }
    }

    private Tensor dropped(Tensor x, Random.Generator drops) {
        return Tape.isRecording() ? Regularization.dropout(x, DROPOUT, drops, step) : x;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public void close() {
        step.close();
        parameters.close();
    }
}
