package kron4j.djl;

import ai.djl.util.RandomUtils;

/** Single draws from distributions, from DJL's generator. */
final class Samples {
    private Samples() {}

    /** A draw from two parameters, which are the same where there is one. */
    interface Draw {
        double next(double first, double last);
    }

    /** Source: Marsaglia, Tsang: A simple method for generating gamma variables (ACM TOMS 2000). */
    static double gamma(double alpha, double beta) {
        if (alpha == 0) {
            return 0;
        }
        if (alpha < 1) {
            return gamma(alpha + 1, beta) * Math.pow(RandomUtils.RANDOM.nextDouble(), 1 / alpha);
        }
        double d = alpha - 1.0 / 3;
        while (true) {
            double x = RandomUtils.RANDOM.nextGaussian();
            double v = Math.pow(1 + x / Math.sqrt(9 * d), 3);
            if (v > 0 && Math.log(1 - RandomUtils.RANDOM.nextDouble()) < x * x / 2 + d - d * v + d * Math.log(v)) {
                return d * v * beta;
            }
        }
    }

    /** By gamma variables down to a small mean, then by products of uniform ones. Source: Ahrens, Dieter (Computing 1974). */
    static double poisson(double mean, double same) {
        if (!(mean >= 0) || mean == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("samplePoisson: mean " + mean + "; give finite numbers of at least 0");
        }
        double left = mean;
        double count = 0;
        while (left > 16) {
            double n = Math.floor(left * 7 / 8);
            double x = gamma(n, 1);
            if (x > left) {
                return count + binomial(n - 1, left / x);
            }
            count += n;
            left -= x;
        }
        double limit = Math.exp(-left);
        for (double product = RandomUtils.RANDOM.nextDouble();
                product > limit;
                product *= RandomUtils.RANDOM.nextDouble()) {
            count++;
        }
        return count;
    }

    private static double binomial(double n, double p) {
        double count = 0;
        for (double i = 0; i < n; i++) {
            count += RandomUtils.RANDOM.nextDouble() < p ? 1 : 0;
        }
        return count;
    }
}
