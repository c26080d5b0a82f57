package kron4j.djl;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/** A model of DJL's blocks; parameters are saved and loaded in DJL's own format. */
final class KronModel extends BaseModel {
    KronModel(String name, Device device) {
        super(name);
        manager = KronManager.SYSTEM.newSubManager(device);
        manager.setName("kron4jModel");
        dataType = DataType.FLOAT32;
    }

    @Override
    public void load(Path modelPath, String prefix, Map<String, ?> options)
            throws IOException, MalformedModelException {
        requireBlock();
        setModelDir(modelPath);
        wasLoaded = true;
        loadBlock(prefix == null ? modelName : prefix, options);
    }

    @Override
    public void load(InputStream modelStream, Map<String, ?> options) throws IOException, MalformedModelException {
        requireBlock();
        wasLoaded = true;
        readParameters(modelStream, options);
    }

    private void requireBlock() throws FileNotFoundException {
        if (block == null) {
            throw new FileNotFoundException(
                    "Kron4J loads parameters, in DJL's format (.params), into a block: call setBlock first");
        }
    }

    @Override
    public Trainer newTrainer(TrainingConfig config) {
        if (block == null) {
            throw new IllegalStateException("You must set a block for the model before creating a new trainer");
        }
        if (wasLoaded) {
            block.freezeParameters(
                    false,
                    p -> p.getType() != Parameter.Type.RUNNING_MEAN && p.getType() != Parameter.Type.RUNNING_VAR);
        }
        for (Pair<Initializer, Predicate<Parameter>> each : config.getInitializers()) {
            if (each.getKey() != null && each.getValue() != null) {
                block.setInitializer(each.getKey(), each.getValue());
            }
        }
        return new Trainer(this, config);
    }
}
