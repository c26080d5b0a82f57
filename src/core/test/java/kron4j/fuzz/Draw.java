package kron4j.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Device;
import kron4j.reference.NDArray;

/**
 * The choices of which a case is made: random numbers that are recorded, or a record that is played back. Each is an integer below a bound, the simplest
 * case 0, so that a case is made simpler by making its record shorter and its numbers smaller, whatever it is about. A record that ends goes on with zeros.
 */
final class Draw {
    private static final int[] SIZES = {1, 2, 3, 0, 5, 17, 64, 65};

    private final Device device;
    private final SplittableRandom random;
    private final int[] record;
    private int[] made = new int[32];
    private int count;

    private Draw(Device device, SplittableRandom random, int[] record) {
        this.device = device;
        this.random = random;
        this.record = record;
    }

    static Draw of(Device device, long seed) {
        return new Draw(device, new SplittableRandom(seed), new int[0]);
    }

    static Draw of(Device device, int[] record) {
        return new Draw(device, null, record);
    }

    Device device() {
        return device;
    }

    boolean onCpu() {
        return device.equals(Device.cpu());
    }

    /** The choices so far. */
    int[] choices() {
        return Arrays.copyOf(made, count);
    }

    /** A number in [0, bound). */
    int below(int bound) {
        int choice = random != null ? random.nextInt(bound) : count < record.length ? record[count] % bound : 0;
        if (count == made.length) {
            made = Arrays.copyOf(made, 2 * count);
        }
        made[count++] = choice;
        return choice;
    }

    /** A number in [low, high]; low is the simplest. */
    int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** True once in {@code n} times. */
    boolean oneIn(int n) {
        return below(n) == n - 1;
    }

    /** One of them, the simplest first. */
    @SafeVarargs
    final <T> T of(T... options) {
        return options[below(options.length)];
    }

    DType floating() {
        return of(DType.FLOAT64, DType.FLOAT32);
    }

    /** The size of an axis, at most {@code limit}: 1, 2, 3 and the edges more often than others. */
    int size(int limit) {
        int size = oneIn(3) ? between(1, 9) : SIZES[below(SIZES.length)];
        return size <= limit ? size : 1 + size % limit;
    }

    /** {@code rank} sizes with a product of at most {@code elements}. */
    long[] shape(int rank, int elements) {
        long[] shape = new long[rank];
        int left = elements;
        for (int i = 0; i < rank; i++) {
            shape[i] = size(Math.max(1, left));
            left /= Math.max(1, (int) shape[i]);
        }
        return shape;
    }

    /** A generator of the case's elements, whose seed is one choice. */
    SplittableRandom elements() {
        return new SplittableRandom(below(1 << 20));
    }

    /** Small integers, halves, or uniform numbers in [-1, 1); exact in every floating dtype. */
    NDArray numbers(long... shape) {
        int kind = below(3);
        SplittableRandom from = elements();
        return switch (kind) {
            case 0 -> NDArray.integers(from, -3, 4, shape);
            case 1 -> NDArray.integers(from, -9, 10, shape).map(x -> x / 2);
            default -> NDArray.random(from, shape);
        };
    }

    /** {@link #numbers}, now and then with NaN, infinities, zeros of both signs, huge and tiny numbers among them. */
    NDArray wild(DType dtype, long... shape) {
        NDArray plain = numbers(shape);
        int kind = below(4);
        if (kind == 0) {
            return plain;
        }
        double[] special = specials(dtype);
        SplittableRandom from = elements();
        int density = kind == 1 ? 12 : kind == 2 ? 3 : 1;
        return plain.map(x -> from.nextInt(density) == 0 ? special[from.nextInt(special.length)] : x);
    }

    static double[] specials(DType dtype) {
        boolean wide = dtype == DType.FLOAT64;
        return new double[] {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0,
            -0.0,
            1,
            -1,
            wide ? Double.MIN_VALUE : Float.MIN_VALUE,
            wide ? -Double.MIN_NORMAL : -Float.MIN_NORMAL,
            wide ? Double.MAX_VALUE : Float.MAX_VALUE,
            wide ? -1e300 : -1e30f,
            1e-20f,
            1e20f,
            (float) Math.PI,
            -88.5,
            709
        };
    }
}
