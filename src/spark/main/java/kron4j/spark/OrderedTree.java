package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Combines the values of partitions by a tree, in the order of the partitions: Spark's {@code treeAggregate} combines what arrives first, so that sums
 * change from run to run.
 */
final class OrderedTree {
    /** Combines two values; may change the first one. */
    interface Combine<T> extends BinaryOperator<T>, Serializable {}

    private OrderedTree() {}

    /** What reaches the driver without a tree: less than a shuffle costs. */
    private static final long FEW_BYTES = 32 << 20;

    /**
     * {@return the combination of all values, or nothing if there are none}
     *
     * @param values none or one in a partition
     * @param bytes about how many each takes
     * @param combine associative but for rounding
     */
    static <T> Optional<T> reduce(JavaRDD<T> values, long bytes, Combine<T> combine) {
        int width = values.getNumPartitions();
        int fan = fan(width);
        int last = collected(width, bytes);
        if (last == width) {
            return Arrays.stream(
                            values.collectPartitions(IntStream.range(0, width).toArray()))
                    .flatMap(List::stream)
                    .reduce(combine);
        }
        JavaPairRDD<Integer, T> level = values.mapPartitionsWithIndex(
                        (partition, part) -> part.hasNext()
                                ? List.of(new Tuple2<>(partition, part.next())).iterator()
                                : List.<Tuple2<Integer, T>>of().iterator(),
                        true)
                .mapToPair(pair -> pair);
        while (width > last) {
            width = (width + fan - 1) / fan;
            level = level.mapToPair(pair -> new Tuple2<>(pair._1() / fan, pair))
                    .groupByKey(new HashPartitioner(width))
                    .mapValues(group -> {
                        List<Tuple2<Integer, T>> pairs = new ArrayList<>();
                        group.forEach(pairs::add);
                        return inOrder(pairs, combine).orElseThrow();
                    });
        }
        return inOrder(new ArrayList<>(level.collect()), combine);
    }

    /** {@return how many values, of so many bytes each, reach the driver} */
    static int collected(int partitions, long bytes) {
        if (partitions <= FEW_BYTES / Math.max(1, bytes)) {
            return partitions;
        }
        int fan = fan(partitions);
        int width = partitions;
        while (width > fan + (width + fan - 1) / fan) {
            width = (width + fan - 1) / fan;
        }
        return width;
    }

    private static int fan(int partitions) {
        return Math.max((int) Math.ceil(Math.sqrt(partitions)), 2);
    }

    /** {@return the combination of numbered values, which come in any order} */
    static <T> Optional<T> inOrder(List<Tuple2<Integer, T>> pairs, Combine<T> combine) {
        pairs.sort(Comparator.comparing(Tuple2::_1));
        return pairs.stream().map(Tuple2::_2).reduce(combine);
    }
}
