package kron4j.train;

import java.util.Arrays;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Random;
import kron4j.ops.Sliding;

/** First kernels of convolutions. */
final class Kernels {
    private Kernels() {}

    /** Glorot-uniform [channels, others / groups, taps..]: a fan is the channels of a group times the taps. */
    static Tensor of(
            String layer, Random.Generator random, DType dtype, int channels, int others, Sliding how, int... taps) {
        if (taps.length < 1 || taps.length > 3 || Arrays.stream(taps).anyMatch(k -> k < 1)) {
            throw new ShapeException(layer + ": taps " + Arrays.toString(taps)
                    + "; give one to three positive numbers, one for each axis");
        }
        int groups = how.groups();
        if (channels % groups != 0 || others % groups != 0) {
            throw new ShapeException(
                    layer + ": " + groups + " groups do not divide the channels " + channels + " and " + others);
        }
        long[] shape = new long[2 + taps.length];
        shape[0] = channels;
        shape[1] = others / groups;
        long window = 1;
        for (int i = 0; i < taps.length; i++) {
            shape[2 + i] = taps[i];
            window *= taps[i];
        }
        double fans = (double) (channels + others) / groups * window;
        return Initializers.uniform(random, dtype, Math.sqrt(6 / fans), shape);
    }
}
