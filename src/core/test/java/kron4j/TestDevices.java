package kron4j;

import java.util.function.Supplier;
import kron4j.backend.Backend;

/** Devices beside those that {@link Device#of(String)} knows. */
public final class TestDevices {
    private TestDevices() {}

    /** A device of a backend of its own, made while a system property has a value. */
    public static Device with(String property, String value, Supplier<Backend> backend) {
        String before = System.getProperty(property);
        System.setProperty(property, value);
        try {
            return Device.of(backend.get());
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }
}
