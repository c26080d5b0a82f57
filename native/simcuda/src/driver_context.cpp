// Initialisation, devices, contexts, error names.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim.h"

namespace sim {
namespace {

int count = 0;
Context primaries[MAX_DEVICES];
auto& contexts = *new std::vector<Context*>; // that exist, primary ones while retained
thread_local std::vector<Context*> stack;

void begin(Context* context, int device, bool primary) {
    *context = Context();
    context->device = device;
    context->primary = primary;
    context->nullStream = newStream(context, 0, 0);
    contexts.push_back(context);
}

void end(Lock& lock, Context* context) {
    drainContext(lock, context);
    forgetStreams(context);
    bool last = std::none_of(contexts.begin(), contexts.end(), [&](Context* other) { return other != context && other->device == context->device; });
    if (last) releaseAll(context->device);
    contexts.erase(std::find(contexts.begin(), contexts.end(), context));
}

/// Compute capability 8.0 with few multiprocessors, so that grids have more blocks than fit.
int attribute(int which, int* value) {
    switch (which) {
        case 1: *value = 1024; break; // threads per block
        case 2: case 3: *value = 1024; break; // block x, y
        case 4: *value = 64; break; // block z
        case 5: *value = 0x7fffffff; break; // grid x
        case 6: case 7: *value = 65535; break; // grid y, z
        case 8: *value = 49152; break; // shared memory per block
        case 9: *value = 65536; break; // constant memory
        case 10: *value = 32; break; // warp
        case 11: *value = 0x7fffffff; break; // pitch
        case 12: case 82: *value = 65536; break; // registers
        case 13: *value = 1410000; break; // clock, kHz
        case 14: *value = 512; break; // texture alignment
        case 16: *value = 4; break; // multiprocessors
        case 19: case 31: case 41: case 78: case 79: case 80: case 83: case 90: case 95: case 99: case 115: *value = 1; break;
        case 33: *value = 1; break; // PCI bus
        case 36: *value = 1215000; break; // memory clock, kHz
        case 37: *value = 5120; break; // bus width, bits
        case 38: *value = 4 << 20; break; // L2
        case 39: *value = 2048; break; // threads per multiprocessor
        case 40: *value = 2; break; // copy engines
        case 75: *value = 8; break; // compute capability
        case 76: *value = 0; break;
        case 81: *value = 167936; break; // shared memory per multiprocessor
        case 87: *value = 2; break; // float to double performance
        case 97: *value = 166912; break; // shared memory per block on request
        case 106: *value = 32; break; // blocks per multiprocessor
        case 111: *value = 1024; break; // shared memory that the system takes per block
        default:
            if (which < 1 || which > 147) return CUDA_ERROR_INVALID_VALUE;
            *value = 0;
    }
    return 0;
}

} // namespace

int deviceCount() { return count; }
Context* primaryContext(int device) { return &primaries[device]; }
bool exists(Context* context) { return std::find(contexts.begin(), contexts.end(), context) != contexts.end(); }
Context* currentContext() { return stack.empty() || !exists(stack.back()) ? nullptr : stack.back(); }

Context* contextForHandle() {
    if (Context* current = currentContext()) return current;
    if (!initialised || count == 0) return nullptr;
    Context* primary = primaryContext(0);
    if (primary->retained++ == 0) begin(primary, 0, true);
    stack.push_back(primary);
    return primary;
}

} // namespace sim

using namespace sim;
#define API extern "C" EXPORT int
#define ENTER(name) CALL_OF(name, DRIVER, sim::Call::CONTEXT)
#define ENTER_DEVICE(name) CALL_OF(name, DRIVER, sim::Call::INITIALISED)
#define CHECK_DEVICE(device) \
    if ((device) < 0 || (device) >= deviceCount()) return CUDA_ERROR_INVALID_DEVICE

API cuInit(unsigned flags) {
    CALL_OF(cuInit, DRIVER, sim::Call::NOTHING);
    if (flags) return CUDA_ERROR_INVALID_VALUE;
    const char* wanted = getenv("SIMCUDA_DEVICES");
    count = wanted && *wanted ? std::clamp(atoi(wanted), 0, MAX_DEVICES) : 1;
    initMemory();
    initialised = true;
    return count ? 0 : 100; // no device
}

API cuDriverGetVersion(int* version) {
    CALL_OF(cuDriverGetVersion, DRIVER, sim::Call::NOTHING);
    *version = int(control->driverVersion);
    return 0;
}

API cuDeviceGetCount(int* out) {
    ENTER_DEVICE(cuDeviceGetCount);
    *out = deviceCount();
    return 0;
}

API cuDeviceGet(int* out, int ordinal) {
    ENTER_DEVICE(cuDeviceGet);
    CHECK_DEVICE(ordinal);
    *out = ordinal;
    return 0;
}

API cuDeviceGetName(char* name, int length, int device) {
    ENTER_DEVICE(cuDeviceGetName);
    CHECK_DEVICE(device);
    if (length <= 0) return CUDA_ERROR_INVALID_VALUE;
    snprintf(name, size_t(length), "Simulated CUDA device");
    return 0;
}

API cuDeviceGetUuid(unsigned char* uuid, int device) {
    ENTER_DEVICE(cuDeviceGetUuid);
    CHECK_DEVICE(device);
    memset(uuid, 0, 16);
    memcpy(uuid, "simulated", 9);
    uuid[15] = (unsigned char) device;
    return 0;
}

API cuDeviceGetPCIBusId(char* id, int length, int device) {
    ENTER_DEVICE(cuDeviceGetPCIBusId);
    CHECK_DEVICE(device);
    if (length <= 0) return CUDA_ERROR_INVALID_VALUE;
    snprintf(id, size_t(length), "0000:%02x:00.0", device + 1);
    return 0;
}

API cuDeviceTotalMem_v2(size_t* bytes, int device) {
    ENTER_DEVICE(cuDeviceTotalMem_v2);
    CHECK_DEVICE(device);
    *bytes = size_t(control->totalBytes);
    return 0;
}

API cuDeviceGetAttribute(int* value, int which, int device) {
    ENTER_DEVICE(cuDeviceGetAttribute);
    CHECK_DEVICE(device);
    return attribute(which, value);
}

API cuDeviceComputeCapability(int* major, int* minor, int device) {
    ENTER_DEVICE(cuDeviceComputeCapability);
    CHECK_DEVICE(device);
    return attribute(75, major) + attribute(76, minor);
}

API cuDeviceCanAccessPeer(int* can, int device, int peer) {
    ENTER_DEVICE(cuDeviceCanAccessPeer);
    CHECK_DEVICE(device);
    CHECK_DEVICE(peer);
    *can = device != peer;
    return 0;
}

API cuDevicePrimaryCtxRetain(Context** out, int device) {
    ENTER_DEVICE(cuDevicePrimaryCtxRetain);
    CHECK_DEVICE(device);
    Context* primary = primaryContext(device);
    if (primary->lost) return primary->lost;
    if (!exists(primary)) begin(primary, device, true);
    primary->retained++;
    *out = primary;
    return 0;
}

API cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER_DEVICE(cuDevicePrimaryCtxRelease_v2);
    CHECK_DEVICE(device);
    Context* primary = primaryContext(device);
    if (!exists(primary)) return CUDA_ERROR_INVALID_CONTEXT;
    if (--primary->retained == 0) end(call.lock, primary);
    return 0;
}

API cuDevicePrimaryCtxReset_v2(int device) {
    ENTER_DEVICE(cuDevicePrimaryCtxReset_v2);
    CHECK_DEVICE(device);
    Context* primary = primaryContext(device);
    if (exists(primary)) {
        end(call.lock, primary);
        primary->retained = 0;
        primary->lost = 0;
    }
    return 0;
}

API cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
    ENTER_DEVICE(cuDevicePrimaryCtxGetState);
    CHECK_DEVICE(device);
    *flags = 0;
    *active = exists(primaryContext(device));
    return 0;
}

API cuDevicePrimaryCtxSetFlags_v2(int device, unsigned) {
    ENTER_DEVICE(cuDevicePrimaryCtxSetFlags_v2);
    CHECK_DEVICE(device);
    return 0;
}

API cuCtxCreate_v2(Context** out, unsigned, int device) {
    ENTER_DEVICE(cuCtxCreate_v2);
    CHECK_DEVICE(device);
    *out = new Context;
    begin(*out, device, false);
    stack.push_back(*out);
    return 0;
}

API cuCtxDestroy_v2(Context* context) {
    ENTER_DEVICE(cuCtxDestroy_v2);
    if (!exists(context) || context->primary) return CUDA_ERROR_INVALID_CONTEXT;
    end(call.lock, context);
    if (!stack.empty() && stack.back() == context) stack.pop_back();
    return 0; // other threads may still name it, so it is not deleted
}

API cuCtxSetCurrent(Context* context) {
    ENTER_DEVICE(cuCtxSetCurrent);
    if (context && !exists(context)) return CUDA_ERROR_INVALID_CONTEXT;
    if (!stack.empty()) stack.pop_back();
    if (context) stack.push_back(context);
    return 0;
}

API cuCtxGetCurrent(Context** out) {
    ENTER_DEVICE(cuCtxGetCurrent);
    *out = currentContext();
    return 0;
}

API cuCtxPushCurrent_v2(Context* context) {
    ENTER_DEVICE(cuCtxPushCurrent_v2);
    if (!exists(context)) return CUDA_ERROR_INVALID_CONTEXT;
    stack.push_back(context);
    return 0;
}

API cuCtxPopCurrent_v2(Context** out) {
    ENTER_DEVICE(cuCtxPopCurrent_v2);
    if (stack.empty()) return CUDA_ERROR_INVALID_CONTEXT;
    if (out) *out = stack.back();
    stack.pop_back();
    return 0;
}

API cuCtxGetDevice(int* device) {
    ENTER_DEVICE(cuCtxGetDevice);
    if (!call.context) return CUDA_ERROR_INVALID_CONTEXT;
    *device = call.context->device;
    return 0;
}

API cuCtxGetFlags(unsigned* flags) {
    ENTER(cuCtxGetFlags);
    *flags = 0;
    return 0;
}

API cuCtxGetApiVersion(Context*, unsigned* version) {
    ENTER_DEVICE(cuCtxGetApiVersion);
    *version = 3020;
    return 0;
}

API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    ENTER(cuCtxGetStreamPriorityRange);
    if (least) *least = 0;
    if (greatest) *greatest = -5;
    return 0;
}

API cuCtxGetLimit(size_t* value, int) {
    ENTER(cuCtxGetLimit);
    *value = 1024;
    return 0;
}

API cuCtxSetLimit(int, size_t) {
    ENTER(cuCtxSetLimit);
    return 0;
}

API cuCtxSynchronize() {
    ENTER(cuCtxSynchronize);
    if (int error = refuseDrain(call.context, "cuCtxSynchronize")) return error;
    return drainContext(call.lock, call.context);
}

API cuCtxEnablePeerAccess(Context* peer, unsigned) {
    ENTER(cuCtxEnablePeerAccess);
    if (!exists(peer)) return CUDA_ERROR_INVALID_CONTEXT;
    return peer->device == call.context->device ? CUDA_ERROR_INVALID_DEVICE : 0;
}

API cuCtxDisablePeerAccess(Context* peer) {
    ENTER(cuCtxDisablePeerAccess);
    return exists(peer) ? 0 : CUDA_ERROR_INVALID_CONTEXT;
}

static const struct {
    int code;
    const char *name, *text;
} ERRORS[] = {
#include "errors.inc"
};

static int lookUp(int code, const char** out, bool name) {
    for (auto& error : ERRORS) {
        if (error.code == code) {
            *out = name ? error.name : error.text;
            return 0;
        }
    }
    *out = nullptr;
    return CUDA_ERROR_INVALID_VALUE;
}

API cuGetErrorName(int code, const char** out) { return lookUp(code, out, true); }
API cuGetErrorString(int code, const char** out) { return lookUp(code, out, false); }

API cuProfilerStart() {
    ENTER(cuProfilerStart);
    return 0;
}

API cuProfilerStop() {
    ENTER(cuProfilerStop);
    return 0;
}
