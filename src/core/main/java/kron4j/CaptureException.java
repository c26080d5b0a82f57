package kron4j;

/** Thrown if something cannot be recorded into a {@link DeviceGraph}, or if the recording failed. */
public class CaptureException extends DeviceException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation and what to do instead
     */
    public CaptureException(String message) {
        super(message);
    }
}
