package kron4j.memory;

/** What a {@link StreamOrderedMemory} knows of one stream. */
final class Lane {
    final Stream stream;
    final int index;
    final long bit;
    /** The epoch of the mark that the stream has not reached yet, or -1. */
    long marked = -1;
    /** What was given back up to this epoch is not used by the stream any more. */
    long reached = -1;
    /** The capture that the stream records, or null. */
    Capture capture;

    Lane(Stream stream) {
        this.stream = stream;
        this.index = stream.index();
        this.bit = 1L << index;
    }

    /** Whether the work before {@link #marked} is done by now. */
    boolean look() {
        if (marked < 0 || !stream.reachedMark()) {
            return false;
        }
        reached = Math.max(reached, marked);
        marked = -1;
        return true;
    }
}
