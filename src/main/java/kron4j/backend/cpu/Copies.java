package kron4j.backend.cpu;

import kron4j.backend.*;

final class Copies {
    static void copy(View a, View o) {
        throw new UnsupportedOperationException("in progress");
    }
}
