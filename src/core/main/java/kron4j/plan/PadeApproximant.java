package kron4j.plan;

import java.util.List;

/**
 * The diagonal Pade approximant {@code p(x) / p(-x)} of the exponential, p being of a degree.
 *
 * @param reach the norm up to which it is right to the last place
 */
// N. Higham: The scaling and squaring method for the matrix exponential revisited (2005); that of degree 13: A.
// Al-Mohy,
// N. Higham: A new scaling and squaring algorithm for the matrix exponential (2009).
public record PadeApproximant(int degree, double reach) {
    /** Those for single precision, by degree. */
    public static final List<PadeApproximant> SINGLE = List.of(
            new PadeApproximant(3, 4.258730016922831e-1),
            new PadeApproximant(5, 1.880152677804762),
            new PadeApproximant(7, 3.92572478313866));

    /** Those for double precision, by degree. */
    public static final List<PadeApproximant> DOUBLE = List.of(
            new PadeApproximant(3, 1.495585217958292e-2),
            new PadeApproximant(5, 2.53939833006323e-1),
            new PadeApproximant(7, 9.504178996162932e-1),
            new PadeApproximant(9, 2.097847961257068),
            new PadeApproximant(13, 4.25));

    /** Returns the approximants for elements whose parts have so many bytes. */
    public static List<PadeApproximant> of(int bytes) {
        return bytes > Float.BYTES ? DOUBLE : SINGLE;
    }

    /** Returns the first one within whose reach a norm is, or else the last. */
    public static PadeApproximant of(List<PadeApproximant> all, double norm) {
        return all.stream().filter(each -> norm <= each.reach).findFirst().orElse(all.get(all.size() - 1));
    }

    /** Returns p's coefficients, integers, from that of 1 on. */
    public double[] coefficients() {
        double[] b = new double[degree + 1];
        b[degree] = 1;
        for (int j = degree; j > 0; j--) {
            b[j - 1] = b[j] * j / (degree - j + 1) * (2 * degree - j + 1);
        }
        return b;
    }
}
