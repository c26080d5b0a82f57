package kron4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/** Updates of weights, each in one pass over memory; afterwards the weight's gradient is forgotten. Sources: the formulas of MXNet's operators. */
interface OptimizerSteps extends NDArrayEx {
    @Override
    KronArray getArray();

    /** Steps that were recorded, by their name and numbers. */
    Map<List<Object>, Fused> RECORDED = new ConcurrentHashMap<>();

    /** More than the kinds of steps that a program has, if its batches are of few sizes. */
    int MOST_RECORDED = 100;

    /** What an optimizer does. */
    interface Step {
        /**
         * @param t the weight, its gradient and the optimizer's state
         * @param rated multiplies by the learning rate
         */
        void run(Tensor[] t, UnaryOperator<Tensor> rated);
    }

    /**
     * Runs a step. It is recorded once for all learning rates, which go in as an operand; those of halves would be rounded as such, and stay numbers.
     *
     * @param numbers what the step reads beside its operands
     */
    private void update(
            String name,
            NDList inputs,
            NDList weights,
            float rate,
            float rescale,
            float clip,
            float decay,
            Step step,
            Object... numbers) {
        KronManager manager = getArray().manager();
        Tensor[] tensors =
                inputs.stream().map(each -> manager.from(each).tensor()).toArray(Tensor[]::new);
        Step whole = (t, rated) -> {
            Tensor[] in = t.clone();
            in[1] = rescale == 1 ? t[1] : t[1].multiply(rescale);
            if (clip >= 0) {
                in[1] = Elementwise.clamp(in[1], -clip, clip);
            }
            if (decay != 0) {
                in[1] = in[1].add(t[0].multiply(decay));
            }
            step.run(in, rated);
        };
        DType dtype = tensors[0].dtype();
        manager.read(() -> {
            if (dtype.isHalf()) {
                Fused.run(t -> whole.run(t, x -> x.multiply(rate)), tensors);
                return null;
            }
            if (RECORDED.size() > MOST_RECORDED) {
                RECORDED.clear();
            }
            int last = tensors.length;
            Tensor[] operands = Arrays.copyOf(tensors, last + 1);
            operands[last] = Tensor.full(dtype, rate);
            RECORDED.computeIfAbsent(
                            List.of(name, rescale, clip, decay, List.of(numbers)),
                            key -> Fused.compileRun(t -> whole.run(t, x -> x.multiply(t[last]))))
                    .applyAll(operands);
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
        update(
                "sgdUpdate",
                inputs,
                weights,
                learningRate,
                rescaleGrad,
                clipGrad,
                weightDecay,
                (t, rated) -> {
                    if (momentum == 0) {
                        InPlace.subtract(t[0], rated.apply(t[1]));
                        return;
                    }
                    InPlace.multiply(t[2], momentum);
                    InPlace.add(t[2], rated.apply(t[1]));
                    InPlace.subtract(t[0], t[2]);
                },
                momentum);
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
        update(
                "nagUpdate",
                inputs,
                weights,
                learningRate,
                rescaleGrad,
                clipGrad,
                weightDecay,
                (t, rated) -> {
                    if (momentum == 0) {
                        InPlace.subtract(t[0], rated.apply(t[1]));
                        return;
                    }
                    InPlace.multiply(t[2], momentum);
                    InPlace.add(t[2], t[1]);
                    InPlace.subtract(t[0], rated.apply(t[1].add(t[2].multiply(momentum))));
                },
                momentum);
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
        update(
                "adamUpdate",
                inputs,
                weights,
                learningRateBiasCorrection,
                rescaleGrad,
                clipGrad,
                adamw ? 0 : weightDecay,
                (t, rated) -> {
                    if (adamw) {
                        InPlace.multiply(t[0], 1 - (double) learningRate * weightDecay);
                    }
                    average(t[2], beta1, t[1]);
                    average(t[3], beta2, Elementwise.square(t[1]));
                    InPlace.subtract(
                            t[0],
                            rated.apply(t[2]).divide(Elementwise.sqrt(t[3]).add(epsilon)));
                },
                adamw ? (double) learningRate * weightDecay : -1.0,
                beta1,
                beta2,
                epsilon);
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
        update(
                "adagradUpdate",
                inputs,
                weights,
                learningRate,
                rescaleGrad,
                clipGrad,
                0,
                (t, rated) -> {
                    InPlace.add(t[2], Elementwise.square(t[1]));
                    Tensor step =
                            t[1].divide(Elementwise.sqrt(t[2].add(epsilon))).add(t[0].multiply(weightDecay));
                    InPlace.subtract(t[0], rated.apply(step));
                },
                weightDecay,
                epsilon);
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
        update(
                "adadeltaUpdate",
                inputs,
                weights,
                1,
                rescaleGrad,
                clipGrad,
                0,
                (t, rated) -> {
                    average(t[2], rho, Elementwise.square(t[1]));
                    Tensor step = Elementwise.sqrt(t[3].add(epsilon).divide(t[2].add(epsilon)))
                            .multiply(t[1]);
                    average(t[3], rho, Elementwise.square(step));
                    InPlace.subtract(t[0], step.add(t[0].multiply(weightDecay)));
                },
                weightDecay,
                rho,
                epsilon);
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
        update(
                "rmspropUpdate",
                inputs,
                weights,
                learningRate,
                rescaleGrad,
                clipGrad,
                weightDecay,
                (t, rated) -> {
                    average(t[2], rho, Elementwise.square(t[1]));
                    if (!centered) {
                        InPlace.subtract(t[0], rated.apply(t[1]).divide(Elementwise.sqrt(t[2].add(epsilon))));
                        return;
                    }
                    average(t[3], rho, t[1]);
                    Tensor variance = t[2].subtract(Elementwise.square(t[3])).add(epsilon);
                    InPlace.multiply(t[4], momentum);
                    InPlace.subtract(t[4], rated.apply(t[1]).divide(Elementwise.sqrt(variance)));
                    InPlace.add(t[0], t[4]);
                },
                rho,
                momentum,
                epsilon,
                centered);
    }
}
