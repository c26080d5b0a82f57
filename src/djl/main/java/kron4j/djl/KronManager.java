package kron4j.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Random;

/** Makes and owns arrays. Their tensors belong to no {@link TensorScope}: managers may be closed by any thread and in any order. */
class KronManager extends BaseNDManager {
    static final KronManager SYSTEM = new SystemManager();

    private static volatile Random.Generator random = new Random.Generator(System.nanoTime());

    private KronManager(NDManager parent, Device device) {
        super(parent, device);
    }

    static void seed(int seed) {
        random = new Random.Generator(seed);
    }

    static Random.Generator random() {
        return random;
    }

    /**
     * The array of what the steps return, computed with a scope for what is made in between, recorded only while gradients are collected.
     *
     * @param operands tensors of arrays that the steps may return as they are
     */
    KronArray array(Supplier<Tensor> steps, Tensor... operands) {
        return new KronArray(this, run(steps, operands));
    }

    /** A tensor of its own, in no scope. */
    Tensor run(Supplier<Tensor> steps, Tensor... operands) {
        try (TensorScope scope = Devices.of(device).openScope()) {
            Tensor result = KronGradientCollector.isCollecting() ? steps.get() : NoGrad.of(steps);
            for (Tensor operand : operands) {
                if (result == operand) {
                    result = result.unsqueeze(0).squeeze(0); // so that no two arrays close one tensor
                }
            }
            return result.keep();
        } catch (ShapeException | DTypeException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Computes what leaves no tensor behind, unrecorded. */
    <T> T read(Supplier<T> steps) {
        try (TensorScope scope = Devices.of(device).openScope()) {
            return NoGrad.of(steps);
        } catch (ShapeException | DTypeException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public ByteBuffer allocateDirect(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    @Override
    public KronArray from(NDArray array) {
        if (array == null || array instanceof KronArray) {
            return (KronArray) array;
        }
        KronArray result = create(array.toByteBuffer(), array.getShape(), array.getDataType());
        result.setName(array.getName());
        return result;
    }

    @Override
    public KronArray create(Shape shape, DataType type) {
        return zeros(shape, type);
    }

    @Override
    public KronArray create(Buffer data, Shape shape, DataType type) {
        DType dtype = Types.of(type);
        int size = Math.toIntExact(shape.size());
        validateBuffer(data, type, size);
        ByteBuffer bytes = allocateDirect(size * type.getNumOfBytes());
        copyBuffer(data, bytes);
        bytes.rewind();
        return array(() -> Tensor.of(dtype, bytes, kron4j.Shape.of(Types.of(shape))));
    }

    @Override
    public KronArray zeros(Shape shape, DataType type) {
        return array(() -> Tensor.zeros(Types.of(type), Types.of(shape)));
    }

    @Override
    public KronArray ones(Shape shape, DataType type) {
        return array(() -> Tensor.ones(Types.of(type), Types.of(shape)));
    }

    @Override
    public KronArray full(Shape shape, float value, DataType type) {
        return array(() -> Tensor.full(DType.FLOAT32, value, Types.of(shape)).to(Types.of(type)));
    }

    @Override
    public KronArray arange(float start, float stop, float step, DataType type) {
        if (Math.signum(stop - start) != Math.signum(step)) {
            return zeros(new Shape(0), type);
        }
        return array(
                () -> Creation.arange(DType.FLOAT64, (double) start, stop, step).to(Types.of(type)));
    }

    @Override
    public KronArray eye(int rows, int cols, int k, DataType type) {
        return array(() -> Creation.eye(Types.of(type), rows, cols, k));
    }

    @Override
    public KronArray linspace(float start, float stop, int num, boolean endpoint) {
        if (num < 0) {
            throw new IllegalArgumentException("linspace: " + num + " numbers; give 0 or more");
        }
        return array(() -> endpoint
                ? Creation.linspace(DType.FLOAT32, start, stop, num)
                : Creation.linspace(DType.FLOAT32, start, stop, num + 1L).slice(0, 0, num));
    }

    @Override
    public KronArray randomInteger(long low, long high, Shape shape, DataType type) {
        return array(() -> random.randint(low, high, Types.of(shape)).to(Types.of(type)));
    }

    @Override
    public KronArray randomPermutation(long n) {
        long seed = random.randint(0, Long.MAX_VALUE).itemLong();
        return array(() -> Random.permutation(seed, Math.toIntExact(n)).to(DType.INT64));
    }

    @Override
    public KronArray randomUniform(float low, float high, Shape shape, DataType type) {
        DType dtype = Types.of(type);
        return array(() -> random.uniform(dtype.computed(), Types.of(shape))
                .multiply(high - low)
                .add(low)
                .to(dtype));
    }

    @Override
    public KronArray randomNormal(float loc, float scale, Shape shape, DataType type) {
        DType dtype = Types.of(type);
        return array(() -> random.normal(dtype.computed(), Types.of(shape))
                .multiply(scale)
                .add(loc)
                .to(dtype));
    }

    /** One number for each mean and deviation. */
    @Override
    public KronArray sampleNormal(NDArray mu, NDArray sigma) {
        return sampleNormal(mu, sigma, new Shape());
    }

    @Override
    public KronArray samplePoisson(NDArray lam) {
        return samplePoisson(lam, new Shape());
    }

    @Override
    public KronArray samplePoisson(NDArray lam, Shape shape) {
        return sample(shape, Samples::poisson, lam);
    }

    @Override
    public KronArray sampleGamma(NDArray alpha, NDArray beta) {
        return sampleGamma(alpha, beta, new Shape());
    }

    /** Of shape alpha and scale beta. */
    @Override
    public KronArray sampleGamma(NDArray alpha, NDArray beta, Shape shape) {
        return sample(shape, Samples::gamma, alpha, beta);
    }

    /** Numbers drawn on the host, for each of the parameters as many as the shape has elements. */
    private KronArray sample(Shape shape, Samples.Draw draw, NDArray... parameters) {
        double[][] values = new double[parameters.length][];
        for (int i = 0; i < values.length; i++) {
            Tensor t = from(parameters[i]).tensor();
            values[i] = read(() -> t.to(DType.FLOAT64).toDoubleArray());
        }
        int each = Math.toIntExact(shape.size());
        float[] drawn = new float[Math.multiplyExact(values[0].length, each)];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = (float) draw.next(values[0][i / each], values[values.length - 1][i / each]);
        }
        return create(FloatBuffer.wrap(drawn), parameters[0].getShape().addAll(shape), DataType.FLOAT32);
    }

    /** As many numbers as the shape has elements, for each mean and deviation. */
    @Override
    public KronArray sampleNormal(NDArray mu, NDArray sigma, Shape shape) {
        Tensor mean = from(mu).tensor();
        Tensor deviation = from(sigma).tensor();
        return array(() -> {
            kron4j.Shape each = mean.shape().concat(kron4j.Shape.of(Types.of(shape)));
            long[] spread = each.dims();
            Arrays.fill(spread, mean.rank(), spread.length, 1);
            return random.normal(DType.FLOAT32, each.dims())
                    .multiply(deviation.to(DType.FLOAT32).reshape(spread))
                    .add(mean.to(DType.FLOAT32).reshape(spread));
        });
    }

    @Override
    public KronManager newSubManager(Device device) {
        KronManager manager = new KronManager(this, device);
        attachUncappedInternal(manager.uid, manager);
        return manager;
    }

    @Override
    public Engine getEngine() {
        return Engine.getEngine(KronEngine.NAME);
    }

    /** The root of all managers, which is never closed. */
    private static final class SystemManager extends KronManager implements SystemNDManager {
        SystemManager() {
            super(null, null);
        }
    }
}
