package kron4j.cli.conformance;

import java.util.List;
import java.util.Map;

/**
 * The outcome of one section.
 *
 * @param skipped number of cases by reason
 * @param failures the first failures in full
 */
public record SectionResult(
        String section, int passed, int failed, Map<String, Integer> skipped, List<String> failures) {
    public int skippedCases() {
        return skipped.values().stream().mapToInt(Integer::intValue).sum();
    }
}
