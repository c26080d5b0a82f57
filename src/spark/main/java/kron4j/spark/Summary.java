package kron4j.spark;

import java.io.Serializable;
import java.util.Iterator;
import kron4j.Tensor;

/** What a partition's rows are reduced to: numbers, since arrays travel and tensors do not. No numbers stand for no rows. */
interface Summary extends Serializable {
    /** Returns the summary of a partition, of a block at least; runs on a task's device. */
    double[] of(Iterator<Tensor> blocks);

    /** Returns the summary of two parts, each of a row at least, the left one's rows first; may write to the left one. */
    double[] merge(double[] left, double[] right);

    /** Returns how many numbers it has at most. */
    long size();
}
