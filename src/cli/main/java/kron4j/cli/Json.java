package kron4j.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.math.BigDecimal;
import java.math.MathContext;

/** JSON as the commands print it. */
final class Json {
    private static final Gson GSON = new GsonBuilder()
            .disableHtmlEscaping()
            .registerTypeAdapter(Double.class, (JsonSerializer<Double>) (v, type, context) -> number(v))
            .registerTypeAdapter(double.class, (JsonSerializer<Double>) (v, type, context) -> number(v))
            .create();

    private Json() {}

    static String text(Object report) {
        return GSON.toJson(report);
    }

    /** JSON has no NaN or infinities, so these become the strings that NumPy prints. */
    static JsonPrimitive number(double v) {
        return Double.isFinite(v)
                ? new JsonPrimitive(v)
                : new JsonPrimitive(Double.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf");
    }

    /** A measured time, rounded to three significant digits. */
    static double time(double measured) {
        return new BigDecimal(measured).round(new MathContext(3)).doubleValue();
    }
}
