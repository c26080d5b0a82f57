/**
 * NumPy's file formats, and safetensors.
 *
 * <pre>{@code
 * Tensor a = Tensor.of(new double[][] {{1, 2}, {3, 4}});
 * Npy.write(Path.of("a.npy"), a);                                  // or a.save(path)
 * Npz.write(Path.of("all.npz"), Map.of("a", a, "b", a.transpose()));
 * Tensor b = Npz.read(Path.of("all.npz"), "b");
 * Safetensors.write(Path.of("all.safetensors"), Map.of("a", a, "b", b));
 * }</pre>
 */
package kron4j.io;
