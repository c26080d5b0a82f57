package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.regex.Pattern;
import kron4j.CaptureException;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.ComplexNumbers;
import kron4j.reference.NDArray;

/**
 * Holds gradients to differences of values: in float64 for every layout, second order too; those in float32 to those in float64, and those that a graph replays
 * to those computed.
 */
public abstract class GradientContract extends Contract {
    /** Cases of operations that wait to look at values, or that make operands on the host, and so cannot be recorded. */
    private static final Pattern WAITING = Pattern.compile(
            "(large |full )?(cholesky|complex lu|complex qr|det|eig|eigh|eigvals|inverse|logabsdet(Svd)?|logdet(Cholesky)?"
                    + "|nearestKronecker|pinv|slogdet|solve|svd|svdvals|take|gather|LuFactors)\\b.*"
                    + "|all of one|apply|eigenvalues|kronIdentity|of a number|of identities|quadraticForm");

    private static final String OF_COMPLEX = " of complex numbers";

    /** An operation, given float64 or float32 tensors of the same values. */
    @FunctionalInterface
    protected interface Operation extends Function<Tensor[], Tensor> {}

    /** Uniform in [low, high), exact in float32. */
    protected static NDArray between(long seed, double low, double high, long... shape) {
        SplittableRandom random = random(seed);
        return NDArray.generate(shape, i -> (float) random.nextDouble(low, high));
    }

    protected static NDArray uniform(long seed, long... shape) {
        return between(seed, -1, 1, shape);
    }

    /** Distinct values at least 1/64 apart, away from 0: no ties, no kinks within reach of a difference. */
    protected static NDArray distinct(long seed, long... shape) {
        int n = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        SplittableRandom random = random(seed);
        double[] values = new double[n];
        Arrays.setAll(values, i -> (i - n / 2 + 0.5) / 16);
        for (int i = n - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            double swapped = values[i];
            values[i] = values[j];
            values[j] = swapped;
        }
        return NDArray.of(values, shape);
    }

    /** Condition number below 3 for n up to 8 or so: a random matrix in [-1, 1) plus a multiple of the identity. */
    protected static NDArray regular(long seed, long... shape) {
        NDArray base = uniform(seed, shape);
        int rank = shape.length;
        long n = shape[rank - 1];
        return NDArray.generate(shape, i -> base.get(i) + (i[rank - 1] == i[rank - 2] ? 2 * n : 0));
    }

    /** First and second order. */
    protected final void smooth(String name, Operation f, NDArray... inputs) {
        once(name, f, inputs);
        named(name + ", second order", () -> GradCheck.second(f, tensors(DType.FLOAT64, inputs)));
    }

    /** First and second order, of real operands and of complex ones. */
    protected final void both(String name, Operation f, NDArray... inputs) {
        smooth(name, f, inputs);
        complex(name, f, inputs);
    }

    /** As {@link #both}, first order. */
    protected final void bothOnce(String name, Operation f, NDArray... inputs) {
        once(name, f, inputs);
        once(name + OF_COMPLEX, onPairs(f), pairs(inputs));
    }

    /** As {@link #both} along a few directions only, of complex operands first order: enough for what is made of operations that are checked themselves. */
    protected final void composed(String name, Operation f, NDArray... inputs) {
        composedOnce(name, f, inputs);
        named(name + ", second order", () -> GradCheck.second(f, tensors(DType.FLOAT64, inputs)));
    }

    /** As {@link #composed}, first order. */
    protected final void composedOnce(String name, Operation f, NDArray... inputs) {
        along(name, f, inputs);
        along(name + OF_COMPLEX, onPairs(f), pairs(inputs));
    }

    /** First and second order of an operation on complex operands, with respect to real and imaginary parts; real parts as given. */
    protected final void complex(String name, Operation f, NDArray... realParts) {
        smooth(name + OF_COMPLEX, onPairs(f), pairs(realParts));
    }

    /** The operation with complex operands and results as real ones with a last axis of two. */
    protected static Operation onPairs(Operation f) {
        return x -> {
            Tensor[] z = Arrays.stream(x)
                    .map(t -> ComplexNumbers.complex(t.select(-1, 0), t.select(-1, 1)))
                    .toArray(Tensor[]::new);
            Tensor result = f.apply(z);
            return result.dtype().isComplex() ? ComplexNumbers.viewAsReal(result) : result;
        };
    }

    /** The arrays with a last axis of two, whose second elements are others of the same magnitude. */
    protected static NDArray[] pairs(NDArray... realParts) {
        NDArray[] pairs = new NDArray[realParts.length];
        for (int k = 0; k < pairs.length; k++) {
            double[] re = realParts[k].data();
            double[] both = new double[2 * re.length];
            for (int i = 0; i < re.length; i++) {
                both[2 * i] = re[i];
                both[2 * i + 1] = -0.75 * re[(i + 1) % re.length] + 0.125;
            }
            long[] shape = Arrays.copyOf(realParts[k].shape(), realParts[k].rank() + 1);
            shape[shape.length - 1] = 2;
            pairs[k] = NDArray.of(both, shape);
        }
        return pairs;
    }

    /** First order. */
    protected final void once(String name, Operation f, NDArray... inputs) {
        named(name + ", jacobian", () -> GradCheck.jacobian(f, tensors(DType.FLOAT64, inputs)));
        along(name, f, inputs);
    }

    /** First order, along a few directions only. */
    protected final void along(String name, Operation f, NDArray... inputs) {
        named(name, () -> GradCheck.directions(f, tensors(DType.FLOAT64, inputs)));
        SplittableRandom random = random(7);
        Tensor[] strided = Arrays.stream(inputs)
                .map(i -> strided(random, i, DType.FLOAT64))
                .toArray(Tensor[]::new);
        named(name + ", strided", () -> GradCheck.directions(f, strided));
        inBothDTypes(name, f, inputs);
        if (!device().equals(Device.cpu())) {
            recorded(name, f, inputs);
        }
    }

    /** A graph replays what was computed. */
    private void recorded(String name, Operation f, NDArray... inputs) {
        try (TensorScope inner = device().openScope()) {
            Tensor[] operands = tensors(DType.FLOAT64, inputs);
            List<double[]> expected = gradients(f, operands);
            List<Tensor> actual = new ArrayList<>();
            try (DeviceGraph graph = device().capture(() -> actual.addAll(vjp(f, operands)))) {
                graph.replay();
                for (int k = 0; k < operands.length; k++) {
                    double[] replayed = actual.get(k).toDoubleArray();
                    assertClose(expected.get(k), replayed, DType.FLOAT64, name + " replayed, input " + k, inputs);
                }
            } catch (CaptureException e) {
                assertTrue(WAITING.matcher(name.replace(OF_COMPLEX, "")).matches(), () -> name + ": " + e.getMessage());
            }
        }
    }

    private static Tensor[] tensors(DType dtype, NDArray... inputs) {
        return Arrays.stream(inputs).map(i -> i.toTensor(dtype)).toArray(Tensor[]::new);
    }

    private void named(String name, Runnable body) {
        try (TensorScope inner = device().openScope()) {
            body.run();
        } catch (GradientException e) {
            fail(name + ": " + e.getMessage(), e);
        }
    }

    /** Each operation on a path rounds, of which an eigenvalue solver makes some 128, and sums go over n elements. */
    private static void assertClose(double[] expected, double[] actual, DType dtype, String what, NDArray... inputs) {
        double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        int n = Arrays.stream(inputs).mapToInt(NDArray::size).sum();
        assertArrayEquals(expected, actual, (128 + n) * dtype.epsilon() * Math.max(1, scale), what);
    }

    private void inBothDTypes(String name, Operation f, NDArray... inputs) {
        List<double[]> wide = gradients(f, tensors(DType.FLOAT64, inputs));
        List<double[]> narrow = gradients(f, tensors(DType.FLOAT32, inputs));
        for (int k = 0; k < wide.size(); k++) {
            assertClose(wide.get(k), narrow.get(k), DType.FLOAT32, name + " in float32, input " + k, inputs);
        }
    }

    private List<double[]> gradients(Operation f, Tensor... inputs) {
        for (Tensor t : inputs) {
            t.requiresGrad();
        }
        return vjp(f, inputs).stream().map(Tensor::toDoubleArray).toList();
    }

    private static List<Tensor> vjp(Operation f, Tensor... inputs) {
        Tensor y = f.apply(inputs);
        Tensor ones = Tensor.ones(y.dtype(), y.shape().dims());
        return Gradients.vjp(Graph.FREE, List.of(y), List.of(ones), List.of(inputs));
    }
}
