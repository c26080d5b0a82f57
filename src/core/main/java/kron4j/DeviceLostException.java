package kron4j;

/**
 * Thrown if a device failed in a way that ends it for this process. Its tensors are lost, and every further operation
 * on it throws this exception too.
 */
public class DeviceLostException extends DeviceException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the device and the failure
     */
    public DeviceLostException(String message) {
        super(message);
    }
}
