package kron4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TensorScopeTest {
    /** What happens when one thread closes a tensor while another moves it: both take it out of its scope. */
    @Test
    void takingATensorOutTwiceTakesNothingElse() {
        Tensor first;
        Tensor second;
        Tensor third;
        try (TensorScope scope = Device.cpu().openScope()) {
            first = Tensor.of(1);
            second = Tensor.of(2);
            third = Tensor.of(3);
            TensorScope.disown(first);
            TensorScope.disown(first);
            TensorScope.disown(third);
            TensorScope.disown(third);
            assertEquals(1, scope.report().tensors());
        }
        assertTrue(second.isClosed());
        assertFalse(first.isClosed() || third.isClosed());
        first.close();
        third.close();
    }
}
