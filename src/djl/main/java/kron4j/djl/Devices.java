package kron4j.djl;

import kron4j.Device;
import kron4j.DeviceException;

/** DJL's devices as Kron4J's. */
final class Devices {
    private static final class Gpus {
        static final int COUNT = count();
    }

    private Devices() {}

    static int gpus() {
        return Gpus.COUNT;
    }

    private static int count() {
        for (int n = 0; ; n++) {
            try {
                Device.of("cuda:" + n);
            } catch (DeviceException e) {
                return n;
            }
        }
    }

    static Device of(ai.djl.Device device) {
        if (device.isGpu()) {
            return Device.of("cuda:" + device.getDeviceId());
        }
        if (!ai.djl.Device.Type.CPU.equals(device.getDeviceType())) {
            throw new IllegalArgumentException("Kron4J has no device " + device + "; it has cpu and gpu");
        }
        return Device.cpu();
    }

    static ai.djl.Device of(Device device) {
        String name = device.name();
        return name.startsWith("cuda:")
                ? ai.djl.Device.gpu(Integer.parseInt(name.substring("cuda:".length())))
                : ai.djl.Device.cpu();
    }
}
