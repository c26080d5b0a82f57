package kron4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.io.Npz;
import kron4j.io.Safetensors;
import kron4j.ops.InPlace;

/** Parameters, optimizer state, step and seed as a .safetensors file if it is named so, else as an .npz archive; Python reads both. */
final class Checkpoints {
    private static final String PARAMETER = "parameter.";
    private static final String STATE = "optimizer.";
    private static final String STEP = "step";
    private static final String SEED = "seed";
    private static final String SAFETENSORS = ".safetensors";

    private Checkpoints() {}

    /** @param others what else there is to keep, by its name in the file */
    static void write(
            Path path, Parameters parameters, Optimizer optimizer, Map<String, Tensor> others, long step, long seed) {
        try (TensorScope scope = Device.cpu().openScope()) {
            Map<String, Tensor> all = new LinkedHashMap<>();
            parameters.named().forEach((name, t) -> all.put(PARAMETER + name, t));
            optimizer.state().forEach((name, t) -> all.put(STATE + name, t));
            all.putAll(others);
            all.put(STEP, Tensor.of(step));
            all.put(SEED, Tensor.of(seed));
            if (path.toString().endsWith(SAFETENSORS)) {
                Safetensors.write(path, all);
            } else {
                Npz.write(path, all);
            }
        }
    }

    /**
     * Checks the whole file before it changes anything.
     *
     * @return the step
     * @throws FormatException if it is damaged, or was written by a training with another model, optimizer or seed
     */
    static long read(Path path, Parameters parameters, Optimizer optimizer, Map<String, Tensor> others, long seed) {
        Device device = parameters.tensors().get(0).device();
        try (TensorScope scope = device.openScope();
                NoGrad replacing = NoGrad.open()) {
            Map<String, Tensor> all = path.toString().endsWith(SAFETENSORS) ? Safetensors.read(path) : Npz.read(path);
            Map<String, Tensor> targets = new LinkedHashMap<>();
            parameters.named().forEach((name, t) -> targets.put(PARAMETER + name, t));
            targets.putAll(others);
            for (Map.Entry<String, Tensor> e : targets.entrySet()) {
                require(path, e.getKey(), all.get(e.getKey()), e.getValue());
            }
            Map<String, Tensor> states = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> e : all.entrySet()) {
                if (e.getKey().startsWith(STATE)) {
                    states.put(e.getKey().substring(STATE.length()), e.getValue());
                } else if (e.getKey().startsWith(PARAMETER) && !targets.containsKey(e.getKey())) {
                    throw new FormatException("restore: " + path + ": contains '" + e.getKey()
                            + "', which this model does not have; it has "
                            + new TreeSet<>(parameters.named().keySet()));
                }
            }
            optimizer.state().forEach((name, t) -> require(path, STATE + name, states.get(name), t));
            long step = number(path, all, STEP);
            if (number(path, all, SEED) != seed) {
                throw new FormatException("restore: " + path + ": has seed " + number(path, all, SEED)
                        + ", this training has seed " + seed + "; use the same seed");
            }
            targets.forEach((name, t) -> InPlace.assign(t, all.get(name)));
            optimizer.restore(states);
            return step;
        }
    }

    private static void require(Path path, String name, Tensor found, Tensor expected) {
        if (found == null || !found.shape().equals(expected.shape()) || found.dtype() != expected.dtype()) {
            throw new FormatException("restore: " + path + ": '" + name + "' is "
                    + (found == null ? "missing" : found.dtype() + " " + found.shape()) + ", expected "
                    + expected.dtype() + " " + expected.shape() + "; is it a checkpoint of this model?");
        }
    }

    private static long number(Path path, Map<String, Tensor> all, String name) {
        Tensor t = all.get(name);
        if (t == null || t.rank() != 0 || !t.dtype().isInteger()) {
            throw new FormatException(
                    "restore: " + path + ": '" + name + "' is " + (t == null ? "missing" : t.dtype() + " " + t.shape())
                            + ", expected int64 []; is it a checkpoint?");
        }
        return t.itemLong();
    }
}
