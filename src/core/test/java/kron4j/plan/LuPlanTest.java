package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kron4j.plan.LuPlan.Kernel;
import kron4j.plan.LuPlan.OnCard;
import org.junit.jupiter.api.Test;

class LuPlanTest {
    @Test
    void sizeAndBatchChooseTheKernel() {
        int large = LuPlan.THREADED;
        assertEquals(Kernel.SMALL, LuPlan.of(0, 0, 1, 8).kernel());
        assertEquals(Kernel.SMALL, LuPlan.of(LuPlan.SMALL, 1, 1000, 8).kernel());
        assertEquals(Kernel.ONE_CORE_EACH, LuPlan.of(1, LuPlan.SMALL + 1, 1, 8).kernel());
        assertEquals(Kernel.ONE_CORE_EACH, LuPlan.library(2, 1000, 8).kernel());
        assertEquals(Kernel.ALL_CORES_EACH, LuPlan.of(large, 3, 7, 8).kernel());
        assertEquals(Kernel.ONE_CORE_EACH, LuPlan.of(large, 3, 8, 8).kernel());
    }

    @Test
    void fullLanesOfLongVectorsTakeLargerMatrices() {
        assertEquals(LuPlan.SMALL, LuPlan.onePass(0, 1000));
        assertEquals(LuPlan.SMALL, LuPlan.onePass(4, 1000));
        assertEquals(LuPlan.SMALL, LuPlan.onePass(8, 7));
        assertEquals(LuPlan.IN_LANES, LuPlan.onePass(8, 8));
    }

    @Test
    void onACardSizeAndBatchChoose() {
        assertEquals(OnCard.REGISTERS, LuPlan.onCard(0, 0, 1, 8));
        assertEquals(OnCard.REGISTERS, LuPlan.onCard(64, 3, 100_000, 8));
        assertEquals(OnCard.PANELS, LuPlan.onCard(65, 3, 1, 8));
        assertEquals(OnCard.PANELS, LuPlan.onCard(3, 65, 1, 8));
        assertEquals(OnCard.PANELS, LuPlan.onCard(256, 256, 1, 8));
        assertEquals(OnCard.LIBRARY_EACH, LuPlan.onCard(257, 257, 1, 8));
        assertEquals(OnCard.PANELS, LuPlan.onCard(1024, 1024, 2, 8));
        assertEquals(OnCard.PANELS, LuPlan.onCard(1024, 5000, 2, 8));
        assertEquals(OnCard.LIBRARY_EACH, LuPlan.onCard(1025, 20, 1000, 8));
        assertEquals(OnCard.REGISTERS, LuPlan.onCard(32, 32, 1, 16));
        assertEquals(OnCard.PANELS, LuPlan.onCard(33, 1, 1, 16));
        assertEquals(OnCard.PANELS, LuPlan.onCard(512, 600, 2, 16));
        assertEquals(OnCard.LIBRARY_EACH, LuPlan.onCard(513, 1, 2, 16));
    }

    @Test
    void printsWhatRuns() {
        assertEquals(
                "5 of size 4: own kernel, a core per matrix",
                LuPlan.of(4, 4, 5, 2).toString());
        assertEquals(
                "9 of size 64: library, a core per matrix",
                LuPlan.of(64, 64, 9, 2).toString());
        assertEquals(
                "1 of size 512: library, all cores on each matrix in turn",
                LuPlan.of(512, 512, 1, 2).toString());
    }
}
