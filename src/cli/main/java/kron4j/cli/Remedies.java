package kron4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Rewrites the library's error texts, which name Java's classes and methods, in terms of commands and options. */
final class Remedies {
    private static final Map<Pattern, String> WORDS = new LinkedHashMap<>();

    static {
        word("^Keras\\.dot:", "dot:");
        word("^Keras\\.batchDot(Legacy)?:", "batch-dot:");
        word("^KroneckerOperator(\\.\\w+)?:", "kron-apply:");
        word("^batchedKron:", "kron --batched:");
        word("; [^;]* to\\(DType(\\.FLOAT64)?\\)", "; convert with --dtype float64");
        word("; [^;]* to\\(DType\\.FLOAT32\\)", "; convert with --dtype float32");
        word("; [^;]* to\\(DType\\.COMPLEX64\\), write its parts \\(.*\\)", "; convert with --dtype complex64");
        word("; [^;]* to\\(DType\\.COMPLEX64\\)", "; convert with --dtype complex64");
        word("; [^;]* to\\(DType\\.INT64\\)", "; convert with --dtype int64");
        word("; use \\w+Ex to get info per entry instead", "");
        word("write solve\\(a, b\\.unsqueeze\\(-1\\)\\)\\.squeeze\\(-1\\)", "give B as numpy.expand_dims(b, -1)");
        word("add (a batch axis|one) with unsqueeze(\\(0\\))?", "add $1 with numpy.expand_dims");
        word("^Unknown subcommand ('.*')\\.$", "unknown command $1");
        word("is not an? (double|float)$", "is not a number");
        word("is not an? (int|long)$", "is not a whole number");
        word("give it the axes with reshape", "give it the axes with numpy.reshape");
        word("; read it with Npz\\.read", "; rename it to .npz");
        word(
                "; if that is right, use Npz\\.read\\(path, maxBytes\\)",
                "; if that is right, unpack it and give the .npy files");
        word(
                "close tensors or scopes, or raise the limit; see Device\\.memoryReport\\(\\)",
                "raise the limit with KRON4J_OPTS=-Dkron4j.cpu.memoryLimit=BYTES (on a card kron4j.cuda.memoryLimit)");
        word("; see Device\\.memoryReport\\(\\)", "");
    }

    private Remedies() {}

    private static void word(String java, String here) {
        WORDS.put(Pattern.compile(java), here);
    }

    static String of(String message) {
        String text = message;
        for (Map.Entry<Pattern, String> word : WORDS.entrySet()) {
            text = word.getKey().matcher(text).replaceAll(word.getValue());
        }
        return text;
    }
}
