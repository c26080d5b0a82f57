package kron4j.backend.determinant;

/** How a backend splits work on indices among the cores of the host. */
public interface Ranges {
    /** All by the calling thread. */
    Ranges SERIAL = (count, grain, body) -> body.run(0, count);

    /** Runs {@code body} on pieces of [0, count) that together are all of it, each of at least {@code grain} indices (but the last). */
    void split(long count, long grain, Body body);

    /** Work on the indices [from, to). */
    interface Body {
        void run(long from, long to);
    }
}
