package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.Halves;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.contract.Grid;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopyLayoutsTest {
    private final Backend backend = new CpuBackend();

    /** Copies and checks every element of the target's storage, also those that must stay. */
    private void check(View a, View out) {
        double[] expected = parts(out.storage());
        double[] from = parts(a.storage());
        int width = out.dtype().isComplex() ? 2 : 1;
        int step = a.dtype().isComplex() ? 2 : 1;
        for (long i = 0; i < a.shape().size(); i++) {
            int at = step * (int) Grid.position(a.layout(), i);
            int to = width * (int) Grid.position(out.layout(), i);
            for (int part = 0; part < width; part++) {
                double x = part < step ? from[at + part] : 0;
                expected[to + part] = cast(x, a.dtype(), out.dtype().realPart());
            }
        }
        backend.copy(a, out);
        assertArrayEquals(
                expected,
                parts(out.storage()),
                () -> a.dtype() + " " + a.layout() + " to " + out.dtype() + " " + out.layout());
    }

    /** Complex elements as two. */
    private static double[] parts(Storage storage) {
        return Grid.values(storage.as(storage.dtype().realPart()));
    }

    private static double cast(double x, DType from, DType to) {
        return switch (to) {
            case FLOAT32 -> (float) x;
            case FLOAT64 -> x;
            case FLOAT16 -> Halves.fromFloat16(Halves.toFloat16((float) x));
            case BFLOAT16 -> Halves.fromBfloat16(Halves.toBfloat16((float) x));
            case COMPLEX64, COMPLEX128 -> throw new AssertionError(to);
            case INT32 -> from == DType.INT64 ? (int) (long) x : (int) x;
            case INT64 -> (long) x;
            case INT8 -> from == DType.INT64 ? (byte) (long) x : (byte) x;
            case UINT8 -> (from == DType.INT64 ? (byte) (long) x : (byte) x) & 0xff;
            case BOOL -> x != 0 ? 1 : 0;
        };
    }

    private static DType other(DType dtype, Random random) {
        DType[] all = dtype.isComplex() ? DTypes.complex() : DType.values();
        return all[random.nextInt(all.length)];
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void anyLayoutsAndDtypes(DType dtype) {
        Random random = new Random(1);
        for (int i = 0; i < 400; i++) {
            int rank = random.nextInt(6);
            Shape shape = Grid.shape(rank, rank < 3 ? 90 : rank < 5 ? 9 : 5, random);
            DType other = random.nextInt(3) == 0 ? other(dtype, random) : dtype;
            View a = Grid.random(backend, dtype, Grid.scattered(shape, random), 300, random);
            View out = Grid.random(backend, other, Grid.scattered(shape, random), 300, random);
            check(a, out);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void wholePowersOfTwoBetweenRows(DType dtype) {
        Random random = new Random(5);
        for (Shape shape : new Shape[] {Shape.of(70, 512), Shape.of(33, 64, 16), Shape.of(40, 4, 8, 64)}) {
            View a = Grid.random(backend, dtype, Layout.contiguous(shape), 99, random);
            for (Layout rows : new Layout[] {a.layout(), a.layout().slice(0, -1, -shape.at(0) - 1, -1)}) {
                View turned = a.with(rows.reverse());
                check(turned, Grid.random(backend, dtype, Layout.contiguous(turned.shape()), 9, random));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void broadcastAndDiagonalSources(DType dtype) {
        Random random = new Random(2);
        for (int i = 0; i < 60; i++) {
            Shape shape = Grid.shape(4, 20, random);
            Shape small = shape.with(random.nextInt(4), 1).with(random.nextInt(4), 1);
            View a = Grid.random(backend, dtype, Grid.scattered(small, random).expand(shape), 99, random);
            check(a, Grid.random(backend, dtype, Grid.scattered(shape, random), 99, random));
        }
        View square = Grid.random(backend, dtype, Layout.contiguous(Shape.of(7, 70, 70)), 99, random);
        View diagonal = square.with(square.layout().diagonal(3, 1, 2));
        check(diagonal, Grid.random(backend, dtype, Layout.contiguous(diagonal.shape()), 9, random));
        check(Grid.random(backend, dtype, Layout.contiguous(diagonal.shape()), 9, random), diagonal);
        View windows = square.with(square.layout().unfold(2, 5, 2));
        check(windows, Grid.random(backend, dtype, Grid.scattered(windows.shape(), random), 9, random));
    }

    /** Elements, rows and transposed matrices, again and again; runs that are no whole vectors, and longer than what is filled at a time. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void repeatedBlocks(DType dtype) {
        Random random = new Random(7);
        for (long times : new long[] {63, 257, 1000, 16390}) {
            long lines = 2 + 3000 / times;
            for (long block : new long[] {1, 2, 5}) {
                Layout of = Grid.scattered(Shape.of(lines, 1, block), random);
                View a = Grid.random(backend, dtype, of, 99, random);
                View repeated = a.with(of.expand(Shape.of(lines, times, block)));
                Layout gaps = Layout.contiguous(Shape.of(lines, times + 1, block));
                check(repeated, Grid.random(backend, dtype, Layout.contiguous(repeated.shape()), 9, random));
                check(repeated, Grid.random(backend, dtype, gaps.slice(1, 1, times + 1, 1), 9, random));
            }
            View matrix = Grid.random(backend, dtype, Layout.contiguous(Shape.of(7, 1, 5, 9)), 99, random);
            View turned = matrix.with(matrix.layout().permute(0, 1, 3, 2).expand(Shape.of(7, times, 9, 5)));
            check(turned, Grid.random(backend, dtype, Layout.contiguous(turned.shape()), 9, random));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyPermutationOfUnevenSizes(DType dtype) {
        Random random = new Random(3);
        Shape shape = Shape.of(3, 67, 5, 41);
        View a = Grid.random(backend, dtype, Layout.contiguous(shape), 99, random);
        for (int code = 0; code < 256; code++) {
            int[] axes = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
            if (java.util.Arrays.stream(axes).distinct().count() == 4) {
                View permuted = a.with(a.layout().permute(axes));
                check(permuted, Grid.random(backend, dtype, Layout.contiguous(permuted.shape()), 9, random));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void linesFromTheirEnds(DType dtype) {
        Random random = new Random(6);
        for (long length : new long[] {1, 7, 8, 15, 16, 17, 31, 33, 64, 100, 8191, 8192, 8193, 16384, 20001, 40000}) {
            long lines = 1 + 9000 / length;
            View a = Grid.random(backend, dtype, Layout.contiguous(Shape.of(lines, 2, length + 3)), 99, random);
            Layout back = a.layout().slice(2, length, 0, -1);
            check(a.with(back), Grid.random(backend, dtype, Layout.contiguous(back.shape()), 9, random));
            View some = Grid.random(backend, dtype, Layout.contiguous(Shape.of(lines, 2, length + 1)), 9, random);
            check(a.with(back), some.with(some.layout().slice(2, 1, length + 1, 1)));
            check(
                    a.with(back.slice(0, lines - 1, -lines - 1, -1)),
                    some.with(some.layout().slice(2, 0, length, 1)));
        }
    }

    /** Also the last ones of a storage, behind which nothing can be read. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void everySecondElement(DType dtype) {
        Random random = new Random(8);
        for (long length : new long[] {63, 64, 128, 129, 1000, 1024, 8193, 20001}) {
            for (int first = 0; first < 2; first++) {
                View a = Grid.random(backend, dtype, Layout.contiguous(Shape.of(2 * length)), 99, random);
                long from = a.storage().size() - 2 * length + first;
                View some = a.with(Layout.of(Shape.of(length), new long[] {2}, from));
                check(some, Grid.random(backend, dtype, Layout.contiguous(some.shape()), 9, random));
            }
        }
    }

    @Test
    void largeEnoughForSeveralThreads() {
        Random random = new Random(4);
        View a = Grid.random(backend, DType.FLOAT64, Layout.contiguous(Shape.of(1031, 517)), 1 << 29, random);
        check(a, Grid.random(backend, DType.FLOAT64, Layout.contiguous(a.shape()), 9, random));
        View turned = a.with(a.layout().reverse());
        check(turned, Grid.random(backend, DType.FLOAT64, Layout.contiguous(turned.shape()), 9, random));
        check(turned, Grid.random(backend, DType.FLOAT32, Layout.contiguous(turned.shape()), 9, random));
    }

    @Test
    void emptyAndScalar() {
        Random random = new Random(5);
        check(
                Grid.random(backend, DType.INT32, Layout.contiguous(Shape.of(3, 0, 2)), 9, random),
                Grid.random(backend, DType.INT32, Layout.contiguous(Shape.of(3, 0, 2)), 9, random));
        check(
                Grid.random(backend, DType.FLOAT32, Layout.contiguous(Shape.SCALAR), 9, random),
                Grid.random(backend, DType.INT64, Layout.contiguous(Shape.SCALAR), 9, random));
    }

    /** A long that lies just above the middle of two floats is no double: rounding twice would go the other way. */
    @Test
    void longsAreRoundedToFloatsOnce() {
        long value = (1L << 60) + (1L << 36) + 1;
        Storage a = backend.allocate(DType.INT64, 1);
        backend.upload(
                ByteBuffer.allocate(8)
                        .order(ByteOrder.nativeOrder())
                        .putLong(value)
                        .flip(),
                a,
                0);
        View out = new View(backend.allocate(DType.FLOAT32, 1), Layout.contiguous(Shape.SCALAR));
        backend.copy(new View(a, out.layout()), out);
        assertEquals((float) value, Grid.read(out)[0]);
    }

    @Test
    void convertsAsJavaDoes() {
        double[] reals = {Double.NaN, 1e300, -1e300, 2.9, -2.9, -0.0, 0.1, Double.NEGATIVE_INFINITY};
        View a = new View(Grid.storage(backend, DType.FLOAT64, reals), Layout.contiguous(Shape.of(8)));
        View ints = new View(backend.allocate(DType.INT32, 8), a.layout());
        backend.copy(a, ints);
        assertArrayEquals(
                new double[] {0, Integer.MAX_VALUE, Integer.MIN_VALUE, 2, -2, 0, 0, Integer.MIN_VALUE},
                Grid.read(ints));
        View bools = new View(backend.allocate(DType.BOOL, 8), a.layout());
        backend.copy(a, bools);
        assertArrayEquals(new double[] {1, 1, 1, 1, 1, 0, 1, 1}, Grid.read(bools));
        View floats = new View(backend.allocate(DType.FLOAT32, 8), a.layout());
        backend.copy(a, floats);
        assertEquals(Double.POSITIVE_INFINITY, Grid.read(floats)[1]);
        View longs = new View(Grid.storage(backend, DType.INT64, 1L << 32, -1), Layout.contiguous(Shape.of(2)));
        View cut = new View(backend.allocate(DType.INT32, 2), longs.layout());
        backend.copy(longs, cut);
        assertArrayEquals(new double[] {0, -1}, Grid.read(cut));
        View truth = new View(backend.allocate(DType.BOOL, 2), longs.layout());
        backend.copy(longs, truth);
        assertArrayEquals(new double[] {1, 1}, Grid.read(truth));
    }

    /** All patterns of halves, and else signalling NaN, which arithmetic would make quiet; small and large, transposed, flipped, by rows, with gaps and broadcast. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    void keepsThePayloadsOfNaN(DType dtype) {
        for (Shape shape : new Shape[] {Shape.of(2, 2), Shape.of(90, 70), Shape.of(64, 16, 64)}) {
            Storage a = backend.allocate(dtype, shape.size());
            byte[] bytes = nans(dtype, (int) shape.size());
            backend.upload(ByteBuffer.wrap(bytes), a, 0);
            Layout whole = Layout.contiguous(shape);
            Layout rows = shape.rank() == 3 ? whole.permute(1, 0, 2) : whole;
            Layout line = Layout.contiguous(Shape.of(shape.size()));
            Layout[] layouts = {
                whole,
                whole.reverse(),
                rows,
                whole.slice(1, 0, shape.at(1), 2),
                line.slice(0, -1, -shape.size() - 1, -1),
                Layout.of(line.shape().concat(Shape.of(3)), new long[] {1, 0}, 0),
                Layout.of(line.shape().concat(Shape.of(3)), new long[] {-1, 0}, shape.size() - 1),
                Layout.of(Shape.of(shape.size() / 2, 9), new long[] {2, 0}, 1),
                Layout.of(Shape.of(3).concat(line.shape()), new long[] {0, 1}, 0)
            };
            for (Layout layout : layouts) {
                Storage out = backend.allocate(dtype, layout.size());
                backend.copy(new View(a, layout), new View(out, Layout.contiguous(layout.shape())));
                int width = dtype.bytes();
                ByteBuffer got = ByteBuffer.allocate((int) layout.size() * width);
                backend.download(out, 0, got);
                byte[] expected = new byte[got.capacity()];
                for (int i = 0; i < layout.size(); i++) {
                    System.arraycopy(bytes, (int) Grid.position(layout, i) * width, expected, i * width, width);
                }
                assertArrayEquals(expected, got.array(), layout.toString());
            }
        }
    }

    private static byte[] nans(DType dtype, int size) {
        ByteBuffer bytes = ByteBuffer.allocate(size * dtype.bytes()).order(ByteOrder.nativeOrder());
        for (int i = 0; bytes.hasRemaining(); i++) {
            switch (dtype.realPart()) {
                case FLOAT32 -> bytes.putInt(0x7f80_0001 + i);
                case FLOAT64 -> bytes.putLong(0x7ff0_0000_0000_0001L + i);
                default -> bytes.putShort((short) i);
            }
        }
        return bytes.array();
    }
}
