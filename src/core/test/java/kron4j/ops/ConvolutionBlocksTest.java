package kron4j.ops;

import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.ConvolutionPlan.Axis;
import kron4j.plan.ConvolutionPlan.Block;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions whose windows do not fit into the workspace at once: blocks of images, and of rows of an image. */
class ConvolutionBlocksTest {
    @ParameterizedTest
    @ValueSource(strings = {"2,1,1100,500", "5,5,70,500"})
    void giveWhatTheWholeGives(String text) {
        long[] shape = Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor around = NDArray.generate(
                            new long[] {shape[0], shape[1], shape[2] + 2, shape[3] + 2},
                            i -> i[2] == 0 || i[3] == 0 || i[2] > shape[2] || i[3] > shape[3]
                                    ? 0
                                    : (i[0] + 3 * i[1] + 5 * i[2] + 7 * i[3]) % 11 - 5)
                    .toTensor(DType.FLOAT64);
            Tensor x =
                    around.slice(2, 1, shape[2] + 1).slice(3, 1, shape[3] + 1).contiguous();
            Tensor kernel = NDArray.generate(new long[] {1, shape[1], 3, 3}, i -> i[1] - i[2] + 2 * i[3])
                    .toTensor(DType.FLOAT64);
            Tensor expected = Tensor.zeros(DType.FLOAT64, shape[0], 1, shape[2], shape[3]);
            for (int row = 0; row < 3; row++) {
                for (int col = 0; col < 3; col++) {
                    Tensor seen = around.slice(2, row, row + shape[2]).slice(3, col, col + shape[3]);
                    Tensor taps = kernel.select(3, col).select(2, row).reshape(1, shape[1], 1, 1);
                    InPlace.add(expected, Reduce.sum(seen.multiply(taps), true, 1));
                }
            }
            x.requiresGrad();
            kernel.requiresGrad();
            Tensor y = Convolutions.conv2d(x, kernel, Sliding.ONE.padding(1));
            same(NDArray.of(expected), y);
            Tensor g = around.slice(1, 0, 1).slice(2, 0, shape[2]).slice(3, 0, shape[3]);
            double loss = expected.multiply(g).sum().item();
            List<Tensor> gradients = Gradients.vjp(y, g, x, kernel);
            assertEquals(loss, gradients.get(0).multiply(x.detach()).sum().item());
            assertEquals(loss, gradients.get(1).multiply(kernel.detach()).sum().item());
        }
    }

    @Test
    void fitIntoTheWorkspaceUnlessARowIsLarger() {
        Axis rows = new Axis(64, 3, 1, 1, 1, 64);
        ConvolutionPlan plan = new ConvolutionPlan(1, 3, 16, List.of(rows, rows));
        long image = 27 * 64 * 64 + 3 * 66 * 66;
        assertEquals(new Block(1, 64), plan.block(32, image));
        assertEquals(new Block(2, 64), plan.block(32, 3 * image - 1));
        assertEquals(new Block(32, 64), plan.block(32, 100 * image));
        assertEquals(new Block(1, 1), plan.block(32, 1));
        for (long limit = 10_000; limit < image; limit += 1000) {
            Block block = plan.block(32, limit);
            assertEquals(1, block.images());
            assertTrue(elements(plan, block.rows()) <= limit && elements(plan, block.rows() + 1) > limit);
        }
    }

    private static long elements(ConvolutionPlan plan, long rows) {
        return plan.columns(1, rows).size() + plan.padded(1, rows).size();
    }
}
