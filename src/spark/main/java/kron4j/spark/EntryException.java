package kron4j.spark;

import kron4j.TensorException;

/** Says which entry of a batch an operation refused; becomes a {@link RowException} with its row's place. */
final class EntryException extends TensorException {
    private static final long serialVersionUID = 1L;

    final int entry;

    EntryException(int entry, String message) {
        super(message);
        this.entry = entry;
    }
}
