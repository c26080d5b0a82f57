// Handles and arguments of the stand-in for cuSOLVER.
#pragma once

#include "matrices.h"

namespace sim {

struct Solver {
    Context* context;
    void* stream = nullptr;
};

/// What syevj and gesvdj are told and tell.
struct JacobiParams {
    double tolerance = 0;
    int sweeps = 100;
    int sort = 1;
};

Solver* findSolver(void* handle);
int enterSolver(Call& call, const char* name, Solver* solver, Stream** stream);

/// Fills a workspace, whose contents nobody may rely on.
template <class T> void spoil(T* work, int length) {
    if (length <= 0) return;
    open(work);
    memset(static_cast<void*>(work), 0xFF, size_t(length) * sizeof(T));
}

/// What LAPACK needs; called with the length -1 first.
template <class T> struct Scratch {
    std::vector<T> array = std::vector<T>(1);
    int length = -1;
    void size() {
        length = std::max(1, int(std::real(array[0])));
        array.resize(size_t(length));
    }
    T* data() { return array.data(); }
};

} // namespace sim

#define API extern "C" EXPORT int
#define ENTER(name)                                                            \
    CALL_OF(name, sim::CUSOLVER, sim::Call::INITIALISED);                      \
    sim::Stream* stream = nullptr;                                             \
    [[maybe_unused]] const char* const self = #name;                           \
    if (int refused = sim::enterSolver(call, #name, sim::findSolver(handle), &stream)) return refused
#define REQUIRE(condition) \
    if (!(condition)) return CUSOLVER_STATUS_INVALID_VALUE
/// Enqueues what follows.
#define RUN(...) sim::translate(sim::CUSOLVER, sim::enqueue(call.lock, stream, self, [=]() -> int __VA_ARGS__))
