package kron4j.backend.cpu;

/** Coefficients of {@link GammaFunctions}, that of the highest power last, as {@code kernels/gamma.cuh} has them. */
final class GammaTables {
    /** {@code (log gamma(1 + z) / z + g) / z} for z from -0.5 to 0.25; g is Euler's constant. */
    static final double[] NEAR_ONE = {
        0x1.a51a6625307d3p-1,
        -0x1.9a4d55beab2dap-2,
        0x1.151322ac7d7bdp-2,
        -0x1.a8b9c17aa4e05p-3,
        0x1.5b40cb102928bp-3,
        -0x1.2703a1ddf493fp-3,
        0x1.010b369c04e9dp-3,
        -0x1.c8066fb34090fp-4,
        0x1.9a01f13e73aa4p-4,
        -0x1.748c4d65a96afp-4,
        0x1.55680a3910598p-4,
        -0x1.3b1dde4265118p-4,
        0x1.24ee11e827d2bp-4,
        -0x1.1080b2b25ebb1p-4,
        0x1.f3c35e240c6cap-5,
        -0x1.04b4ae40a48c6p-4,
        0x1.17c0894df1faap-4,
        0x1.818122009c634p-6,
        0x1.f0b41eb602fdep-5,
        -0x1.322b81f9ec569p-1,
        -0x1.e91ea142036f9p-1,
        0x1.95ec9c8f7021dp-1,
        0x1.3d5dd88ebd489p+2,
        0x1.92a83f91131f3p+2,
        0x1.80d505ce5a028p+1
    };

    /** {@code (log gamma(2 + z) / z - 1 + g) / z} for z from -0.25 to 1. */
    static final double[] NEAR_TWO = {
        0x1.4a34cc4a60fa6p-2,
        -0x1.13e001a557612p-4,
        0x1.51322ac7d828dp-6,
        -0x1.e404fc21848a8p-8,
        0x1.7add6eadf22b5p-9,
        -0x1.38ac5c37c4594p-10,
        0x1.0b36af98c7d84p-11,
        -0x1.d3fd4292be7c5p-13,
        0x1.a12771f0d82a7p-14,
        -0x1.78df78d304955p-15,
        0x1.581f6992963f5p-16,
        -0x1.3cf36f3736ac3p-17,
        0x1.24d2aa8ffcad4p-18,
        -0x1.08b4613f2996ap-19,
        0x1.b5f5cd4e3db85p-21,
        -0x1.26a51662d0598p-22,
        0x1.0ea398cd4c5c5p-24,
        -0x1.e7ce9856c731ep-28
    };

    /** {@code (log gamma(ROOT + t) - LEAST) / t^2} for |t| up to 0.29, but for the slope that is left because ROOT is rounded. */
    static final double[] NEAR_ROOT = {
        0x1.ef72bc8ee38adp-2,
        -0x1.2e4278dc6bc1fp-3,
        0x1.08b4294d501edp-4,
        -0x1.0c9a8df5165f4p-5,
        0x1.266e797a88d82p-6,
        -0x1.51f9f94829ab8p-7,
        0x1.8fce01bd4f768p-8,
        -0x1.e2f1ab611ef88p-9,
        0x1.28319311c2c1ap-9,
        -0x1.6f9644ad5b3e8p-10,
        0x1.cc3a6e32a4789p-11,
        -0x1.227d6c829ab2fp-11,
        0x1.77abe82d03db4p-12,
        -0x1.eb8df95f705bdp-13,
        0x1.cc401f4a9c0f0p-14
    };

    /** Stirling's series in terms of {@code 1 / x^2}. */
    static final double[] STIRLING = {
        1.0 / 12,
        -1.0 / 360,
        1.0 / 1260,
        -1.0 / 1680,
        1.0 / 1188,
        -691.0 / 360360,
        1.0 / 156,
        -3617.0 / 122400,
        43867.0 / 244188,
        -174611.0 / 125400
    };

    /** Bernoulli's numbers {@code B_2k / 2k}. */
    static final double[] DIGAMMA_SERIES = {
        1.0 / 12,
        -1.0 / 120,
        1.0 / 252,
        -1.0 / 240,
        1.0 / 132,
        -691.0 / 32760,
        1.0 / 12,
        -3617.0 / 8160,
        43867.0 / 14364,
        -174611.0 / 6600
    };

    /** Bernoulli's numbers. */
    static final double[] TRIGAMMA_SERIES = {
        1.0 / 6,
        -1.0 / 30,
        1.0 / 42,
        -1.0 / 30,
        5.0 / 66,
        -691.0 / 2730,
        7.0 / 6,
        -3617.0 / 510,
        43867.0 / 798,
        -174611.0 / 330
    };

    /** {@code (sin(pi f) / (pi f) - 1) / f^2} in terms of f^2 for |f| up to 0.5. */
    static final double[] SINE = {
        -0x1.a51a6625307d3p+0,
        0x1.9f9cb402bc45dp-1,
        -0x1.86a8e4720c749p-3,
        0x1.ac6805cdf308ap-6,
        -0x1.33816a0620ac5p-9,
        0x1.3746c57917ca7p-13,
        -0x1.d3f28cd7ed530p-18,
        0x1.080d6f89e0a7bp-22
    };

    /** {@code (pi cot(pi f) - 1 / f) / f} in terms of f^2 for |f| up to 0.25. */
    static final double[] COTANGENT = {
        -0x1.a51a6625307d3p+1,
        -0x1.151322ac7d86bp+1,
        -0x1.0470984c04b63p+1,
        -0x1.010b36b30ec7bp+1,
        -0x1.00412cc5e7c3cp+1,
        -0x1.0010756203105p+1,
        -0x1.fff0361fdfcc1p+0,
        -0x1.01088b254d9dcp+1,
        -0x1.e4cb566eccb9bp+0,
        -0x1.6093962f46ddfp+1
    };

    /** {@code pi tan(pi h) / h} in terms of h^2 for h up to 0.25. */
    static final double[] TANGENT = {
        0x1.3bd3cc9be45dep+3,
        0x1.03c1f081b5a53p+5,
        0x1.005ed5eae12e1p+7,
        0x1.000a2b7517600p+9,
        0x1.00011ecd966fcp+11,
        0x1.fffffd5e1e69ap+12,
        0x1.0003173518685p+15,
        0x1.ff9ba14365238p+16,
        0x1.023ec5a024b7bp+19,
        0x1.db635e6f6621fp+20,
        0x1.6a4c7ce7fbd78p+23,
        -0x1.623b24156dee2p+24,
        0x1.6a3c7a3b8cbbbp+29,
        -0x1.c04ad85502e21p+31,
        0x1.002ac4c2dd156p+34
    };

    /** {@code (digamma(1.5 + u) / (1.5 + u - ROOT) - MIDDLE_SLOPE) / u} for |u| up to 0.5. */
    static final double[] DIGAMMA_FROM_ONE = {
        -0x1.b1cb63005ee98p-2,
        0x1.eca189b8e6f6dp-3,
        -0x1.2feeeb98a78eap-3,
        0x1.8512e5903903ep-4,
        -0x1.fb44202a2306bp-5,
        0x1.4de9aa1779d23p-5,
        -0x1.b9f8b11bfd3d0p-6,
        0x1.2564717896ec6p-6,
        -0x1.863563f44f303p-7,
        0x1.03c0adafa529cp-7,
        -0x1.5a06a5d662cb4p-8,
        0x1.cd2011454fd05p-9,
        -0x1.336dbe66757c8p-9,
        0x1.99d3f5c0cad5ep-10,
        -0x1.0fb38d217b800p-10,
        0x1.6a3e76070c135p-11,
        -0x1.fd8e50abf2196p-12,
        0x1.53b23429da21bp-12,
        -0x1.2fae5cb379bf2p-13,
        0x1.94e73cc9821e1p-14,
        -0x1.75c084e78a4cdp-13,
        0x1.f255c4568ac4dp-14
    };

    /** {@code (digamma(2.5 + u) / (2.5 + u - ROOT) - LATE_SLOPE) / u} for |u| up to 0.5. */
    static final double[] DIGAMMA_FROM_TWO = {
        -0x1.7076dd08464f3p-3,
        0x1.e7a7b8bd0048bp-5,
        -0x1.5e73b60357c69p-6,
        0x1.0673e56d87064p-7,
        -0x1.926b49a29673dp-9,
        0x1.38f5902fc4363p-10,
        -0x1.eb3d2c0f80820p-12,
        0x1.83dc7db863a45p-13,
        -0x1.337929f6d2362p-14,
        0x1.e8d7449dfe489p-16,
        -0x1.85890e638ba36p-17,
        0x1.36a6bd83c1365p-18,
        -0x1.e8f5a41766326p-20,
        0x1.868be96a7f6e1p-21,
        -0x1.77e9061cf8c83p-22,
        0x1.2c8264dc74376p-23
    };

    /** {@code (erfinv(x) / x - sqrt(pi) / 2) / x^2} in terms of x^2 for |x| up to 0.625. */
    static final double[] INVERSE_ERF = {
        0x1.db29fb2fee44bp-3,
        0x1.053c2c0ad18adp-3,
        0x1.62847c35683f0p-4,
        0x1.0a131c453f67dp-4,
        0x1.a7c77be805053p-5,
        0x1.5efccea054207p-5,
        0x1.29c3b1d4cbe3cp-5,
        0x1.0d3a681fea5b9p-5,
        0x1.3de64ea4ed41dp-6,
        0x1.23ace8c1bd45cp-4,
        -0x1.49fa0fc81c3b1p-3,
        0x1.1c5adcdbf9557p-1,
        -0x1.17e18dcc2b1e5p+0,
        0x1.9827b4dfc2f09p+0,
        -0x1.5e531dd185a2dp+0,
        0x1.35792efb5e17dp-1
    };

    /** {@code u - erfinv(1 - exp(-u^2))} in terms of {@code u - 1.5} for u from 0.98 to 2.25. */
    static final double[] INVERSE_ERF_MIDDLE = {
        0x1.6b8e9d43e1e32p-2,
        -0x1.43dbe2cdd5082p-5,
        -0x1.914b71b971ac0p-6,
        0x1.df20b8ee488ebp-6,
        -0x1.4f24dd47fb6b0p-6,
        0x1.789dba4dc27ecp-7,
        -0x1.63ee8299d27bdp-8,
        0x1.10bba96ee1015p-9,
        -0x1.127ff638f0bfbp-11,
        -0x1.d0f3e5017a279p-15,
        0x1.86e9a388b854ep-13,
        -0x1.468b7473252fap-13,
        0x1.85131705491f4p-14,
        -0x1.67d45857f915ep-15,
        0x1.d35e9f9b9b9a4p-17,
        -0x1.d67db453afb4dp-21,
        -0x1.b31407ba430c0p-19,
        0x1.d54d1a192b137p-19,
        -0x1.407d90dc2a408p-19,
        0x1.1894aa02e3481p-20,
        -0x1.cca9ddad38f75p-23
    };

    /** {@code u - erfinv(1 - exp(-u^2))} in terms of {@code u - 4} for u from 2.25 to 6.1. */
    static final double[] INVERSE_ERF_TAIL = {
        0x1.fd374fee61ef5p-3,
        -0x1.04f09ea4ae80ap-5,
        0x1.1889f5f773858p-8,
        -0x1.f4b41ae99abe4p-12,
        0x1.d7647cfad2230p-17,
        0x1.0a31f4cd329bap-16,
        -0x1.f92c9b3c253e7p-18,
        0x1.51c6556d4ef95p-19,
        -0x1.8a81c24f6bfd0p-21,
        0x1.ab36c5993756bp-23,
        -0x1.b7983fcc58c2cp-25,
        0x1.b2efd70e6fde2p-27,
        -0x1.a04a5522dff8dp-29,
        0x1.8288188681a48p-31,
        -0x1.5c0aee3b3056bp-33,
        0x1.2ec8f1fb87738p-35,
        -0x1.fecf6844f18c4p-38,
        0x1.a79b337f5f60ap-40,
        -0x1.3e6a56a5de2b8p-42,
        0x1.3b1b24b2dce9cp-45,
        -0x1.0a919b7b1fa72p-48,
        0x1.87d21c52a56fdp-49,
        -0x1.938fcf4d68269p-51,
        -0x1.03f6027b4cdfep-52,
        0x1.1f70481595675p-53,
        -0x1.1848da6aadbd3p-56
    };

    private GammaTables() {}
}
