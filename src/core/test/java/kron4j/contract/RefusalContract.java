package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Activations;
import kron4j.ops.Attention;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Convolution;
import kron4j.ops.Convolutions;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Keras;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerSum;
import kron4j.ops.Linalg;
import kron4j.ops.Losses;
import kron4j.ops.LuFactors;
import kron4j.ops.MatMul;
import kron4j.ops.MatrixFunctions;
import kron4j.ops.Normalization;
import kron4j.ops.Norms;
import kron4j.ops.Order;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Reduction;
import kron4j.ops.Regularization;
import kron4j.ops.Scan;
import kron4j.ops.Scatter;
import kron4j.ops.Sliding;
import kron4j.ops.Softmax;
import kron4j.ops.Special;
import kron4j.ops.Statistics;
import kron4j.ops.TensorDecompositions;
import kron4j.ops.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The one wall of validation: operations refuse operands that do not fit before a backend sees them. */
class RefusalContract extends Contract {
    private static Tensor real(long... dims) {
        return Tensor.ones(DType.FLOAT64, dims);
    }

    private static Tensor ints(long... dims) {
        return Tensor.ones(DType.INT64, dims);
    }

    private static Tensor bits(long... dims) {
        return Tensor.ones(DType.BOOL, dims);
    }

    @Test
    void shapesThatDiffer() {
        Tensor a = real(2, 3);
        Tensor b = real(3, 2);
        refused(ShapeException.class, () -> a.add(b), "add: ", "[2,3]", "[3,2]");
        refused(ShapeException.class, () -> Elementwise.where(bits(2, 3), a, b), "where: ", "[3,2]");
        refused(ShapeException.class, () -> InPlace.assign(a, b), "[3,2]", "[2,3]");
        refused(ShapeException.class, () -> InPlace.add(a, b), "[3,2]", "[2,3]");
        refused(ShapeException.class, () -> MatMul.matmul(a, a), "matmul: contracted sizes differ");
        refused(TensorException.class, () -> Einsum.einsum("ij,jk->ik", a, a), "einsum \"ij,jk->ik\"", "'j'");
        refused(ShapeException.class, () -> Indexing.concat(0, a, b), "concat: ", "[3,2]");
        refused(ShapeException.class, () -> Indexing.gather(a, ints(3, 2), 1), "gather: shapes [2,1], [3,1]");
        refused(
                ShapeException.class,
                () -> KroneckerOperator.of(real(2, 2), real(3, 3)).apply(real(5)),
                "KroneckerOperator",
                "[5]");
        refused(ShapeException.class, () -> Softmax.crossEntropy(a, ints(3)), "crossEntropy: ", "[3]", "[2,3]");
        refused(ShapeException.class, () -> a.sum(2), "sum: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Reduce.max(real(2, 0), 1), "max: no elements to reduce in shape [2,0]");
        refused(ShapeException.class, () -> Softmax.softmax(real(), 0), "softmax: axis 0");
    }

    @Test
    void matricesThatDoNotFit() {
        Tensor wide = real(2, 3);
        Tensor square = Tensor.eye(DType.FLOAT64, 3);
        Map<String, Executable> squareOnly = new TreeMap<>(Map.of(
                "det", () -> Linalg.det(wide),
                "slogdet", () -> Linalg.slogdet(wide),
                "inverse", () -> Linalg.inverse(wide),
                "solve", () -> Linalg.solve(wide, real(2)),
                "cholesky", () -> Linalg.cholesky(wide),
                "eigh", () -> Linalg.eigh(wide),
                "triangularSolve", () -> Linalg.triangularSolve(wide, real(2), true, false, false)));
        LuFactors factors = Linalg.luFactor(wide);
        squareOnly.putAll(Map.of(
                "eig", () -> Linalg.eig(wide),
                "eigvals", () -> Linalg.eigvals(wide),
                "logabsdet", () -> Linalg.logabsdet(wide),
                "logabsdetSvd", () -> Linalg.logabsdetSvd(wide),
                "LuFactors.slogdet", factors::slogdet,
                "LuFactors.inverse", factors::inverse));
        squareOnly.forEach((name, operation) -> refused(
                ShapeException.class, operation, name + ": needs square matrices, got shape [2,3] with 2 rows"));
        for (Executable operation : List.<Executable>of(
                () -> Linalg.lu(real(3)),
                () -> Linalg.qr(real(3)),
                () -> Linalg.svd(real(3)),
                () -> Linalg.svdvals(real(3)),
                () -> Linalg.pinv(real(3)),
                () -> Linalg.matrixRank(real(3)),
                () -> Linalg.det(real()))) {
            refused(ShapeException.class, operation, "needs a matrix or a batch of them");
        }
        refused(
                ShapeException.class,
                () -> Linalg.solve(square, real(2)),
                "solve: a of shape [3,3] needs b with 3 rows");
        refused(
                ShapeException.class,
                () -> Linalg.triangularSolve(square, real(2, 1), true, false, false),
                "triangularSolve: a of shape [3,3] needs b with 3 rows");
        refused(ShapeException.class, () -> Linalg.luFactor(square).solve(real(2)), "needs b with 3 rows");
        refused(DTypeException.class, () -> Linalg.det(ints(3, 3)), "det: needs a floating dtype, got int64 [3,3]");
        refused(DTypeException.class, () -> Linalg.lu(bits(3, 3)), "needs a floating dtype, got bool");
        refused(DTypeException.class, () -> Linalg.solve(square, ints(3)), "solve: operands have dtypes");
    }

    @Test
    void dtypesThatDoNotFit() {
        Tensor a = real(2, 3);
        Tensor whole = ints(2, 3);
        refused(DTypeException.class, () -> a.add(whole), "add: operands have dtypes float64 [2,3], int64 [2,3]");
        refused(DTypeException.class, () -> Elementwise.exp(whole), "exp: needs a floating dtype, got int64 [2,3]");
        refused(DTypeException.class, () -> Elementwise.atan2(whole, whole), "atan2: needs a floating dtype");
        refused(DTypeException.class, () -> bits(2).add(bits(2)), "add: bool is not a number");
        refused(DTypeException.class, () -> Elementwise.negative(bits(2)), "negative: bool is not a number");
        refused(
                DTypeException.class,
                () -> Elementwise.where(a, a, a),
                "where: the condition of shape [2,3] is float64");
        refused(DTypeException.class, () -> Elementwise.where(bits(2, 3), a, whole), "where: operands have dtypes");
        refused(DTypeException.class, () -> InPlace.assign(a, whole), "InPlace.assign: operands have dtypes");
        refused(DTypeException.class, () -> MatMul.matmul(a, ints(3, 2)), "matmul: operands have dtypes");
        refused(DTypeException.class, () -> MatMul.matmul(bits(2, 3), bits(3, 2)), "matmul: bool has no sums");
        refused(DTypeException.class, () -> Einsum.einsum(0.5, "ij->i", whole), "the factor 0.5 is not an integer");
        refused(DTypeException.class, () -> Kron.kron(a, whole), "kron: operands have dtypes");
        refused(DTypeException.class, () -> Indexing.concat(0, a, whole), "concat: operands have dtypes");
        refused(DTypeException.class, () -> Indexing.take(a, real(2), 0), "take: the index of shape [2] is float64");
        refused(DTypeException.class, () -> Softmax.softmax(whole, 1), "softmax: needs a floating dtype");
        refused(DTypeException.class, () -> Random.normal(1, DType.INT32, 2), "random: NORMAL does not make int32");
        refused(DTypeException.class, () -> Random.uniform(1, DType.BOOL, 2), "random: UNIFORM does not make bool");
        refused(DTypeException.class, () -> KroneckerOperator.of(real(2, 2), ints(2, 2)), "KroneckerOperator: ");
        refused(
                DTypeException.class,
                () -> KroneckerOperator.of(real(2, 2), real(2, 2)).apply(ints(4)),
                "x [4] is int64");
        refused(DTypeException.class, () -> whole.add(0.5), "add: 0.5 is not a value of int64");
    }

    @Test
    void ordersScansAndScatters() {
        Tensor a = real(2, 3);
        Tensor z = a.to(DType.COMPLEX128);
        refused(ShapeException.class, () -> Order.sort(a, 2), "sort: axis 2 is out of range for shape [2,3]");
        refused(DTypeException.class, () -> Order.sort(z, 0), "sort: complex numbers have no order", "take abs");
        refused(ShapeException.class, () -> Order.topk(a, 4, 1), "topk: k = 4 for axis 1 of shape [2,3]", "<= 3");
        refused(DTypeException.class, () -> Order.unique(z), "unique: complex numbers have no order");
        refused(DTypeException.class, () -> Order.searchSorted(real(3), ints(4), false), "searchSorted: operands");
        refused(ShapeException.class, () -> Scan.cumsum(real(), 0), "cumsum: axis 0 is out of range for shape []");
        refused(DTypeException.class, () -> Scan.logcumsumexp(ints(2), 0), "logcumsumexp: needs a floating dtype");
        refused(DTypeException.class, () -> Scan.cummax(z, 0), "cummax: complex numbers have no order");
        refused(TensorException.class, () -> Scan.diff(a, -1, 0), "diff: order -1 of shape [2,3]", "give 0 or more");
        refused(ShapeException.class, () -> Scatter.scatter(a, ints(2), real(2), 0), "scatter: index of shape [2]");
        refused(
                DTypeException.class,
                () -> Scatter.scatter(a, a, a, 0),
                "scatter: the index of shape [2,3] is float64");
        refused(
                TensorException.class,
                () -> Scatter.scatterAdd(a, ints(2, 1).multiply(3), real(2, 1), 1),
                "scatterAdd: index 3 is out of range for size 3 (index of shape [2,1])");
        refused(
                ShapeException.class,
                () -> Scatter.indexAdd(a, ints(2), real(3, 3), 0),
                "indexAdd: index of shape [2]");
        refused(TensorException.class, () -> Scatter.put(a, ints(1).multiply(6), real(1)), "put: index 6", "[1]");
        refused(
                DTypeException.class,
                () -> Scatter.maskedFill(a, a, 0),
                "maskedFill: the mask of shape [2,3]",
                "notEqual");
        refused(ShapeException.class, () -> Statistics.median(real(0)), "median: no elements in shape [0]");
        refused(TensorException.class, () -> Statistics.quantile(a, 1.5), "quantile: q = 1.5 (of shape [2,3])");
        refused(TensorException.class, () -> Norms.vectorNorm(a, Double.NaN, false, 0), "vectorNorm: order is NaN");
        refused(ShapeException.class, () -> Norms.matrixNorm(real(3)), "matrixNorm: needs a matrix", "vectorNorm");
        refused(ShapeException.class, () -> Norms.cond(a, 1), "cond: the norm ONE", "got shape [2,3]; use TWO");
        refused(ShapeException.class, () -> Special.xlogy(real(2), real(3)), "xlogy: shapes [2], [3] do not broadcast");
        refused(DTypeException.class, () -> Special.logaddexp(z, z), "logaddexp: needs a real dtype, got complex128");
        refused(DTypeException.class, () -> Activations.elu(ints(2)), "elu: needs a floating dtype, got int64 [2]");
    }

    @Test
    void networks() {
        Tensor x = real(1, 3, 4, 4);
        int[] two = {2, 2};
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, real(2, 2, 3, 3)),
                "conv2d: x [1,3,4,4] has 3 channels");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, real(2, 3, 5, 3)),
                "conv2d: kernel [2,3,5,3]",
                "axis -2");
        refused(DTypeException.class, () -> Convolutions.conv2d(x, ints(2, 3, 3, 3)), "conv2d: operands have dtypes");
        refused(ShapeException.class, () -> Pooling.maxPool(real(4), two, Sliding.ONE), "maxPool: x [4]; expected");
        refused(DTypeException.class, () -> Pooling.avgPool(ints(1, 4, 4), two, Sliding.ONE, true), "avgPool: needs");
        refused(
                TensorException.class,
                () -> Pooling.lpPool(x, -1, two, Sliding.ONE),
                "lpPool: p is -1.0 for x [1,3,4,4]");
        refused(ShapeException.class, () -> Normalization.layerNorm(x, 5, 1), "layerNorm: 5 last axes of x [1,3,4,4]");
        refused(TensorException.class, () -> Normalization.rmsNorm(x, 1, -1), "rmsNorm: epsilon -1.0", "[1,3,4,4]");
        refused(ShapeException.class, () -> Normalization.groupNorm(x, 2, 1), "groupNorm: 3 channels of x [1,3,4,4]");
        Tensor q = real(2, 3);
        refused(ShapeException.class, () -> Attention.causal(q, q, real(5, 3)), "causal: q [2,3], k [2,3], v [5,3]");
        refused(
                ShapeException.class,
                () -> Attention.scaledDotProductAttention(q, q, q, bits(3, 2)),
                "scaledDotProductAttention: shapes [3,2], [2,2]");
        refused(ShapeException.class, () -> Losses.mse(q, real(2, 1), Reduction.MEAN), "mse: ", "[2,1]", "reshape");
        refused(TensorException.class, () -> Losses.huber(q, q, 0, Reduction.SUM), "huber: delta 0.0", "[2,3]");
        refused(ShapeException.class, () -> Losses.nll(q, ints(3), -1, Reduction.SUM), "nll: labels of shape [3]");
        refused(
                TensorException.class,
                () -> Regularization.dropout(q, 1.5, new Random.Generator(1)),
                "dropout: p 1.5",
                "[2,3]");
    }

    /** An operation made of others speaks in its own name. */
    @Test
    void operationsMadeOfOthers() {
        Tensor a = real(2, 3);
        Tensor b = real(3, 2);
        Tensor whole = ints(2, 3);
        refused(ShapeException.class, () -> ComplexNumbers.polar(a, b), "polar: ", "[2,3]", "[3,2]");
        refused(ShapeException.class, () -> Elementwise.isClose(a, b, 0, 0), "isClose: ", "[2,3]", "[3,2]");
        refused(ShapeException.class, () -> Elementwise.allClose(a, b), "allClose: ", "[2,3]", "[3,2]");
        refused(DTypeException.class, () -> Elementwise.allClose(a, whole), "allClose: ", "int64 [2,3]");
        refused(ShapeException.class, () -> Elementwise.lerp(a, b, 0.5), "lerp: ", "[2,3]", "[3,2]");
        refused(DTypeException.class, () -> Elementwise.lerp(whole, whole, 0.5), "lerp: 0.5 is not a value of int64");
        refused(DTypeException.class, () -> Elementwise.lerp(bits(2), bits(2), 1), "lerp: bool is not a number");
        refused(ShapeException.class, () -> InPlace.average(a, b, 0.9), "InPlace.average: ", "[2,3]", "[3,2]");
        refused(DTypeException.class, () -> InPlace.average(a, whole, 0.9), "InPlace.average: ", "int64 [2,3]");
        refused(DTypeException.class, () -> InPlace.average(whole, whole, 0.1), "InPlace.average: 0.1 is not a value");
        refused(DTypeException.class, () -> Indexing.stack(0, a, whole), "stack: ", "float64 [2,3], int64 [2,3]");
        refused(DTypeException.class, () -> Kron.kronByBlocks(a, whole), "kronByBlocks: ", "int64 [2,3]");
        refused(DTypeException.class, () -> Kron.kronByConvolution(a, whole), "kronByConvolution: ", "int64 [2,3]");
        refused(DTypeException.class, () -> Kron.kronByConvolution(bits(2, 2), bits(2, 2)), "kronByConvolution: bool");
        refused(ShapeException.class, () -> MatMul.tensordot(a, b, new int[] {2}, new int[] {0}), "tensordot: axis 2");
        refused(ShapeException.class, () -> Keras.batchDot(a, a, 2), "Keras.batchDot: axis 2", "[2,3]");
        refused(ShapeException.class, () -> Keras.batchDotLegacy(a, a, 2), "Keras.batchDotLegacy: axis 2", "[2,3]");
        refused(ShapeException.class, () -> Keras.batchDotLegacy(a, b, 1), "Keras.batchDotLegacy: ", "[2,3]", "[3,2]");
        refused(
                ShapeException.class,
                () -> Keras.batchDotLegacy(real(2, 3, 4), real(2, 3, 4)),
                "Keras.batchDotLegacy: shapes [2,3,4] and [2,3,4]: summed sizes 4 and 3 differ");
        refused(
                ShapeException.class,
                () -> Keras.batchDotLegacy(real(3, 0), real(0), 0, -1, 2),
                "Keras.batchDotLegacy: shapes [3,0] and [0]: the axis added");
        refused(
                DTypeException.class,
                () -> Keras.batchDotLegacy(a, whole),
                "Keras.batchDotLegacy: operands have dtypes");
        refused(
                DTypeException.class,
                () -> TensorDecompositions.cp(bits(2, 3), bits(2, 3)),
                "cp: bool is not a number");
        refused(DTypeException.class, () -> KroneckerSum.sylvester(whole, whole, whole), "sylvester: ", "int64 [2,3]");
        refused(
                ShapeException.class,
                () -> Losses.bceWithLogits(a, a, real(2), Reduction.MEAN),
                "bceWithLogits: ",
                "[2]",
                "[2,3]");
        refused(
                DTypeException.class,
                () -> Softmax.crossEntropy(a, a.to(DType.FLOAT32)),
                "crossEntropy: operands have dtypes float64 [2,3], float32 [2,3]");
        refused(DTypeException.class, () -> MatrixFunctions.multiDot(bits(2, 2), bits(2, 2)), "multiDot: bool");
        refused(
                ShapeException.class,
                () -> Vectors.corrcoef(real().to(DType.FLOAT16), real(1)),
                "corrcoef: needs observations");
        refused(DTypeException.class, () -> Vectors.cross(bits(3), bits(3)), "cross: bool is not a number");
        refused(
                TensorException.class,
                () -> Attention.causal(a, a, a, 2, new Random.Generator(1)),
                "causal: p 2.0 is not in [0, 1]");
        refused(ShapeException.class, () -> Linalg.tensorsolve(real(1), real(1), 0, 0), "tensorsolve: axes [0, 0]");
        refused(ShapeException.class, () -> Tensor.arange(DType.INT64, -1, Long.MAX_VALUE), "arange: ", "2^63-1");
        refused(
                TensorException.class,
                () -> Statistics.bincount(ints(2), Long.MAX_VALUE),
                "bincount: counts up to 9223372036854775807");
    }

    @Test
    void operandsOnTwoDevices() {
        assumeFalse(device().equals(Device.cpu()), "the other device is the CPU");
        Tensor a = real(3, 3);
        Tensor far = a.to(Device.cpu());
        Tensor farBits = bits(3, 3).to(Device.cpu());
        Tensor farIndex = ints(3, 3).to(Device.cpu());
        for (Executable operation : List.<Executable>of(
                () -> a.add(far),
                () -> far.add(a),
                () -> Elementwise.less(a, far),
                () -> Elementwise.lerp(a, far, 0.5),
                () -> Elementwise.isClose(a, far, 1, 1),
                () -> Elementwise.where(farBits, a, a),
                () -> Elementwise.where(bits(3, 3), a, far),
                () -> InPlace.assign(a, far),
                () -> InPlace.add(a, far),
                () -> MatMul.matmul(a, far),
                () -> MatMul.tensordot(a, far, 1),
                () -> MatMul.outer(a, far),
                () -> Einsum.einsum("ij,jk->ik", a, far),
                () -> Einsum.einsum("ij,jk,kl->il", a, a, far),
                () -> Kron.kron(a, far),
                () -> Kron.batchedKron(a, far),
                () -> Kron.kronSum(a, far),
                () -> Kron.khatriRao(a, far),
                () -> Kron.blocks(new Tensor[][] {{a, far}}),
                () -> KroneckerOperator.of(a, far),
                () -> KroneckerOperator.of(a, a).apply(real(9).to(Device.cpu())),
                () -> Indexing.concat(0, a, far),
                () -> Indexing.stack(0, a, far),
                () -> Indexing.take(a, farIndex, 0),
                () -> Indexing.takeEx(a, farIndex, 0),
                () -> Indexing.gather(a, farIndex, 0),
                () -> Softmax.crossEntropy(a, far),
                () -> Order.searchSorted(a.get(0), far, false),
                () -> Scatter.scatter(a, farIndex, a, 0),
                () -> Scatter.scatterAdd(a, ints(3, 3), far, 0),
                () -> Scatter.maskedFill(a, farBits, 0),
                () -> Scatter.booleanMask(a, farBits),
                () -> Special.hypot(a, far),
                () -> Special.xlogy(a, far),
                () -> Convolutions.conv1d(a, real(1, 3, 1).to(Device.cpu())),
                () -> Losses.mse(a, far, Reduction.MEAN),
                () -> Losses.nll(a, farIndex.get(0), 0, Reduction.SUM),
                () -> Losses.cosineEmbedding(a, a, far.get(0), 0, Reduction.SUM),
                () -> Normalization.layerNorm(a, far.get(0), far.get(0), 1e-5),
                () -> Normalization.batchNormInference(a, a.get(0), a.get(0), far.get(0), far.get(0), 1e-5),
                () -> Regularization.dropout(a, 0.5, new Random.Generator(1), farIndex.get(0, 0)),
                () -> Attention.causal(a, a, far),
                () -> Attention.scaledDotProductAttention(a, a, a, farBits),
                () -> Linalg.solve(a, far),
                () -> Linalg.triangularSolve(a, far, true, false, false),
                () -> Linalg.luFactor(Tensor.eye(DType.FLOAT64, 3)).solve(far),
                () -> Convolution.convTranspose2d(
                        real(1, 3, 3, 1), real(2, 2, 1, 1).to(Device.cpu()), 1, 0))) {
            refused(DeviceException.class, operation, "cpu", device().toString(), "move");
        }
    }
}
