/** NumPy's files: .npy and .npz. */
package kron4j.io;
