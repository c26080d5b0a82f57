package kron4j.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Einsum;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.reference.ComplexArray;

/**
 * Products of complex tensors of any layout, of integers whose sums are exact in any order: einsum with a complex factor and its gradients, matmul in
 * every form, Kronecker products, formed and not.
 */
final class ComplexProductCases {
    private static final int LOOPS = 3000;

    private ComplexProductCases() {}

    static void check(Draw draw) {
        DType dtype = draw.of(DType.COMPLEX128, DType.COMPLEX64);
        switch (draw.below(4)) {
            case 0 -> forms(draw, dtype);
            case 1 -> kron(draw, dtype);
            default -> einsum(draw, dtype);
        }
    }

    private static ComplexArray integers(Draw draw, long... shape) {
        return ComplexArray.integers(draw.elements(), 3, shape);
    }

    private static Tensor tensor(Draw draw, ComplexArray values, DType dtype) {
        return draw.oneIn(3)
                ? values.toTensor(dtype)
                : Operand.scattered(draw, values.elements(), dtype, values.shape());
    }

    private static void same(String what, ComplexArray expected, Tensor actual) {
        Verify.shape(what, expected.shape(), actual);
        ComplexArray got = ComplexArray.of(actual);
        double[][] parts = {
            expected.re().data(),
            expected.im().data(),
            got.re().data(),
            got.im().data()
        };
        for (int i = 0; i < parts[0].length; i++) {
            boolean equal = parts[0][i] == parts[2][i] && parts[1][i] == parts[3][i];
            Complex is = new Complex(parts[2][i], parts[3][i]);
            Complex should = new Complex(parts[0][i], parts[1][i]);
            Verify.that(equal, what + ": element " + i + " is " + is + ", expected " + should);
        }
    }

    private static void einsum(Draw draw, DType dtype) {
        int letters = draw.between(1, 4);
        long[] sizes = draw.shape(letters, LOOPS);
        int[][] labels = new int[draw.between(1, 3)][];
        ComplexArray[] values = new ComplexArray[labels.length];
        Tensor[] tensors = new Tensor[labels.length];
        List<Integer> used = new ArrayList<>();
        for (int k = 0; k < labels.length; k++) {
            List<Integer> own = new ArrayList<>();
            for (int label = 0; label < letters; label++) {
                if (draw.below(3) > 0) {
                    own.add(draw.below(own.size() + 1), label);
                    used.add(label);
                }
            }
            labels[k] = own.stream().mapToInt(i -> i).toArray();
            values[k] = integers(
                    draw, Arrays.stream(labels[k]).mapToLong(l -> sizes[l]).toArray());
            tensors[k] = tensor(draw, values[k], dtype);
        }
        int[] output = used.stream()
                .distinct()
                .filter(l -> draw.below(2) == 0)
                .mapToInt(i -> i)
                .toArray();
        Complex alpha = draw.of(new Complex(1, 0), Complex.I, new Complex(-2, 1), new Complex(0, 0));
        String what = "einsum " + text(labels) + "->" + text(output) + " times " + alpha + " of "
                + Arrays.toString(Arrays.stream(tensors).map(Tensor::layout).toArray()) + " " + dtype;
        boolean tracked = draw.oneIn(2);
        for (Tensor t : tensors) {
            if (tracked) {
                t.requiresGrad();
            }
        }
        Tensor result = Einsum.einsum(alpha, text(labels) + "->" + text(output), tensors);
        ComplexArray plain = ComplexArray.einsum(labels, output, values);
        same(what, plain.times(alpha.re(), alpha.im()), result);
        if (tracked) {
            gradients(what, alpha, labels, values, result, tensors);
        }
    }

    /** That of the real part of the sum: the conjugate of alpha times the others' conjugates, summed over what the operand lacks. */
    private static void gradients(
            String what, Complex alpha, int[][] labels, ComplexArray[] values, Tensor result, Tensor... tensors) {
        List<Tensor> found = Gradients.of(ComplexNumbers.real(result).sum(), tensors);
        for (int k = 0; k < tensors.length; k++) {
            ComplexArray ones = values[k].with(v -> v.map(x -> 1));
            ComplexArray one = new ComplexArray(ones.re(), ones.im().map(x -> 0));
            ComplexArray[] others =
                    Arrays.stream(values).map(ComplexArray::conj).toArray(ComplexArray[]::new);
            others[k] = one;
            ComplexArray expected = ComplexArray.einsum(labels, labels[k], others);
            same(what + ", gradient of operand " + k, expected.times(alpha.re(), -alpha.im()), found.get(k));
        }
    }

    private static String text(int[] labels) {
        StringBuilder text = new StringBuilder();
        Arrays.stream(labels).forEach(l -> text.append((char) ('a' + l)));
        return text.toString();
    }

    private static String text(int[][] labels) {
        return String.join(
                ",", Arrays.stream(labels).map(ComplexProductCases::text).toArray(String[]::new));
    }

    private static void forms(Draw draw, DType dtype) {
        long[] sizes = draw.shape(3, 20_000);
        ComplexArray a = integers(draw, sizes[0], sizes[1]);
        ComplexArray b = integers(draw, sizes[1], sizes[2]);
        Form left = draw.of(Form.values());
        Form right = draw.of(Form.values());
        Tensor x = tensor(draw, stored(a, left), dtype);
        Tensor y = tensor(draw, stored(b, right), dtype);
        String what = left + " " + x.layout() + " by " + right + " " + y.layout() + " " + dtype;
        same(what, ComplexArray.einsum("ij,jk->ik", a, b), MatMul.matmul(x, left, y, right));
    }

    private static ComplexArray stored(ComplexArray a, Form form) {
        boolean turned = form == Form.TRANSPOSED || form == Form.ADJOINT;
        ComplexArray moved = turned ? a.with(v -> v.transpose(0, 1)) : a;
        return form == Form.CONJUGATED || form == Form.ADJOINT ? moved.conj() : moved;
    }

    private static void kron(Draw draw, DType dtype) {
        long[] m = draw.shape(2, 60);
        long[] n = draw.shape(2, 60);
        ComplexArray a = integers(draw, m);
        ComplexArray b = integers(draw, n);
        ComplexArray x = integers(draw, m[1] * n[1], draw.between(1, 4));
        ComplexArray dense = ComplexArray.einsum("ij,kl->ikjl", a, b).with(v -> v.reshape(m[0] * n[0], m[1] * n[1]));
        Tensor p = tensor(draw, a, dtype);
        Tensor q = tensor(draw, b, dtype);
        String what = "kron " + p.layout() + " " + q.layout() + " " + dtype;
        same(what, dense, Kron.kron(p, q));
        KroneckerOperator operator = KroneckerOperator.of(p, q);
        same(what + ", applied", ComplexArray.einsum("ij,jk->ik", dense, x), operator.apply(tensor(draw, x, dtype)));
        same(
                what + ", adjoint",
                dense.with(v -> v.transpose(0, 1)).conj(),
                operator.adjoint().toDense());
    }
}
