package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;

/** Loops over {@link MemoryVectors}, each {@link Alone}: {@code x} to {@code z}; {@code x, g} to {@code z}; two tensors to sums; two tensors to two. */
final class KernelVectorLoops implements KernelLoops {
    private static final Class<?> MEMORY = Object.class;
    private static final Class<?> PLACE = long.class;

    private static final MethodType CURVE =
            MethodType.methodType(void.class, MEMORY, PLACE, MEMORY, PLACE, PLACE, float.class, float.class);
    private static final MethodType SLOPES = MethodType.methodType(
            void.class, MEMORY, PLACE, MEMORY, PLACE, MEMORY, PLACE, PLACE, float.class, float.class);
    private static final MethodType LOSS =
            MethodType.methodType(float[].class, MEMORY, PLACE, MEMORY, PLACE, PLACE, float.class);
    private static final MethodType LOSS_SLOPES = MethodType.methodType(
            void.class, MEMORY, PLACE, MEMORY, PLACE, MEMORY, PLACE, MEMORY, PLACE, PLACE, float.class, float.class);

    /** Bytes of a part that stays in the nearest cache between two loops. */
    private static final int PART = 1 << 13;

    private final Map<Form, MethodHandle> forward = new EnumMap<>(Form.class);
    private final Map<Form, MethodHandle> backward = new EnumMap<>(Form.class);
    private final AdamVectorLoops adam = new AdamVectorLoops();
    private final MethodHandle bell = handle("bell", CURVE);

    KernelVectorLoops() {
        curve(Form.CLAMP, "clamp");
        curve(Form.LEAKY_RELU, "leakyRelu");
        curve(Form.ELU, "elu");
        curve(Form.GELU, "gelu");
        curve(Form.GELU_TANH, "geluTanh");
        curve(Form.SILU, "silu");
        curve(Form.SOFTSIGN, "softsign");
        slopes(Form.RELU, "slopesOfRelu");
        slopes(Form.SOFTPLUS, "slopesOfSoftplus");
        slopes(Form.SIGMOID, "slopesOfSigmoid");
        slopes(Form.TANH, "slopesOfTanh");
        slopes(Form.CLAMP, "slopesOfClamp");
        slopes(Form.LEAKY_RELU, "slopesOfLeakyRelu");
        slopes(Form.ELU, "slopesOfElu");
        slopes(Form.GELU, "slopesOfGelu");
        slopes(Form.GELU_TANH, "slopesOfGeluTanh");
        slopes(Form.SILU, "slopesOfSilu");
        slopes(Form.SOFTSIGN, "slopesOfSoftsign");
        loss(Form.MSE, "mse", "slopesOfMse");
        loss(Form.L1, "l1", "slopesOfL1");
        loss(Form.HUBER, "huber", "slopesOfHuber");
        loss(Form.SMOOTH_L1, "huber", "slopesOfHuber");
        loss(Form.BCE_WITH_LOGITS, "bceWithLogits", "slopesOfBceWithLogits");
    }

    private static MethodHandle handle(String name, MethodType type) {
        return Alone.loop(KernelVectorLoops.class, name, type);
    }

    private void curve(Form form, String name) {
        forward.put(form, handle(name, CURVE));
    }

    private void slopes(Form form, String name) {
        backward.put(form, handle(name, SLOPES));
    }

    private void loss(Form form, String name, String slopes) {
        forward.put(form, handle(name, LOSS));
        backward.put(form, handle(slopes, LOSS_SLOPES));
    }

    @Override
    public int width() {
        return BYTES;
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public boolean has(FusedKernel kernel) {
        return (kernel.wanted() == 0 ? forward : backward).containsKey(kernel.form());
    }

    @Override
    public float[] run(FusedKernel kernel, float factor, Object[] m, long[] at, long bytes) {
        boolean back = kernel.wanted() != 0;
        MethodHandle loop = (back ? backward : forward).get(kernel.form());
        float first = (float) kernel.first();
        float second = (float) kernel.second();
        try {
            if (kernel.form().isLoss() && back) {
                loop.invokeExact(m[0], at[0], m[1], at[1], m[2], at[2], m[3], at[3], bytes, first, factor);
            } else if (kernel.form().isLoss()) {
                return (float[]) loop.invokeExact(m[0], at[0], m[1], at[1], bytes, first);
            } else if (kernel.form() == Form.GELU) {
                gelu(loop, back, m, at, bytes);
            } else if (back) {
                loop.invokeExact(m[0], at[0], m[1], at[1], m[2], at[2], bytes, first, second);
            } else {
                loop.invokeExact(m[0], at[0], m[1], at[1], bytes, first, second);
            }
            return null;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void adam(float[] numbers, Object[] memory, int from, int bytes) {
        adam.run(numbers, memory, from, bytes);
    }

    /** In two loops, each small enough for the JIT: the result's memory has the densities between. */
    private void gelu(MethodHandle loop, boolean back, Object[] m, long[] at, long bytes) throws Throwable {
        int last = back ? 2 : 1;
        for (long done = 0; done < bytes; done += PART) {
            long some = Math.min(PART, bytes - done);
            bell.invokeExact(m[0], at[0] + done, m[last], at[last] + done, some, 0f, 0f);
            if (back) {
                loop.invokeExact(m[0], at[0] + done, m[1], at[1] + done, m[2], at[2] + done, some, 0f, 0f);
            } else {
                loop.invokeExact(m[0], at[0] + done, m[1], at[1] + done, some, 0f, 0f);
            }
        }
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static void clamp(Object x, long i, Object z, long k, long end, float low, float high) {
        FloatVector least = all(low);
        FloatVector most = all(high);
        for (long e = 0; e < end; e += BYTES) {
            store(ActivationVectors.bounded(floats(x, i + e), least, most), z, k + e);
        }
    }

    static void leakyRelu(Object x, long i, Object z, long k, long end, float slope, float unused) {
        FloatVector by = all(slope);
        FloatVector zero = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            store(v.mul(by).blend(v, v.compare(GT, zero)), z, k + e);
        }
    }

    static void elu(Object x, long i, Object z, long k, long end, float alpha, float unused) {
        FloatVector by = all(alpha);
        for (long e = 0; e < end; e += BYTES) {
            store(ActivationVectors.elu(floats(x, i + e), by), z, k + e);
        }
    }

    static void bell(Object x, long i, Object z, long k, long end, float unused, float none) {
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
        for (long e = 0; e < end; e += BYTES) {
            FloatVector size = ActivationVectors.size(floats(x, i + e));
            FloatVector square = ActivationVectors.square(size);
            FloatVector b = FloatVectors.expOfNegative(square, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            store(ActivationVectors.bell(size, square, b), z, k + e);
        }
    }

    static void gelu(Object x, long i, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(ActivationVectors.gelu(floats(x, i + e), floats(z, k + e)), z, k + e);
        }
    }

    static void geluTanh(Object x, long i, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(ActivationVectors.geluTanh(floats(x, i + e)), z, k + e);
        }
    }

    static void silu(Object x, long i, Object z, long k, long end, float unused, float none) {
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
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            FloatVector small = FloatVectors.expOfNegative(v.abs().neg(), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            store(ActivationVectors.finiteBelow(v).mul(FloatVectors.sigmoid(v, small)), z, k + e);
        }
    }

    static void softsign(Object x, long i, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(ActivationVectors.softsign(floats(x, i + e)), z, k + e);
        }
    }

    static void slopesOfRelu(Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        FloatVector zero = all(0);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).blend(zero, floats(x, i + e).compare(LE, zero)), z, k + e);
        }
    }

    static void slopesOfSoftplus(
            Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).mul(FloatVectors.sigmoid(floats(x, i + e))), z, k + e);
        }
    }

    static void slopesOfSigmoid(
            Object y, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        FloatVector one = all(1);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(y, i + e);
            store(floats(g, j + e).mul(v.mul(one.sub(v))), z, k + e);
        }
    }

    static void slopesOfTanh(Object y, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        FloatVector one = all(1);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(y, i + e);
            store(floats(g, j + e).mul(one.sub(v).mul(v.add(one))), z, k + e);
        }
    }

    static void slopesOfClamp(Object x, long i, Object g, long j, Object z, long k, long end, float low, float high) {
        FloatVector least = all(low);
        FloatVector most = all(high);
        FloatVector zero = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            FloatVector above = zero.blend(floats(g, j + e), v.compare(GE, least));
            store(zero.blend(above, v.compare(LE, most)), z, k + e);
        }
    }

    static void slopesOfLeakyRelu(
            Object x, long i, Object g, long j, Object z, long k, long end, float slope, float none) {
        FloatVector by = all(slope);
        FloatVector zero = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(g, j + e);
            store(v.mul(by).blend(v, floats(x, i + e).compare(GT, zero)), z, k + e);
        }
    }

    static void slopesOfElu(Object x, long i, Object g, long j, Object z, long k, long end, float alpha, float none) {
        FloatVector by = all(alpha);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).mul(ActivationVectors.eluSlope(floats(x, i + e), by)), z, k + e);
        }
    }

    static void slopesOfGelu(Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).mul(ActivationVectors.geluSlope(floats(x, i + e), floats(z, k + e))), z, k + e);
        }
    }

    static void slopesOfGeluTanh(
            Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).mul(ActivationVectors.geluTanhSlope(floats(x, i + e))), z, k + e);
        }
    }

    static void slopesOfSilu(Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
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
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            FloatVector small = FloatVectors.expOfNegative(v.abs().neg(), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            store(floats(g, j + e).mul(ActivationVectors.siluSlope(v, small)), z, k + e);
        }
    }

    static void slopesOfSoftsign(
            Object x, long i, Object g, long j, Object z, long k, long end, float unused, float none) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(g, j + e).div(ActivationVectors.softsignDivisor(floats(x, i + e))), z, k + e);
        }
    }

    static float[] mse(Object x, long i, Object y, long j, long end, float unused) {
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector d = floats(x, i + e).sub(floats(y, j + e));
            sums = d.fma(d, sums);
        }
        return sums.toArray();
    }

    static float[] l1(Object x, long i, Object y, long j, long end, float unused) {
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            sums = sums.add(floats(x, i + e).sub(floats(y, j + e)).abs());
        }
        return sums.toArray();
    }

    static float[] huber(Object x, long i, Object y, long j, long end, float delta) {
        FloatVector most = all(delta);
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector d = floats(x, i + e).sub(floats(y, j + e)).abs();
            sums = sums.add(ActivationVectors.huber(d, most));
        }
        return sums.toArray();
    }

    static float[] bceWithLogits(Object x, long i, Object y, long j, long end, float unused) {
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            sums = sums.add(FloatVectors.softplus(v).sub(v.mul(floats(y, j + e))));
        }
        return sums.toArray();
    }

    private static void storeBoth(FloatVector slopes, Object ofX, long k, Object ofY, long l) {
        store(slopes.neg(), ofY, l);
        store(slopes, ofX, k);
    }

    static void slopesOfMse(
            Object x, long i, Object y, long j, Object u, long k, Object v, long l, long end, float unused, float by) {
        FloatVector twice = all(2 * by);
        for (long e = 0; e < end; e += BYTES) {
            storeBoth(floats(x, i + e).sub(floats(y, j + e)).mul(twice), u, k + e, v, l + e);
        }
    }

    static void slopesOfL1(
            Object x, long i, Object y, long j, Object u, long k, Object v, long l, long end, float unused, float by) {
        FloatVector factor = all(by);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector d = floats(x, i + e).sub(floats(y, j + e));
            storeBoth(FloatCurveVectors.sign(d).mul(factor), u, k + e, v, l + e);
        }
    }

    static void slopesOfHuber(
            Object x, long i, Object y, long j, Object u, long k, Object v, long l, long end, float delta, float by) {
        FloatVector factor = all(by);
        FloatVector most = all(delta);
        FloatVector least = all(-delta);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector d = floats(x, i + e).sub(floats(y, j + e));
            storeBoth(ActivationVectors.bounded(d, least, most).mul(factor), u, k + e, v, l + e);
        }
    }

    static void slopesOfBceWithLogits(
            Object x, long i, Object y, long j, Object u, long k, Object v, long l, long end, float unused, float by) {
        FloatVector factor = all(by);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector logits = floats(x, i + e);
            FloatVector slopes = FloatVectors.sigmoid(logits).sub(floats(y, j + e));
            store(logits.mul(factor).neg(), v, l + e);
            store(slopes.mul(factor), u, k + e);
        }
    }
}
