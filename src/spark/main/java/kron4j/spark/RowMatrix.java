package kron4j.spark;

import java.util.ArrayList;
import java.util.List;
import kron4j.DeviceMemoryException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;

/**
 * The rows of a DataFrame's column as a matrix X [n, d] that no machine holds as a whole: Gram matrix, means, covariance,
 * principal components, linear models, determinants.
 *
 * <pre>{@code
 * RowMatrix x = RowMatrix.of(frame, "features");           // array<double>, array<float> or Spark ML's vectors
 * try (TensorScope scope = Device.cpu().openScope()) {
 *     Tensor covariance = x.moments().covariance();        // [d, d]
 *     Pca pca = x.pca(10);
 *     LinearModel model = x.ridge("price", 0.1);
 * }
 * }</pre>
 *
 * <p>Tasks read their rows block by block and compute on {@linkplain TaskDevice their device} in float64; arrays of other
 * numbers are widened, sparse vectors filled up. What a partition is reduced to, d(d+1)/2 numbers at most, is merged on
 * the driver, or, where all partitions' are more than 32 MiB, in a tree like that of {@code treeAggregate}, about
 * sqrt(partitions) in a task and the last ones on the driver. Merging
 * follows the partitions' numbers, so that results are the same, bit for bit, whenever the same rows lie in the same
 * partitions; other partitions change them within rounding: a sum of n products by at most n eps times the sum of their
 * absolute values. Partitions may be empty.
 *
 * <p>Results are float64 tensors on the driver's CPU and belong to the current scope there. NaN and infinities pass
 * through sums as in all of IEEE arithmetic: the column's mean and its row and column of the matrix are NaN; where such
 * a matrix would have to be decomposed, {@link kron4j.LinalgException} says so. Null rows, null elements and rows of
 * another length throw {@link RowException} with the row's place, counted from 0.
 */
public final class RowMatrix {
    private static final String OPERATION = "RowMatrix";

    private final Dataset<Row> frame;
    private final String column;
    private final ResourceProfile resources;

    private RowMatrix(Dataset<Row> frame, String column, ResourceProfile resources) {
        this.frame = frame;
        this.column = column;
        this.resources = resources;
    }

    /**
     * {@return the matrix whose rows are a column's}
     *
     * @param frame read once or twice by each method that computes: cache it where that is dear
     * @param column the column's name: arrays of numbers, or vectors
     * @throws RowException if the column is of another type
     */
    public static RowMatrix of(Dataset<Row> frame, String column) {
        readable(frame, column);
        return new RowMatrix(frame, column, null);
    }

    /** Returns the column as a reader reads it: decimals, shorts and bytes become doubles. */
    private static Column readable(Dataset<Row> frame, String name) {
        Column column = frame.col(name);
        DataType type = frame.select(column).schema().fields()[0].dataType();
        if (ColumnReader.of(OPERATION, name, 0, type) != null) {
            return column;
        }
        if (type instanceof NumericType) {
            return column.cast(DataTypes.DoubleType);
        }
        if (type instanceof ArrayType array && array.elementType() instanceof NumericType) {
            return column.cast(DataTypes.createArrayType(DataTypes.DoubleType, array.containsNull()));
        }
        throw new RowException(OPERATION + ": column '" + name + "' is " + type.sql()
                + ", expected numbers, ARRAY of numbers, or vectors of Spark ML");
    }

    /**
     * {@return the same matrix, whose rows are read and computed with in tasks of these resources} For cards in a cluster
     * whose default is none; the cluster manager must know stage-level scheduling.
     *
     * @param profile executors and tasks, each with an amount of {@code gpu}
     */
    public RowMatrix withResources(ResourceProfile profile) {
        return new RowMatrix(frame, column, profile);
    }

    /**
     * {@return the Gram matrix X^T X, shape [d, d]}
     *
     * @throws RowException if there are no rows, or rows of several lengths
     * @throws DeviceMemoryException before any work, if the driver has no room for it
     */
    public Tensor gram() {
        Source source = source();
        int d = source.width();
        double[] sum = summarise(source, new Products(d));
        return Jobs.onDriver(() -> Tensor.of(Triangle.symmetric(sum, 1, d), d, d));
    }

    /**
     * {@return the number of rows and the columns' means, without products}
     *
     * @throws RowException if there are no rows, or rows of several lengths
     */
    public RowMoments means() {
        Source source = source();
        Scatter summary = Scatter.about(source.format().first(), false);
        double[] sum = summarise(source, summary);
        return Jobs.onDriver(() -> new RowMoments((long) sum[0], Tensor.of(summary.means(sum)), null));
    }

    /**
     * {@return the number of rows, the columns' means and their products about the means} In one pass, without the
     * cancellation of {@code E[x^2] - E[x]^2}: each block is shifted by its own means, and parts are merged by the
     * formulas of Chan, Golub and LeVeque (1983).
     *
     * @throws RowException if there are no rows, or rows of several lengths
     * @throws DeviceMemoryException before any work, if the driver has no room for it
     */
    public RowMoments moments() {
        return moments(source());
    }

    private RowMoments moments(Source source) {
        int d = source.width();
        Scatter summary = Scatter.about(source.format().first(), true);
        double[] sum = summarise(source, summary);
        return Jobs.onDriver(() -> new RowMoments(
                (long) sum[0], Tensor.of(summary.means(sum)), Tensor.of(Triangle.symmetric(sum, 1 + d, d), d, d)));
    }

    /**
     * {@return the first k principal components} From the covariance matrix, whose decomposition the driver computes: the
     * component of a variance v is right to about eps times the largest variance over the gap to its neighbours.
     *
     * @param k from 1 to d
     * @throws ShapeException if there are not k columns
     * @throws RowException if there are no two rows, or rows of several lengths
     * @throws kron4j.LinalgException if rows hold NaN or infinities
     */
    public Pca pca(int k) {
        Source source = source();
        int d = source.width();
        if (k < 1 || k > d) {
            throw new ShapeException("pca: " + k + " components of " + d + " columns; ask for 1 to " + d);
        }
        return Jobs.onDriver(() -> Pca.of(moments(source), k));
    }

    /**
     * {@return the upper triangle R of X = Q R, shape [d, d], with a diagonal that is not negative} By QR of blocks and a
     * tree (TSQR): R^T R is the Gram matrix, but R is right where that has lost everything. With fewer rows than columns
     * the last rows are 0.
     *
     * @throws RowException if there are no rows, or rows of several lengths
     * @throws DeviceMemoryException before any work, if the driver has no room for it
     */
    public Tensor qrR() {
        return triangle(source());
    }

    private Tensor triangle(Source source) {
        return triangle(summarise(source, new TallQr(source.width())), source.width());
    }

    private static Tensor triangle(double[] summary, int n) {
        double[] r = Triangle.unpack(summary, 1, n);
        for (int i = 0; i < n; i++) {
            if (r[i * n + i] < 0) {
                for (int j = i; j < n; j++) {
                    r[i * n + j] = -r[i * n + j];
                }
            }
        }
        return Jobs.onDriver(() -> Tensor.of(r, n, n));
    }

    /**
     * {@return {@code log det(X^T X)}, natural} From R of {@link #qrR}, which is right where the Gram matrix is singular to
     * rounding; -infinity for columns that depend on each other exactly, as with fewer rows than columns.
     *
     * @throws RowException if there are no rows, or rows of several lengths
     */
    public double logDetGram() {
        return Jobs.onDriver(() -> {
            Tensor r = triangle(source());
            return r.diagonal().log().sum().item() * 2;
        });
    }

    /**
     * {@return the linear model of least squares {@code sum (y - x w - c)^2 + penalty |w|^2}} With an intercept c, which is
     * not penalised.
     *
     * @param target the column y of numbers, or of arrays or vectors of k numbers for k models at once
     * @param penalty 0 or more
     * @see #linearModel
     */
    public LinearModel ridge(String target, double penalty) {
        return linearModel(target, penalty, true, LinearModel.Solver.BEST);
    }

    /**
     * {@return the linear model of least squares {@code sum (y - x w - c)^2}, with an intercept c}
     *
     * @param target the column y of numbers, or of arrays or vectors of k numbers for k models at once
     * @see #linearModel
     */
    public LinearModel leastSquares(String target) {
        return linearModel(target, 0, true, LinearModel.Solver.BEST);
    }

    /**
     * {@return the linear model of least squares {@code sum (y - x w - c)^2 + penalty |w|^2}}
     *
     * @param target the column y of numbers, or of arrays or vectors of k numbers for k models at once
     * @param penalty 0 or more; of w only
     * @param intercept whether there is a c
     * @param solver how
     * @throws TensorException if the penalty is negative or not finite
     * @throws RowException if there are no rows, or rows of several lengths
     * @throws kron4j.LinalgException if columns depend on each other to rounding and nothing is penalised, if the solver
     *     is not fit for the matrix, or if rows hold NaN or infinities
     * @throws DeviceMemoryException before any work, if the driver has no room for it
     */
    public LinearModel linearModel(String target, double penalty, boolean intercept, LinearModel.Solver solver) {
        if (!(penalty >= 0) || penalty == Double.POSITIVE_INFINITY) {
            throw new TensorException("linear model: penalty " + penalty + "; it is finite, 0 or more");
        }
        Source both = source(target);
        int d = both.format().widths().get(0);
        return Jobs.onDriver(() -> {
            LinearModel model = null;
            if (solver != LinearModel.Solver.QR) {
                RowMoments moments = intercept ? moments(both) : withoutMeans(both);
                model = LinearModel.byGram(moments, d, penalty, solver);
            }
            if (model == null) {
                Source rows = intercept ? both.afterOne() : both;
                double[] summary = summarise(rows, new TallQr(rows.width()));
                model = LinearModel.byQr(triangle(summary, rows.width()), (long) summary[0], d, penalty, intercept);
            }
            return both.format().columns().get(1).isNumber() ? model.ofNumbers() : model;
        });
    }

    /** Products about 0. */
    private RowMoments withoutMeans(Source source) {
        int n = source.width();
        double[] sum = summarise(source, new Products(n));
        return new RowMoments((long) sum[0], Tensor.of(new double[n]), Tensor.of(Triangle.symmetric(sum, 1, n), n, n));
    }

    /**
     * {@return the number d of columns: that of the first row}
     *
     * @throws RowException if there is no row
     */
    public int columns() {
        return source().format().widths().get(0);
    }

    /**
     * Rows as Spark plans to read them in one call: a plan may run a shuffle.
     *
     * @param format of the rows, as the first one has it
     */
    private record Source(JavaRDD<InternalRow> rows, Blocks.Format format) {
        int width() {
            return format.width();
        }

        Source afterOne() {
            return new Source(rows, format.afterOne());
        }
    }

    /** Plans the reading of this column and more beside it, and asks the first row for their widths. */
    private Source source(String... more) {
        List<String> names = new ArrayList<>(List.of(column));
        names.addAll(List.of(more));
        Dataset<Row> readable =
                frame.select(names.stream().map(name -> readable(frame, name)).toArray(Column[]::new));
        List<ColumnReader> columns = new ArrayList<>();
        for (StructField field : readable.schema().fields()) {
            columns.add(ColumnReader.of(OPERATION, names.get(columns.size()), columns.size(), field.dataType()));
        }
        return Jobs.run(() -> {
            JavaRDD<InternalRow> rows =
                    Frames.classic(OPERATION, readable).queryExecution().toRdd().toJavaRDD();
            List<Blocks.Format> first = rows.mapPartitionsWithIndex(
                            (partition, part) -> {
                                List<Blocks.Format> result = new ArrayList<>();
                                if (part.hasNext()) {
                                    Place place = new Place(partition, 0);
                                    result.add(Blocks.Format.of(columns, part.next(), place));
                                }
                                return result.iterator();
                            },
                            true)
                    .take(1);
            if (first.isEmpty()) {
                throw new RowException(OPERATION + ": column '" + column + "' has no rows");
            }
            return new Source(rows, first.get(0));
        });
    }

    private double[] summarise(Source source, Summary summary) {
        JavaRDD<InternalRow> rows = source.rows();
        Blocks.Format format = source.format();
        long bytes = summary.size() * Double.BYTES;
        Jobs.requireRoom(
                frame.sparkSession(),
                summary.size(),
                OrderedTree.collected(rows.getNumPartitions(), bytes),
                format.width());
        JavaRDD<double[]> parts = rows.mapPartitionsWithIndex(
                (partition, part) -> {
                    Blocks blocks = new Blocks(partition, part, format);
                    List<double[]> result = new ArrayList<>();
                    if (blocks.hasNext()) {
                        result.add(TaskDevice.compute(device -> summary.of(blocks)));
                    }
                    return result.iterator();
                },
                true);
        JavaRDD<double[]> placed = resources == null ? parts : parts.withResources(resources);
        return Jobs.run(() -> OrderedTree.reduce(placed, bytes, summary::merge).orElseThrow());
    }
}
