package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Loops by the JDK's incubating vectors. {@link Loops} alone may load this class and those that it uses, for the module may be absent. Each loop is a method of
 * its own, which the JIT compiles with everything inlined. Functions run on to whole vectors, since tiles have room for them.
 */
final class VectorLoops extends IntegerVectorLoops {
    private static final AloneVectorLoops<float[]> OF_FLOATS = new AloneVectorLoops<>(float[].class)
            .with(UnaryOp.EXP, VectorLoops.class, "exp")
            .with(UnaryOp.EXPM1, VectorLoops.class, "expm1")
            .with(UnaryOp.LOG, VectorLoops.class, "log")
            .with(UnaryOp.LOG1P, VectorLoops.class, "log1p")
            .with(UnaryOp.SIN, VectorLoops.class, "sin")
            .with(UnaryOp.COS, VectorLoops.class, "cos")
            .with(UnaryOp.TAN, CurveVectorLoops.class, "tan")
            .with(UnaryOp.ASIN, CurveVectorLoops.class, "asin")
            .with(UnaryOp.ACOS, CurveVectorLoops.class, "acos")
            .with(UnaryOp.SINH, FloatHyperbolicVectors.class, "sinh")
            .with(UnaryOp.COSH, FloatHyperbolicVectors.class, "cosh")
            .with(UnaryOp.ASINH, FloatHyperbolicVectors.class, "asinh")
            .with(UnaryOp.ATANH, FloatHyperbolicVectors.class, "atanh")
            .with(UnaryOp.TANH, VectorLoops.class, "tanh")
            .with(UnaryOp.SIGMOID, VectorLoops.class, "sigmoid")
            .with(UnaryOp.SOFTPLUS, VectorLoops.class, "softplus")
            .with(UnaryOp.ERF, VectorLoops.class, "erf")
            .with(UnaryOp.ERFC, ErfcVectors.class, "erfc")
            .with(UnaryOp.ATAN, CurveVectorLoops.class, "atan")
            .with(UnaryOp.ROUND, CurveVectorLoops.class, "round")
            .with(UnaryOp.FLOOR, CurveVectorLoops.class, "floor")
            .with(UnaryOp.CEIL, CurveVectorLoops.class, "ceil")
            .with(UnaryOp.SIGN, CurveVectorLoops.class, "sign")
            .with(UnaryOp.RSQRT, CurveVectorLoops.class, "rsqrt");

    private static final AloneVectorLoops<double[]> OF_DOUBLES = new AloneVectorLoops<>(double[].class)
            .with(UnaryOp.EXP, VectorLoops.class, "exp")
            .with(UnaryOp.EXPM1, VectorLoops.class, "expm1")
            .with(UnaryOp.LOG, VectorLoops.class, "log")
            .with(UnaryOp.LOG1P, VectorLoops.class, "log1p")
            .with(UnaryOp.SIN, CurveVectorLoops.class, "sin")
            .with(UnaryOp.COS, CurveVectorLoops.class, "cos")
            .with(UnaryOp.TAN, CurveVectorLoops.class, "tan")
            .with(UnaryOp.ASIN, CurveVectorLoops.class, "asin")
            .with(UnaryOp.ACOS, CurveVectorLoops.class, "acos")
            .with(UnaryOp.SINH, DoubleHyperbolicVectors.class, "sinh")
            .with(UnaryOp.COSH, DoubleHyperbolicVectors.class, "cosh")
            .with(UnaryOp.ASINH, DoubleHyperbolicVectors.class, "asinh")
            .with(UnaryOp.ATANH, DoubleHyperbolicVectors.class, "atanh")
            .with(UnaryOp.ATAN, CurveVectorLoops.class, "atan")
            .with(UnaryOp.TANH, VectorLoops.class, "tanh")
            .with(UnaryOp.SIGMOID, VectorLoops.class, "sigmoid")
            .with(UnaryOp.SOFTPLUS, VectorLoops.class, "softplus");

    private static final MethodType OF_DOUBLE =
            MethodType.methodType(void.class, double[].class, double[].class, int.class);
    private static final MethodType OF_PAIRS = OF_DOUBLE.insertParameterTypes(0, double[].class);
    private static final MethodType OF_TRIPLES = OF_PAIRS.insertParameterTypes(0, double[].class);

    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();

    private final MethodHandle floatAngle = Alone.loop(
            CurveVectorLoops.class,
            "atan2",
            MethodType.methodType(void.class, float[].class, float[].class, float[].class, int.class));
    private final MethodHandle ratio = Alone.loop(CurveVectorLoops.class, "ratio", OF_PAIRS);
    private final MethodHandle arc = Alone.loop(CurveVectorLoops.class, "arc", OF_DOUBLE);
    private final MethodHandle angle = Alone.loop(CurveVectorLoops.class, "angle", OF_TRIPLES);
    private final PowerVectorLoops floatPowers = new PowerVectorLoops();
    private final BinaryVectorLoops binary = new BinaryVectorLoops();
    private final DoublePowerVectorLoops doublePowers = new DoublePowerVectorLoops();
    private final ChoiceVectorLoops choices = new ChoiceVectorLoops();
    private final PhiloxVectors philox = new PhiloxVectors();
    private final NormalVectors normals = new NormalVectors();
    private final HalfVectorLoops halves = new HalfVectorLoops();
    private final Float16VectorLoops float16 = new Float16VectorLoops();
    private final HalfFoldVectors halfFolds = new HalfFoldVectors();
    private final LineVectorLoops lines = new LineVectorLoops();
    private final LuLanes luLanes = new LuVectors();
    private final QrLanes qrLanes = new QrVectors();
    private final QrLanes complexQrLanes = new ComplexQrVectors();
    private final LuLanes complexLuLanes = new ComplexLuVectors();
    private final GateLoops gates = new GateVectorLoops();
    private final Products floatProducts = new FloatProductVectors();
    private final Products doubleProducts = new DoubleProductVectors();
    private final RowProducts floatPairProducts = new FloatPairProductVectors();
    private final RowProducts doublePairProducts = new DoublePairProductVectors();
    private final MemoryLoops memory = new MemoryVectorLoops();
    private final NormLoops norms = new NormVectors();
    private final NormLoops normsInMemory = new NormMemoryVectorLoops();
    private final LineLoops linesInMemory = new LineMemoryVectorLoops();
    private final ColumnLoops columnsInMemory = new ColumnMemoryVectorLoops();
    private final KernelLoops kernels = new KernelVectorLoops();
    private final ProgramLoops programs = new ProgramVectorLoops();
    private final HalfLoops halfMemory = new HalfMemoryVectorLoops();

    @Override
    int bits() {
        return FloatVectors.SPECIES.vectorBitSize();
    }

    @Override
    LuLanes luLanes(int width) {
        return width == 1 ? luLanes : complexLuLanes;
    }

    @Override
    QrLanes qrLanes(int width) {
        return width == 1 ? qrLanes : complexQrLanes;
    }

    @Override
    GateLoops gates() {
        return gates;
    }

    @Override
    MemoryLoops memory() {
        return memory;
    }

    @Override
    KernelLoops kernels() {
        return kernels;
    }

    @Override
    NormLoops norms(DType dtype, int length) {
        return length % LANES == 0 && Primitive.of(dtype) == Primitive.FLOAT ? normsInMemory : norms;
    }

    @Override
    ProgramLoops programs() {
        return programs;
    }

    @Override
    ColumnLoops columns() {
        return columnsInMemory;
    }

    @Override
    LineLoops lines() {
        return linesInMemory;
    }

    @Override
    HalfLoops halfMemory() {
        return halfMemory;
    }

    @Override
    Products products(DType dtype) {
        return switch (Primitive.of(dtype)) {
            case FLOAT -> floatProducts;
            case DOUBLE -> doubleProducts;
            default -> null;
        };
    }

    @Override
    RowProducts rowProducts(DType dtype) {
        if (!dtype.isComplex()) {
            return products(dtype);
        }
        RowProducts pairs = Primitive.of(dtype.realPart()) == Primitive.FLOAT ? floatPairProducts : doublePairProducts;
        return PairVectors.SHUFFLES ? pairs : null;
    }

    @Override
    boolean hasFloats(UnaryOp op) {
        return OF_FLOATS.has(op) || super.hasFloats(op);
    }

    @Override
    void floats(UnaryOp op, float[] x, float[] z, int n) {
        if (!OF_FLOATS.run(op, x, z, n)) {
            super.floats(op, x, z, n);
        }
    }

    @Override
    void doubles(UnaryOp op, double[] x, double[] z, Tile[] tiles, int n) {
        if (!OF_DOUBLES.run(op, x, z, n)) {
            super.doubles(op, x, z, tiles, n);
        }
    }

    /** In passes, of which each is small enough for the JIT. */
    static void erf(float[] x, float[] z, int n) {
        float[] from = x == z ? x.clone() : x;
        CurveVectorLoops.logOfRest(from, z, n);
        OF_FLOATS.run(UnaryOp.EXP, z, z, n);
        CurveVectorLoops.erf(from, z, z, n);
    }

    /** Runs the loop of one of the operations that have one. */
    static void run(UnaryOp op, float[] x, float[] z, int n) {
        OF_FLOATS.run(op, x, z, n);
    }

    static void run(UnaryOp op, double[] x, double[] z, int n) {
        OF_DOUBLES.run(op, x, z, n);
    }

    @Override
    boolean hasFloats(BinaryOp op) {
        return op == BinaryOp.ATAN2 || op == BinaryOp.POWER || super.hasFloats(op);
    }

    @Override
    void floats(BinaryOp op, float[] x, float[] y, float[] z, int n) {
        if (op == BinaryOp.ATAN2) {
            atan2(x, y, z, n);
        } else if (op == BinaryOp.POWER) {
            floatPowers.power(x, y, z, n);
        } else {
            super.floats(op, x, y, z, n);
        }
    }

    @Override
    void doubles(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        if (op == BinaryOp.ATAN2) {
            atan2(x, y, z, n);
        } else if (op == BinaryOp.POWER) {
            doublePowers.power(x, y, z, n);
        } else if (binary.has(op)) {
            binary.run(op, x, y, z, n);
        } else {
            super.doubles(op, x, y, z, n);
        }
    }

    private void atan2(float[] y, float[] x, float[] z, int n) {
        try {
            floatAngle.invokeExact(y, x, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** In passes, each of them small enough for the JIT. */
    private void atan2(double[] y, double[] x, double[] z, int n) {
        double[] arcs = z == x || z == y ? new double[z.length] : z;
        try {
            ratio.invokeExact(y, x, arcs, n);
            arc.invokeExact(arcs, arcs, n);
            angle.invokeExact(y, x, arcs, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    static void exp(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.exp(at(x, i)).intoArray(z, i);
        }
    }

    static void expm1(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.expm1(at(x, i)).intoArray(z, i);
        }
    }

    static void log(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.log(at(x, i)).intoArray(z, i);
        }
    }

    static void log1p(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.log1p(at(x, i)).intoArray(z, i);
        }
    }

    static boolean areNear(float[] x, int n) {
        for (int i = 0; i < n; i += LANES) {
            if (!FloatVectors.areNear(at(x, i))) {
                return false;
            }
        }
        return true;
    }

    static void sin(float[] x, float[] z, int n) {
        float[] far = areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.sin(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= FloatVectors.GREATEST_ANGLE)) {
                z[i] = (float) Math.sin(far[i]);
            }
        }
    }

    static void cos(float[] x, float[] z, int n) {
        float[] far = areNear(x, n) ? null : x.clone();
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.cos(at(x, i)).intoArray(z, i);
        }
        for (int i = 0; far != null && i < n; i++) {
            if (!(Math.abs(far[i]) <= FloatVectors.GREATEST_ANGLE)) {
                z[i] = (float) Math.cos(far[i]);
            }
        }
    }

    static void tanh(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.tanh(at(x, i)).intoArray(z, i);
        }
    }

    static void sigmoid(float[] x, float[] z, int n) {
        FloatVector c0 = FloatVectors.constant(0);
        FloatVector c1 = FloatVectors.constant(1);
        FloatVector c2 = FloatVectors.constant(2);
        FloatVector c3 = FloatVectors.constant(3);
        FloatVector c4 = FloatVectors.constant(4);
        FloatVector c5 = FloatVectors.constant(5);
        FloatVector c6 = FloatVectors.constant(6);
        FloatVector c7 = FloatVectors.constant(7);
        FloatVector c8 = FloatVectors.constant(8);
        FloatVector c9 = FloatVectors.constant(9);
        FloatVector c10 = FloatVectors.constant(10);
        for (int i = 0; i < n; i += LANES) {
            FloatVector v = at(x, i);
            FloatVector e = FloatVectors.expOfNegative(v.abs().neg(), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            FloatVectors.sigmoid(v, e).intoArray(z, i);
        }
    }

    static void softplus(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVectors.softplus(at(x, i)).intoArray(z, i);
        }
    }

    static void exp(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.exp(at(x, i)).intoArray(z, i);
        }
    }

    static void log(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.log(at(x, i)).intoArray(z, i);
        }
    }

    static void expm1(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.expm1(at(x, i)).intoArray(z, i);
        }
    }

    static void log1p(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.log1p(at(x, i)).intoArray(z, i);
        }
    }

    static void tanh(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.tanh(at(x, i)).intoArray(z, i);
        }
    }

    static void sigmoid(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.sigmoid(at(x, i)).intoArray(z, i);
        }
    }

    /** In passes, as {@link #erf}. */
    static void softplus(double[] x, double[] z, int n) {
        double[] from = x == z ? x.clone() : x;
        for (int i = 0; i < n; i += DOUBLES) {
            at(from, i).abs().neg().intoArray(z, i);
        }
        OF_DOUBLES.run(UnaryOp.EXP, z, z, n);
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVectors.softplus(at(from, i), at(z, i)).intoArray(z, i);
        }
    }

    @Override
    void randomBlocks(long key, long first, long high, int count, long[][] words) {
        philox.run(key, first, high, count, words);
    }

    @Override
    void normal(double[][] w, int n) {
        normals.run(w, n);
    }

    @Override
    float max(float[] x, int from, int n) {
        return FoldVectors.max(x, from, n);
    }

    @Override
    float largest(float[] x, int from, int n) {
        return lines.maximum(x, from, n);
    }

    @Override
    float exponentials(float[] x, float shift, float[] z, int from, int n) {
        return lines.run(x, shift, z, from, n);
    }

    @Override
    double exponentials(double[] x, double shift, double[] z, int from, int n) {
        return lines.run(x, shift, z, from, n);
    }

    @Override
    float min(float[] x, int from, int n) {
        return FoldVectors.min(x, from, n);
    }

    @Override
    int less(float[] x, int from, int n, float sign, float most) {
        return FoldVectors.less(x, from, n, sign, most);
    }

    @Override
    int less(double[] x, int from, int n, double sign, double most) {
        return FoldVectors.less(x, from, n, sign, most);
    }

    @Override
    double max(double[] x, int from, int n) {
        return FoldVectors.max(x, from, n);
    }

    @Override
    double min(double[] x, int from, int n) {
        return FoldVectors.min(x, from, n);
    }

    @Override
    double product(double[] x, int from, int n) {
        return FoldVectors.product(x, from, n);
    }

    @Override
    void multiply(float[] x, float[] y, float[] z, int n) {
        if (PairVectors.SHUFFLES) {
            products(x, y, z, 2 * n);
        } else {
            super.multiply(x, y, z, n);
        }
    }

    @Override
    void multiply(double[] x, double[] y, double[] z, int n) {
        if (PairVectors.SHUFFLES) {
            products(x, y, z, 2 * n);
        } else {
            super.multiply(x, y, z, n);
        }
    }

    private static void products(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            PairVectors.multiply(at(x, i), at(y, i)).intoArray(z, i);
        }
    }

    private static void products(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            PairVectors.multiply(at(x, i), at(y, i)).intoArray(z, i);
        }
    }

    @Override
    void scale(double re, double im, float[] x, float[] z, int n) {
        if (PairVectors.SHUFFLES) {
            scaled(PairVectors.all((float) re), PairVectors.inTurn((float) -im, (float) im), x, z, 2 * n);
        } else {
            super.scale(re, im, x, z, n);
        }
    }

    @Override
    void scale(double re, double im, double[] x, double[] z, int n) {
        if (PairVectors.SHUFFLES) {
            scaled(PairVectors.all(re), PairVectors.inTurn(-im, im), x, z, 2 * n);
        } else {
            super.scale(re, im, x, z, n);
        }
    }

    private static void scaled(FloatVector re, FloatVector im, float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            PairVectors.scale(at(x, i), re, im).intoArray(z, i);
        }
    }

    private static void scaled(DoubleVector re, DoubleVector im, double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            PairVectors.scale(at(x, i), re, im).intoArray(z, i);
        }
    }

    @Override
    int products(double[] x, int from, int n, double[] re, double[] im) {
        return PairVectors.SHUFFLES
                ? PairProductVectorLoops.products(x, from, n, re, im)
                : super.products(x, from, n, re, im);
    }

    @Override
    boolean arePlain(double[] x, int n) {
        return PairVectors.SHUFFLES ? PairProductVectorLoops.arePlain(x, n) : super.arePlain(x, n);
    }

    @Override
    void absolute(float[] x, float[] z, int n) {
        if (PairVectors.SHUFFLES) {
            lengths(x, z, n);
            ComplexPairs.repair(x, z, n);
        } else {
            super.absolute(x, z, n);
        }
    }

    @Override
    void absolute(double[] x, double[] z, int n) {
        if (PairVectors.SHUFFLES) {
            lengths(x, z, n);
            ComplexPairs.repair(x, z, n);
        } else {
            super.absolute(x, z, n);
        }
    }

    private static void lengths(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVector first = PairVectors.load(x, 2 * i);
            PairVectors.store(PairVectors.absolute(first, PairVectors.load(x, 2 * i + DOUBLES)), z, i);
        }
    }

    private static void lengths(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            PairVectors.absolute(at(x, 2 * i), at(x, 2 * i + DOUBLES)).intoArray(z, i);
        }
    }

    @Override
    void reciprocals(Tile x, Tile z, Tile scratch, int n) {
        if (!PairVectors.SHUFFLES) {
            super.reciprocals(x, z, scratch, n);
        } else if (!LengthVectors.reciprocals(x.floats, z.floats, n)) {
            LengthVectors.scaledReciprocals(x.floats, z.floats, n);
            ComplexPairs.repairReciprocals(x.floats, z.floats, scratch, n);
        }
    }

    /** What is no whole vector at the end is computed without. */
    @Override
    boolean reciprocals(double[] x, double[] z, int n) {
        if (!PairVectors.SHUFFLES) {
            return super.reciprocals(x, z, n);
        }
        LongVector least = PairVectors.bits(1.0);
        LongVector most = PairVectors.bits(1.0);
        int whole = 2 * n / DOUBLES * DOUBLES;
        for (int i = 0; i < whole; i += DOUBLES) {
            DoubleVector v = at(x, i);
            DoubleVector squares = PairVectors.squares(v);
            least = least.min(squares.reinterpretAsLongs());
            most = most.max(squares.reinterpretAsLongs());
            PairVectors.reciprocal(v, squares).intoArray(z, i);
        }
        double[] ends = new double[2 * (n - whole / 2)];
        System.arraycopy(x, whole, ends, 0, ends.length);
        boolean plain = super.reciprocals(ends, ends, ends.length / 2);
        System.arraycopy(ends, 0, z, whole, ends.length);
        return plain && PairVectors.areModerate(least, most);
    }

    @Override
    int roots(double[] x, double[] y, double[] re, double[] im, int n) {
        int whole = n / DOUBLES * DOUBLES;
        return RootVectors.roots(x, y, re, im, whole) ? whole : -whole;
    }

    @Override
    void widen(float[] x, int from, double[] z, int n) {
        int whole = n / DOUBLES * DOUBLES;
        for (int i = 0; i < whole; i += DOUBLES) {
            PairVectors.load(x, from + i).intoArray(z, i);
        }
        for (int i = whole; i < n; i++) {
            z[i] = x[from + i];
        }
    }

    @Override
    void narrow(double[] x, float[] z, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            PairVectors.store(at(x, i), z, i);
        }
    }

    @Override
    void accumulate(float[] x, double[] sums, int n) {
        for (int i = 0; i < n; i += DOUBLES) {
            DoubleVector sum = at(sums, i).add(PairVectors.load(x, i));
            sum.intoArray(sums, i);
            PairVectors.store(sum, x, i);
        }
    }

    /** The first vector has nothing before it. */
    @Override
    int divide(double[] x, double[] y, double[] z, int n) {
        for (int i = DOUBLES; i < 2 * n; i += DOUBLES) {
            if (!PairVectors.divide(x, y, z, i)) {
                return n;
            }
        }
        return Math.min(n, DOUBLES / 2);
    }

    @Override
    void chooseLess(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        choices.less(x, y, a, b, out, n);
    }

    @Override
    void chooseLessEqual(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        choices.lessEqual(x, y, a, b, out, n);
    }

    @Override
    void chooseEqual(float[] x, float[] y, float[] a, float[] b, float[] out, int n) {
        choices.equal(x, y, a, b, out, n);
    }

    @Override
    int largestSize(short[] x, int n) {
        return HalfVectorLoops.largestSize(x, n);
    }

    @Override
    boolean float16(BinaryOp op, short[] x, short[] y, short[] z, int n) {
        return float16.run(op, x, y, z, n);
    }

    @Override
    boolean float16(BinaryOp op, short[] x, float y, short[] z, int n) {
        return float16.run(op, x, y, z, n);
    }

    @Override
    float sum(Half half, short[] x, int n) {
        boolean has = half == Half.BFLOAT16 || largestSize(x, n) < half.infinity();
        return has ? halfFolds.sum(half, x, n) : super.sum(half, x, n);
    }

    @Override
    float max(Half half, short[] x, int n) {
        return largestSize(x, n) > half.infinity() ? Float.NaN : half.wide(HalfFoldVectors.max(x, n));
    }

    @Override
    float min(Half half, short[] x, int n) {
        return largestSize(x, n) > half.infinity() ? Float.NaN : half.wide(HalfFoldVectors.min(x, n));
    }

    @Override
    void add(Half half, short[] x, float[] sums, int n) {
        halfFolds.add(half, x, sums, n);
    }

    @Override
    void widen(Half half, short[] halves, float[] floats, int from, int end) {
        int whole = end - (end - from) % LANES;
        this.halves.widen(half, halves, floats, from, whole);
        super.widen(half, halves, floats, whole, end);
    }

    @Override
    void narrow(Half half, float[] floats, short[] halves, int from, int end) {
        int whole = end - (end - from) % LANES;
        this.halves.narrow(half, floats, halves, from, whole);
        super.narrow(half, floats, halves, whole, end);
    }

    @Override
    void windows(
            int outputs, float[] w, int first, float[] x, int[] taps, int from, int to, float[] y, int step, int n) {
        ConvolutionVectors.windows(outputs, w, first, x, taps, from, to, y, step, n);
    }

    @Override
    void correlations(int outputs, float[] y, int at, int step, float[] x, int[] taps, int k, int n, float[] sums) {
        ConvolutionVectors.correlations(outputs, y, at, step, x, taps, k, n, sums);
    }

    @Override
    void outer(int vectors, float[] y, float[] x, int[] taps, int k, int from, int to, float[] sums, int at) {
        ConvolutionVectors.outer(vectors, y, x, taps, k, from, to, sums, at);
    }

    @Override
    void maxima(
            float[] x, int from, int step, int rows, int[] taps, float[] names, float[] largest, float[] found, int n) {
        for (int r = 0; r < rows; r++) {
            PoolVectors.maxima(x, from + r * step, taps, names, largest, found, r * n, n);
        }
    }

    @Override
    void product(float[] a, int row, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        AttentionVectors.product(a, row, m, k, b, rows, n, c, step);
    }

    @Override
    void productOfColumns(float[] a, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        AttentionVectors.productOfColumns(a, m, k, b, rows, n, c, step);
    }

    @Override
    void hide(float[] x, int from, float[] seen, int n) {
        AttentionVectors.hide(x, from, seen, n);
    }

    @Override
    void ofScores(float[] x, float[] slopes, int from, float logarithm, float mean, int n) {
        AttentionVectors.ofScores(x, slopes, from, logarithm, mean, n);
    }
}
