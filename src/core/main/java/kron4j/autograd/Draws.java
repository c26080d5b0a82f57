package kron4j.autograd;

import java.util.Arrays;
import java.util.function.LongSupplier;
import kron4j.GradientException;

/**
 * Which numbers a part of the computation was given by generators that count, so that it is given the same ones when it is computed again: see
 * {@link Checkpoint}.
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

    /** From now on what this thread draws is remembered. */
    static Draws remember() {
        return new Draws(false);
    }

    /** From now on this thread draws these numbers, the ones that were remembered. */
    static Draws repeat(long[] numbers) {
        return new Draws(true, numbers);
    }

    /** The next number of a generator, or the one that was drawn here when a checkpointed part ran first. */
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

    /** Checks that all were drawn again. */
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
