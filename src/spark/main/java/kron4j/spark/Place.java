package kron4j.spark;

/**
 * Where a row is.
 *
 * @param partition its number
 * @param row the rows before it there
 */
record Place(int partition, long row) {
    @Override
    public String toString() {
        return "row " + row + " of partition " + partition;
    }
}
