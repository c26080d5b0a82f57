// Memory, copies and fills.
#include <cstring>

#include "sim.h"

using namespace sim;
#define API extern "C" EXPORT int
#define ENTER(name) CALL_OF(name, DRIVER, sim::Call::CONTEXT)
#define STREAM(handle)                                   \
    Stream* stream = findStream(call.context, handle);   \
    if (!stream) return CUDA_ERROR_INVALID_HANDLE
#define REFUSE_CAPTURE(name) \
    if (int refused = refuseWhileCapturing(name)) return refused

namespace {

void* pointer(Address address) { return reinterpret_cast<void*>(address); }

// ---- copies: rows of bytes between two sides, each device or host

struct Side {
    Address at;
    size_t pitch;
    bool device;
};

size_t extent(const Side& side, size_t width, size_t height) { return height ? (height - 1) * side.pitch + width : 0; }

void copyRows(Address to, size_t toPitch, Address from, size_t fromPitch, size_t width, size_t height) {
    for (size_t row = 0; row < height; row++) memmove(pointer(to + row * toPitch), pointer(from + row * fromPitch), width);
}

/// Copies in stream order. Blocking where `blocks` says so, or where pageable host memory is written.
int copy(Call& call, const char* name, Stream* stream, Side to, Side from, size_t width, size_t height, bool blocks) {
    if (width == 0 || height == 0) return 0;
    for (const Side* side : {&to, &from}) {
        size_t bytes = extent(*side, width, height);
        const char* what = side == &to ? "target" : "source";
        if (side->device ? !checkDevice(name, what, side->at, bytes) : !checkHost(name, what, pointer(side->at), bytes)) return CUDA_ERROR_INVALID_VALUE;
    }
    if (blocks) {
        if (int error = refuseWait(stream, name)) return error == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : error;
    }
    bool capturing = stream->capture != nullptr;
    bool fromPinned = !from.device && isPinned(pointer(from.at), extent(from, width, height));
    bool toPinned = !to.device && isPinned(pointer(to.at), extent(to, width, height));
    std::shared_ptr<std::vector<char>> staged;
    if (!from.device && !fromPinned && !capturing) { // read before the call returns
        staged = std::make_shared<std::vector<char>>(width * height);
        copyRows(reinterpret_cast<Address>(staged->data()), width, from.at, from.pitch, width, height);
    }
    auto run = [=] {
        openBlock(to.at);
        openBlock(from.at);
        if (staged) copyRows(to.at, to.pitch, reinterpret_cast<Address>(staged->data()), width, width, height);
        else copyRows(to.at, to.pitch, from.at, from.pitch, width, height);
        return 0;
    };
    WorkRef work;
    int error = enqueue(call.lock, stream, name, run, {}, &work);
    bool pageable = !to.device && !toPinned;
    return !error && work && (blocks || pageable) ? waitFor(call.lock, work) : error;
}

Side device(Address at) { return {at, 0, true}; }
Side host(const void* at) { return {reinterpret_cast<Address>(at), 0, false}; }
Side either(Address at) { return {at, 0, isDevice(at)}; }

struct Copy2D { // CUDA_MEMCPY2D
    size_t fromX, fromY;
    int fromKind;
    const void* fromHost;
    Address fromDevice;
    void* fromArray;
    size_t fromPitch;
    size_t toX, toY;
    int toKind;
    void* toHost;
    Address toDevice;
    void* toArray;
    size_t toPitch;
    size_t width, height;
};

int copy2D(Call& call, const char* name, Stream* stream, const Copy2D& c, bool blocks) {
    if (c.fromKind == 3 || c.toKind == 3) {
        report("%s: arrays are not simulated", name);
        return CUDA_ERROR_NOT_SUPPORTED;
    }
    auto side = [](int kind, const void* onHost, Address onDevice, size_t x, size_t y, size_t pitch) {
        Side side = kind == 1 ? host(onHost) : kind == 2 ? device(onDevice) : either(onDevice);
        side.at += y * pitch + x;
        side.pitch = pitch;
        return side;
    };
    if (c.height > 1 && (c.fromPitch < c.width || c.toPitch < c.width)) return CUDA_ERROR_INVALID_VALUE;
    return copy(call, name, stream, side(c.toKind, c.toHost, c.toDevice, c.toX, c.toY, c.toPitch),
                side(c.fromKind, c.fromHost, c.fromDevice, c.fromX, c.fromY, c.fromPitch), c.width, c.height, blocks);
}

// ---- fills: they do not block the host, with Async in the name or without

template <class T> int fill(Call& call, const char* name, Stream* stream, Address at, size_t pitch, T value, size_t width, size_t height) {
    if (width == 0 || height == 0) return 0;
    if (at % sizeof(T) != 0 || !checkDevice(name, "target", at, (height - 1) * pitch + width * sizeof(T))) return CUDA_ERROR_INVALID_VALUE;
    return enqueue(call.lock, stream, name, [=] {
        openBlock(at);
        for (size_t row = 0; row < height; row++) {
            T* to = reinterpret_cast<T*>(at + row * pitch);
            for (size_t i = 0; i < width; i++) to[i] = value;
        }
        return 0;
    });
}

} // namespace

// ---- allocation

API cuMemGetInfo_v2(size_t* available, size_t* total) {
    ENTER(cuMemGetInfo_v2);
    auto all = size_t(control->totalBytes), used = usedBytes(call.context->device);
    *total = all;
    *available = used < all ? all - used : 0;
    return 0;
}

API cuMemAlloc_v2(Address* out, size_t bytes) {
    ENTER(cuMemAlloc_v2);
    REFUSE_CAPTURE("cuMemAlloc");
    return allocate(call.context, bytes, out);
}

API cuMemAllocPitch_v2(Address* out, size_t* pitch, size_t width, size_t height, unsigned) {
    ENTER(cuMemAllocPitch_v2);
    REFUSE_CAPTURE("cuMemAllocPitch");
    *pitch = (width + 511) / 512 * 512;
    return allocate(call.context, *pitch * height, out);
}

API cuMemFree_v2(Address address) {
    ENTER(cuMemFree_v2);
    REFUSE_CAPTURE("cuMemFree");
    if (int error = drainContext(call.lock, call.context)) return error; // as drivers do
    return address ? release(address, "cuMemFree") : 0;
}

API cuMemAllocAsync(Address* out, size_t bytes, void* handle) {
    ENTER(cuMemAllocAsync);
    STREAM(handle);
    if (stream->capture) return CUDA_ERROR_NOT_SUPPORTED; // memory nodes of graphs
    return allocate(call.context, bytes, out);
}

API cuMemAllocFromPoolAsync(Address* out, size_t bytes, void*, void* handle) {
    ENTER(cuMemAllocFromPoolAsync);
    STREAM(handle);
    if (stream->capture) return CUDA_ERROR_NOT_SUPPORTED;
    return allocate(call.context, bytes, out);
}

API cuMemFreeAsync(Address address, void* handle) {
    ENTER(cuMemFreeAsync);
    STREAM(handle);
    if (stream->capture) return CUDA_ERROR_NOT_SUPPORTED;
    if (!checkDevice("cuMemFreeAsync", "block", address, 1)) return CUDA_ERROR_INVALID_VALUE;
    return enqueue(call.lock, stream, "cuMemFreeAsync", [=] {
        Lock lock(big);
        return release(address, "cuMemFreeAsync");
    });
}

API cuMemPoolCreate(void** pool, const void*) {
    ENTER(cuMemPoolCreate);
    *pool = new char;
    return 0;
}

API cuMemPoolDestroy(void* pool) {
    ENTER(cuMemPoolDestroy);
    delete static_cast<char*>(pool);
    return 0;
}

API cuMemPoolTrimTo(void*, size_t) {
    ENTER(cuMemPoolTrimTo);
    return 0;
}

API cuMemGetAddressRange_v2(Address* base, size_t* bytes, Address address) {
    ENTER(cuMemGetAddressRange_v2);
    Block* block = isDevice(address) ? findBlock(address) : nullptr;
    if (!block || !block->live) return CUDA_ERROR_NOT_FOUND;
    if (base) *base = block->base;
    if (bytes) *bytes = block->size;
    return 0;
}

API cuMemAllocHost_v2(void** out, size_t bytes) {
    ENTER(cuMemAllocHost_v2);
    REFUSE_CAPTURE("cuMemAllocHost");
    return allocatePinned(bytes, out);
}

API cuMemHostAlloc(void** out, size_t bytes, unsigned) {
    ENTER(cuMemHostAlloc);
    REFUSE_CAPTURE("cuMemHostAlloc");
    return allocatePinned(bytes, out);
}

API cuMemFreeHost(void* memory) {
    ENTER(cuMemFreeHost);
    REFUSE_CAPTURE("cuMemFreeHost");
    if (int error = drainContext(call.lock, call.context)) return error;
    return releasePinned(memory, "cuMemFreeHost");
}

API cuMemHostRegister_v2(void* memory, size_t bytes, unsigned) {
    ENTER(cuMemHostRegister_v2);
    if (!checkHost("cuMemHostRegister", "memory", memory, bytes)) return CUDA_ERROR_INVALID_VALUE;
    return registerPinned(memory, bytes);
}

API cuMemHostUnregister(void* memory) {
    ENTER(cuMemHostUnregister);
    if (int error = drainContext(call.lock, call.context)) return error;
    return unregisterPinned(memory);
}

API cuMemHostGetDevicePointer_v2(Address* out, void* memory, unsigned) {
    ENTER(cuMemHostGetDevicePointer_v2);
    if (!isPinned(memory, 1)) return CUDA_ERROR_INVALID_VALUE;
    *out = reinterpret_cast<Address>(memory);
    return 0;
}

API cuMemHostGetFlags(unsigned* flags, void* memory) {
    ENTER(cuMemHostGetFlags);
    if (!isPinned(memory, 1)) return CUDA_ERROR_INVALID_VALUE;
    *flags = 2; // mapped
    return 0;
}

static int pointerAttribute(void* out, int attribute, Address address) {
    Block* block = isDevice(address) ? findBlock(address) : nullptr;
    void* base = nullptr;
    size_t bytes = 0;
    bool onHost = pinnedBlock(pointer(address), &base, &bytes);
    if ((!block || !block->live) && !onHost) return CUDA_ERROR_INVALID_VALUE;
    if (block) {
        base = pointer(block->base);
        bytes = block->size;
    }
    switch (attribute) {
        case 1: *static_cast<void**>(out) = block ? primaryContext(block->device) : currentContext(); return 0;
        case 2: *static_cast<unsigned*>(out) = block ? 2 : 1; return 0;
        case 3: *static_cast<Address*>(out) = address; return 0;
        case 4:
            if (block) return CUDA_ERROR_INVALID_VALUE;
            *static_cast<void**>(out) = pointer(address);
            return 0;
        case 7: *static_cast<uint64_t*>(out) = block ? block->id : address; return 0;
        case 8: *static_cast<unsigned*>(out) = 0; return 0;
        case 9: *static_cast<int*>(out) = block ? block->device : 0; return 0;
        case 11: *static_cast<void**>(out) = base; return 0;
        case 12: *static_cast<size_t*>(out) = bytes; return 0;
        case 13: *static_cast<unsigned*>(out) = 1; return 0;
        default: return CUDA_ERROR_NOT_SUPPORTED;
    }
}

API cuPointerGetAttribute(void* out, int attribute, Address address) {
    ENTER(cuPointerGetAttribute);
    return pointerAttribute(out, attribute, address);
}

API cuPointerGetAttributes(unsigned count, int* attributes, void** out, Address address) {
    ENTER(cuPointerGetAttributes);
    for (unsigned i = 0; i < count; i++) {
        if (pointerAttribute(out[i], attributes[i], address)) *static_cast<uint64_t*>(out[i]) = 0;
    }
    return 0;
}

// ---- copies

#define COPY(name, parameters, to, from, bytes)                                                     \
    API name parameters {                                                                           \
        ENTER(name);                                                                                \
        return copy(call, #name, call.context->nullStream, to, from, bytes, 1, true);               \
    }
#define COPY_ASYNC(name, parameters, to, from, bytes)                                               \
    API name parameters {                                                                           \
        ENTER(name);                                                                                \
        STREAM(handle);                                                                             \
        return copy(call, #name, stream, to, from, bytes, 1, false);                                \
    }

COPY(cuMemcpy, (Address to, Address from, size_t bytes), either(to), either(from), bytes)
COPY(cuMemcpyHtoD_v2, (Address to, const void* from, size_t bytes), device(to), host(from), bytes)
COPY(cuMemcpyDtoH_v2, (void* to, Address from, size_t bytes), host(to), device(from), bytes)
COPY(cuMemcpyPeer, (Address to, void*, Address from, void*, size_t bytes), device(to), device(from), bytes)
COPY_ASYNC(cuMemcpyAsync, (Address to, Address from, size_t bytes, void* handle), either(to), either(from), bytes)
COPY_ASYNC(cuMemcpyHtoDAsync_v2, (Address to, const void* from, size_t bytes, void* handle), device(to), host(from), bytes)
COPY_ASYNC(cuMemcpyDtoHAsync_v2, (void* to, Address from, size_t bytes, void* handle), host(to), device(from), bytes)
COPY_ASYNC(cuMemcpyDtoDAsync_v2, (Address to, Address from, size_t bytes, void* handle), device(to), device(from), bytes)
COPY_ASYNC(cuMemcpyPeerAsync, (Address to, void*, Address from, void*, size_t bytes, void* handle), device(to), device(from), bytes)

API cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) { // does not block the host
    ENTER(cuMemcpyDtoD_v2);
    return copy(call, "cuMemcpyDtoD_v2", call.context->nullStream, device(to), device(from), bytes, 1, false);
}

API cuMemcpy2D_v2(const Copy2D* what) {
    ENTER(cuMemcpy2D_v2);
    return copy2D(call, "cuMemcpy2D_v2", call.context->nullStream, *what, true);
}

API cuMemcpy2DUnaligned_v2(const Copy2D* what) {
    ENTER(cuMemcpy2DUnaligned_v2);
    return copy2D(call, "cuMemcpy2DUnaligned_v2", call.context->nullStream, *what, true);
}

API cuMemcpy2DAsync_v2(const Copy2D* what, void* handle) {
    ENTER(cuMemcpy2DAsync_v2);
    STREAM(handle);
    return copy2D(call, "cuMemcpy2DAsync_v2", stream, *what, false);
}

// ---- fills

#define FILLS(bits, T)                                                                                                      \
    API cuMemsetD##bits##_v2(Address at, T value, size_t count) {                                                           \
        ENTER(cuMemsetD##bits##_v2);                                                                                        \
        return fill<T>(call, "cuMemsetD" #bits, call.context->nullStream, at, 0, value, count, 1);                          \
    }                                                                                                                       \
    API cuMemsetD##bits##Async(Address at, T value, size_t count, void* handle) {                                           \
        ENTER(cuMemsetD##bits##Async);                                                                                      \
        STREAM(handle);                                                                                                     \
        return fill<T>(call, "cuMemsetD" #bits "Async", stream, at, 0, value, count, 1);                                    \
    }                                                                                                                       \
    API cuMemsetD2D##bits##_v2(Address at, size_t pitch, T value, size_t width, size_t height) {                            \
        ENTER(cuMemsetD2D##bits##_v2);                                                                                      \
        return fill<T>(call, "cuMemsetD2D" #bits, call.context->nullStream, at, pitch, value, width, height);               \
    }                                                                                                                       \
    API cuMemsetD2D##bits##Async(Address at, size_t pitch, T value, size_t width, size_t height, void* handle) {            \
        ENTER(cuMemsetD2D##bits##Async);                                                                                    \
        STREAM(handle);                                                                                                     \
        return fill<T>(call, "cuMemsetD2D" #bits "Async", stream, at, pitch, value, width, height);                         \
    }
FILLS(8, unsigned char)
FILLS(16, unsigned short)
FILLS(32, unsigned)
