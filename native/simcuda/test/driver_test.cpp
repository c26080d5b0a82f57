// Tests of the simulated driver: each says in one line what a device would do, or what misuse is noticed.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <set>

#include "test.h"

namespace {

TEST(blocks_sum_through_shared_memory_in_every_order) {
    Address in = upload(iota(1000)), out = allocate(4 * 8);
    for (int seed = 0; seed < 20; seed++) {
        control()->seed = seed;
        REQUIRE(launch("test_sum", 4, 256, nullptr, {in, out, 1000}) == 0);
        auto sums = download(out, 4);
        REQUIRE(sums[0] + sums[1] + sums[2] + sums[3] == 500500);
        REQUIRE(sums[0] == 256 * 257 / 2);
    }
}

TEST(a_missing_barrier_shows_with_some_order) {
    Address in = upload(iota(256)), out = allocate(8);
    std::set<bool> right;
    for (int seed = 0; seed < 20; seed++) {
        control()->seed = seed;
        REQUIRE(launch("test_sum_racy", 1, 256, nullptr, {in, out, 256}) == 0);
        right.insert(download(out, 1)[0] == 256 * 257 / 2);
    }
    REQUIRE(right.count(false) == 1);
    reports("test_sum_racy"); // the race detector's, where it is
}

TEST(blocks_are_as_few_as_asked_for_where_the_kernel_strides) {
    control()->mostBlocks = 1;
    Address in = upload(iota(100)), out = upload(std::vector<double>(100, 1.0));
    REQUIRE(launch("test_step", 4, 32, nullptr, {0, out, 100}) == 0);
    REQUIRE(download(out, 100) == std::vector<double>(100, 3.0));
    REQUIRE(launch("test_sum", 4, 32, nullptr, {in, out, 100}) == 0); // does not stride, but its PTX in main.cpp says so
    REQUIRE(download(out, 2) == std::vector<double>({32 * 33 / 2, 3}));
    REQUIRE(launch("test_race_bytes", 4, 32, nullptr, {0, out, 0}) == 0); // whose PTX does not
    REQUIRE(download(out, 16)[15] == download(out, 1)[0]);
}

TEST(warps_shuffle) {
    Address in = upload(iota(96)), out = allocate(96 * 8);
    REQUIRE(launch("test_warp", 1, 96, nullptr, {in, out, 96}) == 0);
    auto sums = download(out, 96);
    for (int i = 0; i < 96; i++) REQUIRE(sums[i] == 32 * (32 * (i / 32)) + 32 * 33 / 2);
}

TEST(votes_and_atomics) {
    Address out = upload({0, 0, 0});
    REQUIRE(launch("test_votes", 3, 64, nullptr, {0, out, 0}) == 0);
    REQUIRE(download(out, 3) == std::vector<double>({96, 32, double(0x55555555)}));
}

TEST(dynamic_shared_memory) {
    Address in = upload(iota(100)), out = allocate(800);
    REQUIRE(launch("test_reverse", 1, 100, nullptr, {in, out, 0}, 800) == 0);
    REQUIRE(download(out, 100)[0] == 100);
    REQUIRE(launch("test_reverse", 1, 100, nullptr, {in, out, 0}, 60000) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("shared memory") == 1);
    void* function = nullptr;
    REQUIRE(cuModuleGetFunction(&function, module(), "test_reverse") == 0);
    REQUIRE(cuFuncSetAttribute(function, 8, 200000) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(cuFuncSetAttribute(function, 8, 60000) == 0);
    REQUIRE(launch("test_reverse", 1, 100, nullptr, {in, out, 0}, 60000) == 0);
    REQUIRE(download(out, 100)[0] == 100);
    REQUIRE(launch("test_reverse", 1, 100, nullptr, {in, out, 0}, 60001) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("shared memory") == 1);
}

TEST(threads_that_ended_are_not_waited_for) {
    Address out = allocate(80);
    REQUIRE(launch("test_leave", 1, 64, nullptr, {0, out, 0}) == 0);
    REQUIRE(download(out, 10)[9] == 9);
}

TEST(a_kernel_that_hangs_is_reported) {
    Address out = allocate(8);
    REQUIRE(launch("test_hang", 1, 32, nullptr, {0, out, 0}) == 0);
    REQUIRE(cuCtxSynchronize() == CUDA_ERROR_LAUNCH_FAILED);
    REQUIRE(reports("waits for ever") == 1);
    REQUIRE(cuMemFree_v2(out) == CUDA_ERROR_LAUNCH_FAILED); // the context is lost
    control()->heal = 1;
    REQUIRE(cuCtxSynchronize() == 0);
}

TEST(fresh_memory_is_not_a_number) {
    double value = download(allocate(64), 8)[3];
    REQUIRE(value != value);
}

FATAL_TEST(a_store_beyond_a_block_is_reported) {
    Address out = allocate(24);
    REQUIRE(launch("test_store", 1, 1, nullptr, {0, out, 3}) == 0); // within the last 256 bytes: the red zone
    cuCtxSynchronize();
    REQUIRE(reports("wrote beyond block") == 1);
    REQUIRE(launch("test_store", 1, 1, nullptr, {0, out, 32}) == 0); // the page behind
    REQUIRE(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
    REQUIRE(reports("reads or writes byte 256 of block") == 1);
    control()->heal = 1;
}

FATAL_TEST(use_after_free_is_reported) {
    Address out = allocate(64);
    void *first, *second;
    REQUIRE(cuStreamCreate(&first, 1) == 0 && cuStreamCreate(&second, 1) == 0);
    control()->seed = 0;
    REQUIRE(launch("test_step", 1, 8, first, {0, out, 8}) == 0);
    REQUIRE(cuMemFreeAsync(out, second) == 0); // does not wait for the launch
    REQUIRE(cuStreamSynchronize(second) == 0);
    REQUIRE(cuStreamSynchronize(first) == CUDA_ERROR_ILLEGAL_ADDRESS);
    REQUIRE(reports("of freed block") == 1);
    control()->heal = 1;
    REQUIRE(cuMemFree_v2(out) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("double free") == 1);
    REQUIRE(cuStreamDestroy_v2(first) == 0 && cuStreamDestroy_v2(second) == 0);
}

TEST(a_free_waits_for_the_device) {
    Address out = upload({1}), copy = allocate(8);
    REQUIRE(cuMemcpyDtoDAsync_v2(copy, out, 8, nullptr) == 0 && cuMemFree_v2(out) == 0);
    REQUIRE(download(copy, 1)[0] == 1);
}

TEST(host_and_device_pointers_are_told_apart) {
    double value = 0;
    Address out = allocate(8);
    REQUIRE(cuMemcpyHtoD_v2(reinterpret_cast<Address>(&value), &value, 8) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("no device pointer") == 1);
    REQUIRE(cuMemcpyDtoH_v2(reinterpret_cast<void*>(out), out, 8) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("no host pointer") == 1);
    REQUIRE(cuMemcpyHtoD_v2(out, &value, 16) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("16 bytes from byte 0 of block") == 1);
    REQUIRE(launch("test_step", 1, 8, nullptr, {0, reinterpret_cast<Address>(&value), 1}) == CUDA_ERROR_INVALID_VALUE);
    REQUIRE(reports("looks like a host pointer") == 1);
}

FATAL_TEST(the_host_cannot_follow_a_device_pointer) {
    Address out = allocate(8);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        *reinterpret_cast<volatile double*>(out) = 1;
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
    REQUIRE(reports("the host reads or writes device memory") == 1);
}

TEST(streams_are_ordered_only_by_events) {
    std::set<double> unordered, ordered;
    for (int seed = 1; seed < 60; seed++) {
        control()->seed = seed;
        void *first, *second, *event;
        REQUIRE(cuStreamCreate(&first, 1) == 0 && cuStreamCreate(&second, 1) == 0 && cuEventCreate(&event, 2) == 0);
        for (bool wait : {false, true}) {
            Address out = upload({1});
            REQUIRE(launch("test_step", 1, 1, first, {0, out, 1}) == 0); // 3
            REQUIRE(cuEventRecord(event, first) == 0);
            if (wait) REQUIRE(cuStreamWaitEvent(second, event, 0) == 0);
            REQUIRE(cuMemsetD8Async(out, 0, 8, second) == 0); // 0
            REQUIRE(cuStreamSynchronize(second) == 0 && cuStreamSynchronize(first) == 0);
            (wait ? ordered : unordered).insert(download(out, 1)[0]);
        }
        REQUIRE(cuEventDestroy_v2(event) == 0 && cuStreamDestroy_v2(first) == 0 && cuStreamDestroy_v2(second) == 0);
    }
    REQUIRE(unordered == std::set<double>({0, 1}));
    REQUIRE(ordered == std::set<double>({0}));
}

TEST(work_runs_late_and_copies_from_locked_memory_read_late) {
    control()->seed = 0;
    void* stream;
    double* locked;
    double pageable = 1;
    REQUIRE(cuStreamCreate(&stream, 1) == 0 && cuMemAllocHost_v2(reinterpret_cast<void**>(&locked), 8) == 0);
    Address a = allocate(8), b = allocate(8);
    *locked = 1;
    REQUIRE(cuMemcpyHtoDAsync_v2(a, locked, 8, stream) == 0 && cuMemcpyHtoDAsync_v2(b, &pageable, 8, stream) == 0);
    *locked = pageable = 2;
    REQUIRE(control()->pending == 2);
    int polls = 0;
    while (cuStreamQuery(stream) == CUDA_ERROR_NOT_READY) REQUIRE(++polls < 10);
    REQUIRE(download(a, 1)[0] == 2 && download(b, 1)[0] == 1);
    REQUIRE(cuMemFreeHost(locked) == 0 && cuStreamDestroy_v2(stream) == 0);
}

TEST(the_null_stream_waits_for_streams_and_they_for_it) {
    for (int seed = 0; seed < 20; seed++) {
        control()->seed = seed;
        void* stream;
        REQUIRE(cuStreamCreate(&stream, 0) == 0);
        Address out = upload({1});
        REQUIRE(launch("test_step", 1, 1, stream, {0, out, 1}) == 0);
        REQUIRE(launch("test_step", 1, 1, nullptr, {0, out, 1}) == 0);
        REQUIRE(cuMemsetD8Async(out, 0, 8, stream) == 0);
        REQUIRE(launch("test_step", 1, 1, nullptr, {0, out, 1}) == 0);
        REQUIRE(download(out, 1)[0] == 1);
        REQUIRE(cuStreamDestroy_v2(stream) == 0);
    }
}

TEST(events_tell_times) {
    void *from, *to;
    REQUIRE(cuEventCreate(&from, 0) == 0 && cuEventCreate(&to, 0) == 0);
    REQUIRE(cuEventRecord(from, nullptr) == 0 && cuEventRecord(to, nullptr) == 0 && cuEventSynchronize(to) == 0);
    float milliseconds = -1;
    REQUIRE(cuEventElapsedTime(&milliseconds, from, to) == 0 && milliseconds >= 0);
    REQUIRE(cuEventDestroy_v2(from) == 0 && cuEventDestroy_v2(to) == 0);
    REQUIRE(cuEventDestroy_v2(to) == CUDA_ERROR_INVALID_HANDLE && reports("is no event") == 1);
}

TEST(devices_are_apart) {
    void *first, *second, *module2, *function;
    REQUIRE(cuCtxGetCurrent(&first) == 0 && cuDevicePrimaryCtxRetain(&second, 1) == 0);
    Address here = upload({5}), there, back = allocate(8);
    REQUIRE(cuCtxSetCurrent(second) == 0 && cuMemAlloc_v2(&there, 8) == 0);
    size_t available, all;
    REQUIRE(cuMemGetInfo_v2(&available, &all) == 0 && all - available == 512);
    REQUIRE(cuMemcpyPeer(there, second, here, first, 8) == 0);
    REQUIRE(launch("test_step", 1, 1, nullptr, {0, there, 1}) == CUDA_ERROR_INVALID_HANDLE); // its module is the other's
    REQUIRE(reports("another context") == 1);
    REQUIRE(cuModuleLoadData(&module2, ".version 8.0\n.target sm_75\n.visible .entry test_step(\n.param .align 8 .b8 p[24]\n)\n{\n\n}\n") == 0);
    REQUIRE(cuModuleGetFunction(&function, module2, "test_step") == 0);
    Launch parameters{0, there, 1};
    void* pointers[] = {&parameters};
    REQUIRE(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, pointers, nullptr) == 0);
    REQUIRE(cuMemcpyPeer(back, first, there, second, 8) == 0);
    REQUIRE(cuModuleUnload(module2) == 0 && cuDevicePrimaryCtxRelease_v2(1) == 0); // frees what is left on it
    REQUIRE(cuMemAlloc_v2(&there, 8) == CUDA_ERROR_INVALID_CONTEXT);
    REQUIRE(cuCtxSetCurrent(first) == 0 && download(back, 1)[0] == 11);
}

TEST(memory_is_limited_and_accounted) {
    int64_t total = control()->totalBytes;
    size_t available, all;
    Address address;
    control()->totalBytes = 1 << 20;
    REQUIRE(cuMemAlloc_v2(&address, (1 << 20) + 1) == CUDA_ERROR_OUT_OF_MEMORY);
    REQUIRE(cuMemAlloc_v2(&address, 1 << 19) == 0);
    REQUIRE(cuMemGetInfo_v2(&available, &all) == 0 && all == 1 << 20 && available == 1 << 19);
    REQUIRE(address % 256 == 0 && cuMemFree_v2(address) == 0);
    control()->totalBytes = total;
}

TEST(the_nth_call_fails_as_asked) {
    Address a;
    control()->failKind = 1;
    control()->failCall = 2;
    REQUIRE(cuMemAlloc_v2(&a, 8) == 0);
    REQUIRE(cuMemFree_v2(a) == CUDA_ERROR_OUT_OF_MEMORY && strcmp(control()->failedName, "cuMemFree_v2") == 0);
    strcpy(control()->failName, "cuMemAlloc");
    control()->failCall = 1;
    REQUIRE(cuMemFree_v2(a) == 0);
    REQUIRE(cuMemAlloc_v2(&a, 8) == CUDA_ERROR_OUT_OF_MEMORY);
    control()->failName[0] = 0;
    control()->failKind = 4;
    control()->failCall = 1;
    REQUIRE(cuCtxSynchronize() == CUDA_ERROR_LAUNCH_FAILED && cuMemAlloc_v2(&a, 8) == CUDA_ERROR_LAUNCH_FAILED);
    control()->heal = 1;
    control()->failKind = 3;
    control()->failWork = 1;
    a = allocate(8);
    REQUIRE(cuMemsetD8_v2(a, 0, 8) == 0);
    REQUIRE(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
    control()->heal = 1;
    REQUIRE(cuMemFree_v2(a) == 0);
}

TEST(a_captured_graph_replays) {
    void *stream, *side, *event, *exec;
    Graph* graph;
    REQUIRE(cuStreamCreate(&stream, 1) == 0 && cuStreamCreate(&side, 1) == 0 && cuEventCreate(&event, 2) == 0);
    for (int seed = 0; seed < 20; seed++) {
        control()->seed = seed;
        Address a = upload({1}), b = upload({5});
        REQUIRE(cuStreamBeginCapture_v2(stream, 1) == 0);
        REQUIRE(launch("test_step", 1, 1, stream, {0, a, 1}) == 0);
        REQUIRE(cuEventRecord(event, stream) == 0 && cuStreamWaitEvent(side, event, 0) == 0);
        REQUIRE(cuMemcpyDtoDAsync_v2(b, a, 8, side) == 0);
        REQUIRE(cuEventRecord(event, side) == 0 && cuStreamWaitEvent(stream, event, 0) == 0);
        REQUIRE(launch("test_step", 1, 1, stream, {0, b, 1}) == 0);
        REQUIRE(cuStreamEndCapture(stream, &graph) == 0);
        REQUIRE(download(a, 1)[0] == 1); // nothing has run
        REQUIRE(cuGraphInstantiateWithFlags(&exec, graph, 0) == 0 && cuGraphDestroy(graph) == 0);
        for (int i = 0; i < 2; i++) REQUIRE(cuGraphLaunch(exec, stream) == 0);
        REQUIRE(cuStreamSynchronize(stream) == 0);
        REQUIRE(download(a, 1)[0] == 7 && download(b, 1)[0] == 15);
        REQUIRE(cuGraphExecDestroy(exec) == 0);
    }
    REQUIRE(cuEventDestroy_v2(event) == 0 && cuStreamDestroy_v2(side) == 0 && cuStreamDestroy_v2(stream) == 0);
}

TEST(what_cannot_be_captured_invalidates_the_capture) {
    void* stream;
    Graph* graph;
    Address a = allocate(8), b;
    REQUIRE(cuStreamCreate(&stream, 1) == 0);
    REQUIRE(cuStreamBeginCapture_v2(stream, 1) == 0);
    REQUIRE(cuMemsetD8Async(a, 0, 8, stream) == 0);
    REQUIRE(cuStreamSynchronize(stream) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    REQUIRE(cuMemsetD8Async(a, 0, 8, stream) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    REQUIRE(cuStreamEndCapture(stream, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED && !graph);
    REQUIRE(reports("cuStreamSynchronize is not allowed") == 1);
    REQUIRE(cuStreamBeginCapture_v2(stream, 1) == 0);
    REQUIRE(cuMemAlloc_v2(&b, 8) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    REQUIRE(reports("cuMemAlloc is not allowed") == 1);
    REQUIRE(cuStreamEndCapture(stream, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    REQUIRE(cuStreamBeginCapture_v2(stream, 2) == 0);
    REQUIRE(cuMemAlloc_v2(&b, 8) == 0);
    REQUIRE(cuMemFree_v2(b) == 0);
    REQUIRE(cuStreamEndCapture(stream, &graph) == 0 && cuGraphDestroy(graph) == 0);
    REQUIRE(cuStreamDestroy_v2(stream) == 0);
}

TEST(what_is_not_simulated_says_so) {
    REQUIRE(cuArrayDestroy(nullptr) == CUDA_ERROR_NOT_SUPPORTED);
    REQUIRE(reports("cuArrayDestroy is not simulated") == 1);
}

} // namespace
