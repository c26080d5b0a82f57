package kron4j.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The order of products that multiDot takes. */
class ChainOrderTest {
    /** T. Cormen, C. Leiserson, R. Rivest, C. Stein: Introduction to Algorithms, 15.2: (A (B C)) ((D E) F). */
    @Test
    void takesTheFewestMultiplications() {
        int[][] splits = MatrixFunctions.splits(30, 35, 15, 5, 10, 20, 25);
        assertEquals(2, splits[0][5]);
        assertEquals(0, splits[0][2]);
        assertEquals(4, splits[3][5]);
    }
}
