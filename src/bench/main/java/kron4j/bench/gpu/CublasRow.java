package kron4j.bench.gpu;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;

/** The strided-batched call of cuBLAS and nothing else, on a stream of its own. */
final class CublasRow extends Row.Square {
    private final cublasHandle handle = new cublasHandle();
    private final Tensor c;
    private final Address[] addresses;
    private final Pointer one;
    private final Pointer zero;

    /** An address in the card's memory. */
    private static final class Address extends CUdeviceptr {
        Address(Tensor t) {
            super(new CUdeviceptr(), t.view().storage().address());
        }
    }

    CublasRow(String row, DType dtype) {
        super(row, dtype);
        c = Tensor.zeros(dtype, a.shape().dims());
        addresses = new Address[] {new Address(a), new Address(b), new Address(c)};
        boolean single = dtype == DType.FLOAT32;
        one = single ? Pointer.to(new float[] {1}) : Pointer.to(new double[] {1});
        zero = single ? Pointer.to(new float[] {0}) : Pointer.to(new double[] {0});
        // Kron4J loads cuBLAS and the native part that fits it; JCuda by itself would load one made for CUDA 12.
        Tensor.ones(dtype, 2, 2).matmul(Tensor.ones(dtype, 2, 2)).close();
        Device.current().synchronize();
        requireSuccess(JCublas2.cublasCreate(handle));
    }

    private static void requireSuccess(int code) {
        if (code != 0) {
            throw new IllegalStateException("cuBLAS or CUDA: error " + code);
        }
    }

    @Override
    Tensor run() {
        int batch = (int) a.shape().at(0);
        long stride = (long) n * n;
        int none = cublasOperation.CUBLAS_OP_N;
        // Column-major C^T = B^T A^T.
        requireSuccess(
                a.dtype() == DType.FLOAT32
                        ? JCublas2.cublasSgemmStridedBatched(
                                handle,
                                none,
                                none,
                                n,
                                n,
                                n,
                                one,
                                addresses[1],
                                n,
                                stride,
                                addresses[0],
                                n,
                                stride,
                                zero,
                                addresses[2],
                                n,
                                stride,
                                batch)
                        : JCublas2.cublasDgemmStridedBatched(
                                handle,
                                none,
                                none,
                                n,
                                n,
                                n,
                                one,
                                addresses[1],
                                n,
                                stride,
                                addresses[0],
                                n,
                                stride,
                                zero,
                                addresses[2],
                                n,
                                stride,
                                batch));
        return c;
    }

    @Override
    void await() {
        requireSuccess(JCudaDriver.cuCtxSynchronize());
    }

    @Override
    void check() {
        run();
        await();
        checkProduct(c);
    }

    @Override
    void close() {
        requireSuccess(JCublas2.cublasDestroy(handle));
    }
}
