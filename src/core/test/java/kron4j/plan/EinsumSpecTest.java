package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import kron4j.EinsumException;
import kron4j.EinsumException.Kind;
import kron4j.Shape;
import org.junit.jupiter.api.Test;

class EinsumSpecTest {
    private static Shape s(long... dims) {
        return Shape.of(dims);
    }

    private static void refused(Kind kind, String text, String equation, Shape... shapes) {
        EinsumException e = assertThrows(EinsumException.class, () -> EinsumSpec.of(equation, shapes));
        assertEquals(text, e.getMessage());
        assertEquals(kind, e.kind());
    }

    @Test
    void namesWhatIsWrong() {
        refused(Kind.NO_OPERANDS, "einsum \"i\": no operands", "i");
        refused(Kind.OPERAND_COUNT, "einsum \"ij,jk\": 2 terms but 1 operand", "ij,jk", s(2, 3));
        refused(
                Kind.RANK_TOO_SMALL,
                "einsum \"ij,k\": operand 0 [2] has rank 1 but its term has 2 labels",
                "ij,k",
                s(2),
                s(3));
        refused(
                Kind.RANK_TOO_LARGE,
                "einsum \"i,ij\": operand 0 [2,3] has rank 2 but its term has 1 label; name every axis, or add '...'",
                "i,ij",
                s(2, 3),
                s(2, 3));
        refused(Kind.BAD_ELLIPSIS, "einsum \"i..\": '.' at position 1 is not part of '...'", "i..", s(2));
        refused(
                Kind.BAD_ELLIPSIS,
                "einsum \"...i...\": '.' at position 4 repeats the ellipsis of its term",
                "...i...",
                s(2));
        refused(Kind.BAD_CHAR, "einsum \"i1\": '1' at position 1 is not a letter", "i1", s(2));
        refused(
                Kind.BAD_ARROW,
                "einsum \"ij->ji->ij\": '-' at position 6 is not part of a single '->'; write it once at most",
                "ij->ji->ij",
                s(2, 3));
        refused(Kind.OUTPUT_LABEL_UNKNOWN, "einsum \"a->b\": output label 'b' is in no operand", "a->b", s(5));
        refused(
                Kind.OUTPUT_COMMA,
                "einsum \"a->a,a\": ',' at position 4 in the output; there is only one output",
                "a->a,a",
                s(5));
        refused(
                Kind.DIAG_DIM_MISMATCH,
                "einsum \"ii\": label 'i' is repeated in operand 0 [1,3] with sizes 1 and 3; a diagonal needs equal sizes",
                "ii",
                s(1, 3));
        refused(
                Kind.DIM_MISMATCH,
                "einsum \"ahwm,ahwn->amn\": label 'h' is 4 in operand 0 [2,4,5,3] but 7 in operand 1 [2,7,5,6]",
                "ahwm,ahwn->amn",
                s(2, 4, 5, 3),
                s(2, 7, 5, 6));
        refused(
                Kind.ELLIPSIS_DIM_MISMATCH,
                "einsum \"...,...\": the ellipsis of operand 0 [2,3] has size 3 where that of operand 1 [2,4] has 4;"
                        + " right-aligned sizes must be equal or 1",
                "...,...",
                s(2, 3),
                s(2, 4));
        refused(
                Kind.OUTPUT_ELLIPSIS_MISSING,
                "einsum \"...a->\": an operand's '...' covers 1 dimension but the output has no '...'; add it, or name the"
                        + " dimensions to sum them",
                "...a->",
                s(2, 3));
    }

    @Test
    void namesWhatIsWrongInTheSublistForm() {
        EinsumException e = assertThrows(
                EinsumException.class,
                () -> EinsumSpec.of(new int[][] {{0, 7}, {7, 1}}, new int[] {0, 1}, s(2, 3), s(4, 5)));
        assertEquals(
                "einsum [0,7],[7,1]->[0,1]: label 7 is 3 in operand 0 [2,3] but 4 in operand 1 [4,5]", e.getMessage());
        e = assertThrows(EinsumException.class, () -> EinsumSpec.of(new int[][] {{-1}}, s(2)));
        assertEquals("einsum [-1]: label -1 is negative", e.getMessage());
        assertEquals(Kind.BAD_CHAR, e.kind());
        int[][] twice = {{EinsumSpec.ELLIPSIS, EinsumSpec.ELLIPSIS}};
        e = assertThrows(EinsumException.class, () -> EinsumSpec.of(twice, s(2)));
        assertEquals("einsum [...,...]: [...,...] has more than one ellipsis", e.getMessage());
        assertEquals(Kind.BAD_ELLIPSIS, e.kind());
    }

    @Test
    void findsTheImplicitOutput() {
        EinsumSpec spec = EinsumSpec.of("b...a,aB...", s(2, 7, 3), s(3, 4, 5, 7));
        List<String> names = spec.names();
        StringBuilder output = new StringBuilder();
        for (int label : spec.output()) {
            output.append(names.get(label)).append(' ');
        }
        assertEquals("...0 ...1 B b ", output.toString());
        assertEquals(s(5, 7, 4, 2), spec.outputShape());
    }

    @Test
    void readsLettersBeyondTheBasicPlane() {
        String mathematicalA = Character.toString(0x1D400);
        EinsumSpec spec = EinsumSpec.of(mathematicalA + "é->é" + mathematicalA, s(2, 3));
        assertEquals(s(3, 2), spec.outputShape());
        assertArrayEquals(new int[] {1, 0}, spec.output());
    }

    @Test
    void broadcastsNamedLabelsBetweenOperandsOnly() {
        assertEquals(s(4, 3), EinsumSpec.of("ij,ij->ij", s(1, 3), s(4, 1)).outputShape());
        assertEquals(s(0), EinsumSpec.of("i,i->i", s(1), s(0)).outputShape());
        assertEquals(s(1, 1), EinsumSpec.of("ii->ii", s(1, 1)).outputShape());
    }

    @Test
    void readsScalarsAndSpaces() {
        assertEquals(Shape.SCALAR, EinsumSpec.of("->", Shape.SCALAR).outputShape());
        assertEquals(s(3), EinsumSpec.of(",i->i", Shape.SCALAR, s(3)).outputShape());
        assertEquals(s(3, 2), EinsumSpec.of(" ... i -> i ...", s(2, 3)).outputShape());
        assertEquals(Kind.BAD_ELLIPSIS, refusal("i..,i", s(2, 3), s(2)));
        assertEquals(Kind.BAD_ELLIPSIS, refusal("i->..", s(2)));
    }

    @Test
    void checksTheOutputOfTheSublistForm() {
        int[][] in = {{0, 1}};
        assertEquals(2, EinsumSpec.of(in, new int[] {0, 1}, s(2, 3)).output().length);
        assertEquals(
                Kind.BAD_CHAR,
                assertThrows(EinsumException.class, () -> EinsumSpec.of(in, new int[] {-1}, s(2, 3)))
                        .kind());
        int[] twice = {EinsumSpec.ELLIPSIS, EinsumSpec.ELLIPSIS};
        assertEquals(
                Kind.BAD_ELLIPSIS,
                assertThrows(EinsumException.class, () -> EinsumSpec.of(in, twice, s(2, 3)))
                        .kind());
    }

    private static Kind refusal(String equation, Shape... operands) {
        return assertThrows(EinsumException.class, () -> EinsumSpec.of(equation, operands))
                .kind();
    }
}
