package kron4j.backend.cuda.card;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import jcuda.driver.JCudaDriver;

/**
 * Copies between this process's memory and a card's by way of page-locked buffers, which the card reads and writes by itself. An upload returns when
 * the source is in such a buffer, a piece of a ring, and waits only while the ring is full. A download must wait; it copies one half of its buffer out
 * while the card fills the other.
 */
public final class Staging {
    private static final int RING = 16 << 20;
    private static final int PIECE = 2 << 20;
    private static final int ALIGNMENT = 64;
    /** Most pieces of the ring at a time, each with an event. */
    private static final int MOST_PIECES = 256;

    private final CudaContext context;
    private PageLocked ring;
    /** Where the next piece of the ring begins. */
    private int head;
    /** Pieces that the card may not have read yet, oldest first. */
    private final Deque<Piece> queued = new ArrayDeque<>();

    private final Deque<CudaEvent> spareEvents = new ArrayDeque<>();
    private final Deque<Halves> spareHalves = new ArrayDeque<>();

    public Staging(CudaContext context) {
        this.context = context;
    }

    private record Piece(int from, int to, CudaEvent read) {}

    /** Copies the buffer's remaining bytes to the card's address, in the order of the calling thread's stream. */
    public void upload(ByteBuffer source, long target) {
        context.refuseWhileRecording("copying from the host", "make the tensor before");
        ByteBuffer rest = source.duplicate();
        for (long at = target; rest.hasRemaining(); ) {
            int bytes = Math.min(PIECE, rest.remaining());
            uploadPiece(rest.slice(rest.position(), bytes), at);
            rest.position(rest.position() + bytes);
            at += bytes;
        }
    }

    private synchronized void uploadPiece(ByteBuffer source, long target) {
        int bytes = source.remaining();
        if (ring == null) {
            ring = new PageLocked(context, RING);
        }
        int from = reserve(bytes);
        ring.buffer(from, bytes).put(source);
        CudaStream stream = context.stream();
        CudaEvent read = spareEvents.isEmpty() ? new CudaEvent(context) : spareEvents.pop();
        try {
            context.attach();
            context.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            new DevicePointer(target), ring.pointer(from), bytes, stream.handle()),
                    "cuMemcpyHtoDAsync",
                    bytes);
        } catch (RuntimeException e) {
            spareEvents.push(read);
            throw e;
        }
        try {
            read.record(stream);
        } catch (RuntimeException e) {
            spareEvents.push(read);
            throw drained(stream, e); // before the piece is used again
        }
        queued.add(new Piece(from, from + bytes, read));
        head = (from + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Where the ring has so many bytes free, after waiting for the card to read what lies there. */
    private int reserve(int bytes) {
        int from = head;
        if (from + bytes > RING) {
            int end = from;
            reclaim(piece -> piece.from >= end);
            from = 0;
        }
        int begin = from;
        reclaim(piece -> (piece.from < begin + bytes && piece.to > begin) || queued.size() >= MOST_PIECES);
        return from;
    }

    private void reclaim(Predicate<Piece> wanted) {
        while (!queued.isEmpty() && wanted.test(queued.peek())) {
            queued.peek().read.await();
            spareEvents.push(queued.poll().read);
        }
    }

    /** Fills the buffer's remaining bytes from the card's address, after the work of the calling thread's stream. */
    public void download(long source, ByteBuffer target) {
        context.refuseWhileRecording("reading values", "read them after a replay");
        if (!target.hasRemaining()) {
            return;
        }
        CudaStream stream = context.stream();
        Halves halves = takeHalves();
        try {
            long at = source;
            int bytes = halves.fill(0, stream, at, target.remaining());
            for (int half = 0; bytes > 0; half = 1 - half) {
                at += bytes;
                int next = halves.fill(1 - half, stream, at, target.remaining() - bytes);
                halves.full[half].await();
                target.put(halves.memory.buffer(half * PIECE, bytes));
                bytes = next;
            }
        } catch (RuntimeException e) {
            throw drained(stream, e); // what is queued still writes to the buffer
        } finally {
            synchronized (this) {
                spareHalves.push(halves);
            }
        }
    }

    private static RuntimeException drained(CudaStream stream, RuntimeException e) {
        try {
            stream.synchronize();
        } catch (RuntimeException again) {
            e.addSuppressed(again);
        }
        return e;
    }

    private Halves takeHalves() {
        synchronized (this) {
            if (!spareHalves.isEmpty()) {
                return spareHalves.pop();
            }
        }
        return new Halves(context);
    }

    /** The buffers of one download. */
    private static final class Halves {
        private final CudaContext context;
        private final PageLocked memory;
        private final CudaEvent[] full;

        Halves(CudaContext context) {
            this.context = context;
            full = new CudaEvent[] {new CudaEvent(context), new CudaEvent(context)};
            memory = new PageLocked(context, 2 * PIECE);
        }

        /** Queues a copy of at most a piece to a half; how many bytes. */
        int fill(int half, CudaStream stream, long source, int remaining) {
            int bytes = Math.min(PIECE, remaining);
            if (bytes > 0) {
                context.attach();
                context.check(
                        JCudaDriver.cuMemcpyDtoHAsync(
                                memory.pointer(half * PIECE), new DevicePointer(source), bytes, stream.handle()),
                        "cuMemcpyDtoHAsync",
                        bytes);
                full[half].record(stream);
            }
            return bytes;
        }
    }
}
