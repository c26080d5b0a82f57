// Handles of cuBLAS and their settings.
#include "cublas.h"

namespace sim {

static auto& handles = *new std::vector<Blas*>;

Blas* findBlas(void* handle) {
    auto found = std::find(handles.begin(), handles.end(), handle);
    return found == handles.end() ? nullptr : *found;
}

int enterBlas(Call& call, const char* name, Blas* blas, Stream** stream) {
    if (!blas) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (call.context && call.context != blas->context) {
        report("%s: the handle belongs to another context than the current one", name);
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    if (blas->context->lost) return CUBLAS_STATUS_EXECUTION_FAILED;
    *stream = findStream(blas->context, blas->stream);
    if (!*stream) {
        report("%s: the handle's stream was destroyed", name);
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    return 0;
}

int enqueueBlas(Call& call, const Blas* blas, Stream* stream, const char* name, std::function<int()> run) {
    Address at = blas->workspace;
    size_t bytes = blas->workspaceBytes;
    if (stream->capture && !at) {
        report("%s: captured without a workspace of the caller's (cublasSetWorkspace)", name);
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (at && !checkDevice(name, "workspace", at, bytes)) return CUBLAS_STATUS_EXECUTION_FAILED;
    if (at && random(8) == 0) { // opening a large block takes time
        run = [=] {
            openBlock(at);
            memset(reinterpret_cast<void*>(at), 0xFF, std::min<size_t>(bytes, 4096));
            memset(reinterpret_cast<void*>(at + bytes - std::min<size_t>(bytes, 4096)), 0xFF, std::min<size_t>(bytes, 4096));
            return run();
        };
    }
    return translate(CUBLAS, enqueue(call.lock, stream, name, run));
}

} // namespace sim

using namespace sim;

API cublasCreate_v2(void** out) {
    CALL_OF(cublasCreate_v2, CUBLAS, Call::INITIALISED);
    if (refuseWhileCapturing("cublasCreate")) return CUBLAS_STATUS_ALLOC_FAILED;
    Context* context = contextForHandle();
    if (!context || context->lost) return CUBLAS_STATUS_NOT_INITIALIZED;
    handles.push_back(new Blas{context});
    control->liveHandles++;
    *out = handles.back();
    return 0;
}

API cublasDestroy_v2(void* handle) {
    CALL_OF(cublasDestroy_v2, CUBLAS, Call::INITIALISED);
    Blas* blas = findBlas(handle);
    if (!blas) return CUBLAS_STATUS_NOT_INITIALIZED;
    handles.erase(std::find(handles.begin(), handles.end(), blas));
    control->liveHandles--;
    delete blas;
    return 0;
}

API cublasSetStream_v2(void* handle, void* wanted) {
    CALL_OF(cublasSetStream_v2, CUBLAS, Call::INITIALISED);
    Blas* blas = findBlas(handle);
    if (!blas) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (!findStream(blas->context, wanted)) {
        report("cublasSetStream: no such stream");
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    blas->stream = wanted;
    blas->workspace = blas->workspaceBytes = 0; // as the library does
    return 0;
}

API cublasGetStream_v2(void* handle, void** out) {
    ENTER(cublasGetStream_v2);
    *out = blas->stream;
    return 0;
}

#define SETTING(what, field, most)                                     \
    API cublasSet##what(void* handle, int value) {                     \
        ENTER(cublasSet##what);                                        \
        REQUIRE(value >= 0 && value <= (most));                        \
        blas->field = value;                                           \
        return 0;                                                      \
    }                                                                  \
    API cublasGet##what(void* handle, int* value) {                    \
        ENTER(cublasGet##what);                                        \
        *value = blas->field;                                          \
        return 0;                                                      \
    }
SETTING(PointerMode_v2, pointerMode, 1)
SETTING(MathMode, mathMode, 31)
SETTING(AtomicsMode, atomicsMode, 1)

API cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes) {
    ENTER(cublasSetWorkspace_v2);
    (void) stream;
    REQUIRE(bytes == 0 || (checkDevice("cublasSetWorkspace", "workspace", address(workspace), bytes) && address(workspace) % 256 == 0));
    blas->workspace = bytes ? address(workspace) : 0;
    blas->workspaceBytes = bytes;
    return 0;
}

API cublasGetVersion_v2(void*, int* version) {
    CALL_OF(cublasGetVersion_v2, CUBLAS, Call::NOTHING);
    *version = control->driverVersion >= 13000 ? 130000 : 120601;
    return 0;
}

API cublasGetProperty(int type, int* value) {
    CALL_OF(cublasGetProperty, CUBLAS, Call::NOTHING);
    const int parts[] = {control->driverVersion >= 13000 ? 13 : 12, control->driverVersion >= 13000 ? 0 : 6, 1};
    REQUIRE(type >= 0 && type <= 2);
    *value = parts[type];
    return 0;
}
