package kron4j.fuzz;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Reduce;
import kron4j.reference.ComplexArray;
import kron4j.reference.NDArray;

/** Complex numbers of any layout: functions and their gradients by the formulas of textbooks, arithmetic, reductions, indexing, and updates through views of parts. */
final class ComplexCases {
    /** With its derivative; null where there is none. */
    private record Function(UnaryOperator<Tensor> tested, UnaryOperator<Complex> exact, UnaryOperator<Complex> slope) {}

    private record Operation(BinaryOperator<Tensor> tested, BinaryOperator<Complex> exact) {}

    private static final Map<String, Function> FUNCTIONS = new TreeMap<>();
    private static final Map<String, Operation> OPERATIONS = new TreeMap<>();
    private static final Complex ONE = new Complex(1, 0);

    static {
        FUNCTIONS.put("negative", new Function(Elementwise::negative, z -> times(z, -1, 0), z -> new Complex(-1, 0)));
        FUNCTIONS.put("square", new Function(Elementwise::square, z -> times(z, z), z -> times(z, 2, 0)));
        FUNCTIONS.put("cube", new Function(z -> z.pow(3), z -> times(z, times(z, z)), z -> times(times(z, z), 3, 0)));
        FUNCTIONS.put("reciprocal", new Function(Elementwise::reciprocal, z -> over(ONE, z), null));
        FUNCTIONS.put("exp", new Function(Elementwise::exp, ComplexCases::exp, ComplexCases::exp));
        FUNCTIONS.put("expm1", new Function(Elementwise::expm1, z -> plus(exp(z), -1), ComplexCases::exp));
        FUNCTIONS.put("log", new Function(Elementwise::log, z -> new Complex(Math.log(z.abs()), z.angle()), null));
        FUNCTIONS.put(
                "sqrt", new Function(Elementwise::sqrt, z -> Complex.polar(Math.sqrt(z.abs()), z.angle() / 2), null));
        FUNCTIONS.put("sin", new Function(Elementwise::sin, ComplexCases::sin, ComplexCases::cos));
        FUNCTIONS.put("cos", new Function(Elementwise::cos, ComplexCases::cos, z -> times(sin(z), -1, 0)));
        FUNCTIONS.put("sinh", new Function(Elementwise::sinh, ComplexCases::sinh, ComplexCases::cosh));
        FUNCTIONS.put("cosh", new Function(Elementwise::cosh, ComplexCases::cosh, ComplexCases::sinh));
        FUNCTIONS.put("tanh", new Function(Elementwise::tanh, z -> over(sinh(z), cosh(z)), null));
        FUNCTIONS.put("sigmoid", new Function(Elementwise::sigmoid, z -> over(exp(z), plus(exp(z), 1)), null));
        FUNCTIONS.put("conj", new Function(ComplexNumbers::conj, Complex::conj, null));
        FUNCTIONS.put("sign", new Function(Elementwise::sign, z -> times(z, z.abs() == 0 ? 0 : 1 / z.abs(), 0), null));
        FUNCTIONS.put("abs", new Function(z -> z.abs().to(z.dtype()), z -> new Complex(z.abs(), 0), null));
        FUNCTIONS.put(
                "times 2 - j",
                new Function(z -> z.multiply(new Complex(2, -1)), z -> times(z, 2, -1), z -> new Complex(2, -1)));
        FUNCTIONS.put("over 2", new Function(z -> z.divide(2), z -> times(z, 0.5, 0), z -> new Complex(0.5, 0)));
        OPERATIONS.put("add", new Operation(Elementwise::add, (a, b) -> new Complex(a.re() + b.re(), a.im() + b.im())));
        OPERATIONS.put(
                "subtract",
                new Operation(Elementwise::subtract, (a, b) -> new Complex(a.re() - b.re(), a.im() - b.im())));
        OPERATIONS.put("multiply", new Operation(Elementwise::multiply, ComplexCases::times));
        OPERATIONS.put("divide", new Operation(Elementwise::divide, ComplexCases::over));
    }

    private ComplexCases() {}

    private static Complex times(Complex z, double re, double im) {
        return new Complex(z.re() * re - z.im() * im, z.re() * im + z.im() * re);
    }

    private static Complex times(Complex a, Complex b) {
        return times(a, b.re(), b.im());
    }

    private static Complex over(Complex a, Complex b) {
        double square = b.re() * b.re() + b.im() * b.im();
        Complex product = times(a, b.conj());
        return new Complex(product.re() / square, product.im() / square);
    }

    private static Complex plus(Complex z, double by) {
        return new Complex(z.re() + by, z.im());
    }

    private static Complex exp(Complex z) {
        return Complex.polar(Math.exp(z.re()), z.im());
    }

    private static Complex sinh(Complex z) {
        return new Complex(Math.sinh(z.re()) * Math.cos(z.im()), Math.cosh(z.re()) * Math.sin(z.im()));
    }

    private static Complex cosh(Complex z) {
        return new Complex(Math.cosh(z.re()) * Math.cos(z.im()), Math.sinh(z.re()) * Math.sin(z.im()));
    }

    private static Complex sin(Complex z) {
        return new Complex(Math.sin(z.re()) * Math.cosh(z.im()), Math.cos(z.re()) * Math.sinh(z.im()));
    }

    private static Complex cos(Complex z) {
        return new Complex(Math.cos(z.re()) * Math.cosh(z.im()), -Math.sin(z.re()) * Math.sinh(z.im()));
    }

    static void check(Draw draw) {
        switch (draw.below(6)) {
            case 0, 1 -> function(draw);
            case 2 -> operation(draw);
            case 3 -> reduction(draw);
            case 4 -> indexing(draw);
            default -> parts(draw);
        }
    }

    private static DType dtype(Draw draw) {
        return draw.of(DType.COMPLEX128, DType.COMPLEX64);
    }

    private static ComplexArray numbers(Draw draw, long... shape) {
        return new ComplexArray(draw.numbers(shape), draw.numbers(shape));
    }

    private static Tensor tensor(Draw draw, ComplexArray values, DType dtype) {
        return draw.below(3) == 0
                ? values.toTensor(dtype)
                : Operand.scattered(draw, values.elements(), dtype, values.shape());
    }

    private static ComplexArray map(ComplexArray x, UnaryOperator<Complex> f) {
        Complex[] elements = x.elements();
        double[] pairs = new double[2 * elements.length];
        for (int i = 0; i < elements.length; i++) {
            Complex c = f.apply(elements[i]);
            pairs[2 * i] = c.re();
            pairs[2 * i + 1] = c.im();
        }
        return ComplexArray.of(pairs, x.shape());
    }

    /** Both parts within so many epsilons of the greatest absolute value that there is, and of 1; NaN in place of what is not finite. */
    private static void close(String what, ComplexArray expected, double epsilons, Tensor actual) {
        Verify.that(actual.dtype().isComplex(), what + " is " + actual.dtype());
        for (int part = 0; part < 2; part++) {
            NDArray e = part == 0 ? expected.re() : expected.im();
            NDArray other = part == 0 ? expected.im() : expected.re();
            NDArray size = e.zip(
                    other, (a, b) -> Double.isFinite(a) && Double.isFinite(b) ? Math.max(1, Math.hypot(a, b)) : 0);
            NDArray bounds = size.map(s -> epsilons * actual.dtype().epsilon() * s);
            Verify.close(what + (part == 0 ? ", re" : ", im"), e, bounds, part == 0 ? actual.real() : actual.imag());
        }
    }

    private static void function(Draw draw) {
        DType dtype = dtype(draw);
        String name = FUNCTIONS.keySet().stream()
                .skip(draw.below(FUNCTIONS.size()))
                .findFirst()
                .orElseThrow();
        Function f = FUNCTIONS.get(name);
        ComplexArray x = numbers(draw, draw.shape(draw.below(4), 700));
        boolean pole = name.equals("reciprocal") || name.equals("log") || name.equals("tanh");
        ComplexArray values = pole ? map(x, z -> z.abs() < 0.25 ? ONE : z) : x;
        Tensor z = tensor(draw, values, dtype);
        boolean graded = f.slope != null && draw.below(2) == 1;
        if (graded) {
            z.requiresGrad();
        }
        Tensor y = f.tested.apply(z);
        String what = name + " of " + z.layout() + " " + dtype;
        close(what, map(values, f.exact), 64, y);
        if (graded) {
            Complex g = new Complex(0.5, draw.between(-2, 2));
            Tensor slope =
                    Gradients.vjp(y, Tensor.full(dtype, g, y.shape().dims()), z).get(0);
            close(
                    "gradient of " + what,
                    map(values, v -> times(g, f.slope.apply(v).conj())),
                    256,
                    slope);
        }
    }

    private static void operation(Draw draw) {
        DType dtype = dtype(draw);
        String name =
                OPERATIONS.keySet().stream().skip(draw.below(4)).findFirst().orElseThrow();
        Operation f = OPERATIONS.get(name);
        long[] shape = draw.shape(draw.below(4), 700);
        long[] other = shape.clone();
        for (int axis = 0; axis < other.length; axis++) {
            other[axis] = draw.oneIn(3) ? 1 : other[axis];
        }
        ComplexArray x = numbers(draw, shape);
        ComplexArray y = map(numbers(draw, other), z -> z.abs() < 0.25 ? ONE : z);
        Tensor a = tensor(draw, x, dtype);
        Tensor b = tensor(draw, y, dtype);
        ComplexArray wide = y.with(p -> p.expand(shape));
        Complex[] all = wide.elements();
        int[] next = {0};
        String what = name + " of " + a.layout() + " and " + b.layout() + " " + dtype;
        close(what, map(x, z -> f.exact.apply(z, all[next[0]++])), 16, f.tested.apply(a, b));
    }

    private static void reduction(Draw draw) {
        DType dtype = dtype(draw);
        int rank = draw.between(1, 3);
        ComplexArray x = numbers(draw, draw.shape(rank, 3000));
        Tensor z = tensor(draw, x, dtype);
        int axis = draw.below(rank);
        boolean keepDims = draw.below(2) == 1;
        int kind = draw.below(5);
        double n = x.shape()[axis];
        String what = "complex reduction " + kind + " along " + axis + " of " + z.layout() + " " + dtype;
        switch (kind) {
            case 0 -> sums(what, reduced(x, ComplexCases::sum, keepDims, axis), n, Reduce.sum(z, keepDims, axis));
            case 1 -> sums(what, reduced(x, v -> sum(v) / n, keepDims, axis), n, Reduce.mean(z, keepDims, axis));
            case 2 -> {
                NDArray any = x.re().zip(x.im(), (a, b) -> a != 0 || b != 0 ? 1 : 0);
                Verify.same(what, any.reduce(v -> sum(v) > 0 ? 1 : 0, keepDims, axis), Reduce.any(z, keepDims, axis));
                Verify.same(
                        what,
                        any.reduce(v -> sum(v) == v.length ? 1 : 0, keepDims, axis),
                        Reduce.all(z, keepDims, axis));
            }
            case 3 -> {
                NDArray squares = x.re().zip(x.im(), (a, b) -> a * a + b * b);
                NDArray norms = squares.reduce(v -> Math.sqrt(sum(v)), keepDims, axis);
                Verify.relative(what, norms, (8 + n) * dtype.epsilon(), 0, Reduce.norm(z, 2, keepDims, axis));
            }
            default -> {
                ComplexArray units = map(x, v -> v.abs() == 0 ? ONE : times(v, 1 / v.abs(), 0));
                Tensor u = tensor(draw, units, dtype);
                NDArray angles = units.im().zip(units.re(), Math::atan2).reduce(ComplexCases::sum, keepDims, axis);
                sums(
                        what,
                        new ComplexArray(angles.map(Math::cos), angles.map(Math::sin)),
                        4 * n,
                        Reduce.prod(u, keepDims, axis));
            }
        }
    }

    private static ComplexArray reduced(ComplexArray x, ToDoubleFunction<double[]> f, boolean keepDims, int axis) {
        return x.with(p -> p.reduce(f, keepDims, axis));
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum;
    }

    /** Of n numbers up to 9, in any order. */
    private static void sums(String what, ComplexArray expected, double n, Tensor actual) {
        close(what, expected, 16 * (n + 8), actual);
    }

    private static void indexing(Draw draw) {
        DType dtype = dtype(draw);
        int rank = draw.between(1, 3);
        ComplexArray x = numbers(draw, draw.shape(rank, 900));
        Tensor z = tensor(draw, x, dtype);
        int axis = draw.below(rank);
        long n = x.shape()[axis];
        if (n == 0) {
            return;
        }
        long[] index = new long[draw.size(9)];
        for (int i = 0; i < index.length; i++) {
            index[i] = draw.below((int) n);
        }
        String what = "take along " + axis + " of " + z.layout() + " " + dtype;
        z.requiresGrad();
        Tensor taken = Indexing.take(z, Tensor.of(index), axis);
        close(what, x.with(p -> p.pick(axis, index)), 0, taken);
        Complex g = new Complex(1, -2);
        Tensor back = Gradients.vjp(taken, Tensor.full(dtype, g, taken.shape().dims()), z)
                .get(0);
        double[] times = new double[(int) n];
        for (long i : index) {
            times[(int) i]++;
        }
        NDArray count = NDArray.generate(x.shape(), i -> times[(int) i[axis]]);
        close("gradient of " + what, new ComplexArray(count, count.map(c -> -2 * c)), 0, back);
        int at = draw.below((int) n + 1);
        Tensor joined = Indexing.concat(axis, z.slice(axis, at, n), z.slice(axis, 0, at));
        long[] turned = new long[(int) n];
        for (int i = 0; i < n; i++) {
            turned[i] = (i + at) % n;
        }
        close("concat along " + axis + " of " + z.layout(), x.with(p -> p.pick(axis, turned)), 0, joined);
    }

    /** An update through a view of the parts, by another view of the same numbers, as if that had been copied. */
    private static void parts(Draw draw) {
        DType dtype = dtype(draw);
        ComplexArray x = numbers(draw, draw.shape(draw.between(1, 3), 700));
        Tensor z = tensor(draw, x, dtype);
        boolean toImaginary = draw.below(2) == 1;
        boolean fromImaginary = draw.below(2) == 1;
        boolean flipped = draw.below(2) == 1;
        boolean add = draw.below(2) == 1;
        NDArray from = fromImaginary ? x.im() : x.re();
        long n = x.shape()[0];
        NDArray value = flipped ? from.slice(0, n - 1, -n - 1, -1) : from;
        NDArray target = toImaginary ? x.im() : x.re();
        NDArray updated = add ? target.zip(value, Double::sum) : value;
        Tensor read = fromImaginary ? z.imag() : z.real();
        Tensor written = toImaginary ? z.imag() : z.real();
        if (add) {
            InPlace.add(written, flipped ? read.flip(0) : read);
        } else {
            InPlace.assign(written, flipped ? read.flip(0) : read);
        }
        String what = "update through parts of " + z.layout() + " " + dtype;
        close(what, toImaginary ? new ComplexArray(x.re(), updated) : new ComplexArray(updated, x.im()), 1, z);
        Tensor pairs = ComplexNumbers.viewAsReal(z);
        close(what + " and back", ComplexArray.of(z), 0, ComplexNumbers.viewAsComplex(pairs.contiguous()));
    }
}
