package kron4j.autograd;

import java.util.Arrays;
import java.util.function.LongSupplier;
import kron4j.GradientException;

/**
 * Remembers the numbers that counting generators gave to a part of the computation, so that they give the same ones when
 * {@link Checkpoint} computes it again. Generators call {@link #next}.
 */
public final class Draws implements AutoCloseable {
    private static final ThreadLocal<Draws> INNERMOST = new ThreadLocal<>();

    private final Draws around = INNERMOST.get();
    private final boolean again;
    private long[] numbers;
    private int next;

    private Draws(boolean again, long... numbers) {
        this.again = again;
        this.numbers = numbers;
        INNERMOST.set(this);
    }

    /** Remembers what this thread draws from now on. */
    static Draws remember() {
        return new Draws(false);
    }

    /** Gives this thread the remembered numbers from now on. */
    static Draws repeat(long[] numbers) {
        return new Draws(true, numbers);
    }

    /**
     * Returns a generator's next number, or in a recomputation the one drawn at the same place before.
     *
     * @param generator called unless this is a recomputation
     * @return the number to use
     * @throws GradientException if a recomputation draws more numbers than the first computation
     */
    public static long next(LongSupplier generator) {
        return next(INNERMOST.get(), generator);
    }

    private static long next(Draws draws, LongSupplier generator) {
        if (draws == null) {
            return generator.getAsLong();
        }
        if (draws.again) {
            draws.require(draws.next < draws.numbers.length);
            return draws.numbers[draws.next++];
        }
        long number = next(draws.around, generator);
        if (draws.next == draws.numbers.length) {
            draws.numbers = Arrays.copyOf(draws.numbers, 2 * draws.next + 4);
        }
        draws.numbers[draws.next++] = number;
        return number;
    }

    long[] remembered() {
        return Arrays.copyOf(numbers, next);
    }

    /** Throws unless all were drawn again. */
    void requireAll() {
        require(next == numbers.length);
    }

    private void require(boolean same) {
        if (!same) {
            throw new GradientException("Checkpoint.of: the part drew " + numbers.length
                    + " random tensors when it was computed, and another number when it was computed again;"
                    + " it must do the same each time");
        }
    }

    @Override
    public void close() {
        if (around == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(around);
        }
    }
}
