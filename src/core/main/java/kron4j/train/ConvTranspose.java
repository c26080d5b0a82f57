package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Convolutions;
import kron4j.ops.Random;
import kron4j.ops.Sliding;

/**
 * The transposed convolution along one to three axes with a bias, [n, inputs, axes..] to [n, outputs, axes..]: see {@link Convolutions}. The kernel
 * [inputs, outputs / groups, taps..] is Glorot-uniform at first, the bias zeros.
 *
 * <pre>{@code
 * Sliding two = Sliding.by(2).padding(1);
 * try (ConvTranspose layer = new ConvTranspose(new Random.Generator(1), DType.FLOAT32, 16, 3, two, 4, 4)) {
 *     Tensor images = layer.apply(Random.normal(2, DType.FLOAT32, 8, 16, 16, 16));  // [8, 3, 32, 32]
 * }
 * }</pre>
 */
public final class ConvTranspose implements Layer {
    private final Parameters parameters = new Parameters();
    private final Sliding how;
    private final Tensor kernel;
    private final Tensor bias;

    /**
     * Makes a layer on the current device, with stride 1 and no padding.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs channels of x
     * @param outputs channels of y
     * @param taps the kernel's size along each axis: one to three numbers
     * @throws kron4j.ShapeException if there are no taps, or more than three numbers of them
     */
    public ConvTranspose(Random.Generator random, DType dtype, int inputs, int outputs, int... taps) {
        this(random, dtype, inputs, outputs, Sliding.ONE, taps);
    }

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs channels of x
     * @param outputs channels of y
     * @param how stride, padding, dilation, groups and output padding
     * @param taps the kernel's size along each axis: one to three numbers
     * @throws kron4j.ShapeException if the groups do not divide the channels, there are no taps, or more than three numbers of them
     */
    public ConvTranspose(Random.Generator random, DType dtype, int inputs, int outputs, Sliding how, int... taps) {
        this.how = how;
        kernel = parameters.add("weight", Kernels.of("ConvTranspose", random, dtype, inputs, outputs, how, taps));
        bias = parameters.add("bias", Initializers.zeros(dtype, outputs));
    }

    @Override
    public Tensor apply(Tensor x) {
        return switch (kernel.rank()) {
            case 3 -> Convolutions.convTranspose1d(x, kernel, bias, how);
            case 4 -> Convolutions.convTranspose2d(x, kernel, bias, how);
            default -> Convolutions.convTranspose3d(x, kernel, bias, how);
        };
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
