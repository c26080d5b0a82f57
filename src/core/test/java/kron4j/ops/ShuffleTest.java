package kron4j.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** {@link Random#shuffle}: each order is equally likely, whatever the words are. */
class ShuffleTest {
    private static long[] shuffled(int n, long... words) {
        long[] order = new long[n];
        assertTrue(Random.shuffle(order, words));
        return order;
    }

    @Test
    void eachWordChoosesTheNumberForTheLastPlaceLeft() {
        // Of three places the word takes its remainder by 3, then of two by 2.
        assertArrayEquals(new long[] {1, 2, 0}, shuffled(3, 0, 0));
        assertArrayEquals(new long[] {2, 1, 0}, shuffled(3, 3, 1));
        assertArrayEquals(new long[] {2, 0, 1}, shuffled(3, 4, 0));
        assertArrayEquals(new long[] {0, 1, 2}, shuffled(3, 5, 1));
        assertArrayEquals(new long[] {0}, shuffled(1));
        assertArrayEquals(new long[] {}, shuffled(0));
    }

    @Test
    void wordsAboveTheLastWholeMultipleAreSkipped() {
        // 2^64 is 1 modulo 3: only the largest word is too much. Of powers of two none is.
        assertArrayEquals(shuffled(3, 4, 0), shuffled(3, -1, 4, 0));
        assertArrayEquals(shuffled(3, 2, 0), shuffled(3, -2, 0)); // 2^64 - 2 is 2 modulo 3
        assertArrayEquals(new long[] {0, 1}, shuffled(2, -1));
        // 2^64 is 6 modulo 10: of 10 places the last six words are skipped.
        long[] words = {-6, -1, 9, 8, 7, 6, 5, 4, 3, 2, 1};
        assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, shuffled(10, words));
        words[0] = -7;
        words[1] = 8; // 2^64 - 7 is 9 modulo 10
        words[2] = 7;
        for (int i = 3; i < words.length; i++) {
            words[i] = Math.max(0, 9 - i);
        }
        assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, shuffled(10, words));
    }

    @Test
    void saysWhenTheWordsAreNotEnough() {
        assertFalse(Random.shuffle(new long[3], new long[] {1}));
        assertFalse(Random.shuffle(new long[3], new long[] {-1, 1}));
        assertFalse(Random.shuffle(new long[2], new long[] {}));
        assertTrue(Random.shuffle(new long[2], new long[] {7}));
    }
}
