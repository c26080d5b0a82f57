package kron4j.cli.demo;

import java.util.List;

/** A part of the demo. */
public interface Step {
    String title();

    void run(Digits digits, Report report);

    /** All, in order. */
    static List<Step> all() {
        return List.of(
                new BilinearPooling(),
                new KronFreeLayer(),
                new FourKroneckers(),
                new LogDeterminants(),
                new KerasProducts());
    }
}
