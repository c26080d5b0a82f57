package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.Complex;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Matrix;

/** One product of a few numbers, in plain Java and float64: for it a process need not load a library, which takes as long as a JVM's start. */
final class TinyProducts {
    /** Multiplications that take about as long as a call of the library. */
    private static final int MOST = 256;

    private TinyProducts() {}

    /** Whether {@link #run} makes such a product. */
    static boolean has(GemmPlan plan, Number alpha, double beta, View a, View b, View c) {
        return (double) plan.m() * plan.n() * plan.k() <= MOST
                && plan.batchSize() == 1
                && beta == 0
                && !c.dtype().isComplex()
                && Complex.of(alpha).isReal()
                && fits(a)
                && fits(b)
                && fits(c);
    }

    private static boolean fits(View x) {
        return ((CpuStorage) x.storage()).fitsOneBuffer();
    }

    static void run(GemmPlan plan, double alpha, View a, View b, View c) {
        Real real = Real.of(c.dtype());
        ByteBuffer x = ((CpuStorage) a.storage()).whole();
        ByteBuffer y = ((CpuStorage) b.storage()).whole();
        ByteBuffer z = ((CpuStorage) c.storage()).whole();
        int m = (int) plan.m();
        int n = (int) plan.n();
        int k = (int) plan.k();
        int downA = down(plan.a());
        int acrossA = across(plan.a());
        int downB = down(plan.b());
        int acrossB = across(plan.b());
        int downC = down(plan.c());
        int acrossC = across(plan.c());
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                int p = (int) plan.a().offset() + i * downA;
                int q = (int) plan.b().offset() + j * acrossB;
                double sum = 0;
                for (int l = 0; l < k; l++, p += acrossA, q += downB) {
                    sum += real.get(x, p) * real.get(y, q);
                }
                real.put(z, (int) plan.c().offset() + i * downC + j * acrossC, alpha * sum);
            }
        }
    }

    private static int down(Matrix x) {
        return x.transposed() ? 1 : (int) x.leading();
    }

    private static int across(Matrix x) {
        return x.transposed() ? (int) x.leading() : 1;
    }
}
