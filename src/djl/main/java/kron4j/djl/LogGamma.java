package kron4j.djl;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;

/** The logarithm of the absolute value of the gamma function. */
final class LogGamma {
    /** Source: Lanczos (SIAM J. Numer. Anal. 1964), coefficients of Godfrey for g = 7, n = 9: some 15 digits. */
    private static final double[] LANCZOS = {
        0.9999999999998099,
        676.5203681218851,
        -1259.1392167224028,
        771.3234287776531,
        -176.6150291621406,
        12.507343278686905,
        -0.13857109526572012,
        9.984369578019572e-6,
        1.5056327351493116e-7
    };

    private LogGamma() {}

    /** Of the dtype of x, computed in float64; infinite at 0, -1, -2 and so on. */
    static Tensor of(Tensor x) {
        Tensor a = x.to(DType.FLOAT64);
        Tensor mirrored = Elementwise.less(a, 0.5);
        Tensor right = positive(Elementwise.where(mirrored, Elementwise.subtract(1, a), a));
        Tensor sine =
                Elementwise.abs(Elementwise.sin(a.subtract(Elementwise.floor(a)).multiply(Math.PI)));
        Tensor left =
                Elementwise.subtract(Math.log(Math.PI), Elementwise.log(sine).add(right));
        return Elementwise.where(mirrored, left, right).to(x.dtype());
    }

    /** From 1/2 on. */
    private static Tensor positive(Tensor x) {
        Tensor below = x.subtract(1);
        Tensor sum = Elementwise.divide(LANCZOS[1], x).add(LANCZOS[0]);
        for (int i = 2; i < LANCZOS.length; i++) {
            sum = sum.add(Elementwise.divide(LANCZOS[i], below.add(i)));
        }
        Tensor t = below.add(7.5);
        return Elementwise.log(sum)
                .add(Elementwise.log(t).multiply(below.add(0.5)))
                .subtract(t)
                .add(Math.log(2 * Math.PI) / 2);
    }
}
