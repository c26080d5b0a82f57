package kron4j.fuzz;

import java.util.function.Consumer;

/** What cases are about. */
enum Domain {
    EINSUM(EinsumCases::check, 6),
    PRODUCTS(ProductCases::check, 6),
    ELEMENTWISE(ElementwiseCases::check, 6),
    INTEGERS(IntegerCases::check, 3),
    COMPLEX(ComplexCases::check, 4),
    COMPLEX_PRODUCTS(ComplexProductCases::check, 4),
    REDUCTIONS(ReduceCases::check, 6),
    INDEXING(IndexingCases::check, 5),
    KRON(KronCases::check, 4),
    OPERATOR(OperatorCases::check, 4),
    LINALG(LinalgCases::check, 4),
    COMPLEX_LINALG(ComplexLinalgCases::check, 3),
    SPECTRA(SpectraCases::check, 2),
    DETERMINANTS(DeterminantCases::check, 4),
    NETWORKS(NetworkCases::check, 1),
    FILES(FileCases::check, 3),
    HALVES(HalfCases::check, 4);

    private static final Domain[] TURNS = turns();

    private final Consumer<Draw> check;
    private final int weight;

    Domain(Consumer<Draw> check, int weight) {
        this.check = check;
        this.weight = weight;
    }

    /** Makes a case of the draw's choices, computes it, and compares with the reference. */
    void check(Draw draw) {
        check.accept(draw);
    }

    /** The domain of the case of that seed in a run over all domains. */
    static Domain at(long seed) {
        return TURNS[(int) Long.remainderUnsigned(seed, TURNS.length)];
    }

    static Domain named(String name) {
        return valueOf(name.toUpperCase(java.util.Locale.ROOT));
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Each as often as its weight says, well mixed. */
    private static Domain[] turns() {
        int total = 0;
        for (Domain d : values()) {
            total += d.weight;
        }
        Domain[] turns = new Domain[total];
        double[] credit = new double[values().length];
        for (int i = 0; i < total; i++) {
            int best = 0;
            for (Domain d : values()) {
                credit[d.ordinal()] += d.weight;
                best = credit[d.ordinal()] > credit[best] ? d.ordinal() : best;
            }
            credit[best] -= total;
            turns[i] = values()[best];
        }
        return turns;
    }
}
