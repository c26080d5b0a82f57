package kron4j.contract;

import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.refused;

import kron4j.DeviceException;
import kron4j.backend.cuda.card.Modules;
import org.junit.jupiter.api.Test;

/** What the driver says of kernels that it does not take. */
@OnlyOn({SIM, GPU})
public class ModuleContract extends Contract {
    @Test
    void theCompilersLogIsInTheMessage() {
        String broken = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry broken(\n";
        refused(
                DeviceException.class,
                () -> Modules.load("broken.ptx", broken),
                "cuda:0: cuModuleLoadDataEx(broken.ptx, ptxas application ptx input, line ",
                "CUDA_ERROR_INVALID_PTX");
        refused(DeviceException.class, () -> Modules.load("empty.ptx", ""), "cuModuleLoadDataEx(empty.ptx, ");
    }
}
