package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.Device;
import kron4j.TensorException;
import kron4j.contract.DeviceUnderTest;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/** A test in {@code local[2]} whose tasks compute on the device under test. Fails if tensors are left behind. */
abstract class OnSpark {
    private static SparkSession session;
    private Device device;
    private long before;

    /** What a JVM in which tasks compute is started with; as the tests' own, see pom.xml. */
    static final String JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dkron4j.cpu.guard=true"
            + (Runtime.version().feature() < 24 ? "" : " --enable-native-access=ALL-UNNAMED");

    /** The one session of this JVM. */
    static synchronized SparkSession spark() {
        if (session == null) {
            session = quiet("local[2]").getOrCreate();
        }
        return session;
    }

    /** Makes room for a session of another kind. */
    static synchronized void stop() {
        if (session != null) {
            session.stop();
            session = null;
        }
    }

    /** A session that opens no ports to others and starts fast. */
    static SparkSession.Builder quiet(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("kron4j")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.warehouse.dir", "target/spark-warehouse");
    }

    @BeforeEach
    final void open() {
        device = DeviceUnderTest.chosen().device();
        System.setProperty(TaskDevice.PROPERTY, device.name());
        before = live();
    }

    /** A job that failed leaves tasks behind, which free theirs when they notice. */
    @AfterEach
    final void close() throws InterruptedException {
        if (device != null) {
            for (int i = 0; i < 1000 && live() != before; i++) {
                Thread.sleep(10);
            }
            assertEquals(before, live(), "bytes left behind");
        }
    }

    /** The driver throws what Kron4J refused, wherever that was. */
    static void assertRefused(String text, Executable work) {
        TensorException refused = assertThrows(TensorException.class, work);
        assertTrue(refused.getMessage().contains(text), refused.getMessage());
    }

    private long live() {
        return device.memoryReport().live();
    }
}
