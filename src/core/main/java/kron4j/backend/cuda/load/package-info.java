/** Finds the driver and the libraries of CUDA on a machine, and loads them; knows nothing of cards. */
package kron4j.backend.cuda.load;
