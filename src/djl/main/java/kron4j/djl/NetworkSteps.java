package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.util.Arrays;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Activations;
import kron4j.ops.Convolutions;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Normalization;
import kron4j.ops.Pooling;
import kron4j.ops.Reduce;
import kron4j.ops.Regularization;
import kron4j.ops.Sliding;

/** Activations, layers and pooling, with PyTorch's meaning. */
interface NetworkSteps extends NDArrayEx {
    @Override
    KronArray getArray();

    /** A list of one array, computed from several; null operands stay null. */
    private NDList list(Function<Tensor[], Tensor> steps, NDArray... operands) {
        KronManager manager = getArray().manager();
        Tensor[] tensors = Arrays.stream(operands)
                .map(operand -> operand == null ? null : manager.from(operand).tensor())
                .toArray(Tensor[]::new);
        return new NDList(manager.array(() -> steps.apply(tensors), tensors));
    }

    private static int[] ints(Shape shape) {
        return Arrays.stream(shape.getShape()).mapToInt(Math::toIntExact).toArray();
    }

    // ---- activations ----

    @Override
    default NDArray relu() {
        return getArray().unary(Elementwise::relu);
    }

    @Override
    default NDArray sigmoid() {
        return getArray().floating(Elementwise::sigmoid);
    }

    @Override
    default NDArray tanh() {
        return getArray().tanh();
    }

    @Override
    default NDArray softPlus() {
        return getArray().floating(Elementwise::softplus);
    }

    @Override
    default NDArray softSign() {
        return getArray().floating(Activations::softsign);
    }

    @Override
    default NDArray leakyRelu(float alpha) {
        return getArray().floating(a -> Activations.leakyRelu(a, alpha));
    }

    @Override
    default NDArray elu(float alpha) {
        return getArray().floating(a -> Activations.elu(a, alpha));
    }

    /** Source: Klambauer et al.: Self-normalizing neural networks (NeurIPS 2017). */
    @Override
    default NDArray selu() {
        return getArray().floating(a -> Activations.elu(a, 1.6732632423543772).multiply(1.0507009873554805));
    }

    @Override
    default NDArray gelu() {
        return getArray().floating(Activations::gelu);
    }

    @Override
    default NDList prelu(NDArray input, NDArray alpha) {
        return list(
                t -> {
                    long[] sizes = new long[t[0].rank()];
                    Arrays.fill(sizes, 1);
                    sizes[Math.min(1, sizes.length - 1)] = t[1].size();
                    Tensor slope = t[1].reshape(sizes);
                    return Elementwise.where(Elementwise.greaterEqual(t[0], 0), t[0], t[0].multiply(slope));
                },
                input,
                alpha);
    }

    // ---- layers ----

    @Override
    default NDList linear(NDArray input, NDArray weight, NDArray bias) {
        return list(
                t -> {
                    Tensor y = MatMul.matmul(t[0], false, t[1], true);
                    return t[2] == null ? y : y.add(t[2]);
                },
                input,
                weight,
                bias);
    }

    @Override
    default NDList embedding(NDArray input, NDArray weight, SparseFormat sparse) {
        return list(t -> Indexing.take(t[1], t[0].to(DType.INT64), 0), input, weight);
    }

    @Override
    default NDList dropout(NDArray input, float rate, boolean training) {
        return list(t -> training ? Regularization.dropout(t[0], rate, KronManager.random()) : t[0], input);
    }

    @Override
    default NDList layerNorm(NDArray input, Shape normalizedShape, NDArray gamma, NDArray beta, float eps) {
        return list(
                t -> t[1] == null
                        ? Normalization.layerNorm(t[0], normalizedShape.dimension(), eps)
                        : Normalization.layerNorm(
                                t[0],
                                t[1].reshape(normalizedShape.getShape()),
                                t[2].reshape(normalizedShape.getShape()),
                                eps),
                input,
                gamma,
                beta);
    }

    /** The running statistics keep {@code momentum} of what they were. */
    @Override
    default NDList batchNorm(
            NDArray input,
            NDArray runningMean,
            NDArray runningVar,
            NDArray gamma,
            NDArray beta,
            int axis,
            float momentum,
            float eps,
            boolean training) {
        int channels = axis == -1 ? 1 : axis;
        return list(
                t -> {
                    Tensor x = t[0].transpose(1, channels);
                    Tensor weight =
                            t[3] == null ? Tensor.ones(x.dtype(), x.shape().at(1)) : t[3];
                    Tensor bias =
                            t[4] == null ? Tensor.zeros(x.dtype(), x.shape().at(1)) : t[4];
                    Tensor y = training
                            ? Normalization.batchNorm(x, weight, bias, t[1], t[2], 1.0 - momentum, eps)
                            : Normalization.batchNormInference(x, weight, bias, t[1], t[2], eps);
                    return y.transpose(1, channels);
                },
                input,
                runningMean,
                runningVar,
                gamma,
                beta);
    }

    @Override
    default NDList convolution(
            NDArray input, NDArray weight, NDArray bias, Shape stride, Shape padding, Shape dilation, int groups) {
        Sliding how = Sliding.by(ints(stride))
                .padding(ints(padding))
                .dilation(ints(dilation))
                .groups(groups);
        return list(
                t -> switch (t[0].rank()) {
                    case 3 -> slid(t, how, Convolutions::conv1d, Convolutions::conv1d);
                    case 4 -> slid(t, how, Convolutions::conv2d, Convolutions::conv2d);
                    default -> slid(t, how, Convolutions::conv3d, Convolutions::conv3d);
                },
                input,
                weight,
                bias);
    }

    @Override
    default NDList deconvolution(
            NDArray input,
            NDArray weight,
            NDArray bias,
            Shape stride,
            Shape padding,
            Shape outPadding,
            Shape dilation,
            int groups) {
        Sliding how = Sliding.by(ints(stride))
                .padding(ints(padding))
                .outputPadding(ints(outPadding))
                .dilation(ints(dilation))
                .groups(groups);
        return list(
                t -> switch (t[0].rank()) {
                    case 3 -> slid(t, how, Convolutions::convTranspose1d, Convolutions::convTranspose1d);
                    case 4 -> slid(t, how, Convolutions::convTranspose2d, Convolutions::convTranspose2d);
                    default -> slid(t, how, Convolutions::convTranspose3d, Convolutions::convTranspose3d);
                },
                input,
                weight,
                bias);
    }

    /** A convolution. */
    interface Slide {
        Tensor apply(Tensor input, Tensor weight, Sliding how);
    }

    /** A convolution with a bias. */
    interface BiasedSlide {
        Tensor apply(Tensor input, Tensor weight, Tensor bias, Sliding how);
    }

    /** Of the input, the weight and the bias, which may be null. */
    private static Tensor slid(Tensor[] t, Sliding how, Slide plain, BiasedSlide biased) {
        return t[2] == null ? plain.apply(t[0], t[1], how) : biased.apply(t[0], t[1], t[2], how);
    }

    // ---- pooling ----

    private static Sliding pooling(Shape stride, Shape padding, boolean ceilMode) {
        Sliding how = Sliding.by(ints(stride)).padding(ints(padding));
        return ceilMode ? how.ceil() : how;
    }

    @Override
    default NDArray maxPool(Shape kernelShape, Shape stride, Shape padding, boolean ceilMode) {
        return getArray()
                .unary(a -> Pooling.maxPool(a, ints(kernelShape), pooling(stride, padding, ceilMode))
                        .values());
    }

    @Override
    default NDArray avgPool(Shape kernelShape, Shape stride, Shape padding, boolean ceilMode, boolean countIncludePad) {
        return getArray()
                .unary(a -> Pooling.avgPool(a, ints(kernelShape), pooling(stride, padding, ceilMode), countIncludePad));
    }

    @Override
    default NDArray lpPool(float normType, Shape kernelShape, Shape stride, Shape padding, boolean ceilMode) {
        if (padding.size() != 0) {
            throw new IllegalArgumentException("lpPool has no padding, not " + padding);
        }
        Sliding how = Sliding.by(ints(stride));
        return getArray().unary(a -> Pooling.lpPool(a, normType, ints(kernelShape), ceilMode ? how.ceil() : how));
    }

    /** Of [batch, channels, ...] over all that follows. */
    private KronArray overPositions(Function<Tensor, Tensor> steps) {
        return getArray()
                .unary(a -> steps.apply(a.reshape(a.shape().at(0), a.shape().at(1), -1)));
    }

    @Override
    default NDArray globalMaxPool() {
        return overPositions(a -> Reduce.max(a, 2));
    }

    @Override
    default NDArray globalAvgPool() {
        return overPositions(a -> Reduce.mean(a, 2));
    }

    @Override
    default NDArray globalLpPool(float normType) {
        return overPositions(a -> Reduce.norm(a, normType, false, 2));
    }
}
