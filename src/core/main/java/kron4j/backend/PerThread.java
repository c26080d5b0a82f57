package kron4j.backend;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * A value for each thread; {@link #forgetAll} removes all of them. In a plain {@link ThreadLocal}, a value of a class of ours would hold our class
 * loader as long as the thread lives.
 */
public final class PerThread<T> {
    private static final Map<Object[], Boolean> HOLDERS = Collections.synchronizedMap(new WeakHashMap<>());

    private final Supplier<T> initial;
    private final ThreadLocal<Object[]> holder = ThreadLocal.withInitial(PerThread::newHolder);

    public PerThread(Supplier<T> initial) {
        this.initial = initial;
    }

    private static Object[] newHolder() {
        Object[] holder = new Object[1];
        HOLDERS.put(holder, true);
        return holder;
    }

    /** Returns this thread's value, made at its first call. */
    public T get() {
        Object[] mine = holder.get();
        @SuppressWarnings("unchecked") // nothing else is put in
        T value = (T) mine[0];
        if (value == null) {
            value = initial.get();
            mine[0] = value;
        }
        return value;
    }

    /** Forgets the values of all threads; each makes a new one when it asks. */
    static void forgetAll() {
        synchronized (HOLDERS) {
            HOLDERS.keySet().forEach(mine -> mine[0] = null);
        }
    }
}
