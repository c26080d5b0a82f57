package kron4j.backend.cpu;

/** A rectangular piece of an iteration space: on each axis the indices [start, start + extent). */
final class Box {
    final long[] start;
    final int[] extent;

    Box(int rank) {
        start = new long[rank];
        extent = new int[rank];
        java.util.Arrays.fill(extent, 1);
    }

    int size() {
        int size = 1;
        for (int e : extent) {
            size *= e;
        }
        return size;
    }
}
