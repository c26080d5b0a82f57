package kron4j.bench.reference;

import java.util.Locale;
import java.util.Optional;

/**
 * Elements of one output, as computed in float64.
 *
 * @param positions where, in row-major order
 * @param values what is there
 * @param tolerances how far a right result may be from it
 */
public record Expected(long[] positions, double[] values, double[] tolerances) {
    /** What is wrong with the values that a peer has there. */
    public Optional<String> difference(double[] actual) {
        if (actual.length != values.length) {
            return Optional.of(actual.length + " values instead of " + values.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (!(Math.abs(actual[i] - values[i]) <= tolerances[i])) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "element %d is %s instead of %s within %.1e",
                        positions[i],
                        actual[i],
                        values[i],
                        tolerances[i]));
            }
        }
        return Optional.empty();
    }
}
