package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.backend.FusedProgram;

/** Loops that compute all steps of a fused program from memory to memory, {@code ProgramVectorLoops}: there is one for each of some much used programs. */
interface ProgramLoops {
    /** Bytes of a vector. */
    int width();

    /** The memory of a direct buffer, as {@link Loop} takes it. */
    Object show(ByteBuffer buffer);

    /** Returns the loop for a program, or null. */
    Loop of(FusedProgram program);

    /** Computes one program. */
    interface Loop {
        /** Whether a loaded value is to be one number. */
        boolean isNumber(int load);

        /**
         * Computes so many bytes, whole vectors, from one on. A result may have the place of an operand.
         *
         * @param memory of what is loaded and, behind it, of the results; all begin at the same byte, since JDK 17 computes different places in byte buffers one by one
         * @param numbers values of constants and of loads that are one number
         */
        void run(Object[] memory, int from, double[] numbers, int bytes);
    }
}
