package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.History;
import kron4j.Layout;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients through every view and copy. */
public class ViewGradientContract extends GradientContract {
    private static Map<String, UnaryOperator<Tensor>> views() {
        Map<String, UnaryOperator<Tensor>> views = new LinkedHashMap<>();
        views.put("transpose", Tensor::transpose);
        views.put("permute", t -> t.permute(2, 0, 1));
        views.put("slice", t -> t.slice(1, 1, 3));
        views.put("slice with step", t -> t.slice(2, 0, 5, 2));
        views.put("slice backwards", t -> t.slice(1, 3, 0, -2));
        views.put("empty slice", t -> t.slice(1, 2, 2));
        views.put("select", t -> t.select(1, -1));
        views.put("get", t -> t.get(1, 2));
        views.put("flip", t -> t.flip(1));
        views.put("flip and permute", t -> t.flip(0).permute(1, 2, 0).flip(1));
        views.put("unsqueeze and expand", t -> t.unsqueeze(1).expand(2, 3, 4, 5));
        views.put("expand in front", t -> t.expand(3, 2, 4, 5));
        views.put("expand of a slice", t -> t.slice(1, 2, 3).expand(2, 3, 5));
        views.put("squeeze", t -> t.slice(0, 1, 2).squeeze(0));
        views.put("diagonal", Tensor::diagonal);
        views.put("diagonal above", t -> t.diagonal(1, 2, 1));
        views.put("unfold", t -> t.unfold(2, 2, 2));
        views.put("overlapping unfold", t -> t.unfold(2, 3, 1));
        views.put("unfold twice", t -> t.unfold(1, 2, 1).unfold(2, 2, 1));
        views.put(
                "unfold of an expanded slice",
                t -> t.slice(0, 0, 1).expand(3, 4, 5).unfold(2, 3, 2));
        views.put("reshape", t -> t.reshape(5, 8));
        views.put("reshape to a scalar", t -> t.get(1, 2, 3).reshape());
        views.put("reshape that copies", t -> t.permute(2, 0, 1).reshape(10, 4));
        views.put(
                "several in one",
                t -> t.viewBy(l -> l.transpose(0, 2).slice(1, 0, 3, 2).unsqueeze(0)));
        views.put("contiguous", t -> t.transpose().contiguous());
        views.put("copy", Tensor::copy);
        views.put("to", t -> t.to(DType.FLOAT32).to(t.dtype()));
        views.put("to its own device", t -> t.to(t.device()));
        views.put("its own layout", t -> t.viewAs(t.layout()));
        return views;
    }

    @Test
    void everyView() {
        views().forEach((name, f) -> {
            if (!name.equals("to")) { // differences do not go through float32
                smooth(name, x -> f.apply(x[0]), uniform(1, 2, 4, 5));
                smooth(name + ", squared", x -> f.apply(x[0]).pow(2), uniform(1, 2, 4, 5));
            }
        });
    }

    /** The gradient of a view is where the view's elements came from, however often. */
    @Test
    void countsWhereElementsCameFrom() {
        views().forEach((name, f) -> {
            NDArray places = NDArray.counting(2, 4, 5);
            Tensor x = places.toTensor(DType.FLOAT64).requiresGrad();
            Tensor y = f.apply(x);
            double[] expected = new double[40];
            for (double place : y.toDoubleArray()) {
                expected[(int) place]++;
            }
            assertArrayEquals(expected, Gradients.of(y.sum(), x).get(0).toDoubleArray(), name);
        });
    }

    @Test
    void anotherLayoutIsNotFollowed() {
        Tensor x = Tensor.of(new double[] {1, 2}).requiresGrad();
        assertEquals(
                History.NONE,
                x.viewAs(Layout.contiguous(x.shape().concat(x.shape().slice(0, 0)))
                                .reverse()
                                .slice(0, 0, 1, 1))
                        .history());
        assertEquals(History.NONE, x.detach().history());
    }

    @Test
    void emptyTensorsHaveEmptyGradients() {
        Tensor x = Tensor.zeros(DType.FLOAT64, 0, 3).requiresGrad();
        Tensor loss = x.transpose().unsqueeze(0).slice(1, 0, 2).sum();
        assertEquals(x.shape(), Gradients.of(loss, x).get(0).shape());
    }
}
