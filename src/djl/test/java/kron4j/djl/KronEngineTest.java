package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KronEngineTest {
    @Test
    void isFoundByItsName() {
        Engine engine = Engine.getEngine("Kron4J");
        assertEquals("Kron4J", engine.getEngineName());
        assertNull(engine.getAlternativeEngine());
        assertTrue(engine.getRank() > 2, "it displaces PyTorch unasked");
        assertEquals(Engine.getInstance(), engine, "the only engine here");
        try (NDManager manager = NDManager.newBaseManager()) {
            assertEquals(engine.defaultDevice(), manager.getDevice());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> engine.newBaseManager(Device.of("tpu", 0)).create(1f));
    }

    @Test
    void oneCollectorAtATime() {
        Engine engine = Engine.getEngine("Kron4J");
        try (GradientCollector first = engine.newGradientCollector()) {
            assertThrows(IllegalStateException.class, engine::newGradientCollector);
        }
        engine.newGradientCollector().close();
    }

    @Test
    void modelsOfOtherFormatsAreNamed() {
        try (Model model = Model.newInstance("m")) {
            String said = assertThrows(FileNotFoundException.class, () -> model.load(Path.of(".")))
                    .getMessage();
            assertTrue(said.contains(".params") && said.contains("setBlock"), said);
            assertThrows(IllegalStateException.class, () -> model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss())));
        }
    }
}
