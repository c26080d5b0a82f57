package kron4j.ops;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * What complex tensors have beyond real ones: parts, conjugates, angles. All other operations take complex tensors too
 * where they have a meaning without an order.
 *
 * <pre>{@code
 * Tensor z = ComplexNumbers.complex(x, y);                        // float32 gives complex64, float64 complex128
 * Tensor w = ComplexNumbers.polar(Elementwise.abs(z), ComplexNumbers.angle(z));
 * Tensor energy = z.multiply(z.conj()).real().sum();              // a real loss
 * Tensor hermitian = z.matmul(z.adjoint());                       // z conj(z)^T
 * }</pre>
 *
 * <p>The gradient of a real loss L with respect to z is {@code dL/dRe z + j dL/dIm z}, so that {@code z - rate * gradient}
 * descends: the convention of PyTorch and TensorFlow (that of JAX is its conjugate).
 */
public final class ComplexNumbers {
    private ComplexNumbers() {}

    /**
     * {@return {@code re + j im}} Gradient: the real part to re, the imaginary part to im.
     *
     * @param re float32 or float64
     * @param im broadcast with re; the same dtype and device
     * @throws DTypeException for other dtypes
     */
    public static Tensor complex(Tensor re, Tensor im) {
        DType dtype = Operands.sameDType("complex", re, im);
        requireReal("complex", re);
        Operands.sameDevice("complex", re, im);
        Shape shape = Shape.broadcast("complex", re.shape(), im.shape());
        View x = Operands.expanded(re, shape);
        View y = Operands.expanded(im, shape);
        Tensor result = Tensor.make(
                re.device(),
                dtype.toComplex(),
                shape,
                out -> out.storage().backend().join(x, y, out));
        return Tape.record("complex", result, r -> r.gradient(re, g -> real(g)).gradient(im, g -> imag(g)), re, im);
    }

    /**
     * {@return {@code abs * (cos(angle) + j sin(angle))}}
     *
     * @param abs float32 or float64
     * @param angle in radians; broadcast with abs; the same dtype and device
     * @throws DTypeException for other dtypes
     */
    public static Tensor polar(Tensor abs, Tensor angle) {
        requireReal("polar", abs);
        requireReal("polar", angle);
        Operands.ofProduct("polar", abs, angle);
        return complex(
                Elementwise.multiply(abs, Elementwise.cos(angle)), Elementwise.multiply(abs, Elementwise.sin(angle)));
    }

    /**
     * {@return a view of the real parts; a real tensor itself} Gradient: {@code g + 0j}.
     *
     * @param z any dtype
     */
    public static Tensor real(Tensor z) {
        return z.dtype().isComplex() ? part(z, false) : z.viewAs(z.layout());
    }

    /**
     * {@return a view of the imaginary parts; zeros for a real tensor} Gradient: {@code 0 + g j}.
     *
     * @param z any dtype
     */
    public static Tensor imag(Tensor z) {
        return z.dtype().isComplex() ? part(z, true) : Creation.zerosLike(z);
    }

    private static Tensor part(Tensor z, boolean imaginary) {
        Tensor result = Tensor.view(z, z.view().part(imaginary));
        return Tape.record(
                imaginary ? "imag" : "real",
                result,
                r -> r.gradient(z, g -> {
                    Tensor zeros = Creation.zerosLike(g);
                    return imaginary ? complex(zeros, g) : complex(g, zeros);
                }),
                z);
    }

    /**
     * Returns a view of complex numbers as pairs of real ones. Gradient: the pairs as complex numbers.
     *
     * @param z complex, shape [...]
     * @return shape [..., 2]: real part, imaginary part
     * @throws DTypeException if z is not complex
     */
    public static Tensor viewAsReal(Tensor z) {
        requireComplex("viewAsReal", z);
        Tensor result = Tensor.view(z, z.view().pairs());
        return Tape.record("viewAsReal", result, r -> r.gradient(z, g -> complex(g.select(-1, 0), g.select(-1, 1))), z);
    }

    /**
     * Returns a view of pairs of real numbers as complex ones. Gradient: the parts.
     *
     * @param pairs float32 or float64, shape [..., 2] with stride 1 in the last axis and even strides and offset else, as
     *     row-major tensors have them
     * @return shape [...]
     * @throws kron4j.ShapeException if the last axis is not of size 2, or the layout is another
     * @throws DeviceException if the memory, which is another library's, is aligned to real numbers only
     */
    public static Tensor viewAsComplex(Tensor pairs) {
        requireReal("viewAsComplex", pairs);
        Layout layout = pairs.layout().complex();
        Storage storage = pairs.view().storage().as(pairs.dtype().toComplex());
        if (storage.address() % storage.dtype().bytes() != 0) {
            throw new DeviceException("viewAsComplex: the memory of shape " + pairs.shape() + " begins at 0x"
                    + Long.toHexString(storage.address()) + ", not aligned to the "
                    + storage.dtype().bytes() + " bytes of " + storage.dtype() + "; take copy()");
        }
        Tensor result = Tensor.view(pairs, new View(storage, layout));
        return Tape.record("viewAsComplex", result, r -> r.gradient(pairs, g -> viewAsReal(g.contiguous())), pairs);
    }

    /**
     * {@return the complex conjugate: a copy; a real tensor itself} Gradient: {@code conj(g)}.
     *
     * @param z any dtype
     */
    public static Tensor conj(Tensor z) {
        if (!z.dtype().isComplex()) {
            return z.viewAs(z.layout());
        }
        return Tape.record("conj", Operands.unary(UnaryOp.CONJUGATE, z), r -> r.gradient(z, ComplexNumbers::conj), z);
    }

    /**
     * Returns the conjugate transpose of matrices; a view if they are real.
     *
     * @param a shape [..., m, n]
     * @return shape [..., n, m]
     * @throws ShapeException if a has less than two axes
     */
    public static Tensor adjoint(Tensor a) {
        if (a.rank() < 2) {
            throw new ShapeException("adjoint: needs matrices, got shape " + a.shape() + "; take conj() of a vector");
        }
        return conj(a.transpose(-2, -1));
    }

    /**
     * {@return the angle in radians, in [-pi, pi]; of a real number 0 or pi (pi for -0.0 too), NaN for NaN} Gradient:
     * {@code g j z / |z|^2}, 0 at 0; none for real numbers.
     *
     * @param z any floating or complex dtype
     * @throws DTypeException for integers and bool
     */
    public static Tensor angle(Tensor z) {
        Tensor result = Operands.unary(UnaryOp.ANGLE, z);
        return z.dtype().isComplex()
                ? Tape.record("angle", result, r -> r.gradient(z, z, ComplexNumbers::turning), z)
                : result;
    }

    /** Computes {@code g j z / |z|^2}, and 0 at 0. */
    private static Tensor turning(Tensor g, Tensor z) {
        Tensor x = real(z);
        Tensor y = imag(z);
        return complex(Elementwise.turned(Elementwise.negative(g), y, x), Elementwise.turned(g, x, y));
    }

    private static void requireReal(String operation, Tensor t) {
        DType dtype = t.dtype();
        if (dtype.isComplex() || dtype.isHalf() || !dtype.isFloating()) {
            throw new DTypeException(operation + ": needs float32 or float64, got " + dtype + " " + t.shape() + "; "
                    + (dtype.isComplex() ? "it is complex already" : "convert it with to(DType.FLOAT32)"));
        }
    }

    private static void requireComplex(String operation, Tensor t) {
        if (!t.dtype().isComplex()) {
            throw new DTypeException(operation + ": needs a complex dtype, got " + t.dtype() + " " + t.shape()
                    + "; convert it with to(DType.COMPLEX64) or to(DType.COMPLEX128)");
        }
    }
}
