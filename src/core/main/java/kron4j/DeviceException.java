package kron4j;

/** Thrown if a device is unknown, unavailable or has failed, or if operands lie on different devices. */
public class DeviceException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the device, the reason and the remedy
     */
    public DeviceException(String message) {
        super(message);
    }
}
