package kron4j.bench.own;

import java.io.IOException;
import java.util.stream.IntStream;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A plain copy of as many bytes as a row reads and writes, by memcpy, split over the threads: what memory allows. */
public final class Copy implements Library {
    /** Below this a second thread costs more than it brings. */
    private static final long PIECE = 1 << 18;

    private final int threads;

    private Copy(int threads) {
        this.threads = threads;
    }

    public static void main(String[] args) throws IOException {
        Worker.serve(() -> new Copy(Integer.parseInt(args[0])));
    }

    @Override
    public String version() {
        return "memcpy";
    }

    @Override
    public Work prepare(Row row) {
        long bytes = Math.max(8, (long) row.bytes() / 2);
        BytePointer from = new BytePointer(bytes);
        BytePointer to = new BytePointer(bytes);
        Pointer.memset(from, 1, bytes); // pages of their own
        Pointer.memset(to, 1, bytes);
        int pieces = (int) Math.max(1, Math.min(threads, bytes / PIECE));
        return new Work() {
            @Override
            public void run() {
                if (pieces == 1) {
                    Pointer.memcpy(to, from, bytes);
                } else {
                    IntStream.range(0, pieces).parallel().forEach(i -> {
                        long begin = bytes / pieces * i;
                        long end = i == pieces - 1 ? bytes : bytes / pieces * (i + 1);
                        Pointer.memcpy(to.getPointer(begin), from.getPointer(begin), end - begin);
                    });
                }
            }

            @Override
            public double[] values(int output, long[] positions) {
                return new double[0];
            }

            @Override
            public void close() {
                from.deallocate();
                to.deallocate();
            }
        };
    }
}
