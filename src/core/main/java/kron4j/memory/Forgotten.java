package kron4j.memory;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Frees the memory of objects that were forgotten instead of closed, and lets threads that need memory wait for that. */
public final class Forgotten {
    private static final Cleaner CLEANER = Cleaner.create();

    /** The cleaner's thread, once it is known; weak, so that it ends when this class is no longer used. */
    private static volatile WeakReference<Thread> worker = new WeakReference<>(null);

    private Forgotten() {}

    /** Runs {@code release} once, when {@code owner} is found to be forgotten or {@link Cleaner.Cleanable#clean} is called. */
    public static Cleaner.Cleanable register(Object owner, Runnable release) {
        return CLEANER.register(owner, release);
    }

    /**
     * Asks the JVM to look for forgotten objects. Waits until those found through earlier calls have been released, at most until {@code end} (a
     * {@link System#nanoTime}). The references of one collection are queued before those of the next.
     */
    static void collect(long end) throws InterruptedException {
        CountDownLatch found = new CountDownLatch(1);
        registerOneForgotten(found);
        System.gc();
        if (found.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            while (isBusy() && System.nanoTime() < end) {
                Thread.sleep(1);
            }
        }
    }

    private static void registerOneForgotten(CountDownLatch found) {
        register(new Object(), () -> {
            worker = new WeakReference<>(Thread.currentThread());
            found.countDown();
        });
    }

    /** Whether the cleaner works: its only wait with a time limit is the one for work. */
    private static boolean isBusy() {
        Thread thread = worker.get();
        return thread != null && thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING;
    }
}
