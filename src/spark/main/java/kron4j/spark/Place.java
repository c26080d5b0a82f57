package kron4j.spark;

/** The row that is read, for messages; both numbers count from 0. */
record Place(int partition, long row) {
    @Override
    public String toString() {
        return "row " + row + " of partition " + partition;
    }
}
