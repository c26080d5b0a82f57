package kron4j.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;

/** The engine. {@code gpu(n)} is Kron4J's {@code cuda:n}; the default device is the first GPU, or the CPU where there is none. */
public final class KronEngine extends Engine {
    /** What {@code ai.djl.default_engine} calls it. */
    public static final String NAME = "Kron4J";

    /** Behind PyTorch (2), so that it displaces no other engine unasked. */
    static final int RANK = 8;

    KronEngine() {}

    /** {@return null: no method is answered by another engine} */
    @Override
    public Engine getAlternativeEngine() {
        return null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        String version = KronEngine.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public boolean hasCapability(String capability) {
        return StandardCapabilities.CUDA.equals(capability) && getGpuCount() > 0;
    }

    @Override
    public Device defaultDevice() {
        return getGpuCount() > 0 ? Device.gpu() : Device.cpu();
    }

    @Override
    public int getGpuCount() {
        return Devices.gpus();
    }

    @Override
    public Model newModel(String name, Device device) {
        return new KronModel(name, device);
    }

    @Override
    public NDManager newBaseManager() {
        return KronManager.SYSTEM.newSubManager();
    }

    @Override
    public NDManager newBaseManager(Device device) {
        return KronManager.SYSTEM.newSubManager(device);
    }

    @Override
    public GradientCollector newGradientCollector() {
        return new KronGradientCollector();
    }

    @Override
    public ParameterServer newParameterServer(Optimizer optimizer) {
        return new KronParameterServer(optimizer);
    }

    @Override
    public void setRandomSeed(int seed) {
        super.setRandomSeed(seed);
        KronManager.seed(seed);
    }
}
