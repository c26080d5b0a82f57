package kron4j.memory;

/** State of one stream in a {@link StreamOrderedMemory}. */
final class Lane {
    final Stream stream;
    final int index;
    final long bit;
    /** Epoch of the mark that the stream has not reached yet, or -1. */
    long marked = -1;
    /** The stream no longer uses blocks freed up to this epoch. */
    long reached = -1;
    /** Capture that the stream records, or null. */
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
