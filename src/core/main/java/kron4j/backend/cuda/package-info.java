/** NVIDIA GPUs, through JCuda: the driver API, cuBLAS, cuSOLVER and own kernels. */
package kron4j.backend.cuda;
