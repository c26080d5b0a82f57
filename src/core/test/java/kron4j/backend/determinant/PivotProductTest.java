package kron4j.backend.determinant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PivotProductTest {
    private static PivotProduct of(double... factors) {
        PivotProduct product = new PivotProduct();
        product.times(5);
        product.negate();
        product.times(0);
        product.times(Double.POSITIVE_INFINITY);
        product.clear();
        for (double factor : factors) {
            product.times(factor);
        }
        return product;
    }

    private static void is(double sign, double value, double logAbs, PivotProduct product) {
        assertEquals(sign, product.sign());
        assertEquals(value, product.value());
        assertEquals(logAbs, product.logAbs(), Double.isFinite(logAbs) ? 2 * Math.ulp(logAbs) : 0);
    }

    @Test
    void multipliesWithoutOverflow() {
        is(1, 1, 0, of());
        is(-1, -6, Math.log(6), of(2, -3));
        is(1, 1.75 * 1.75, Math.log(1.75 * 1.75), of(-1.75, -1.75));
        is(1, 1.5, Math.log(1.5), of(1.5));
        is(1, Double.POSITIVE_INFINITY, 6000 * Math.log(2), powers(1000, 6));
        is(1, 0, -6000 * Math.log(2), powers(-1000, 6));
        PivotProduct back = powers(1000, 6);
        for (int i = 0; i < 6; i++) {
            back.times(0x1p-1000);
        }
        is(1, 1, 0, back);
        is(1, Double.MAX_VALUE, Math.log(Double.MAX_VALUE), of(Double.MAX_VALUE));
    }

    private static PivotProduct powers(int exponent, int count) {
        PivotProduct product = of();
        for (int i = 0; i < count; i++) {
            product.times(Math.scalb(1.0, exponent));
        }
        return product;
    }

    @Test
    void takesSubnormalFactors() {
        is(-1, -Double.MIN_VALUE, -1074 * Math.log(2), of(-Double.MIN_VALUE));
        is(1, 0x1.8p-1040, Math.log(0x1.8p-1040), of(0x1.8p-1040));
        is(1, 2, Math.log(2), of(0x1p-1022, 0x1p1023));
    }

    @Test
    void zeroInfinityAndNaN() {
        is(0, 0, Double.NEGATIVE_INFINITY, of(-3, 0));
        is(-1, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, of(-3, Double.POSITIVE_INFINITY));
        is(Double.NaN, Double.NaN, Double.NaN, of(2, Double.NaN, 0));
        PivotProduct product = of(2);
        product.negate();
        is(-1, -2, Math.log(2), product);
        product.poison();
        is(Double.NaN, Double.NaN, Double.NaN, product);
    }
}
