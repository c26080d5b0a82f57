package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ShortBuffer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.BinaryOp;
import kron4j.backend.Halves;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

class BrainRunsTest {
    private static final int PATTERNS = 1 << 16;

    private static float exact(BinaryOp op, float x, float y) {
        return switch (op) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            default -> x / y;
        };
    }

    private static ShortBuffer elements(View v) {
        return ((CpuStorage) v.storage()).whole().asShortBuffer();
    }

    @Test
    void allPatternsWithMany() {
        int gap = 3;
        View whole = Grid.contiguous(DType.BFLOAT16, PATTERNS + gap);
        View a = whole.with(Layout.of(Shape.of(PATTERNS), new long[] {1}, gap));
        View b = Grid.contiguous(DType.BFLOAT16, PATTERNS);
        View out = Grid.contiguous(DType.BFLOAT16, PATTERNS);
        for (BinaryOp op : new BinaryOp[] {BinaryOp.ADD, BinaryOp.SUBTRACT, BinaryOp.MULTIPLY, BinaryOp.DIVIDE}) {
            for (int factor : new int[] {0, 1, 0x8001, 40503, 257}) {
                for (int i = 0; i < PATTERNS; i++) {
                    elements(a).put(gap + i, (short) i);
                    elements(b).put(i, (short) (i * factor + (factor == 0 ? 0x3f81 : 0)));
                }
                if (Loops.BEST.bits() == 0) {
                    assertFalse(BrainRuns.run(op, a, b, out));
                    continue;
                }
                assertTrue(BrainRuns.run(op, a, b, out));
                for (int i = 0; i < PATTERNS; i++) {
                    short x = (short) i;
                    short y = elements(b).get(i);
                    short expected = Halves.toBfloat16(exact(op, Halves.fromBfloat16(x), Halves.fromBfloat16(y)));
                    short z = elements(out).get(i);
                    if (Float.isNaN(Halves.fromBfloat16(expected))) {
                        assertTrue(Float.isNaN(Halves.fromBfloat16(z)), op + " of " + i);
                    } else {
                        assertEquals(expected, z, op + " of " + x + " and " + y);
                    }
                }
            }
        }
        Grid.free(whole, b, out);
    }

    @Test
    void elementsApartAreLeftToOthers() {
        View a = Grid.contiguous(DType.BFLOAT16, 5, 6);
        View out = Grid.contiguous(DType.BFLOAT16, 6, 5);
        assertFalse(BrainRuns.run(BinaryOp.ADD, a.with(a.layout().permute(1, 0)), out, out));
        assertFalse(BrainRuns.run(BinaryOp.MAXIMUM, out, out, out));
        View other = Grid.contiguous(DType.FLOAT16, 6, 5);
        assertFalse(BrainRuns.run(BinaryOp.ADD, other, other, other));
        Grid.free(a, out, other);
    }
}
