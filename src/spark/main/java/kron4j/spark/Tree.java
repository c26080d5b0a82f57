package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Merges the partitions' summaries as Spark's {@code treeAggregate} does, groups of them in executors and the rest on the driver, but in the order of the partitions, whichever comes first:
 * sums have the same bits each time.
 */
final class Tree {
    private Tree() {}

    /** Returns how many summaries reach the driver. */
    static int lastLevel(int partitions) {
        int count = partitions;
        for (int fan = fan(partitions); count > fan + (count + fan - 1) / fan; ) {
            count = (count + fan - 1) / fan;
        }
        return count;
    }

    /** How many are merged in one task. */
    private static int fan(int partitions) {
        return Math.max(2, (int) Math.ceil(Math.sqrt(partitions)));
    }

    /** Returns the summary of all, or an empty array. */
    static double[] merged(JavaRDD<double[]> parts, Summary how) {
        int fan = fan(parts.getNumPartitions());
        int last = lastLevel(parts.getNumPartitions());
        JavaRDD<double[]> level = parts;
        while (level.getNumPartitions() > last) {
            level = grouped(level, fan, how);
        }
        return inOrder(level.collect().iterator(), how);
    }

    private static JavaRDD<double[]> grouped(JavaRDD<double[]> parts, int fan, Summary how) {
        int groups = (parts.getNumPartitions() + fan - 1) / fan;
        return parts.mapPartitionsWithIndex(Tree::numbered, true)
                .mapToPair(part -> part)
                .partitionBy(new Groups(groups, fan))
                .mapPartitions(members -> {
                    List<Tuple2<Integer, double[]>> sorted = new ArrayList<>();
                    members.forEachRemaining(sorted::add);
                    sorted.sort(Comparator.comparing(Tuple2::_1));
                    return List.of(inOrder(sorted.stream().map(Tuple2::_2).iterator(), how))
                            .iterator();
                });
    }

    private static Iterator<Tuple2<Integer, double[]>> numbered(Integer partition, Iterator<double[]> parts) {
        List<Tuple2<Integer, double[]>> result = new ArrayList<>();
        parts.forEachRemaining(part -> result.add(new Tuple2<>(partition, part)));
        return result.iterator();
    }

    private static double[] inOrder(Iterator<double[]> parts, Summary how) {
        double[] result = {};
        while (parts.hasNext()) {
            double[] part = parts.next();
            if (part.length > 0) {
                result = result.length == 0 ? part : how.merge(result, part);
            }
        }
        return result;
    }

    /** Sends neighbours, by their number, to the same partition. */
    private static final class Groups extends Partitioner implements Serializable {
        private static final long serialVersionUID = 1L;
        private final int count;
        private final int fan;

        Groups(int count, int fan) {
            this.count = count;
            this.fan = fan;
        }

        @Override
        public int numPartitions() {
            return count;
        }

        @Override
        public int getPartition(Object number) {
            return (Integer) number / fan;
        }
    }
}
