package kron4j;

/**
 * A complex number: a scalar of tensors that are complex64 or complex128.
 *
 * <pre>{@code
 * Tensor z = Tensor.of(new Complex(3, 4));
 * Tensor rotated = z.multiply(Complex.polar(1, Math.PI / 3));
 * Tensor shifted = z.add(new Complex(0, 1));
 * Complex first = z.itemComplex();
 * }</pre>
 */
public final class Complex extends Number {
    private static final long serialVersionUID = 1;

    /** The imaginary unit. */
    public static final Complex I = new Complex(0, 1);

    /** The real part. */
    private final double re;

    /** The imaginary part. */
    private final double im;

    /**
     * Makes {@code re + im j}.
     *
     * @param re the real part
     * @param im the imaginary part
     */
    public Complex(double re, double im) {
        this.re = re;
        this.im = im;
    }

    /**
     * {@return a number as a complex one}
     *
     * @param value a real or complex number
     */
    public static Complex of(Number value) {
        return value instanceof Complex c ? c : new Complex(value.doubleValue(), 0);
    }

    /**
     * {@return {@code abs * (cos(angle) + j sin(angle))}}
     *
     * @param abs the absolute value
     * @param angle in radians
     */
    public static Complex polar(double abs, double angle) {
        return new Complex(abs * Math.cos(angle), abs * Math.sin(angle));
    }

    /** {@return the real part} */
    public double re() {
        return re;
    }

    /** {@return the imaginary part} */
    public double im() {
        return im;
    }

    /** {@return {@code re - im j}} */
    public Complex conj() {
        return new Complex(re, -im);
    }

    /** {@return the absolute value, which overflows only if the result does} */
    public double abs() {
        return Math.hypot(re, im);
    }

    /** {@return the angle in (-pi, pi], in radians} */
    public double angle() {
        return Math.atan2(im, re);
    }

    /** {@return whether the imaginary part is 0} */
    public boolean isReal() {
        return im == 0;
    }

    /**
     * {@return the real part of a number without an imaginary one}
     *
     * @throws DTypeException if the imaginary part is not 0
     */
    @Override
    public double doubleValue() {
        if (!isReal()) {
            throw new DTypeException("complex: " + this + " is not a real number; take re(), im() or abs()");
        }
        return re;
    }

    /**
     * {@return {@link #doubleValue} as Java casts it}
     *
     * @throws DTypeException if the imaginary part is not 0
     */
    @Override
    public float floatValue() {
        return (float) doubleValue();
    }

    /**
     * {@return {@link #doubleValue} as Java casts it}
     *
     * @throws DTypeException if the imaginary part is not 0
     */
    @Override
    public long longValue() {
        return (long) doubleValue();
    }

    /**
     * {@return {@link #doubleValue} as Java casts it}
     *
     * @throws DTypeException if the imaginary part is not 0
     */
    @Override
    public int intValue() {
        return (int) doubleValue();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Complex c && Double.compare(re, c.re) == 0 && Double.compare(im, c.im) == 0;
    }

    @Override
    public int hashCode() {
        return 31 * Double.hashCode(re) + Double.hashCode(im);
    }

    /** {@return {@code 1.5-2.0j}, for example} */
    @Override
    public String toString() {
        return re + (im < 0 || 1 / im < 0 ? "-" : "+") + (Double.isNaN(im) ? "NaN" : Double.toString(Math.abs(im)))
                + "j";
    }
}
