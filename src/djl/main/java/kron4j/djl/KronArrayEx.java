package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDUtils;
import ai.djl.ndarray.index.NDArrayIndexer;
import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;

/** The methods that DJL's blocks call. */
final class KronArrayEx implements NetworkSteps, OptimizerSteps, RecurrentSteps, ImageSteps {
    private final KronArray array;

    KronArrayEx(KronArray array) {
        this.array = array;
    }

    @Override
    public KronArray getArray() {
        return array;
    }

    @Override
    public NDArrayIndexer getIndexer(NDManager manager) {
        return new KronIndexer((KronManager) manager);
    }

    // ---- operands exchanged ----

    @Override
    public NDArray rdivi(NDArray b) {
        return array.replacing(b, (x, y) -> Types.floating(y).divide(Types.floating(x)));
    }

    @Override
    public NDArray rmodi(NDArray b) {
        return array.replacing(b, (x, y) -> Elementwise.remainder(y, x));
    }

    @Override
    public NDArray rpowi(Number n) {
        return array.replacing(n, (x, y) -> Elementwise.power(y, Types.floating(x)));
    }

    // ---- several arrays ----

    @Override
    public NDArray where(NDArray condition, NDArray other) {
        Tensor given = array.manager().from(condition).tensor();
        return array.joined(other, (a, b) -> {
            Tensor truth = given.dtype() == DType.BOOL ? given : Elementwise.notEqual(given, 0);
            boolean ofRows = truth.rank() == 1
                    && a.rank() > 1
                    && truth.size() == a.shape().at(0)
                    && a.shape().equals(b.shape());
            for (int axis = 1; ofRows && axis < a.rank(); axis++) {
                truth = truth.unsqueeze(-1); // a vector chooses rows, as in MXNet
            }
            return Elementwise.where(truth, a, b);
        });
    }

    @Override
    public NDArray stack(NDList arrays, int axis) {
        Tensor[] all = all(arrays);
        return array.manager().array(() -> Indexing.stack(axis, together(all)));
    }

    @Override
    public NDArray concat(NDList arrays, int axis) {
        NDUtils.checkConcatInput(arrays);
        Tensor[] all = all(arrays);
        return array.manager().array(() -> Indexing.concat(axis, together(all)));
    }

    private Tensor[] all(NDList others) {
        List<Tensor> all = new ArrayList<>();
        all.add(array.tensor());
        others.forEach(other -> all.add(array.manager().from(other).tensor()));
        return all.toArray(new Tensor[0]);
    }

    private static Tensor[] together(Tensor... all) {
        DType dtype = all[0].dtype();
        for (Tensor t : all) {
            dtype = Types.wider(dtype, t.dtype());
        }
        Tensor[] same = new Tensor[all.length];
        for (int i = 0; i < all.length; i++) {
            same[i] = all[i].to(dtype);
        }
        return same;
    }

    // ---- detection of objects ----

    private static UnsupportedOperationException noBoxes() {
        return new UnsupportedOperationException("Kron4J has no boxes of detected objects");
    }

    @Override
    public NDList multiBoxTarget(
            NDList inputs,
            float iouThreshold,
            float ignoreLabel,
            float negativeMiningRatio,
            float negativeMiningThreshold,
            int minNegativeSamples) {
        throw noBoxes();
    }

    @Override
    public NDList multiBoxPrior(
            List<Float> sizes, List<Float> ratios, List<Float> steps, List<Float> offsets, boolean clip) {
        throw noBoxes();
    }

    @Override
    public NDList multiBoxDetection(
            NDList inputs,
            boolean clip,
            float threshold,
            int backgroundId,
            float nmsThreshold,
            boolean forceSuppress,
            int nmsTopK) {
        throw noBoxes();
    }
}
