package kron4j.ops;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.Layout;

/**
 * Keeps the plans that were used last, so that a repeated operation does not plan again. Safe for use by many threads.
 */
final class PlanCache<P> {
    private static final int CAPACITY = 512;

    private final Map<Key, P> plans = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, P> eldest) {
            return size() > CAPACITY;
        }
    };

    P get(Key key, Supplier<P> make) {
        synchronized (plans) {
            P known = plans.get(key);
            if (known != null) {
                return known;
            }
        }
        P made = make.get();
        synchronized (plans) {
            plans.put(key, made);
        }
        return made;
    }

    /**
     * All that a plan depends on: the operation and the shapes and strides of its operands; their offsets do not
     * matter.
     */
    static final class Key {
        private final String what;
        private final long[] numbers;
        private final int hash;

        private Key(String what, long[] numbers) {
            this.what = what;
            this.numbers = numbers;
            this.hash = 31 * what.hashCode() + Arrays.hashCode(numbers);
        }

        static Key of(String what, Layout[] operands, long... more) {
            int length = more.length;
            for (Layout l : operands) {
                length += 1 + 2 * l.rank();
            }
            long[] numbers = Arrays.copyOf(more, length);
            int i = more.length;
            for (Layout l : operands) {
                numbers[i++] = l.rank();
                for (int axis = 0; axis < l.rank(); axis++) {
                    numbers[i++] = l.shape().at(axis);
                    numbers[i++] = l.stride(axis);
                }
            }
            return new Key(what, numbers);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key k && hash == k.hash && what.equals(k.what) && Arrays.equals(numbers, k.numbers);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
