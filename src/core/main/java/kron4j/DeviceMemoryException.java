package kron4j;

/** Thrown if a device cannot allocate memory; the text has the numbers. */
public class DeviceMemoryException extends DeviceException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the device, the bytes asked for and the bytes in use
     */
    public DeviceMemoryException(String message) {
        super(message);
    }
}
