package kron4j;

/** Something cannot be recorded into a {@link DeviceGraph}, or the recording failed. */
public class CaptureException extends DeviceException {
    private static final long serialVersionUID = 1L;

    public CaptureException(String message) {
        super(message);
    }
}
