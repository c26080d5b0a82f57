package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void namesAreNumPys() {
        for (DType dtype : DType.values()) {
            assertEquals(dtype, DType.of(dtype.toString()));
        }
        assertEquals("float32", DType.FLOAT32.toString());
        refused(
                DTypeException.class,
                () -> DType.of("float8"),
                "dtype: 'float8' is not one of [float32, float64, float16, bfloat16, complex128, complex64, int32, int64,"
                        + " int8, uint8, bool]");
        refused(DTypeException.class, () -> DType.of("FLOAT32"), "'FLOAT32'");
    }

    @Test
    void kindsAndPrecision() {
        assertEquals(Math.pow(2, -23), DType.FLOAT32.epsilon());
        assertEquals(Math.pow(2, -52), DType.FLOAT64.epsilon());
        assertEquals(0, DType.INT64.epsilon());
        assertEquals(Math.pow(2, -10), DType.FLOAT16.epsilon());
        assertEquals(Math.pow(2, -7), DType.BFLOAT16.epsilon());
        assertEquals(Math.pow(2, -23), DType.COMPLEX64.epsilon());
        assertEquals(Math.pow(2, -52), DType.COMPLEX128.epsilon());
        assertTrue(DType.FLOAT32.isFloating() && DType.INT32.isInteger());
        assertFalse(DType.BOOL.isFloating() || DType.BOOL.isInteger());
        assertEquals(1, DType.BOOL.bytes());
    }

    @Test
    void sumsAndMeansAreInNumPysDtypes() {
        for (DType real : List.of(DType.FLOAT32, DType.FLOAT64)) {
            assertEquals(real, real.ofSums());
            assertEquals(real, real.ofMeans());
        }
        for (DType exact : List.of(DType.INT32, DType.INT64, DType.INT8, DType.UINT8, DType.BOOL)) {
            assertEquals(DType.INT64, exact.ofSums());
            assertEquals(DType.FLOAT64, exact.ofMeans());
            assertFalse(exact.isDifferentiable());
        }
        assertTrue(DType.INT32.isNumber() && DType.FLOAT32.isNumber() && DType.FLOAT64.isDifferentiable());
        assertFalse(DType.BOOL.isNumber());
    }

    @Test
    void aDtypeFitsWhereAllItsValuesDo() {
        Set<DType> complex = EnumSet.of(DType.COMPLEX64, DType.COMPLEX128);
        Set<DType> real = EnumSet.of(DType.FLOAT32, DType.FLOAT64);
        Map<DType, Set<DType>> wider = Map.ofEntries(
                Map.entry(DType.FLOAT32, union(real, complex)),
                Map.entry(DType.FLOAT64, EnumSet.of(DType.FLOAT64, DType.COMPLEX128)),
                Map.entry(DType.FLOAT16, union(EnumSet.of(DType.FLOAT16), union(real, complex))),
                Map.entry(DType.BFLOAT16, union(EnumSet.of(DType.BFLOAT16), union(real, complex))),
                Map.entry(DType.COMPLEX64, complex),
                Map.entry(DType.COMPLEX128, EnumSet.of(DType.COMPLEX128)),
                Map.entry(DType.INT32, EnumSet.of(DType.INT32, DType.INT64, DType.FLOAT64, DType.COMPLEX128)),
                Map.entry(DType.INT64, EnumSet.of(DType.INT64)),
                Map.entry(DType.INT8, union(bytes(DType.INT8), union(real, complex))),
                Map.entry(DType.UINT8, union(bytes(DType.UINT8), union(real, complex))),
                Map.entry(DType.BOOL, EnumSet.allOf(DType.class)));
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                assertEquals(wider.get(from).contains(to), from.fits(to), from + " in " + to);
            }
        }
    }

    /** Which hold all numbers of eight bits; bfloat16 has eight bits of precision, float16 eleven. */
    private static Set<DType> bytes(DType own) {
        return EnumSet.of(own, DType.INT32, DType.INT64, DType.FLOAT16, DType.BFLOAT16);
    }

    private static Set<DType> union(Set<DType> a, Set<DType> b) {
        Set<DType> all = EnumSet.copyOf(a);
        all.addAll(b);
        return all;
    }

    @Test
    void partsOfComplexNumbersAreReal() {
        for (DType dtype : DType.values()) {
            assertEquals(dtype.isComplex(), dtype.realPart() != dtype);
            assertEquals(dtype.isHalf(), dtype.computed() != dtype);
        }
        assertEquals(DType.COMPLEX64, DType.FLOAT32.toComplex());
        assertEquals(DType.COMPLEX128, DType.FLOAT64.toComplex());
        assertEquals(DType.FLOAT64, DType.COMPLEX128.realPart());
        refused(
                DTypeException.class,
                DType.BFLOAT16::toComplex,
                "no complex numbers of two bfloat16",
                "to(DType.FLOAT32)");
        refused(DTypeException.class, DType.INT64::toComplex, "no complex numbers of two int64");
    }
}
