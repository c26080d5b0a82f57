package kron4j.backend.cuda.card;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;
import jcuda.jcusolver.cusolverStatus;
import kron4j.DeviceException;
import kron4j.DeviceLostException;
import kron4j.DeviceMemoryException;

/**
 * Turns the codes that native calls return into exceptions that name call, code and arguments. On the way to a kernel, compare the code
 * with 0 first, so that nothing is allocated unless it failed.
 */
public final class Check {
    /** Codes after which a context answers every call with the same code. */
    private static final Set<Integer> LOST = Set.of(
            CUresult.CUDA_ERROR_DEINITIALIZED,
            CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
            CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
            CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
            CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
            CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUresult.CUDA_ERROR_INVALID_PC,
            CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
            CUresult.CUDA_ERROR_LAUNCH_FAILED,
            CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
            CUresult.CUDA_ERROR_ASSERT);

    private Check() {}

    /** Throws unless the driver's call succeeded. */
    public static void driver(String device, int code, String call, Object... arguments) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw driverFailed(device, code, call, arguments);
        }
    }

    /** The exception for a driver's call that failed. */
    static DeviceException driverFailed(String device, int code, String call, Object... arguments) {
        String text = text(device, CUresult.stringFor(code), code, call, arguments);
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            return new DeviceMemoryException(text);
        }
        return LOST.contains(code)
                ? new DeviceLostException(text + "; what lay on the device is lost: start the process again")
                : new DeviceException(text);
    }

    /** The exception for a cuBLAS call that failed. */
    static DeviceException blasFailed(String device, int code, String call, Object... arguments) {
        String text = text(device, cublasStatus.stringFor(code), code, call, arguments);
        return failed(text, code == cublasStatus.CUBLAS_STATUS_ALLOC_FAILED);
    }

    /** The exception for a cuSOLVER call that failed. */
    static DeviceException solverFailed(String device, int code, String call, Object... arguments) {
        String text = text(device, cusolverStatus.stringFor(code), code, call, arguments);
        return failed(text, code == cusolverStatus.CUSOLVER_STATUS_ALLOC_FAILED);
    }

    private static DeviceException failed(String text, boolean lacksMemory) {
        return lacksMemory ? new DeviceMemoryException(text) : new DeviceException(text);
    }

    private static String text(String device, String name, int code, String call, Object... arguments) {
        return device + ": " + call
                + Arrays.stream(arguments).map(String::valueOf).collect(Collectors.joining(", ", "(", ")")) + ": "
                + name + " (" + code + ")";
    }
}
