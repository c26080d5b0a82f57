/** Tensors, einsum, Kronecker algebra, solvers and determinants with gradients, on the CPU and on NVIDIA GPUs. */
module kron4j {
    requires java.management;
    requires jdk.management;
    requires jcublas;
    requires jcuda;
    requires jcusolver;
    requires org.bytedeco.javacpp;
    requires org.bytedeco.openblas;

    exports kron4j;
    exports kron4j.autograd;
    exports kron4j.io;
    exports kron4j.ops;
    exports kron4j.train;
}
