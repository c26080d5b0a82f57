// Handles of cuSOLVER and the parameters of its Jacobi methods.
#include "cusolver.h"

namespace sim {

static auto& handles = *new std::vector<Solver*>;

Solver* findSolver(void* handle) {
    auto found = std::find(handles.begin(), handles.end(), handle);
    return found == handles.end() ? nullptr : *found;
}

int enterSolver(Call& call, const char* name, Solver* solver, Stream** stream) {
    if (!solver) return CUSOLVER_STATUS_NOT_INITIALIZED;
    if (call.context && call.context != solver->context) {
        report("%s: the handle belongs to another context than the current one", name);
        return CUSOLVER_STATUS_EXECUTION_FAILED;
    }
    if (solver->context->lost) return CUSOLVER_STATUS_EXECUTION_FAILED;
    *stream = findStream(solver->context, solver->stream);
    if (!*stream) {
        report("%s: the handle's stream was destroyed", name);
        return CUSOLVER_STATUS_EXECUTION_FAILED;
    }
    // Which routines a card records nobody has tried: one that allocates or waits ends the recording.
    return refuseWhileCapturing(name) ? CUSOLVER_STATUS_EXECUTION_FAILED : 0;
}

} // namespace sim

using namespace sim;

API cusolverDnCreate(void** out) {
    CALL_OF(cusolverDnCreate, CUSOLVER, Call::INITIALISED);
    if (refuseWhileCapturing("cusolverDnCreate")) return CUSOLVER_STATUS_ALLOC_FAILED;
    Context* context = contextForHandle();
    if (!context || context->lost) return CUSOLVER_STATUS_NOT_INITIALIZED;
    handles.push_back(new Solver{context});
    control->liveHandles++;
    *out = handles.back();
    return 0;
}

API cusolverDnDestroy(void* handle) {
    CALL_OF(cusolverDnDestroy, CUSOLVER, Call::INITIALISED);
    Solver* solver = findSolver(handle);
    if (!solver) return CUSOLVER_STATUS_NOT_INITIALIZED;
    handles.erase(std::find(handles.begin(), handles.end(), solver));
    control->liveHandles--;
    delete solver;
    return 0;
}

API cusolverDnSetStream(void* handle, void* wanted) {
    CALL_OF(cusolverDnSetStream, CUSOLVER, Call::INITIALISED);
    Solver* solver = findSolver(handle);
    if (!solver) return CUSOLVER_STATUS_NOT_INITIALIZED;
    if (!findStream(solver->context, wanted)) {
        report("cusolverDnSetStream: no such stream");
        return CUSOLVER_STATUS_INVALID_VALUE;
    }
    solver->stream = wanted;
    return 0;
}

API cusolverDnGetStream(void* handle, void** out) {
    ENTER(cusolverDnGetStream);
    *out = findSolver(handle)->stream;
    return 0;
}

API cusolverGetVersion(int* version) {
    CALL_OF(cusolverGetVersion, CUSOLVER, Call::NOTHING);
    *version = control->driverVersion >= 13000 ? 12000 : 11701;
    return 0;
}

API cusolverGetProperty(int type, int* value) {
    CALL_OF(cusolverGetProperty, CUSOLVER, Call::NOTHING);
    const int parts[] = {control->driverVersion >= 13000 ? 12 : 11, control->driverVersion >= 13000 ? 0 : 7, 1};
    REQUIRE(type >= 0 && type <= 2);
    *value = parts[type];
    return 0;
}

API cusolverDnCreateParams(void** out) {
    CALL_OF(cusolverDnCreateParams, CUSOLVER, Call::NOTHING);
    *out = new char;
    return 0;
}

API cusolverDnDestroyParams(void* params) {
    CALL_OF(cusolverDnDestroyParams, CUSOLVER, Call::NOTHING);
    delete static_cast<char*>(params);
    return 0;
}

API cusolverDnSetAdvOptions(void*, int, int) {
    CALL_OF(cusolverDnSetAdvOptions, CUSOLVER, Call::NOTHING);
    return 0;
}

#define JACOBI(Name, X)                                                                        \
    API cusolverDnCreate##Name##Info(JacobiParams** out) {                                     \
        CALL_OF(cusolverDnCreate##Name##Info, CUSOLVER, Call::NOTHING);                        \
        REQUIRE(out); /* JCuda passes what its object points to, null at first */              \
        *out = new JacobiParams;                                                               \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnDestroy##Name##Info(JacobiParams* params) {                                  \
        CALL_OF(cusolverDnDestroy##Name##Info, CUSOLVER, Call::NOTHING);                       \
        delete params;                                                                         \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnX##X##SetTolerance(JacobiParams* params, double tolerance) {                 \
        CALL_OF(cusolverDnX##X##SetTolerance, CUSOLVER, Call::NOTHING);                        \
        params->tolerance = tolerance;                                                         \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnX##X##SetMaxSweeps(JacobiParams* params, int sweeps) {                       \
        CALL_OF(cusolverDnX##X##SetMaxSweeps, CUSOLVER, Call::NOTHING);                        \
        params->sweeps = sweeps;                                                               \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnX##X##SetSortEig(JacobiParams* params, int sort) {                           \
        CALL_OF(cusolverDnX##X##SetSortEig, CUSOLVER, Call::NOTHING);                          \
        params->sort = sort;                                                                   \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnX##X##GetResidual(void* handle, JacobiParams*, double* residual) {           \
        ENTER(cusolverDnX##X##GetResidual);                                                    \
        *residual = 0;                                                                         \
        return 0;                                                                              \
    }                                                                                          \
    API cusolverDnX##X##GetSweeps(void* handle, JacobiParams*, int* sweeps) {                  \
        ENTER(cusolverDnX##X##GetSweeps);                                                      \
        *sweeps = 1;                                                                           \
        return 0;                                                                              \
    }
JACOBI(Syevj, syevj)
JACOBI(Gesvdj, gesvdj)
