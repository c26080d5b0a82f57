package kron4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.TensorException;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void followsItsFormula() {
        assertEquals(0.1, Schedule.constant(0.1).at(12345));
        Schedule stepwise = Schedule.stepwise(1, 0.5, 10);
        assertEquals(1, stepwise.at(9));
        assertEquals(0.5, stepwise.at(10));
        assertEquals(0.125, stepwise.at(35));
        assertEquals(2 * 0.9 * 0.9, Schedule.exponential(2, 0.9).at(2), 1e-15);
        Schedule cosine = Schedule.cosine(1, 0.2, 100);
        assertEquals(1, cosine.at(0));
        assertEquals(0.6, cosine.at(50), 1e-15);
        assertEquals(0.2, cosine.at(100), 1e-15);
        assertEquals(0.2, cosine.at(1000), 1e-15);
    }

    @Test
    void warmsUp() {
        Schedule warm = Schedule.constant(8).warmedUp(4);
        assertEquals(2, warm.at(0));
        assertEquals(8, warm.at(3));
        assertEquals(8, warm.at(4));
    }

    @Test
    void refusesWhatIsNotPositive() {
        assertEquals(
                "Schedule.cosine: steps 0.0 is not positive",
                assertThrows(TensorException.class, () -> Schedule.cosine(1, 0, 0))
                        .getMessage());
        assertThrows(TensorException.class, () -> Schedule.constant(Double.NaN));
        assertThrows(TensorException.class, () -> Schedule.constant(Double.POSITIVE_INFINITY));
        assertThrows(TensorException.class, () -> Schedule.stepwise(1, 0, 3));
    }

    @Test
    void stopsAfterSoManyWithoutImprovement() {
        EarlyStopping rule = new EarlyStopping(2, 0.1);
        assertFalse(rule.stop(1));
        assertTrue(rule.improved());
        assertFalse(rule.stop(0.95), "0.05 less is no improvement, but the first without");
        assertFalse(rule.improved());
        assertFalse(rule.stop(0.5));
        assertFalse(rule.stop(Double.NaN));
        assertTrue(rule.stop(0.5));
        assertEquals(0.5, rule.best());
        assertThrows(TensorException.class, () -> new EarlyStopping(0, 0));
    }
}
