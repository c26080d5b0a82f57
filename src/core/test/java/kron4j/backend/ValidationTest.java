package kron4j.backend;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a backend refuses although the public operations never ask for it: the wall that kernels stand behind. */
class ValidationTest {
    private final Backend backend = Backends.get("cpu");
    private final List<Storage> made = new ArrayList<>();
    private final long before = backend.memory().statistics().live();

    @AfterEach
    void nothingIsHeld() {
        made.forEach(Storage::release);
        assertEquals(before, backend.memory().statistics().live());
    }

    private View of(DType dtype, long size, Layout layout) {
        Storage storage = backend.allocate(dtype, size);
        made.add(storage);
        View view = new View(storage, Layout.contiguous(Shape.of(size)));
        backend.fill(1L, view);
        return view.with(layout);
    }

    private View real(long... dims) {
        Shape shape = Shape.of(dims);
        return of(DType.FLOAT64, shape.size(), Layout.contiguous(shape));
    }

    private View ints(long... dims) {
        Shape shape = Shape.of(dims);
        return of(DType.INT32, shape.size(), Layout.contiguous(shape));
    }

    /** Matrices whose columns lie one after the other, {@code gap} elements apart. */
    private View columns(long rows, long cols, long gap) {
        return of(DType.FLOAT64, (rows + gap) * cols, Layout.of(Shape.of(rows, cols), new long[] {1, rows + gap}, 0));
    }

    @Test
    void bytesOutsideAStorage() {
        Storage storage = real(4).storage();
        ByteBuffer eight = ByteBuffer.allocateDirect(8);
        backend.upload(eight.duplicate(), storage, 24);
        backend.download(storage, 24, eight.duplicate());
        for (long offset : new long[] {-1, -8, 25, 32, Long.MAX_VALUE}) {
            refused(
                    DeviceException.class,
                    () -> backend.upload(eight.duplicate(), storage, offset),
                    "upload: bytes [" + offset);
            refused(
                    DeviceException.class,
                    () -> backend.download(storage, offset, eight.duplicate()),
                    "download: bytes [" + offset,
                    "a storage of 32 bytes");
        }
    }

    @Test
    void layoutsOutsideAStorage() {
        View out = real(2);
        View storage = real(4);
        for (Layout outside : List.of(
                Layout.of(Shape.of(2), new long[] {1}, 3),
                Layout.of(Shape.of(2), new long[] {1}, -1),
                Layout.of(Shape.of(2), new long[] {-1}, 0),
                Layout.of(Shape.of(2), new long[] {4}, 0))) {
            refused(ShapeException.class, () -> backend.copy(storage.with(outside), out), "exceeds its storage of 4");
            refused(ShapeException.class, () -> backend.copy(out, storage.with(outside)), "exceeds its storage of 4");
        }
        backend.copy(storage.with(Layout.of(Shape.of(2), new long[] {-3}, 3)), out);
    }

    @Test
    void matricesThatAreNotColumnMajor() {
        LinalgBackend linalg = backend.linalg();
        View info = of(DType.INT32, 1, Layout.contiguous(Shape.of()));
        View rows = columns(3, 3, 0).with(Layout.contiguous(Shape.of(3, 3)));
        View overlapping = columns(3, 3, 0).with(Layout.of(Shape.of(3, 3), new long[] {1, 2}, 0));
        View vector = real(3);
        for (View a : List.of(rows, overlapping, vector)) {
            refused(ShapeException.class, () -> linalg.lu(a, ints(3), info), "lu: needs column-major matrices");
            refused(ShapeException.class, () -> linalg.cholesky(a, true, info), "cholesky: needs column-major");
            refused(ShapeException.class, () -> linalg.svdvals(a, real(3), info), "svdvals: needs column-major");
            refused(ShapeException.class, () -> linalg.eigh(a, true, real(3), info), "eigh: needs column-major");
        }
        linalg.lu(columns(3, 3, 2), ints(3), info);
        linalg.lu(columns(1, 3, 0), ints(1), info);
        linalg.lu(columns(3, 1, 0), ints(1), info);
    }

    @Test
    void matricesThatAreNotSquare() {
        LinalgBackend linalg = backend.linalg();
        View info = of(DType.INT32, 1, Layout.contiguous(Shape.of()));
        View scalar = of(DType.FLOAT64, 1, Layout.contiguous(Shape.of()));
        View wide = columns(2, 3, 0);
        refused(ShapeException.class, () -> linalg.det(wide, scalar), "det: needs square matrices, got shape [2,3]");
        refused(ShapeException.class, () -> linalg.slogdet(wide, scalar, scalar), "slogdet: needs square");
        refused(ShapeException.class, () -> linalg.slogdetCompensated(wide, scalar, scalar), "needs square");
        refused(ShapeException.class, () -> linalg.solve(wide, columns(3, 1, 0), info), "solve: needs square");
        refused(ShapeException.class, () -> linalg.cholesky(wide, true, info), "cholesky: needs square");
        refused(ShapeException.class, () -> linalg.eigh(wide, true, real(3), info), "eigh: needs square");
        refused(
                ShapeException.class,
                () -> linalg.triangularSolve(wide, true, false, false, columns(3, 1, 0)),
                "triangularSolve: needs square");
        refused(
                ShapeException.class,
                () -> linalg.luSolve(wide, ints(2), false, columns(2, 1, 0)),
                "luSolve: needs square");
    }

    @Test
    void resultsThatDoNotFit() {
        LinalgBackend linalg = backend.linalg();
        View a = columns(3, 3, 0);
        View info = of(DType.INT32, 1, Layout.contiguous(Shape.of()));
        refused(ShapeException.class, () -> linalg.lu(a, ints(2), info), "lu pivots: needs shape [3], got [2]");
        refused(DTypeException.class, () -> linalg.lu(a, real(3), info), "lu pivots: needs int32, got float64");
        refused(ShapeException.class, () -> linalg.lu(a, ints(3), ints(1)), "lu info: needs shape [], got [1]");
        View apart = of(DType.INT32, 5, Layout.of(Shape.of(3), new long[] {2}, 0));
        refused(ShapeException.class, () -> linalg.lu(a, apart, info), "must be neighbours");
        refused(ShapeException.class, () -> linalg.permutation(ints(3), ints(2)), "permutation: shape [2]");
        refused(ShapeException.class, () -> linalg.qr(a, columns(3, 2, 0), columns(3, 3, 0)), "qr q: needs shape");
        refused(
                ShapeException.class,
                () -> linalg.svd(a, columns(3, 3, 0), real(2), columns(3, 3, 0), info),
                "svd s: needs shape [3]");
        refused(
                ShapeException.class,
                () -> linalg.luSolve(a, ints(3), false, columns(2, 1, 0)),
                "luSolve b: needs shape [3,1], got [2,1]");
    }

    @Test
    void shapesAndDtypesThatDiffer() {
        View a = real(2, 3);
        refused(ShapeException.class, () -> backend.copy(a, real(3, 2)), "copy: shapes [2,3] and [3,2] differ");
        refused(DTypeException.class, () -> backend.unary(UnaryOp.EXP, ints(2), ints(2)), "exp: needs a floating");
        refused(ShapeException.class, () -> backend.binary(BinaryOp.ADD, a, real(3, 2), a), "ADD: shapes");
        refused(DTypeException.class, () -> backend.binary(BinaryOp.ADD, a, ints(2, 3), a), "ADD: dtypes");
        refused(DTypeException.class, () -> backend.where(a, a, a, a), "where: dtypes bool and float64 differ");
        refused(ShapeException.class, () -> backend.reduce(ReduceOp.SUM, a, 1, real(3)), "reducing the last 1 axes");
        refused(ShapeException.class, () -> backend.reduce(ReduceOp.SUM, a, 3, real(3)), "reducing the last 3 axes");
        refused(ShapeException.class, () -> backend.reduce(ReduceOp.SUM, a, -1, a), "reducing the last -1 axes");
        refused(ShapeException.class, () -> backend.reduce(ReduceOp.MAX, real(2, 0), 1, real(2)), "no elements");
        refused(DTypeException.class, () -> backend.softmax(ints(2), false, ints(2)), "softmax: needs a floating");
        refused(ShapeException.class, () -> backend.kron(a, a, real(4, 8)), "does not give [4,8]");
        refused(ShapeException.class, () -> backend.kron(a, real(2), real(4)), "kron: [2,3] by [2]");
        refused(
                ShapeException.class,
                () -> backend.kronApply(List.of(a), real(1, 2, 1), real(1, 2, 1)),
                "a product of shape [2,3] times data of shape [1,2,1]");
        View index = of(DType.INT64, 6, Layout.contiguous(Shape.of(2, 3)));
        refused(ShapeException.class, () -> backend.takeAlong(real(3, 3), 1, index, real(2, 3)), "takeAlong: indices");
        refused(ShapeException.class, () -> backend.addAlong(a, 1, index, real(3, 3)), "addAlong: indices");
        refused(DTypeException.class, () -> backend.random(Distribution.NORMAL, 1, 0, ints(2)), "does not make int32");
    }
}
