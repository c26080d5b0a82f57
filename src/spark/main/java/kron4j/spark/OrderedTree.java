package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
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

    /**
     * {@return the combination of all values, or nothing if there are none}
     *
     * @param values none or one in a partition
     * @param combine associative but for rounding
     */
    static <T> Optional<T> reduce(JavaRDD<T> values, Combine<T> combine) {
        int width = values.getNumPartitions();
        int fan = fan(width);
        int last = collected(width);
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

    /** {@return how many values reach the driver} */
    static int collected(int partitions) {
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
