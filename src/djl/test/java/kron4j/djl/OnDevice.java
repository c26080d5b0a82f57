package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import kron4j.contract.DeviceUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A test with a manager on the device under test. Fails if the manager, once closed, leaves memory behind. */
abstract class OnDevice {
    NDManager manager;
    private kron4j.Device device;
    private long before;

    static Engine engine() {
        return Engine.getEngine(KronEngine.NAME);
    }

    /** The device under test, as DJL names it. */
    final Device djlDevice() {
        return Devices.of(device);
    }

    @BeforeEach
    final void open() {
        device = DeviceUnderTest.chosen().device();
        before = live();
        engine().setRandomSeed(1);
        manager = engine().newBaseManager(djlDevice());
    }

    @AfterEach
    final void close() throws InterruptedException {
        if (manager == null) {
            return;
        }
        manager.close();
        // DJL leaves the states of optimizers to the garbage collector.
        for (int i = 0; i < 200 && live() > before; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertTrue(live() <= before, () -> "leaked " + (live() - before) + " bytes");
    }

    final long live() {
        return device.memoryReport().live();
    }

    final NDArray floats(Shape shape, float... values) {
        return manager.create(values, shape);
    }

    final NDArray floats(float... values) {
        return manager.create(values);
    }
}
