/**
 * Layers, optimizers, checkpoints and a training loop on top of {@link kron4j.autograd}; nothing else depends on them.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 512, 2);
 * Tensor labels = Elementwise.greater(x.select(1, 0).multiply(x.select(1, 1)), 0).to(DType.INT64);
 *
 * Random.Generator random = new Random.Generator(2);
 * Linear hidden = new Linear(random, DType.FLOAT32, 2, 32);
 * Linear out = new Linear(random, DType.FLOAT32, 32, 2);
 * Parameters parameters = new Parameters().include("hidden", hidden.parameters()).include("out", out.parameters());
 * try (parameters; Adam optimizer = new Adam(parameters)) {
 *     Trainer trainer = new Trainer(parameters, optimizer, Schedule.constant(1e-2), 2);
 *     for (int i = 0; i < 200; i++) {
 *         try (TensorScope step = x.device().openScope()) {
 *             trainer.step(() -> Softmax.crossEntropy(out.apply(Elementwise.tanh(hidden.apply(x))), labels));
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Layers ({@link kron4j.train.Layer}) and optimizers own tensors outside scopes and are closed; everything that a step
 * computes belongs to the scope around it.
 */
package kron4j.train;
