package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** Square roots of complex numbers that are given by their parts. */
final class RootVectors {
    private static final VectorSpecies<Double> SPECIES = DoubleVectors.SPECIES;
    private static final LongVector SIGN =
            LongVector.broadcast(LongVector.SPECIES_PREFERRED, Double.doubleToRawLongBits(-0.0));

    private static final MethodHandle LOOP = Alone.loop(
            RootVectors.class,
            "loop",
            MethodType.methodType(
                    boolean.class, double[].class, double[].class, double[].class, double[].class, int.class));

    private RootVectors() {}

    /** Computes {@code n} numbers, whole vectors; returns whether all their squares are ordinary. */
    static boolean roots(double[] x, double[] y, double[] re, double[] im, int n) {
        try {
            return (boolean) LOOP.invokeExact(x, y, re, im, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** The parts of a root are the half sum of the absolute value and the real part's, and the imaginary part over twice that; which is which, the real part's sign says. */
    static boolean loop(double[] x, double[] y, double[] re, double[] im, int n) {
        LongVector least = PairVectors.bits(1.0);
        LongVector most = PairVectors.bits(1.0);
        for (int i = 0; i < n; i += SPECIES.length()) {
            DoubleVector a = DoubleVector.fromArray(SPECIES, x, i);
            DoubleVector b = DoubleVector.fromArray(SPECIES, y, i);
            DoubleVector square = a.mul(a).add(b.mul(b));
            least = least.min(square.reinterpretAsLongs());
            most = most.max(square.reinterpretAsLongs());
            DoubleVector t = a.abs().add(square.sqrt()).mul(0.5).sqrt();
            DoubleVector u = b.abs().div(t.add(t));
            var turned = a.compare(LT, 0);
            t.blend(u, turned).intoArray(re, i);
            LongVector size = u.blend(t, turned).reinterpretAsLongs();
            size.or(b.reinterpretAsLongs().and(SIGN)).reinterpretAsDoubles().intoArray(im, i);
        }
        return least.reinterpretAsDoubles()
                .compare(GE, ComplexFunctions.SMALL)
                .and(most.reinterpretAsDoubles().compare(LE, ComplexFunctions.LARGE))
                .allTrue();
    }
}
