package kron4j.cli.conformance;

import java.util.List;
import java.util.Map;

/**
 * What came of one section.
 *
 * @param skipped reason to how many cases
 * @param failures the first failures in full
 */
public record SectionResult(
        String section, int passed, int failed, Map<String, Integer> skipped, List<String> failures) {
    public int skippedCases() {
        return skipped.values().stream().mapToInt(Integer::intValue).sum();
    }
}
