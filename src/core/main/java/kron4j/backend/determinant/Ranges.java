package kron4j.backend.determinant;

/** Splits work on indices among the cores of the host. */
public interface Ranges {
    /** Runs all work in the calling thread. */
    Ranges SERIAL = (count, grain, body) -> body.run(0, count);

    /** Runs {@code body} on pieces that make up [0, count), each of at least {@code grain} indices except the last. */
    void split(long count, long grain, Body body);

    /** Work on the indices [from, to). */
    interface Body {
        void run(long from, long to);
    }
}
