/**
 * Tensors, their dtypes, shapes, devices and ownership; the mathematics is in {@link kron4j.ops}.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {       // owns the tensors made inside, frees them at the end
 *     Tensor a = Tensor.of(new double[][] {{2, 1}, {1, 3}});
 *     Tensor b = Tensor.of(new double[] {1, 2});
 *     Tensor x = Linalg.solve(a, b);
 *     System.out.println(a.matmul(x).subtract(b));            // zeros, up to rounding
 * }
 * }</pre>
 *
 * <p>{@link kron4j.Tensor} is the array, {@link kron4j.Device} its place and {@link kron4j.TensorScope} its owner.
 * Errors are subclasses of {@link kron4j.TensorException}, thrown before anything is computed.
 */
package kron4j;
