package kron4j;

/** A device cannot allocate; the text has the numbers. */
public class DeviceMemoryException extends DeviceException {
    private static final long serialVersionUID = 1L;

    public DeviceMemoryException(String message) {
        super(message);
    }
}
