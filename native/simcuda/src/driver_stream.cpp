// Streams and events.
#include <algorithm>

#include "sim.h"

using namespace sim;
#define API extern "C" EXPORT int
#define ENTER(name) CALL_OF(name, DRIVER, sim::Call::CONTEXT)
#define STREAM(handle)                                   \
    Stream* stream = findStream(call.context, handle);   \
    if (!stream) return CUDA_ERROR_INVALID_HANDLE

static auto& events = *new std::vector<Event*>;

static bool known(Event* event) { return std::find(events.begin(), events.end(), event) != events.end(); }

API cuStreamCreateWithPriority(Stream** out, unsigned flags, int priority) {
    ENTER(cuStreamCreateWithPriority);
    if (flags > 1) return CUDA_ERROR_INVALID_VALUE;
    *out = newStream(call.context, flags, std::clamp(priority, -5, 0));
    control->liveStreams++;
    return 0;
}

API cuStreamCreate(Stream** out, unsigned flags) {
    ENTER(cuStreamCreate);
    if (flags > 1) return CUDA_ERROR_INVALID_VALUE;
    *out = newStream(call.context, flags, 0);
    control->liveStreams++;
    return 0;
}

API cuStreamDestroy_v2(void* handle) {
    ENTER(cuStreamDestroy_v2);
    STREAM(handle);
    if (reinterpret_cast<uintptr_t>(handle) <= 2) return CUDA_ERROR_INVALID_HANDLE;
    if (stream->capture) return invalidate(*stream->capture, "cuStreamDestroy");
    destroyStream(stream);
    control->liveStreams--;
    return 0;
}

API cuStreamSynchronize(void* handle) {
    ENTER(cuStreamSynchronize);
    STREAM(handle);
    if (int error = refuseWait(stream, "cuStreamSynchronize")) return error;
    return drain(call.lock, stream);
}

API cuStreamQuery(void* handle) {
    ENTER(cuStreamQuery);
    STREAM(handle);
    if (int error = refuseWait(stream, "cuStreamQuery")) return error;
    if (!stream->queue.empty()) nudge(call.lock, stream);
    if (call.context->lost) return call.context->lost;
    return stream->queue.empty() ? 0 : CUDA_ERROR_NOT_READY;
}

API cuStreamGetFlags(void* handle, unsigned* flags) {
    ENTER(cuStreamGetFlags);
    STREAM(handle);
    *flags = stream->flags;
    return 0;
}

API cuStreamGetPriority(void* handle, int* priority) {
    ENTER(cuStreamGetPriority);
    STREAM(handle);
    *priority = stream->priority;
    return 0;
}

API cuStreamGetId(void* handle, unsigned long long* id) {
    ENTER(cuStreamGetId);
    STREAM(handle);
    *id = stream->id;
    return 0;
}

API cuStreamGetCtx(void* handle, Context** context) {
    ENTER(cuStreamGetCtx);
    STREAM(handle);
    *context = stream->context;
    return 0;
}

API cuStreamWaitEvent(void* handle, Event* event, unsigned) {
    ENTER(cuStreamWaitEvent);
    STREAM(handle);
    if (!known(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture) {
        if (event->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        if (stream->capture && stream->capture != event->capture) return CUDA_ERROR_STREAM_CAPTURE_MERGE;
        joinCapture(stream, event->capture, event->captureTail);
        return 0;
    }
    if (!event->mark) return 0;
    if (stream->capture) return invalidate(*stream->capture, "cuStreamWaitEvent for an event from outside", CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
    return enqueue(call.lock, stream, "cuStreamWaitEvent", [] { return 0; }, {event->mark});
}

API cuEventCreate(Event** out, unsigned flags) {
    ENTER(cuEventCreate);
    if (flags > 7) return CUDA_ERROR_INVALID_VALUE;
    auto* event = new Event;
    event->context = call.context;
    event->flags = flags;
    events.push_back(event);
    control->liveEvents++;
    *out = event;
    return 0;
}

API cuEventDestroy_v2(Event* event) {
    ENTER(cuEventDestroy_v2);
    if (!known(event)) {
        report("cuEventDestroy: %p is no event", static_cast<void*>(event));
        return CUDA_ERROR_INVALID_HANDLE;
    }
    events.erase(std::find(events.begin(), events.end(), event));
    control->liveEvents--;
    delete event;
    return 0;
}

static int record(Lock& lock, Event* event, Stream* stream) {
    if (!known(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (stream->capture) {
        if (stream->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        event->capture = stream->capture;
        event->captureTail = stream->captureTail;
        return 0;
    }
    event->capture = nullptr;
    return enqueue(lock, stream, "cuEventRecord", [] { return 0; }, {}, &event->mark);
}

API cuEventRecord(Event* event, void* handle) {
    ENTER(cuEventRecord);
    STREAM(handle);
    return record(call.lock, event, stream);
}

API cuEventRecordWithFlags(Event* event, void* handle, unsigned) {
    ENTER(cuEventRecordWithFlags);
    STREAM(handle);
    return record(call.lock, event, stream);
}

API cuEventQuery(Event* event) {
    ENTER(cuEventQuery);
    if (!known(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture) return invalidate(*event->capture, "cuEventQuery", CUDA_ERROR_CAPTURED_EVENT);
    WorkRef mark = event->mark;
    if (mark && !mark->done) nudge(call.lock, mark->stream);
    if (call.context->lost) return call.context->lost;
    return !mark || mark->done ? 0 : CUDA_ERROR_NOT_READY;
}

API cuEventSynchronize(Event* event) {
    ENTER(cuEventSynchronize);
    if (!known(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture) return invalidate(*event->capture, "cuEventSynchronize", CUDA_ERROR_CAPTURED_EVENT);
    return event->mark ? waitFor(call.lock, event->mark) : 0;
}

API cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
    ENTER(cuEventElapsedTime);
    if (!known(from) || !known(to) || !from->mark || !to->mark || ((from->flags | to->flags) & 2)) return CUDA_ERROR_INVALID_HANDLE;
    if (!from->mark->done || !to->mark->done) return CUDA_ERROR_NOT_READY;
    *milliseconds = float(to->mark->finished - from->mark->finished);
    return 0;
}

API cuLaunchHostFunc(void* handle, void (*function)(void*), void* data) {
    ENTER(cuLaunchHostFunc);
    STREAM(handle);
    return enqueue(call.lock, stream, "cuLaunchHostFunc", [=] {
        function(data);
        return 0;
    });
}

API cuStreamAddCallback(void* handle, void (*function)(void*, int, void*), void* data, unsigned) {
    ENTER(cuStreamAddCallback);
    STREAM(handle);
    if (stream->capture) return invalidate(*stream->capture, "cuStreamAddCallback");
    return enqueue(call.lock, stream, "cuStreamAddCallback", [=] {
        function(handle, 0, data);
        return 0;
    });
}
