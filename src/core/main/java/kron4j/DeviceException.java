package kron4j;

/** The device is unknown, unavailable or failed, or the operands lie on different devices. */
public class DeviceException extends TensorException {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }
}
