package kron4j.ops;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Draws;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Distribution;
import kron4j.backend.View;

/**
 * Random tensors on the current device, the same on every device.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT32, 784, 10);        // seed 1
 * Random.Generator random = new Random.Generator(2);          // counts streams
 * Tensor noise = random.uniform(DType.FLOAT32, 32, 784);
 * Tensor order = random.permutation(60_000);
 * }</pre>
 *
 * <p>The generator is the counter-based Philox 4x32-10 (Salmon et al., SC 2011). Seed, stream and the element's
 * row-major position decide each number, so the same arguments give the same tensor on every device, with any number of
 * threads. Different streams of one seed are independent; methods without a stream use stream 0.
 */
public final class Random {
    private Random() {}

    /**
     * {@return numbers uniform in [0, 1)} Both parts of complex numbers are, independently. Halves are drawn in float32 and
     * rounded; what would round to 1 becomes the number below it.
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param dtype a floating or complex one
     * @param shape the sizes; none for a scalar
     */
    public static Tensor uniform(long seed, DType dtype, long... shape) {
        return uniform(seed, 0, dtype, shape);
    }

    /**
     * {@return numbers uniform in [0, 1), of a stream; see {@link #uniform(long, DType, long...)}}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param stream any number; different streams of one seed are independent
     * @param dtype a floating or complex one
     * @param shape the sizes; none for a scalar
     */
    public static Tensor uniform(long seed, long stream, DType dtype, long... shape) {
        return draw(Distribution.UNIFORM, seed, stream, dtype, shape);
    }

    /**
     * {@return normally distributed numbers of mean 0 and variance 1} Both parts of complex numbers are, independently,
     * with variance 1/2, so that {@code |z|^2} is 1 in the mean, as in PyTorch.
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param dtype a floating or complex one
     * @param shape the sizes; none for a scalar
     */
    public static Tensor normal(long seed, DType dtype, long... shape) {
        return normal(seed, 0, dtype, shape);
    }

    /**
     * {@return normally distributed numbers of mean 0 and variance 1, of a stream; see
     * {@link #normal(long, DType, long...)}}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param stream any number; different streams of one seed are independent
     * @param dtype a floating or complex one
     * @param shape the sizes; none for a scalar
     */
    public static Tensor normal(long seed, long stream, DType dtype, long... shape) {
        return draw(Distribution.NORMAL, seed, stream, dtype, shape);
    }

    /**
     * {@return int64 in [low, high), all equally likely up to a part in 2^64 / (high - low)}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param low the least number
     * @param high above the largest number; high - low is below 2^63
     * @param shape the sizes; none for a scalar
     * @throws TensorException if the range is empty or wider than 2^63-1
     */
    public static Tensor randint(long seed, long low, long high, long... shape) {
        return randint(seed, 0, low, high, Shape.of(shape));
    }

    /**
     * {@return int64 in [low, high), of a stream; see {@link #randint(long, long, long, long...)}}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param stream any number; different streams of one seed are independent
     * @param low the least number
     * @param high above the largest number; high - low is below 2^63
     * @param shape the sizes
     * @throws TensorException if the range is empty or wider than 2^63-1
     */
    public static Tensor randint(long seed, long stream, long low, long high, Shape shape) {
        if (low >= high || high - low < 0) {
            throw new TensorException("randint: [" + low + ", " + high + ") is empty or wider than 2^63-1");
        }
        try (TensorScope scope = Device.current().openScope()) {
            Tensor result = draw(Distribution.BITS, seed, stream, DType.INT64, shape.dims());
            Operands.update(BinaryOp.REMAINDER, result, high - low);
            Operands.update(BinaryOp.ADD, result, low);
            return scope.keep(result);
        }
    }

    /**
     * {@return bool, true with probability {@code p}}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param p in [0, 1]
     * @param shape the sizes; none for a scalar
     * @throws TensorException if p is not in [0, 1]
     */
    public static Tensor bernoulli(long seed, double p, long... shape) {
        return bernoulli(seed, 0, p, Shape.of(shape));
    }

    /**
     * {@return bool, true with probability {@code p}, of a stream}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param stream any number; different streams of one seed are independent
     * @param p in [0, 1]
     * @param shape the sizes
     * @throws TensorException if p is not in [0, 1]
     */
    public static Tensor bernoulli(long seed, long stream, double p, Shape shape) {
        if (!(p >= 0 && p <= 1)) {
            throw new TensorException("bernoulli: p " + p + " is not in [0, 1]");
        }
        try (Tensor uniform = uniform(seed, stream, DType.FLOAT64, shape.dims())) {
            return Elementwise.less(uniform, p);
        }
    }

    /**
     * {@return the numbers 0 to n-1 in random order, all orders equally likely, as int64} Shuffled on the host
     * (Fisher-Yates).
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param n how many, 0 or more
     */
    public static Tensor permutation(long seed, int n) {
        return permutation(seed, 0, n);
    }

    /**
     * {@return the numbers 0 to n-1 in random order, of a stream; see {@link #permutation(long, int)}}
     *
     * @param seed any number; with the stream and the position it decides each number
     * @param stream any number; different streams of one seed are independent
     * @param n how many, 0 or more
     */
    public static Tensor permutation(long seed, long stream, int n) {
        if (n < 0) {
            throw new TensorException("permutation: n is " + n + "; it must be 0 or more");
        }
        long[] order = new long[n];
        for (int spare = 64; !shuffle(order, bits(seed, stream, n + spare)); spare *= 2) {}
        return Tensor.of(order);
    }

    /**
     * Shuffles by random words. A word that would make some places likelier than others is skipped.
     *
     * @return whether the words were enough
     */
    static boolean shuffle(long[] order, long[] words) {
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        int next = 0;
        for (int last = order.length - 1; last > 0; last--) {
            long places = last + 1L;
            long excess = Long.remainderUnsigned(Long.remainderUnsigned(-1L, places) + 1, places);
            while (next < words.length && Long.compareUnsigned(words[next], -1L - excess) > 0) {
                next++;
            }
            if (next == words.length) {
                return false;
            }
            int place = (int) Long.remainderUnsigned(words[next++], places);
            long moved = order[last];
            order[last] = order[place];
            order[place] = moved;
        }
        return true;
    }

    private static long[] bits(long seed, long stream, long n) {
        try (Tensor words = draw(Distribution.BITS, seed, stream, DType.INT64, n)) {
            return words.toLongArray();
        }
    }

    private static Tensor draw(Distribution distribution, long seed, long stream, DType dtype, long... shape) {
        if (distribution != Distribution.BITS && !dtype.isFloating() && !dtype.isComplex()) {
            throw new DTypeException("random: " + distribution + " does not make " + dtype
                    + "; take a floating or complex dtype, or randint for integers");
        }
        Backend backend = Device.current().backend();
        return Tensor.make(Device.current(), dtype, Shape.of(shape), out -> {
            View parts = dtype.isComplex() ? out.pairs() : out;
            backend.random(distribution, seed, stream, parts);
            if (dtype.isComplex() && distribution == Distribution.NORMAL) {
                backend.binary(BinaryOp.MULTIPLY, parts, Math.sqrt(0.5), false, parts);
            }
            if (dtype.isHalf() && distribution == Distribution.UNIFORM) { // what rounds to 1
                backend.binary(BinaryOp.MINIMUM, parts, 1 - dtype.epsilon() / 2, false, parts);
            }
        });
    }

    /** Elements that stay. */
    interface Stays {
        Tensor of(int tensor, long... shape);
    }

    /**
     * Draws tensor after tensor from one seed, each from the next stream. Safe for use by many threads. A part of a
     * computation that {@link kron4j.autograd.Checkpoint} runs again draws the same again.
     */
    public static final class Generator {
        private final long seed;
        private final AtomicLong streams = new AtomicLong();

        /**
         * Creates a generator whose first tensor is that of stream 0.
         *
         * @param seed any number
         */
        public Generator(long seed) {
            this.seed = seed;
        }

        private long next() {
            return Draws.next(streams::getAndIncrement);
        }

        /** {@return which elements stay in each of so many tensors, drawn when asked for: bool, false with probability {@code p}, the same ones each time} */
        Stays stays(double p, int tensors) {
            long[] drawn = new long[tensors];
            Arrays.setAll(drawn, i -> next());
            return (tensor, shape) ->
                    Elementwise.greaterEqual(Random.uniform(seed, drawn[tensor], DType.FLOAT32, shape), p);
        }

        /** {@return int64, all equally likely} */
        Tensor bits(long... shape) {
            return draw(Distribution.BITS, seed, next(), DType.INT64, shape);
        }

        /**
         * {@return numbers uniform in [0, 1); see {@link Random#uniform(long, DType, long...)}}
         *
         * @param dtype a floating or complex one
         * @param shape the sizes; none for a scalar
         */
        public Tensor uniform(DType dtype, long... shape) {
            return Random.uniform(seed, next(), dtype, shape);
        }

        /**
         * {@return normally distributed numbers of mean 0 and variance 1; see {@link Random#normal(long, DType, long...)}}
         *
         * @param dtype a floating or complex one
         * @param shape the sizes; none for a scalar
         */
        public Tensor normal(DType dtype, long... shape) {
            return Random.normal(seed, next(), dtype, shape);
        }

        /**
         * {@return int64 in [low, high); see {@link Random#randint(long, long, long, long...)}}
         *
         * @param low the least number
         * @param high above the largest number; high - low is below 2^63
         * @param shape the sizes; none for a scalar
         */
        public Tensor randint(long low, long high, long... shape) {
            return Random.randint(seed, next(), low, high, Shape.of(shape));
        }

        /**
         * {@return bool, true with probability {@code p}}
         *
         * @param p in [0, 1]
         * @param shape the sizes; none for a scalar
         */
        public Tensor bernoulli(double p, long... shape) {
            return Random.bernoulli(seed, next(), p, Shape.of(shape));
        }

        /**
         * {@return the numbers 0 to n-1 in random order, all orders equally likely, as int64}
         *
         * @param n how many, 0 or more
         */
        public Tensor permutation(int n) {
            return Random.permutation(seed, next(), n);
        }
    }
}
