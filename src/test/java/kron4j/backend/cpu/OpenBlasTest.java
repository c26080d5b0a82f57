package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OpenBlasTest {
    @BeforeAll
    static void load() {
        OpenBlas.load();
    }

    private static void expectThreads(int count) {
        assertEquals(count, openblas_nolapack.blas_get_num_threads());
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
