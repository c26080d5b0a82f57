package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void namesAreNumPys() {
        for (DType dtype : DTypes.plain()) {
            assertEquals(dtype, DType.of(dtype.toString()));
        }
        assertEquals("float32", DType.FLOAT32.toString());
        refused(
                DTypeException.class,
                () -> DType.of("float16"),
                "dtype: 'float16' is not one of [float32, float64, int32, int64, int8, uint8, bool]");
        refused(DTypeException.class, () -> DType.of("FLOAT32"), "'FLOAT32'");
    }

    @Test
    void kindsAndPrecision() {
        assertEquals(Math.pow(2, -23), DType.FLOAT32.epsilon());
        assertEquals(Math.pow(2, -52), DType.FLOAT64.epsilon());
        assertEquals(0, DType.INT64.epsilon());
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
        Map<DType, Set<DType>> wider = Map.of(
                DType.FLOAT32, EnumSet.of(DType.FLOAT32, DType.FLOAT64),
                DType.FLOAT64, EnumSet.of(DType.FLOAT64),
                DType.INT32, EnumSet.of(DType.INT32, DType.INT64, DType.FLOAT64),
                DType.INT64, EnumSet.of(DType.INT64),
                DType.INT8, EnumSet.of(DType.INT8, DType.INT32, DType.INT64, DType.FLOAT32, DType.FLOAT64),
                DType.UINT8, EnumSet.of(DType.UINT8, DType.INT32, DType.INT64, DType.FLOAT32, DType.FLOAT64),
                DType.BOOL, EnumSet.allOf(DType.class));
        for (DType from : DTypes.plain()) {
            for (DType to : DTypes.plain()) {
                assertEquals(wider.get(from).contains(to), from.fits(to), from + " in " + to);
            }
        }
    }
}
