package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.MemoryReport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Frees what a class of tests forgot to close before the next class begins, so that nobody's bytes change under a test that counts them. Fails where
 * something is held for good.
 */
public final class NothingForgotten implements BeforeAllCallback, AfterAllCallback {
    private static final int ATTEMPTS = 200;
    private static final long PAUSE_MS = 50;

    private long before;

    @Override
    public void beforeAll(ExtensionContext context) {
        if (isOutermost(context)) {
            before = report().live();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (isOutermost(context)) {
            for (int i = 0; i < ATTEMPTS && report().live() > before; i++) {
                System.gc();
                Thread.sleep(PAUSE_MS);
            }
            assertTrue(report().live() <= before, () -> "held after the last test: " + report());
        }
    }

    private static boolean isOutermost(ExtensionContext context) {
        return DeviceUnderTest.chosen().isPresent()
                && context.getRequiredTestClass().getEnclosingClass() == null;
    }

    private static MemoryReport report() {
        return DeviceUnderTest.chosen().device().memoryReport();
    }
}
