package kron4j.backend.cpu;

import kron4j.backend.*;

final class Pointwise {
    static void fill(Number v, View o) {
        throw new UnsupportedOperationException("in progress");
    }

    static void unary(UnaryOp p, View a, View o) {
        throw new UnsupportedOperationException("in progress");
    }

    static void binary(BinaryOp p, View a, View b, View o) {
        throw new UnsupportedOperationException("in progress");
    }

    static void binary(BinaryOp p, View a, Number s, boolean f, View o) {
        throw new UnsupportedOperationException("in progress");
    }

    static void where(View c, View a, View b, View o) {
        throw new UnsupportedOperationException("in progress");
    }
}
