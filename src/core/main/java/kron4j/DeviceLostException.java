package kron4j;

/** The device failed in a way that ends it for this process: tensors on it are lost, and every further operation on it throws this. */
public class DeviceLostException extends DeviceException {
    private static final long serialVersionUID = 1L;

    public DeviceLostException(String message) {
        super(message);
    }
}
