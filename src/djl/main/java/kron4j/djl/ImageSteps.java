package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.util.RandomUtils;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;

/** Images, [height, width, channels] or a batch of them. */
interface ImageSteps extends NDArrayEx {
    @Override
    KronArray getArray();

    /** To another size: 0 the nearest pixel, 1 linear between pixels; others are not there. */
    @Override
    default NDArray resize(int width, int height, int interpolation) {
        if (getArray().isEmpty()) {
            throw new IllegalArgumentException("attempt to resize of an empty NDArray");
        }
        int rows = getArray().getShape().dimension() - 3;
        return getArray().unary(a -> {
            Tensor image = a.to(DType.FLOAT32);
            image = scaled(image, rows, height, interpolation, false);
            image = scaled(image, rows + 1, width, interpolation, false);
            return a.dtype().isInteger() ? Elementwise.round(image).to(a.dtype()) : image.to(a.dtype());
        });
    }

    /** [batch, channels, sizes...] to other sizes; modes as of {@link #resize}. */
    @Override
    default NDArray interpolation(long[] size, int mode, boolean alignCorners) {
        return getArray().floating(a -> {
            Tensor result = a;
            for (int i = 0; i < size.length; i++) {
                result = scaled(result, a.rank() - size.length + i, size[i], mode, alignCorners);
            }
            return result;
        });
    }

    /** One axis. Places are those of pixels' centres, as PyTorch's, or with aligned corners those of the pixels. */
    private static Tensor scaled(Tensor a, int axis, long size, int mode, boolean aligned) {
        if (mode != 0 && mode != 1) {
            throw new UnsupportedOperationException(
                    "interpolation " + mode + "; Kron4J has 0, the nearest, and 1, linear");
        }
        long from = a.shape().at(axis);
        long[] low = new long[(int) size];
        long[] high = new long[(int) size];
        float[] share = new float[(int) size];
        for (int i = 0; i < size; i++) {
            double place = mode == 0
                    ? Math.floor((double) i * from / size)
                    : aligned
                            ? (size == 1 ? 0 : (double) i * (from - 1) / (size - 1))
                            : Math.max(0, (i + 0.5) * from / size - 0.5);
            low[i] = Math.min((long) place, from - 1);
            high[i] = Math.min(low[i] + 1, from - 1);
            share[i] = (float) (place - low[i]);
        }
        Tensor below = Indexing.take(a, Tensor.of(low), axis);
        if (mode == 0) {
            return below;
        }
        long[] along = new long[a.rank()];
        java.util.Arrays.fill(along, 1);
        along[axis] = size;
        Tensor above = Indexing.take(a, Tensor.of(high), axis);
        return below.add(
                above.subtract(below).multiply(Tensor.of(share).to(a.dtype()).reshape(along)));
    }

    /** With probability 1/2. */
    @Override
    default NDArray randomFlipLeftRight() {
        return flipped(-2);
    }

    /** With probability 1/2. */
    @Override
    default NDArray randomFlipTopBottom() {
        return flipped(-3);
    }

    private NDArray flipped(int axis) {
        return RandomUtils.nextFloat() < 0.5f
                ? getArray().unary(a -> a.flip(axis))
                : getArray().duplicate();
    }

    /** Times a factor from [1 - brightness, 1 + brightness]. */
    @Override
    default NDArray randomBrightness(float brightness) {
        float factor = RandomUtils.nextFloat(1 - brightness, 1 + brightness);
        return getArray().floating(a -> a.multiply(factor));
    }

    private static UnsupportedOperationException noColors() {
        return new UnsupportedOperationException("Kron4J has no changes of hue or colour");
    }

    @Override
    default NDArray randomHue(float hue) {
        throw noColors();
    }

    @Override
    default NDArray randomColorJitter(float brightness, float contrast, float saturation, float hue) {
        throw noColors();
    }
}
