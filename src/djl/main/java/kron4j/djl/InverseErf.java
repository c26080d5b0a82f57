package kron4j.djl;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Special;

/** The inverse of erf. */
final class InverseErf {
    private static final double[] CENTRAL = {
        2.81022636e-08,
        3.43273939e-07,
        -3.5233877e-06,
        -4.39150654e-06,
        0.00021858087,
        -0.00125372503,
        -0.00417768164,
        0.246640727,
        1.50140941
    };
    private static final double[] TAIL = {
        -0.000200214257,
        0.000100950558,
        0.00134934322,
        -0.00367342844,
        0.00573950773,
        -0.0076224613,
        0.00943887047,
        1.00167406,
        2.83297682
    };

    private InverseErf() {}

    /** Of the dtype of x, computed in float64: -1 and 1 give infinities, what is beyond NaN. */
    static Tensor of(Tensor x) {
        Tensor a = x.to(DType.FLOAT64);
        Tensor w =
                Elementwise.log(Elementwise.subtract(1, a).multiply(a.add(1))).negate();
        Tensor near = polynomial(CENTRAL, w.subtract(2.5));
        Tensor far = polynomial(TAIL, Elementwise.sqrt(w).subtract(3));
        Tensor y = Elementwise.where(Elementwise.less(w, 5), near, far).multiply(a);
        for (int i = 0; i < 3; i++) {
            Tensor step = Special.erf(y)
                    .subtract(a)
                    .multiply(Elementwise.exp(Elementwise.square(y)))
                    .multiply(Math.sqrt(Math.PI) / 2);
            y = y.subtract(step);
        }
        Tensor ends = Elementwise.equal(Elementwise.abs(a), 1);
        return Elementwise.where(ends, a.multiply(Double.POSITIVE_INFINITY), y).to(x.dtype());
    }

    private static Tensor polynomial(double[] coefficients, Tensor x) {
        Tensor sum = x.multiply(coefficients[0]).add(coefficients[1]);
        for (int i = 2; i < coefficients.length; i++) {
            sum = sum.multiply(x).add(coefficients[i]);
        }
        return sum;
    }
}
