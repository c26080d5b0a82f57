package kron4j.bench.peer;

/** A library that is measured, in a process of its own. */
public interface Library {
    /** Its version, and what it computes with. */
    String version();

    /**
     * Makes the operands and whatever else an application would keep between two calls.
     *
     * @throws UnsupportedOperationException if the library has no such operation
     */
    Work prepare(Row row);

    /** A workload that can be run. */
    interface Work extends AutoCloseable {
        /** Computes once, to the end; the result replaces the one before. */
        void run();

        /**
         * Elements of what is checked: of the last result, or of what is known of it, as Q R of a QR factorisation.
         *
         * @param output which tensor
         * @param positions where, in row-major order
         */
        double[] values(int output, long[] positions);

        @Override
        void close();
    }
}
