package kron4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import java.util.function.Consumer;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/** Updates of weights, each in one pass over memory; afterwards the weight's gradient is forgotten. Sources: the formulas of MXNet's operators. */
interface OptimizerSteps extends NDArrayEx {
    @Override
    KronArray getArray();

    /**
     * Runs a step on a weight, its gradient and the optimizer's state.
     *
     */
    private void update(
            NDList inputs, NDList weights, float rescale, float clip, float decay, Consumer<Tensor[]> steps) {
        KronManager manager = getArray().manager();
        Tensor[] tensors =
                inputs.stream().map(each -> manager.from(each).tensor()).toArray(Tensor[]::new);
        manager.read(() -> {
            Fused.run(
                    t -> {
                        Tensor[] in = t.clone();
                        in[1] = t[1].multiply(rescale);
                        if (clip >= 0) {
                            in[1] = Elementwise.clamp(in[1], -clip, clip);
                        }
                        if (decay != 0) {
                            in[1] = in[1].add(t[0].multiply(decay));
                        }
                        steps.accept(in);
                    },
                    tensors);
            return null;
        });
        KronArray weight = manager.from(weights.singletonOrThrow());
        if (weight.isLeaf()) {
            Gradients.zero(weight.tensor());
        }
    }

    /** {@code state := share state + (1 - share) value} */
    private static void average(Tensor state, double share, Tensor value) {
        InPlace.multiply(state, share);
        InPlace.add(state, value.multiply(1 - share));
    }

    @Override
    default void sgdUpdate(
            NDList inputs,
            NDList weights,
            float learningRate,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float momentum,
            boolean lazyUpdate) {
        update(inputs, weights, rescaleGrad, clipGrad, weightDecay, t -> {
            if (momentum == 0) {
                InPlace.subtract(t[0], t[1].multiply(learningRate));
                return;
            }
            InPlace.multiply(t[2], momentum);
            InPlace.add(t[2], t[1].multiply(learningRate));
            InPlace.subtract(t[0], t[2]);
        });
    }

    @Override
    default void nagUpdate(
            NDList inputs,
            NDList weights,
            float learningRate,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float momentum) {
        update(inputs, weights, rescaleGrad, clipGrad, weightDecay, t -> {
            if (momentum == 0) {
                InPlace.subtract(t[0], t[1].multiply(learningRate));
                return;
            }
            InPlace.multiply(t[2], momentum);
            InPlace.add(t[2], t[1]);
            InPlace.subtract(t[0], t[1].add(t[2].multiply(momentum)).multiply(learningRate));
        });
    }

    @Override
    default void adamUpdate(
            NDList inputs,
            NDList weights,
            float learningRate,
            float learningRateBiasCorrection,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float beta1,
            float beta2,
            float epsilon,
            boolean lazyUpdate,
            boolean adamw) {
        update(inputs, weights, rescaleGrad, clipGrad, adamw ? 0 : weightDecay, t -> {
            if (adamw) {
                InPlace.multiply(t[0], 1 - (double) learningRate * weightDecay);
            }
            average(t[2], beta1, t[1]);
            average(t[3], beta2, Elementwise.square(t[1]));
            InPlace.subtract(
                    t[0],
                    t[2].multiply(learningRateBiasCorrection)
                            .divide(Elementwise.sqrt(t[3]).add(epsilon)));
        });
    }

    @Override
    default void adagradUpdate(
            NDList inputs,
            NDList weights,
            float learningRate,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float epsilon) {
        update(inputs, weights, rescaleGrad, clipGrad, 0, t -> {
            InPlace.add(t[2], Elementwise.square(t[1]));
            Tensor step = t[1].divide(Elementwise.sqrt(t[2].add(epsilon))).add(t[0].multiply(weightDecay));
            InPlace.subtract(t[0], step.multiply(learningRate));
        });
    }

    @Override
    default void adadeltaUpdate(
            NDList inputs,
            NDList weights,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float rho,
            float epsilon) {
        update(inputs, weights, rescaleGrad, clipGrad, 0, t -> {
            average(t[2], rho, Elementwise.square(t[1]));
            Tensor step = Elementwise.sqrt(t[3].add(epsilon).divide(t[2].add(epsilon)))
                    .multiply(t[1]);
            average(t[3], rho, Elementwise.square(step));
            InPlace.subtract(t[0], step.add(t[0].multiply(weightDecay)));
        });
    }

    @Override
    default void rmspropUpdate(
            NDList inputs,
            NDList weights,
            float learningRate,
            float weightDecay,
            float rescaleGrad,
            float clipGrad,
            float rho,
            float momentum,
            float epsilon,
            boolean centered) {
        update(inputs, weights, rescaleGrad, clipGrad, weightDecay, t -> {
            average(t[2], rho, Elementwise.square(t[1]));
            if (!centered) {
                InPlace.subtract(t[0], t[1].multiply(learningRate).divide(Elementwise.sqrt(t[2].add(epsilon))));
                return;
            }
            average(t[3], rho, t[1]);
            Tensor variance = t[2].subtract(Elementwise.square(t[3])).add(epsilon);
            InPlace.multiply(t[4], momentum);
            InPlace.subtract(t[4], t[1].multiply(learningRate).divide(Elementwise.sqrt(variance)));
            InPlace.add(t[0], t[4]);
        });
    }
}
