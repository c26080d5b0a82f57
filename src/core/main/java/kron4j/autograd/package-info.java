/**
 * Reverse-mode differentiation.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, FLOAT64, 3, 3).requiresGrad();       // a leaf
 * Tensor loss = Linalg.logabsdet(w).sum();                         // operations on it are recorded
 * List<Tensor> grads = Gradients.of(loss, w);                      // d loss / d w; frees the record
 *
 * loss.backward();                                                 // or: adds to w.grad()
 * Tensor y = NoGrad.of(() -> model.apply(x));                      // nothing recorded
 * Tensor h = Checkpoint.of(t -> layer.apply(t), x);                // recomputed in the backward
 * InPlace.subtract(w, w.grad());                                   // ops.InPlace; inside NoGrad only
 * }</pre>
 *
 * <p>How it works. A tensor carries a {@link kron4j.History}: {@code NONE}, or a {@code Value}, the output of a {@code Node}. An operation computes
 * its result as if nothing were to be differentiated, then calls {@link kron4j.autograd.Tape#record} with, for each operand, what takes the
 * gradient of the result to that of the operand; a node is made only if an operand has a history. What these functions need of operands and results they are
 * given: {@link kron4j.autograd.Recorder} saves it, as handles that no scope owns, so that closing a scope does not take it away. A node is held
 * by the handles of its results and by the nodes that were computed from them; with the last, or when a sweep has passed (unless
 * {@link kron4j.autograd.Graph} says otherwise), it frees what it saved. {@link kron4j.autograd.Gradients} sweeps the nodes from the last to the
 * first. Gradient functions are made of differentiable operations, so that with {@link kron4j.autograd.Graph#DIFFERENTIABLE} the result can be
 * differentiated again; exceptions are documented at the operation.
 *
 * <p>To give an operation of your own a gradient, record it the same way:
 *
 * <pre>{@code
 * Tensor y = compute(x);
 * return Tape.record("mine", y, r -> r.gradient(x, x, (g, saved) -> g.multiply(saved).multiply(2)), x);
 * }</pre>
 */
package kron4j.autograd;
