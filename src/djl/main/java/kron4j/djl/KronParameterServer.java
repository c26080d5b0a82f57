package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.training.LocalParameterServer;
import ai.djl.training.optimizer.Optimizer;

/** Updates parameters from their gradients; from those of one device without a copy of them. */
final class KronParameterServer extends LocalParameterServer {
    private final Optimizer optimizer;

    KronParameterServer(Optimizer optimizer) {
        super(optimizer);
        this.optimizer = optimizer;
    }

    @Override
    public void update(String parameterId, NDArray[] grads, NDArray[] params) {
        if (params.length > 1) {
            super.update(parameterId, grads, params);
            return;
        }
        optimizer.update(parameterId, params[0], grads[0]);
    }
}
