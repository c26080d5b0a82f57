package kron4j.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/** A stream that counts its work instead of doing it, and knows what is ordered before what is queued next: a vector clock. */
final class FakeStream implements Stream {
    private final int index;
    /** Decides how far the work has come when somebody asks. */
    private final SplittableRandom progress;

    private final long[] ordered = new long[MOST];
    /** Waits in the queue that are not done, oldest first: a number, and what is done once they are. */
    private final Deque<Wait> pending = new ArrayDeque<>();

    private long queued;
    private long done;
    private long mark;
    private int waits;
    private int synchronisations;

    FakeStream(int index, SplittableRandom progress) {
        this.index = index;
        this.progress = progress;
    }

    /** Queues one piece of work; its number. */
    long work() {
        return ordered[index] = ++queued;
    }

    /** Whether what is queued here next runs after work {@code number} of {@code other}. */
    boolean isAfter(FakeStream other, long number) {
        return ordered[other.index] >= number || other.done >= number;
    }

    int waits() {
        return waits;
    }

    int synchronisations() {
        return synchronisations;
    }

    void finish() {
        advance(queued);
    }

    /** Does the work up to this number, and before it what it waits for. */
    private void advance(long number) {
        done = Math.max(done, number);
        while (!pending.isEmpty() && pending.peek().number <= done) {
            Wait wait = pending.poll();
            wait.stream.advance(wait.until);
        }
    }

    private record Wait(long number, FakeStream stream, long until) {}

    @Override
    public int index() {
        return index;
    }

    @Override
    public void waitFor(Stream other) {
        waits++;
        FakeStream o = (FakeStream) other;
        pending.add(new Wait(work(), o, o.queued));
        for (int i = 0; i < MOST; i++) {
            ordered[i] = Math.max(ordered[i], o.ordered[i]);
        }
    }

    @Override
    public void mark() {
        mark = queued;
    }

    @Override
    public boolean reachedMark() {
        if (done < queued && progress.nextBoolean()) {
            advance(done + progress.nextLong(queued - done + 1));
        }
        return done >= mark;
    }

    @Override
    public void synchronize() {
        synchronisations++;
        finish();
    }
}
