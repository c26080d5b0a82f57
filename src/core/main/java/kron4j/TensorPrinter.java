package kron4j;

/** Prints tensors as text. */
final class TensorPrinter {
    private static final int EDGE = 3;
    private static final int FULL = 1000;

    private TensorPrinter() {}

    static String print(Tensor t) {
        String head = "Tensor" + t.shape() + " " + t.dtype() + " " + t.device();
        if (t.isClosed()) {
            return head + " (closed)";
        }
        StringBuilder text = new StringBuilder(head).append(t.rank() == 0 ? " " : "\n");
        append(text, t, t.size() > FULL, 0);
        return text.toString();
    }

    private static void append(StringBuilder text, Tensor t, boolean shorten, int depth) {
        if (t.rank() == 0) {
            text.append(Leaf.of(t.dtype()).text().apply(HostArrays.read(t, t.dtype())));
            return;
        }
        long n = t.shape().at(0);
        text.append('[');
        for (long i = 0; i < n; i++) {
            if (i > 0) {
                text.append(t.rank() == 1 ? ", " : ",\n" + " ".repeat(depth + 1));
            }
            if (shorten && n > 2 * EDGE && i == EDGE) {
                text.append("...");
                i = n - EDGE - 1;
                continue;
            }
            try (Tensor row = t.select(0, i)) {
                append(text, row, shorten, depth + 1);
            }
        }
        text.append(']');
    }
}
