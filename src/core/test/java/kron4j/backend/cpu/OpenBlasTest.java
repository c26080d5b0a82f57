package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The library's own number of threads a call may use, of which its getter knows only what went through its setter. */
class OpenBlasTest {
    @BeforeAll
    static void load() {
        OpenBlas.load();
    }

    private static void expectThreads(int count) {
        assertEquals(count, new IntPointer(Loader.addressof("blas_cpu_number")).get());
    }

    @Test
    void callsUseOneThreadMeanwhileAndAllAfterwards() {
        expectThreads(Parallel.threads());
        OpenBlas.oneThreadEach(() -> {
            expectThreads(1);
            OpenBlas.oneThreadEach(() -> expectThreads(1));
            expectThreads(1);
        });
        expectThreads(Parallel.threads());
    }

    @Test
    void callsUseAllThreadsAfterAFailure() {
        assertThrows(
                IllegalStateException.class,
                () -> OpenBlas.oneThreadEach(() -> {
                    throw new IllegalStateException();
                }));
        expectThreads(Parallel.threads());
    }
}
