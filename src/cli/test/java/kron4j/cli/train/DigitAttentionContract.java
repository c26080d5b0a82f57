package kron4j.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.Device;
import kron4j.Tensor;
import kron4j.autograd.NoGrad;
import kron4j.contract.Contract;
import kron4j.train.Adam;
import kron4j.train.CapturedStep;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;

/** The small transformer on each device: a few steps, and the same recorded. */
public class DigitAttentionContract extends Contract {
    private static final int STEPS = 3;

    private static Trainer trainer(DigitAttention model, Adam adam) {
        return new Trainer(model.parameters(), adam, Schedule.constant(1e-3), 3);
    }

    @Test
    void stepsAndRecordedSteps() {
        LabelledDigits all = LabelledDigits.optical();
        Tensor images = all.images().slice(0, 0, 8);
        Tensor labels = all.labels().slice(0, 0, 8);
        try (DigitAttention model = new DigitAttention(5, 8, 1);
                DigitAttention again = new DigitAttention(5, 8, 1);
                Adam adam = new Adam(model.parameters());
                Adam other = new Adam(again.parameters())) {
            double[] losses = new double[STEPS];
            Trainer trainer = trainer(model, adam);
            for (int i = 0; i < STEPS; i++) {
                losses[i] = trainer.step(() -> AttentionDigits.loss(model, images, labels))
                        .item();
                assertTrue(losses[i] > 0 && losses[i] < 10, "loss " + losses[i]);
            }
            Tensor scores = NoGrad.of(() -> model.apply(images));
            assertArrayEquals(
                    scores.toFloatArray(), NoGrad.of(() -> model.apply(images)).toFloatArray());
            if (device().equals(Device.cpu())) {
                return; // records no graphs
            }
            try (CapturedStep step = trainer(again, other).capture(() -> AttentionDigits.loss(again, images, labels))) {
                for (int i = 1; i < STEPS; i++) {
                    assertEquals(losses[i], step.step().item());
                }
            }
            assertArrayEquals(
                    scores.toFloatArray(), NoGrad.of(() -> again.apply(images)).toFloatArray());
        }
    }
}
