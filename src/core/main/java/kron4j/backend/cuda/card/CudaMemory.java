package kron4j.backend.cuda.card;

import jcuda.driver.JCudaDriver;
import kron4j.memory.MemorySource;

/** The driver's plain allocator. What is freed must not be in use by queued work. */
final class CudaMemory implements MemorySource {
    private final CudaContext context;

    CudaMemory(CudaContext context) {
        this.context = context;
    }

    @Override
    public Block allocate(long bytes) {
        context.attach();
        DevicePointer pointer = new DevicePointer();
        int code = context.beside(() -> JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes)));
        context.check(code, "cuMemAlloc", bytes);
        return Block.of(pointer.address(), bytes);
    }

    @Override
    public void free(Block block) {
        context.attach();
        int code = context.beside(() -> JCudaDriver.cuMemFree(new DevicePointer(block.address())));
        context.check(code, "cuMemFree", block);
    }

    @Override
    public long trim() {
        return 0;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(0, 0, 0, 0);
    }
}
