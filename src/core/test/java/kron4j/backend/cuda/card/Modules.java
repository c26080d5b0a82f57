package kron4j.backend.cuda.card;

import java.nio.charset.StandardCharsets;

/** Loading of PTX that is not in the jar. */
public final class Modules {
    private Modules() {}

    /** As the kernels are loaded on cuda:0. */
    public static void load(String name, String ptx) {
        new Kernels(new CudaContext(0)).load(name, ptx.getBytes(StandardCharsets.US_ASCII));
    }
}
