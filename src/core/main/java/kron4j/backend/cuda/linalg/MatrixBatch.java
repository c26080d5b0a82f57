package kron4j.backend.cuda.linalg;

import java.util.Arrays;
import java.util.function.Consumer;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * The matrices (vectors, numbers) of several operands, entry by entry: their leading axes, simplified together. Entries are counted in the order of
 * the simplified axes, the same for all operands.
 */
final class MatrixBatch {
    private static final long MOST_ENTRIES = Integer.MAX_VALUE;

    private final Loop loop;
    private final View[] operands;

    private MatrixBatch(Loop loop, View[] operands) {
        this.loop = loop;
        this.operands = operands;
    }

    /** Calls {@code body} with parts of the batch that a kernel takes; not at all if it is empty. The first operand decides the order. */
    static void forEach(int batchRank, Consumer<MatrixBatch> body, View... operands) {
        forEach(batchRank, Axes.MOST, body, operands);
    }

    /** The same, in parts in which every operand goes on in equal steps. */
    static void forEachRun(int batchRank, Consumer<MatrixBatch> body, View... operands) {
        forEach(batchRank, 1, body, operands);
    }

    private static void forEach(int batchRank, int axes, Consumer<MatrixBatch> body, View... operands) {
        Layout[] batches = new Layout[operands.length];
        for (int k = 0; k < batches.length; k++) {
            Layout all = operands[k].layout();
            Shape shape = all.shape().slice(0, batchRank);
            batches[k] = Layout.of(shape, Arrays.copyOf(all.strides(), batchRank), all.offset());
        }
        Loop loop = Loop.of(batches);
        if (loop.size() > 0) {
            loop.split(axes, MOST_ENTRIES, part -> body.accept(new MatrixBatch(part, operands)));
        }
    }

    /** Number of entries. */
    int count() {
        return (int) loop.size();
    }

    View operand(int k) {
        return operands[k];
    }

    /** Where entry 0 of operand k lies in the card's memory. */
    long address(int k) {
        return operands[k].storage().address()
                + loop.offsets()[k] * operands[k].dtype().bytes();
    }

    /** Where an entry of operand k lies in the card's memory. */
    long address(int k, long entry) {
        long at = 0;
        long rest = entry;
        for (int axis = loop.rank() - 1; axis >= 0; axis--) {
            at += rest % loop.sizes()[axis] * loop.strides()[k][axis];
            rest /= loop.sizes()[axis];
        }
        return address(k) + at * operands[k].dtype().bytes();
    }

    /** An entry of operand k, for the libraries. */
    DevicePointer pointer(int k, long entry) {
        return new DevicePointer(address(k, entry));
    }

    /** An element of a storage, for the libraries. */
    static DevicePointer pointer(Storage storage, long element) {
        return new DevicePointer(storage.address() + element * storage.dtype().bytes());
    }

    /** Where the matrix of an entry lies in the card's memory. */
    long address(Place place, long entry) {
        return place.operand < 0
                ? place.address + entry * place.elements * operands[0].dtype().bytes()
                : address(place.operand, entry);
    }

    /** Elements of operand k from an entry of a run to the next. */
    long step(int k) {
        return loop.strides()[k][0];
    }

    /** From a column of operand k to the next as LAPACK has it, also where there is but one. */
    int leadingDimension(int k) {
        Layout l = operands[k].layout();
        long least = Math.max(1, l.shape().at(-2));
        return Math.toIntExact(l.shape().at(-1) > 1 ? l.stride(-1) : least);
    }

    /** Where an operand's matrices lie. */
    Place place(int k) {
        Layout l = operands[k].layout();
        return new Place(address(k), l.stride(-2), l.stride(-1), k, 0);
    }

    /** An operand's vectors, as matrices of one column. */
    Place column(int k) {
        return new Place(address(k), operands[k].layout().stride(-1), 0, k, 0);
    }

    /** Column-major matrices with {@code rows} rows that follow each other, in the order of this batch, {@code elements} from one to the next. */
    static Place packed(Storage storage, long rows, long elements) {
        return new Place(storage.address(), 1, rows, -1, elements);
    }

    /** Where matrices lie: element (i, j) of entry 0 at address + i row + j column; entries as those of an operand, or packed. */
    record Place(long address, long row, long column, int operand, long elements) {
        Place transposed() {
            return new Place(address, column, row, operand, elements);
        }
    }

    /** Words of the kernels' {@code Matrix}. */
    static void putMatrix(Words words, Place place) {
        words.put(place.address).put(place.row).put(place.column);
    }

    /** Words of the kernels' {@code Strides}. */
    void putStrides(Words words, Place place) {
        if (place.operand < 0) {
            putPackedStrides(words, place.elements);
        } else {
            putStrides(words, place.operand);
        }
    }

    /** Words of the kernels' {@code Matrix}. */
    void putMatrix(Words words, int k) {
        putMatrix(words, place(k));
    }

    /** Words of the kernels' {@code Axes}, and of {@code Strides} of some operands. */
    void putAxes(Words words, int... operands) {
        Axes.put(words, loop.sizes());
        for (int k : operands) {
            putStrides(words, k);
        }
    }

    /** Words of the kernels' {@code Strides}. */
    void putStrides(Words words, int k) {
        Axes.putStrides(words, loop.strides()[k]);
    }

    /** Words of {@code Strides} for entries that follow each other in the order of this batch. */
    void putPackedStrides(Words words, long elements) {
        Axes.putStrides(words, loop.packed(elements));
    }
}
