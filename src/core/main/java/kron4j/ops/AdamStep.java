package kron4j.ops;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * The update of all parameters of a model by Adam at once; {@link kron4j.train.Adam} counts the steps and keeps the state.
 *
 * <p>{@code m := b1 m + (1 - b1) g}, {@code v := b2 v + (1 - b2) g^2}, {@code p := p - rate decay p - rate c1 m / (c2 sqrt(v) + eps)}, where
 * {@code c1 = 1 / (1 - b1^t)} and {@code c2 = 1 / sqrt(1 - b2^t)} after t steps.
 */
public final class AdamStep {
    private final Backend.Adam numbers;
    /** Of one parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    /**
     * Makes an update with these numbers.
     *
     * @param beta1 decay of the mean gradient, in [0, 1)
     * @param beta2 decay of the mean square gradient, in [0, 1)
     * @param decay decoupled weight decay, at least 0
     * @param epsilon above 0
     */
    public AdamStep(double beta1, double beta2, double decay, double epsilon) {
        this.numbers = new Backend.Adam(beta1, beta2, decay, epsilon);
    }

    /**
     * Updates parameters and their means in place, without recording. The lists have one tensor for each parameter, of its shape, and all tensors are of one
     * dtype, float32 or float64, and on one device.
     *
     * @param parameters to be changed
     * @param gradients of them
     * @param means of gradients, to be changed
     * @param squares means of squares, to be changed
     * @param scalars the rate, c1 and c2, []
     * @throws TensorException if the lists differ in length, a shape or dtype differs, or a recorded operation needs a parameter
     */
    public void run(
            List<Tensor> parameters,
            List<Tensor> gradients,
            List<Tensor> means,
            List<Tensor> squares,
            List<Tensor> scalars) {
        int n = parameters.size();
        if (gradients.size() != n || means.size() != n || squares.size() != n || scalars.size() != 3) {
            throw new TensorException(
                    "AdamStep: " + n + " parameters, " + gradients.size() + " gradients, " + means.size()
                            + " means, " + squares.size() + " mean squares and " + scalars.size()
                            + " scalars; expected as many as there are parameters, and three scalars");
        }
        for (int i = 0; i < n; i++) {
            for (Tensor t : List.of(gradients.get(i), means.get(i), squares.get(i))) {
                if (!t.shape().equals(parameters.get(i).shape())) {
                    throw new ShapeException("AdamStep: a tensor of shape " + t.shape() + " for parameter " + i
                            + " of shape " + parameters.get(i).shape());
                }
            }
        }
        Tensor[] all = Stream.of(parameters, gradients, means, squares, scalars)
                .flatMap(List::stream)
                .toArray(Tensor[]::new);
        Operands.sameDevice("AdamStep", all);
        Operands.sameDType("AdamStep", all);
        NoGrad.run(() -> {
            Stream.of(parameters, means, squares)
                    .flatMap(List::stream)
                    .forEach(t -> Tape.requireUpdatable("AdamStep", t));
            if (!once(parameters, gradients, means, squares, scalars)) {
                steps.applyEach(IntStream.range(0, n)
                        .mapToObj(i -> new Tensor[] {
                            parameters.get(i),
                            gradients.get(i),
                            means.get(i),
                            squares.get(i),
                            scalars.get(0),
                            scalars.get(1),
                            scalars.get(2)
                        })
                        .toList());
            }
        });
    }

    private boolean once(
            List<Tensor> parameters,
            List<Tensor> gradients,
            List<Tensor> means,
            List<Tensor> squares,
            List<Tensor> scalars) {
        return scalars.get(0)
                .device()
                .backend()
                .adam(numbers, views(parameters), views(gradients), views(means), views(squares), views(scalars));
    }

    private static List<View> views(List<Tensor> tensors) {
        return tensors.stream().map(Tensor::view).toList();
    }

    private void update(Tensor[] x) {
        Tensor parameter = x[0];
        Tensor gradient = x[1];
        Tensor mean = x[2];
        Tensor square = x[3];
        Tensor rate = x[4];
        InPlace.average(mean, gradient, numbers.beta1());
        InPlace.average(square, gradient.multiply(gradient), numbers.beta2());
        if (numbers.decay() > 0) {
            InPlace.subtract(parameter, parameter.multiply(rate.multiply(numbers.decay())));
        }
        Tensor corrected = square.sqrt().multiply(x[6]).add(numbers.epsilon());
        InPlace.subtract(parameter, mean.multiply(rate.multiply(x[5])).divide(corrected));
    }
}
