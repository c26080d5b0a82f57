package kron4j.contract;

import static kron4j.ops.ComplexNumbers.complex;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;

/** Complex matrices of any layout, and products of them by the reference for real ones. */
final class ComplexMatrices {
    private ComplexMatrices() {}

    /** A complex tensor of any layout. */
    static Tensor strided(SplittableRandom random, NDArray re, NDArray im, DType dtype) {
        Tensor parts = Contract.strided(random, join(re, im), dtype.realPart());
        return complex(parts.get(0), parts.get(1));
    }

    static NDArray join(NDArray re, NDArray im) {
        long[] shape = new long[re.rank() + 1];
        shape[0] = 2;
        System.arraycopy(re.shape(), 0, shape, 1, re.rank());
        double[] all = new double[2 * re.size()];
        System.arraycopy(re.data(), 0, all, 0, re.size());
        System.arraycopy(im.data(), 0, all, re.size(), im.size());
        return NDArray.of(all, shape);
    }

    /** A matrix in each memory order, and conjugated. */
    static void forEach(long seed, boolean regular, long[][] shapes, Consumer<Tensor> body) {
        SplittableRandom random = new SplittableRandom(seed);
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : shapes) {
                NDArray re = regular
                        ? LuContract.wellConditioned(random, shape[shape.length - 1], shape)
                        : NDArray.random(random, shape);
                NDArray im = NDArray.random(random, shape);
                Tensor a = strided(random, re, im, dtype);
                body.accept(a);
                body.accept(a.transpose(-2, -1).contiguous().transpose(-2, -1));
                body.accept(ComplexNumbers.conj(a));
            }
        }
    }

    /** Complex products by real ones of the reference. */
    static Tensor product(Tensor... factors) {
        Tensor result = factors[0];
        for (int i = 1; i < factors.length; i++) {
            Tensor[] x = parts(result);
            Tensor[] y = parts(factors[i]);
            result = complex(
                    Products.of(x[0], y[0]).subtract(Products.of(x[1], y[1])),
                    Products.of(x[0], y[1]).add(Products.of(x[1], y[0])));
        }
        return result;
    }

    static Tensor[] parts(Tensor a) {
        return new Tensor[] {ComplexNumbers.real(a), ComplexNumbers.imag(a)};
    }

    static void close(Tensor expected, Tensor actual, double tolerance) {
        Tensor[] x = parts(expected);
        Tensor[] y = parts(actual);
        for (int i = 0; i < 2; i++) {
            Check.close(NDArray.of(x[i]), y[i], tolerance);
        }
    }

    static double tolerance(Tensor a) {
        long n = Math.max(1, Math.max(a.shape().at(-1), a.shape().at(-2)));
        return 20 * n * a.dtype().epsilon();
    }

    static Tensor unchanged(Tensor a, Consumer<Tensor> operation) {
        Tensor before = a.copy();
        operation.accept(a);
        close(before, a, 0);
        return a;
    }
}
