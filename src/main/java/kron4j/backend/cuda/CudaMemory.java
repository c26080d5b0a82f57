package kron4j.backend.cuda;

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
        context.check(JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes)), "cuMemAlloc", bytes);
        return Block.of(pointer.address(), bytes);
    }

    @Override
    public void free(Block block) {
        context.attach();
        context.check(JCudaDriver.cuMemFree(new DevicePointer(block.address())), "cuMemFree", block);
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
