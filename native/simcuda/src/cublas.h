// Handles of the stand-in for cuBLAS.
#pragma once

#include "matrices.h"

namespace sim {

struct Blas {
    Context* context;
    void* stream = nullptr;
    int pointerMode = 0; // 1: on the device
    int mathMode = 0; // 3: TF32
    int atomicsMode = 0;
    Address workspace = 0; ///< the caller's, or 0
    size_t workspaceBytes = 0;
};

Blas* findBlas(void* handle);
/// 0, or why the handle cannot be used now.
int enterBlas(Call& call, const char* name, Blas* blas, Stream** stream);

/// Enqueues a product or what else computes. It writes into the caller's workspace, of which a capture has one: an own one would be hidden from its owner.
int enqueueBlas(Call& call, const Blas* blas, Stream* stream, const char* name, std::function<int()> run);

template <class T> Scalar<T> scalar(const Blas* blas, const T* pointer) {
    if (blas->pointerMode == 1) return {T(), pointer};
    return {*pointer, nullptr};
}

/// Whether the scalar lies where the pointer mode says.
template <class T> bool checkScalar(const Blas* blas, const char* name, const char* what, const T* pointer) {
    return blas->pointerMode == 1 ? checkArray(name, what, pointer, 1) : checkHost(name, what, pointer, sizeof(T));
}

} // namespace sim

#define API extern "C" EXPORT int
/// Begins a call: finds the handle `blas` and its `stream`.
#define ENTER(name)                                                                    \
    CALL_OF(name, sim::CUBLAS, sim::Call::INITIALISED);                                \
    sim::Blas* blas = sim::findBlas(handle);                                           \
    sim::Stream* stream = nullptr;                                                     \
    if (int refused = sim::enterBlas(call, #name, blas, &stream)) return refused
#define REQUIRE(condition) \
    if (!(condition)) return CUBLAS_STATUS_INVALID_VALUE
/// Enqueues what follows.
#define RUN(name, ...) sim::enqueueBlas(call, blas, stream, name, [=]() -> int __VA_ARGS__)
