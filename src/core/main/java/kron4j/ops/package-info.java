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
 * <ul>
 *   <li>Products: {@link kron4j.ops.Einsum}, {@link kron4j.ops.MatMul}, {@link kron4j.ops.Keras}; Kronecker algebra: {@link kron4j.ops.Kron}, {@link
 *       kron4j.ops.KroneckerOperator}, {@link kron4j.ops.KroneckerSum}, {@link kron4j.ops.KroneckerPlusVaryingDiagonal}, {@link kron4j.ops.TensorDecompositions}
 *   <li>Linear algebra: {@link kron4j.ops.Linalg}, {@link kron4j.ops.LeastSquares}, {@link kron4j.ops.Norms}, {@link kron4j.ops.MatrixFunctions}, {@link
 *       kron4j.ops.StructuredMatrices}, {@link kron4j.ops.Vectors}, {@link kron4j.ops.Iterative}
 *   <li>Elements: {@link kron4j.ops.Elementwise}, {@link kron4j.ops.Special}, {@link kron4j.ops.ComplexNumbers}, {@link kron4j.ops.InPlace}, {@link kron4j.ops.Fused};
 *       along axes: {@link kron4j.ops.Reduce}, {@link kron4j.ops.Statistics}, {@link kron4j.ops.Order}, {@link kron4j.ops.Scan}; by places: {@link kron4j.ops.Indexing},
 *       {@link kron4j.ops.Scatter}; new ones: {@link kron4j.ops.Creation}, {@link kron4j.ops.Random}, {@link kron4j.ops.Shapes}
 *   <li>Networks: {@link kron4j.ops.Convolutions}, {@link kron4j.ops.Pooling}, {@link kron4j.ops.Normalization}, {@link kron4j.ops.Activations}, {@link kron4j.ops.Attention},
 *       {@link kron4j.ops.Softmax}, {@link kron4j.ops.Losses}, {@link kron4j.ops.Regularization}, {@link kron4j.ops.AdamStep}
 * </ul>
 *
 * <p>Unless a method says otherwise: operands may have any strides, are never modified, and have one dtype and one
 * device; results are new row-major tensors of that dtype, on that device, owned by the innermost open {@link
 * kron4j.TensorScope}. Shapes, dtypes and devices that do not fit throw {@link kron4j.ShapeException}, {@link
 * kron4j.DTypeException} and {@link kron4j.DeviceException}, which name the operation, the shapes and the remedy,
 * before anything is computed.
 */
package kron4j.ops;
