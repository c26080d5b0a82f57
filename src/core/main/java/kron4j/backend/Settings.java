package kron4j.backend;

import kron4j.DeviceException;

/** Numbers that users set by system properties. */
public final class Settings {
    private Settings() {}

    /**
     * Returns the number that a property was set to, or null if it was not.
     *
     * @throws DeviceException if it is not a whole number of at least 1
     */
    public static Long number(String property) {
        String text = System.getProperty(property);
        if (text == null) {
            return null;
        }
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException refusedBelow) {
            // As numbers that are too small.
        }
        throw new DeviceException(
                "-D" + property + "=" + text + ": give a whole number of at least 1, of bytes without a unit");
    }
}
