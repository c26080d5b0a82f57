// A small frame for the simulator's tests, and the functions of the driver that they call.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../src/sim.h"

using sim::Address;
using sim::Graph;

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void**, int);
int cuDevicePrimaryCtxRelease_v2(int);
int cuCtxSetCurrent(void*);
int cuCtxGetCurrent(void**);
int cuMemcpyPeer(Address, void*, Address, void*, size_t);
int cuModuleUnload(void*);
int cuCtxSynchronize();
int cuMemAlloc_v2(Address*, size_t);
int cuMemFree_v2(Address);
int cuMemFreeAsync(Address, void*);
int cuMemGetInfo_v2(size_t*, size_t*);
int cuMemAllocHost_v2(void**, size_t);
int cuMemFreeHost(void*);
int cuMemcpyHtoD_v2(Address, const void*, size_t);
int cuMemcpyDtoH_v2(void*, Address, size_t);
int cuMemcpyHtoDAsync_v2(Address, const void*, size_t, void*);
int cuMemcpyDtoDAsync_v2(Address, Address, size_t, void*);
int cuMemsetD8_v2(Address, unsigned char, size_t);
int cuMemsetD8Async(Address, unsigned char, size_t, void*);
int cuStreamCreate(void**, unsigned);
int cuStreamDestroy_v2(void*);
int cuStreamSynchronize(void*);
int cuStreamQuery(void*);
int cuStreamWaitEvent(void*, void*, unsigned);
int cuStreamBeginCapture_v2(void*, int);
int cuStreamEndCapture(void*, Graph**);
int cuEventCreate(void**, unsigned);
int cuEventDestroy_v2(void*);
int cuEventRecord(void*, void*);
int cuEventSynchronize(void*);
int cuEventElapsedTime(float*, void*, void*);
int cuGraphInstantiateWithFlags(void**, Graph*, unsigned long long);
int cuGraphLaunch(void*, void*);
int cuGraphDestroy(Graph*);
int cuGraphExecDestroy(void*);
int cuModuleLoadData(void**, const void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuFuncSetAttribute(void*, int, int);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
int cuArrayDestroy(void*);
}

struct Test {
    const char* name;
    void (*run)();
    bool fatal; ///< AddressSanitizer, where it is, ends the process
};

inline std::vector<Test>& tests() {
    static std::vector<Test> all;
    return all;
}

#define ADD_TEST(name, fatal)                                                           \
    void name();                                                                        \
    static const bool name##Added = (tests().push_back({#name, name, fatal}), true);    \
    void name()
#define TEST(name) ADD_TEST(name, false)
/// A test that touches what it must not.
#define FATAL_TEST(name) ADD_TEST(name, true)

#define REQUIRE(condition)                                                                                     \
    do {                                                                                                       \
        if (!(condition)) {                                                                                    \
            printf("%s:%d: not so: %s\n  last report: %s\n", __FILE__, __LINE__, #condition, control()->lastReport); \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

inline sim::Control* control() { return sim::control; }

/// Whether there was one report since the last call, with that text.
inline int reports(const char* text) {
    static int64_t seen = 0;
    int64_t fresh = control()->reports - seen;
    seen = control()->reports;
    if (fresh == 1 && !strstr(control()->lastReport, text)) return -1;
    return int(fresh);
}

/// The module of kernels.cu, in what the simulator reads of PTX.
void* module();
/// Device memory that is freed after the test.
Address allocate(size_t bytes);

struct Launch {
    Address in, out;
    int64_t count;
};

inline int launch(const char* name, unsigned blocks, unsigned threads, void* stream, Launch parameters, unsigned shared = 0) {
    void* function = nullptr;
    REQUIRE(cuModuleGetFunction(&function, module(), name) == 0);
    void* pointers[] = {&parameters};
    return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, shared, stream, pointers, nullptr);
}

inline Address upload(const std::vector<double>& values) {
    Address address = allocate(values.size() * 8);
    REQUIRE(cuMemcpyHtoD_v2(address, values.data(), values.size() * 8) == 0);
    return address;
}

inline std::vector<double> download(Address address, size_t count) {
    std::vector<double> values(count);
    REQUIRE(cuMemcpyDtoH_v2(values.data(), address, count * 8) == 0);
    return values;
}

inline std::vector<double> iota(size_t count) {
    std::vector<double> values(count);
    for (size_t i = 0; i < count; i++) values[i] = double(i + 1);
    return values;
}
