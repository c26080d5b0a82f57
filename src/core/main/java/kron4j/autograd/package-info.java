/**
 * Reverse-mode differentiation.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT64, 3, 3).requiresGrad(); // a leaf
 * Tensor loss = Linalg.logabsdet(w);                               // operations on it are recorded
 * Tensor gradient = Gradients.of(loss, w).get(0);                  // d loss / d w; frees the record
 *
 * Elementwise.square(w).sum().backward();                          // or: adds to w.grad()
 * NoGrad.run(() -> InPlace.subtract(w, w.grad()));                 // updates in place are not recorded
 * Tensor inverse = NoGrad.of(() -> Linalg.inverse(w));             // nothing recorded
 * }</pre>
 *
 * <p>How it works. A tensor carries a {@link kron4j.History}: {@code NONE}, or a {@code Value}, the output of a
 * {@code Node}. An operation computes its result as if nothing were to be differentiated and then calls
 * {@link kron4j.autograd.Tape#record(String, kron4j.Tensor, java.util.function.Consumer, kron4j.Tensor...) Tape.record}
 * with a gradient function for each operand. A node is made only if an operand has a history.
 * {@link kron4j.autograd.Recorder} saves the tensors that the gradient functions need as handles that no scope owns, so
 * closing a scope does not take them away. The handles of a node's results and the nodes computed from them hold the node.
 * It frees its saved tensors when the last of these lets go, or when a sweep has passed (see
 * {@link kron4j.autograd.Graph}). {@link kron4j.autograd.Gradients} sweeps the nodes from the last to the first. Gradient
 * functions are made of differentiable operations, so {@link kron4j.autograd.Graph#DIFFERENTIABLE} results can be
 * differentiated again; operations that make an exception document it.
 *
 * <p>To give an operation of your own a gradient, record it the same way:
 *
 * <pre>{@code
 * static Tensor squared(Tensor x) {
 *     Tensor y = Elementwise.square(Tape.plain(x));
 *     return Tape.record("squared", y, r -> r.gradient(x, x, (g, saved) -> g.multiply(saved).multiply(2)), x);
 * }
 * }</pre>
 */
package kron4j.autograd;
