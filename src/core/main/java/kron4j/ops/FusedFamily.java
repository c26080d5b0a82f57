package kron4j.ops;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;
import kron4j.Layout;
import kron4j.Tensor;

/** Fused steps of an operation that also depends on numbers: those used last are kept. */
final class FusedFamily {
    private final String operation;
    private final PlanCache<Fused> known = new PlanCache<>();

    FusedFamily(String operation) {
        this.operation = operation;
    }

    /**
     * {@return the steps of these numbers}
     *
     * @param steps a function of its operands and of these numbers alone
     */
    Fused of(Function<Tensor[], Tensor> steps, double... numbers) {
        return of(() -> Fused.compile(steps), numbers);
    }

    /**
     * {@return the steps of these numbers}
     *
     * @param made compiles steps that are a function of their operands and of these numbers alone
     */
    Fused of(Supplier<Fused> made, double... numbers) {
        long[] bits = Arrays.stream(numbers).mapToLong(Double::doubleToLongBits).toArray();
        return known.get(PlanCache.Key.of(operation, new Layout[0], bits), made);
    }
}
