package kron4j.cli.train;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.cli.demo.Digits;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/**
 * Images of digits with their labels, on the current device.
 *
 * @param images float32 [examples, pixels], 0 to 1, row by row
 * @param labels int64 [examples]
 */
record LabelledDigits(Tensor images, Tensor labels) {
    /** 1797 digits of 8 x 8 pixels. */
    static LabelledDigits optical() {
        Tensor lines = Digits.optical();
        return new LabelledDigits(
                lines.slice(1, 0, 64).to(DType.FLOAT32).multiply(1 / 16f),
                lines.select(1, 64).to(DType.INT64));
    }

    /** 10,000 digits of 28 x 28 pixels. */
    static LabelledDigits mnist() {
        Tensor pixels = Digits.mnist("images");
        return new LabelledDigits(
                pixels.to(DType.FLOAT32).multiply(1 / 255f).reshape(-1, 28 * 28),
                Digits.mnist("labels").to(DType.INT64));
    }

    int size() {
        return (int) labels.size();
    }

    /** Two disjoint random parts of these sizes. */
    LabelledDigits[] split(long seed, int... sizes) {
        Tensor order = Random.permutation(seed, size());
        LabelledDigits[] parts = new LabelledDigits[sizes.length];
        int from = 0;
        for (int i = 0; i < sizes.length; i++) {
            Tensor rows = order.slice(0, from, from + sizes[i]);
            parts[i] = new LabelledDigits(Indexing.take(images, rows, 0), Indexing.take(labels, rows, 0));
            from += sizes[i];
        }
        return parts;
    }

    /** The pixels as a sequence, [pixels, examples, 1]. */
    static Tensor sequence(Tensor images) {
        return images.transpose().unsqueeze(-1);
    }

    @Override
    public String toString() {
        return Arrays.toString(images.shape().dims());
    }
}
