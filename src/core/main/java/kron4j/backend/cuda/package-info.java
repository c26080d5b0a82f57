/**
 * NVIDIA GPUs, through JCuda: the driver API, cuBLAS, cuSOLVER and own kernels. Here are the backend, which only {@code Backends} knows, and a class for
 * each family of operations; below it the rooms {@code linalg}, {@code card} and {@code load}, each of which knows only those after it.
 */
package kron4j.backend.cuda;
