package kron4j.examples;

import static kron4j.DType.FLOAT64;
import static kron4j.ops.Einsum.einsum;
import static kron4j.ops.Linalg.slogdet;

import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg.SignLog;
import kron4j.ops.Random;

/** The README's ten lines. */
public final class TenLines {
    private TenLines() {}

    public static void main(String[] args) {
        try (TensorScope scope = Device.best().openScope()) {
            Tensor f1 = Random.normal(1, FLOAT64, 8, 7, 7, 32);
            Tensor f2 = Random.normal(2, FLOAT64, 8, 7, 7, 16);
            Tensor g = einsum(1.0 / (7 * 7), "ahwm,ahwn->amn", f1, f2);
            SignLog d = slogdet(g.transpose(-1, -2).matmul(g));
            System.out.println(d.logAbs());

            Tensor w = Random.normal(3, FLOAT64, 10, 784);
            Tensor rows = Random.uniform(4, FLOAT64, 100, 30 * 784);
            Tensor y = KroneckerOperator.identityKron(30, w).applyToRows(rows);
            System.out.println(y.shape());
        }
    }
}
