package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.LongVector;

/** {@link Philox#blocks} with the words of several blocks in registers, up to the end of the last vector; compiled alone ({@link Alone}). */
final class PhiloxVectors {
    private static final int LANES = LongVector.SPECIES_PREFERRED.length();
    private static final LongVector LOW = all(0xffffffffL);
    private static final LongVector FIRST = all(0xD2511F53L);
    private static final LongVector SECOND = all(0xCD9E8D57L);
    private static final LongVector STEPS =
            LongVector.broadcast(LongVector.SPECIES_PREFERRED, 0).addIndex(1);

    private final MethodHandle blocks;

    PhiloxVectors() {
        MethodType type =
                MethodType.methodType(void.class, long.class, long.class, long.class, int.class, long[][].class);
        blocks = Alone.loop(PhiloxVectors.class, "blocks", type);
    }

    private static LongVector all(long value) {
        return LongVector.broadcast(LongVector.SPECIES_PREFERRED, value);
    }

    void run(long key, long first, long high, int count, long[][] words) {
        try {
            blocks.invokeExact(key, first, high, count, words);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void blocks(long key, long first, long high, int count, long[][] words) {
        long[] w0 = words[0];
        long[] w1 = words[1];
        long[] w2 = words[2];
        long[] w3 = words[3];
        for (int i = 0; i < count; i += LANES) {
            LongVector number = STEPS.add(all(first + i));
            LongVector x0 = number.and(LOW);
            LongVector x1 = number.lanewise(LSHR, 32);
            LongVector x2 = all(high & 0xffffffffL);
            LongVector x3 = all(high >>> 32);
            for (int r = 0; r < 10; r++) {
                LongVector k0 = all((key + r * 0x9E3779B9L) & 0xffffffffL);
                LongVector k1 = all(((key >>> 32) + r * 0xBB67AE85L) & 0xffffffffL);
                LongVector p0 = x0.mul(FIRST);
                LongVector p1 = x2.mul(SECOND);
                x0 = p1.lanewise(LSHR, 32).lanewise(XOR, x1).lanewise(XOR, k0);
                x1 = p1.and(LOW);
                x2 = p0.lanewise(LSHR, 32).lanewise(XOR, x3).lanewise(XOR, k1);
                x3 = p0.and(LOW);
            }
            x0.intoArray(w0, i);
            x1.intoArray(w1, i);
            x2.intoArray(w2, i);
            x3.intoArray(w3, i);
        }
    }
}
