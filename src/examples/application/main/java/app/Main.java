package app;

import kron4j.Device;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Linalg;

/** Uses Kron4J as a module. */
public final class Main {
    private Main() {}

    /** Prints the determinant of a matrix on the device that is named, or the best. */
    public static void main(String[] args) {
        try (TensorScope scope = Device.of(args.length > 0 ? args[0] : "best").openScope();
                StreamScope stream = scope.device().openStream()) {
            Tensor a = Tensor.of(new double[][] {{2, 1}, {1, 3}});
            System.out.println(scope.device() + ": " + Linalg.det(a.matmul(a)).item());
        }
    }
}
