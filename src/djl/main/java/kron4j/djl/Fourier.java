package kron4j.djl;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Indexing;
import kron4j.ops.Padding;
import kron4j.ops.Shapes;

/** Discrete Fourier transforms, by products with matrices: n numbers cost n^2 multiplications, which is right for short axes. */
interface Fourier extends Steps {
    private static Tensor complex(Tensor a) {
        return a.dtype().isComplex() ? a : a.to(DType.COMPLEX64);
    }

    /** Cut, or filled up with zeros, to a length. */
    private static Tensor fitted(Tensor a, long length, int axis) {
        long size = a.shape().at(axis);
        if (length < 1) {
            throw new IllegalArgumentException("a Fourier transform of length " + length + "; give 1 or more");
        }
        if (length <= size) {
            return a.slice(axis, 0, length);
        }
        long[][] widths = new long[a.rank()][2];
        widths[axis][1] = length - size;
        return Shapes.pad(a, 0, widths);
    }

    /** {@code exp(sign 2 pi i j k / n)}; angles of {@code j k mod n}, so that they are small. */
    private static Tensor matrix(int n, int sign) {
        Complex[] w = new Complex[n * n];
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++) {
                double angle = sign * 2 * Math.PI * ((long) j * k % n) / n;
                w[j * n + k] = new Complex(Math.cos(angle), Math.sin(angle));
            }
        }
        return Tensor.of(w, n, n).to(DType.COMPLEX64);
    }

    private static Tensor transformed(Tensor a, long length, long along, boolean inverse) {
        int axis = a.shape().axis(Math.toIntExact(along));
        Tensor x = complex(fitted(a, length, axis)).transpose(axis, -1);
        Tensor y = x.matmul(matrix(Math.toIntExact(length), inverse ? 1 : -1)).transpose(axis, -1);
        return inverse ? y.multiply(1.0 / length) : y;
    }

    @Override
    default KronArray fft(long length, long axis) {
        return unary(a -> transformed(a, length, axis, false));
    }

    @Override
    default KronArray ifft(long length, long axis) {
        return unary(a -> transformed(a, length, axis, true));
    }

    /** Of real numbers: the first {@code length / 2 + 1} frequencies, which the others mirror. */
    @Override
    default KronArray rfft(long length, long axis) {
        return unary(a -> transformed(a, length, axis, false).slice(Math.toIntExact(axis), 0, length / 2 + 1));
    }

    @Override
    default KronArray irfft(long length, long along) {
        return unary(a -> {
            int axis = a.shape().axis(Math.toIntExact(along));
            Tensor half = fitted(complex(a), length / 2 + 1, axis);
            Tensor mirrored = half.slice(axis, 1, (length + 1) / 2).flip(axis).conj();
            return transformed(Indexing.concat(axis, half, mirrored), length, axis, true)
                    .real()
                    .copy();
        });
    }

    @Override
    default KronArray fft2(long[] sizes, long[] axes) {
        return unary(a -> overAll(a, sizes, axes, false));
    }

    @Override
    default KronArray ifft2(long[] sizes, long[] axes) {
        return unary(a -> overAll(a, sizes, axes, true));
    }

    private static Tensor overAll(Tensor a, long[] sizes, long[] axes, boolean inverse) {
        if (sizes.length != axes.length) {
            throw new IllegalArgumentException(
                    "sizes " + Arrays.toString(sizes) + " for axes " + Arrays.toString(axes));
        }
        Tensor result = a;
        for (int i = 0; i < axes.length; i++) {
            result = transformed(result, sizes[i], axes[i], inverse);
        }
        return result;
    }

    /** [..., frequencies, frames] of windows that begin every {@code hopLength} numbers; centred ones begin before the signal, which is mirrored. */
    @Override
    default KronArray stft(
            long nFft, long hopLength, boolean center, NDArray window, boolean normalize, boolean returnComplex) {
        Tensor w = manager().from(window).tensor();
        return unary(a -> {
            Tensor signal = a;
            if (center) {
                long[][] widths = new long[a.rank()][2];
                widths[a.rank() - 1] = new long[] {nFft / 2, nFft / 2};
                signal = Shapes.pad(a, Padding.REFLECT, widths);
            }
            Tensor frames = signal.unfold(-1, nFft, hopLength).multiply(w.to(a.dtype()));
            Tensor spectrum = transformed(frames, nFft, -1, false)
                    .slice(-1, 0, nFft / 2 + 1)
                    .transpose(-1, -2);
            Tensor scaled = normalize ? spectrum.multiply(1 / Math.sqrt(nFft)) : spectrum;
            return returnComplex ? scaled : ComplexNumbers.viewAsReal(scaled);
        });
    }
}
