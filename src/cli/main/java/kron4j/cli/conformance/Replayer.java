package kron4j.cli.conformance;

import com.google.gson.JsonObject;
import java.util.Map;

/** Knows the sections of one kind of case file and how to replay their cases. */
public interface Replayer {
    /** One case: computes and compares through {@code check}, which also skips; returning means that it passed. */
    @FunctionalInterface
    interface Case {
        void replay(JsonObject c, Check check);
    }

    /**
     * The sections in the order of the report. A key is the section's name in the file; to look at the same cases in several ways add a part after
     * a slash, as in {@code "batch_dot"} and {@code "batch_dot/legacy"}. A section that is an object in the file is one case.
     */
    Map<String, Case> sections();

    /** The section of the file that a key of {@link #sections} reads. */
    static String inFile(String key) {
        int slash = key.indexOf('/');
        return slash < 0 ? key : key.substring(0, slash);
    }
}
