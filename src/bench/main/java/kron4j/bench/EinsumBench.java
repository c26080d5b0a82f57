package kron4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Contractions and reductions; checked entry by entry against plain loops over the labels. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class EinsumBench {
    @Param({
        "ahwm,ahwn->amn a32 h14 w14 m16 n16",
        "bij,bjk->bik b64 i64 j64 k64",
        "bhqd,bhkd->bhqk b4 h8 q128 k128 d64",
        "ij,jk,kl->il i256 j256 k256 l256",
        "abcd,cdef->abef a24 b24 c24 d24 e24 f24",
        "aebf,fdec->abcd a24 b24 c24 d24 e24 f24",
        "ijk,ilk->ij i200 j64 k64 l64",
        "bi,bj,bk->ijk b200 i64 j64 k64",
        "ab,ab,ab->b a4096 b256",
        "abc,abc->a a64 b128 c256",
        "abc->b a128 b128 c128",
        "aii->a a200 i200",
        "i,j->ij i2000 j2000",
    })
    public String row;

    @Param({"FLOAT64", "FLOAT32"})
    public DType dtype;

    private String equation;
    private Tensor[] operands;

    @Setup
    public void setUp() {
        equation = row.substring(0, row.indexOf(' '));
        Map<String, Long> sizes = Inputs.sizes(row);
        String[] terms = equation.substring(0, equation.indexOf("->")).split(",");
        operands = new Tensor[terms.length];
        for (int i = 0; i < terms.length; i++) {
            operands[i] = Inputs.random(
                    dtype,
                    terms[i].chars().mapToLong(c -> sizes.get("" + (char) c)).toArray());
        }
        try (Tensor result = Einsum.einsum(equation, operands)) {
            check(terms, equation.substring(equation.indexOf("->") + 2), sizes, result);
        }
    }

    private void check(String[] terms, String output, Map<String, Long> sizes, Tensor result) {
        List<double[]> values = new ArrayList<>();
        for (Tensor t : operands) {
            values.add(Inputs.doubles(t));
        }
        double[] actual = Inputs.doubles(result);
        String labels = output + String.join("", sizes.keySet()).replaceAll("[" + output + "]", "");
        long[] size = labels.chars().mapToLong(c -> sizes.get("" + (char) c)).toArray();
        long summed = Shape.of(size).slice(output.length(), size.length).size();
        SplittableRandom random = new SplittableRandom(2);
        int[] at = new int[size.length];
        for (int sample = 0; sample < 20; sample++) {
            int position = 0;
            for (int i = 0; i < output.length(); i++) {
                at[i] = random.nextInt((int) size[i]);
                position = position * (int) size[i] + at[i];
            }
            double sum = 0;
            for (long n = 0; n < summed; n++) {
                long rest = n;
                for (int i = size.length - 1; i >= output.length(); i--) {
                    at[i] = (int) (rest % size[i]);
                    rest /= size[i];
                }
                double product = 1;
                for (int t = 0; t < terms.length; t++) {
                    int index = 0;
                    for (char label : terms[t].toCharArray()) {
                        index = index * sizes.get("" + label).intValue() + at[labels.indexOf(label)];
                    }
                    product *= values.get(t)[index];
                }
                sum += product;
            }
            Inputs.check(row, sum, actual[position], (summed + terms.length) * Inputs.epsilon(dtype));
        }
    }

    @Benchmark
    public Object einsum() {
        try (TensorScope scope = Device.cpu().openScope()) {
            return Einsum.einsum(equation, operands);
        }
    }
}
