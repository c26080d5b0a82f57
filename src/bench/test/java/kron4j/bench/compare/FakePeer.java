package kron4j.bench.compare;

import java.io.IOException;
import java.util.stream.LongStream;
import kron4j.bench.peer.Library;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Worker;

/** A process that adds, and has the fault that its argument names. */
final class FakePeer implements Library {
    private final String fault;

    private FakePeer(String fault) {
        if (fault.equals("missing")) {
            throw new IllegalStateException("no such library");
        }
        this.fault = fault;
    }

    public static void main(String[] args) throws IOException {
        if (args[0].equals("mute")) {
            System.err.println("cannot start");
            System.exit(7);
        }
        Worker.serve(() -> new FakePeer(args[0]));
    }

    @Override
    public String version() {
        System.out.println("what a library prints is no answer");
        return "1.0 " + fault;
    }

    @Override
    public Work prepare(Row row) {
        if (fault.equals("unsupported")) {
            throw new UnsupportedOperationException(row.op());
        }
        return new Work() {
            @Override
            public void run() {
                switch (fault) {
                    case "throws" -> throw new IllegalStateException("out of luck");
                    case "dies" -> Runtime.getRuntime().halt(3);
                    case "hangs" -> sleep(60_000);
                    default -> sleep(2);
                }
            }

            @Override
            public double[] values(int output, long[] positions) {
                double wrong = fault.equals("differs") ? 1e-3 : 0;
                return LongStream.of(positions)
                        .mapToDouble(p ->
                                row.inputs().get(0).at(p) + row.inputs().get(1).at(p) + wrong)
                        .toArray();
            }

            @Override
            public void close() {}
        };
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
