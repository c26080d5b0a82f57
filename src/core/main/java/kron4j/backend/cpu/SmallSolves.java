package kron4j.backend.cpu;

import kron4j.backend.determinant.SmallLu;

/** Solutions of the small systems of a batch, one after the other; computed for several at once where there are vectors. */
final class SmallSolves {
    private final SmallFactors factors;
    private final SmallLu lu;
    private final Entries b;
    private final Rights rights;
    private final double[] right;

    SmallSolves(SmallFactors factors, SmallLu lu, Entries b) {
        this.factors = factors;
        this.lu = lu;
        this.b = b;
        rights = new Rights(b, factors.lanes());
        right = new double[b.width() * b.size(-2) * b.size(-1)];
    }

    /**
     * Solves for the right-hand sides of a matrix, in place, and perhaps for those of the next ones; {@code to} is where the range of indices ends that are asked for in ascending order.
     *
     * @return LAPACK's info
     */
    int solve(long index, long to) {
        if (factors.factorSome(index, to)) {
            rights.read(index);
            if (factors.solveSome(rights)) {
                rights.write(index);
            }
        }
        return factors.isInLanes(index) ? 0 : solveOne(index);
    }

    private int solveOne(long index) {
        int info = factors.factorOne(index);
        b.readMatrix(index, right);
        if (factors.areTransposed()) {
            lu.solveTransposed(factors.matrix, b.size(-2), factors.pivots, right, b.size(-1));
        } else {
            lu.solve(factors.matrix, b.size(-2), factors.pivots, right, b.size(-1));
        }
        b.writeMatrix(index, right);
        return info;
    }
}
