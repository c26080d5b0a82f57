package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
                () -> DType.of("float16"),
                "dtype: 'float16' is not one of [float32, float64, int32, int64, bool]");
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
}
