/**
 * The operations, named as in NumPy: static methods, with forward and gradient side by side.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {
 *     Tensor x = Random.normal(1, DType.FLOAT64, 100, 8);
 *     Tensor centred = Elementwise.subtract(x, Reduce.mean(x, true, 0));
 *     Tensor covariance = Einsum.einsum(1.0 / 99, "ni,nj->ij", centred, centred);
 *     System.out.println(Linalg.slogdet(covariance).logAbs());
 * }
 * }</pre>
 *
 * <p>Unless a method says otherwise: operands may have any strides, are never modified, and have one dtype and one
 * device; results are new row-major tensors of that dtype, on that device, owned by the innermost open {@link
 * kron4j.TensorScope}. Shapes, dtypes and devices that do not fit throw {@link kron4j.ShapeException}, {@link
 * kron4j.DTypeException} and {@link kron4j.DeviceException}, which name the operation, the shapes and the remedy,
 * before anything is computed.
 */
package kron4j.ops;
