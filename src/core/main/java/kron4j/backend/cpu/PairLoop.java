package kron4j.backend.cpu;

/** Loops over complex elements, or over every second real one, that {@link MemoryLoops} runs from memory to memory. */
enum PairLoop {
    /** Absolute values. */
    ABS,
    SQUARE,
    /** Complex elements of real ones. */
    OF_REAL,
    /** The first element of each two. */
    FIRST,
    /** The second element of each two. */
    SECOND
}
