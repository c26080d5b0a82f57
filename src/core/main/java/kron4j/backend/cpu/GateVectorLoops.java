package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/** By vectors; the functions are compiled one by one ({@link Alone}). */
final class GateVectorLoops extends GateLoops {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final FloatVector ONE = FloatVector.broadcast(FloatVectors.SPECIES, 1);

    private final MethodHandle sigmoids = find("sigmoids");
    private final MethodHandle tangents = find("tangents");

    private static MethodHandle find(String name) {
        MethodType type = MethodType.methodType(void.class, float[].class, int.class, int.class, int.class, int.class);
        return Alone.loop(GateVectorLoops.class, name, type);
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    @Override
    void sigmoid(float[] gates, int at, int n, int rows, int step) {
        run(sigmoids, gates, at, n, rows, step);
    }

    @Override
    void tanh(float[] gates, int at, int n, int rows, int step) {
        run(tangents, gates, at, n, rows, step);
    }

    private static void run(MethodHandle loop, float[] gates, int at, int n, int rows, int step) {
        try {
            loop.invokeExact(gates, at, n, rows, step);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void sigmoids(float[] x, int at, int n, int rows, int step) {
        for (int r = 0, from = at; r < rows; r++, from += step) {
            for (int i = from; i < from + n; i += LANES) {
                FloatVectors.sigmoid(at(x, i)).intoArray(x, i);
            }
        }
    }

    static void tangents(float[] x, int at, int n, int rows, int step) {
        for (int r = 0, from = at; r < rows; r++, from += step) {
            for (int i = from; i < from + n; i += LANES) {
                FloatVectors.tanh(at(x, i)).intoArray(x, i);
            }
        }
    }

    @Override
    void remember(float[] gates, int[] places, float[] cell, int n, int rows, int step) {
        int f = places[1] - places[0];
        int g = places[2] - places[0];
        for (int r = 0; r < rows; r++) {
            for (int e = 0, c = r * n, i = places[0] + r * step; e < n; e += LANES, c += LANES, i += LANES) {
                at(gates, i)
                        .mul(at(gates, i + g))
                        .add(at(gates, i + f).mul(at(cell, c)))
                        .intoArray(cell, c);
            }
        }
    }

    @Override
    void show(float[] gates, int[] places, float[] seen, float[] state, int n, int rows, int step) {
        for (int r = 0; r < rows; r++) {
            for (int e = 0, c = r * n, o = places[3] + r * step; e < n; e += LANES, c += LANES, o += LANES) {
                at(gates, o).mul(at(seen, c)).intoArray(state, c);
            }
        }
    }

    @Override
    void forget(
            float[] gates,
            int[] places,
            float[] before,
            float[] seen,
            float[] ofState,
            float[] ofCell,
            float[] slopes,
            int n,
            int rows,
            int step) {
        int f = places[1] - places[0];
        int g = places[2] - places[0];
        int o = places[3] - places[0];
        for (int r = 0; r < rows; r++) {
            for (int e = 0, c = r * n, i = places[0] + r * step; e < n; e += LANES, c += LANES, i += LANES) {
                FloatVector output = at(gates, i + o);
                FloatVector shown = at(seen, c);
                FloatVector state = at(ofState, c);
                state.mul(shown).mul(output).mul(ONE.sub(output)).intoArray(slopes, i + o);
                FloatVector cell = at(ofCell, c).add(state.mul(output).mul(ONE.sub(shown.mul(shown))));
                FloatVector input = at(gates, i);
                FloatVector candidate = at(gates, i + g);
                cell.mul(candidate).mul(input).mul(ONE.sub(input)).intoArray(slopes, i);
                cell.mul(input).mul(ONE.sub(candidate.mul(candidate))).intoArray(slopes, i + g);
                FloatVector forget = at(gates, i + f);
                cell.mul(at(before, c)).mul(forget).mul(ONE.sub(forget)).intoArray(slopes, i + f);
                cell.mul(forget).intoArray(ofCell, c);
            }
        }
    }
}
