package kron4j.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** Offers the engine to DJL, which finds it by the service file. {@code -Dai.djl.default_engine=Kron4J} chooses it among several. */
public final class KronEngineProvider implements EngineProvider {
    @Override
    public String getEngineName() {
        return KronEngine.NAME;
    }

    @Override
    public int getEngineRank() {
        return KronEngine.RANK;
    }

    @Override
    public Engine getEngine() {
        return Holder.ENGINE;
    }

    private static final class Holder {
        static final Engine ENGINE = new KronEngine();
    }
}
