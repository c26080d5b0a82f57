// What the race detector finds, whatever the order of threads, and where it is silent. In a build without it: that these kernels run.
#include <string>

#include "test.h"

namespace {

/// Runs a kernel in one of eight orders; what was found is `text`, nothing when it is empty.
void expect(const std::string& text, const char* kernel, unsigned blocks, unsigned threads, int64_t count, unsigned shared = 0) {
    static int seed = 0;
    control()->seed = seed = (seed + 1) % 8;
    Address in = upload(iota(256)), out = upload(std::vector<double>(256, 0.0));
    reports("");
    REQUIRE(launch(kernel, blocks, threads, nullptr, {in, out, count}, shared) == 0 && cuCtxSynchronize() == 0);
#ifdef SIMCUDA_RACES
    bool found = reports(text.c_str()) != 0;
    REQUIRE(found == !text.empty());
    if (!found) return;
    std::string report = control()->lastReport;
    if (report.find(text) == std::string::npos || report.find("kernels.cu:") == std::string::npos) printf("expected: %s\n", text.c_str());
    REQUIRE(report.find(text) != std::string::npos && report.find("kernels.cu:") != std::string::npos && report.find(kernel) != std::string::npos);
#else
    (void) text;
#endif
}

} // namespace

TEST(races_of_blocks) {
    expect("race on device memory", "test_race_blocks", 2, 32, 1);
    expect("nothing orders blocks", "test_race_blocks", 4, 32, 2);
    expect("", "test_race_blocks", 1, 32, 1);
    expect("", "test_race_blocks", 4, 32, 0);
    expect("", "test_race_bytes", 4, 10, 0);
    expect("", "test_step", 2, 32, 200);
}

TEST(races_of_a_warp) {
    expect("", "test_race_warp", 1, 32, 0);
    expect("no barrier between", "test_race_warp", 1, 32, 1);
    expect("only a shuffle or vote between, which orders no memory", "test_race_warp", 1, 32, 2);
    expect("", "test_warp", 1, 96, 96);
    expect("", "test_race_warps", 1, 64, 0);
    expect("no barrier between", "test_race_warps", 1, 64, 1);
}

TEST(races_of_a_block) {
    expect("", "test_sum", 1, 256, 256);
    expect("", "test_votes", 3, 64, 0);
    expect("", "test_race_dynamic", 1, 64, 0, 64 * 8);
    expect("race on shared memory", "test_race_dynamic", 1, 64, 1, 64 * 8);
}

TEST(races_with_the_next_piece_of_work) {
    expect("", "test_race_pieces", 2, 64, 0);
    expect("", "test_race_pieces", 4, 64, 1); // there is none
    expect("race on shared memory", "test_race_pieces", 2, 64, 1);
}

TEST(reads_of_shared_memory_that_nobody_wrote) {
    expect("", "test_unwritten", 1, 64, 64);
    expect("reads shared memory that no thread of the block has written", "test_unwritten", 2, 64, 63);
    expect("reads shared memory that no thread of the block has written", "test_unwritten", 1, 64, 0);
}
