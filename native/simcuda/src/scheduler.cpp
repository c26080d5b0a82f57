// The order in which work runs: late, and in any order that streams and events allow.
//
// Work runs on one thread, the executor, when somebody waits for it, asks about it, or the seeded generator says so. What is waited for runs with
// everything that must come before it; whether other work runs in between is drawn by lot. One thread of the host and one seed make one order.
#include <pthread.h>
#include <time.h>

#include <algorithm>

#include "sim.h"

namespace sim {
namespace {

constexpr size_t MOST_PENDING = 1024; // in a stream; a launch beyond it blocks, as on a device

// None of these is destroyed when the process ends, because the executor still runs then.
auto& streams = *new std::vector<Stream*>; // destroyed ones too while they have work
auto& targets = *new std::vector<WorkRef>; // somebody waits for these
auto& wake = *new std::condition_variable;
auto& finished = *new std::condition_variable;
int nudges = 0; // pieces of any work that shall run
Stream* nudged = nullptr;
bool started = false;
uint64_t lastStream = 0;

uint64_t state = 1;
int64_t seeded = -1;

double now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) * 1e-6;
}

bool ready(const WorkRef& work) {
    auto& after = work->after;
    after.erase(std::remove_if(after.begin(), after.end(), [](const WorkRef& other) { return other->done; }), after.end());
    return after.empty();
}

/// Streams whose first piece of work can run and must for the target.
void needed(Stream* stream, std::vector<Stream*>& visited, std::vector<Stream*>& out) {
    if (std::find(visited.begin(), visited.end(), stream) != visited.end() || stream->queue.empty()) return;
    visited.push_back(stream);
    WorkRef first = stream->queue.front();
    if (ready(first)) {
        out.push_back(stream);
    } else {
        for (auto& other : first->after) needed(other->stream, visited, out);
    }
}

Stream* pick() {
    std::vector<Stream*> visited, choice;
    if (targets.empty() || (control->seed != 0 && random(2) == 0)) {
        if (nudged && random(2) == 0) needed(nudged, visited, choice);
        if (choice.empty()) {
            for (Stream* stream : streams) {
                if (!stream->queue.empty() && ready(stream->queue.front())) choice.push_back(stream);
            }
        }
    }
    if (choice.empty() && !targets.empty()) needed(targets[random(targets.size())]->stream, visited, choice);
    return choice.empty() ? nullptr : choice[random(choice.size())];
}

void retire(Stream* stream) {
    if (!stream->destroyed || !stream->queue.empty()) return;
    streams.erase(std::find(streams.begin(), streams.end(), stream));
    delete stream;
}

void runFirst(Lock& lock, Stream* stream) {
    WorkRef work = stream->queue.front();
    Context* context = stream->context;
    bool fail = control->failWork > 0 && --control->failWork == 0;
    int error = context->lost;
    if (!error) {
        if (fail) {
            control->failures++;
            error = control->failKind == 4 ? CUDA_ERROR_LAUNCH_FAILED : CUDA_ERROR_ILLEGAL_ADDRESS;
        } else {
            lock.unlock();
            error = guarded(work->name, work->run);
            lock.lock();
        }
        if (error) lose(context, error, work->name);
    }
    work->run = nullptr;
    work->after.clear();
    work->finished = now();
    work->done = true;
    control->executed++;
    control->pending--;
    stream->queue.pop_front();
    retire(stream);
}

void* execute(void*) {
    Lock lock(big);
    for (;;) {
        targets.erase(std::remove_if(targets.begin(), targets.end(), [](const WorkRef& work) { return work->done; }), targets.end());
        Stream* stream = targets.empty() && nudges == 0 ? nullptr : pick();
        if (stream) {
            if (nudges > 0) nudges--;
            runFirst(lock, stream);
            continue;
        }
        nudges = 0;
        closeBlocks();
        finished.notify_all();
        wake.wait(lock);
    }
    return nullptr;
}

void start() {
    if (started) return;
    started = true;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t(64) << 20);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    pthread_create(&thread, &attributes, execute, nullptr);
}

void runSome(Lock& lock, int count, Stream* prefer) {
    start();
    nudges += count;
    nudged = prefer;
    wake.notify_one();
    finished.wait(lock, [] { return nudges == 0; });
    nudged = nullptr;
}

} // namespace

uint64_t random(uint64_t bound) {
    if (control->seed != seeded) {
        seeded = control->seed;
        state = uint64_t(seeded) * 0x9E3779B97F4A7C15 + 1;
    }
    if (seeded == 0) return 0;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % bound;
}

void lose(Context* context, int error, const std::string& why) {
    if (context->lost) return;
    context->lost = error;
    context->lostBy = why;
}

int enqueue(Lock& lock, Stream* stream, const char* name, std::function<int()> run, const std::vector<WorkRef>& after, WorkRef* out) {
    if (stream->capture) {
        Capture& capture = *stream->capture;
        if (capture.invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        capture.graph->nodes.push_back({name, std::move(run), stream->captureTail});
        stream->captureTail = {capture.graph->nodes.size() - 1};
        return 0;
    }
    Stream* null = stream->context->nullStream;
    if (stream == null) {
        if (int error = refuseWait(stream, name)) return error == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : error;
    }
    auto work = std::make_shared<Work>();
    work->name = name;
    work->stream = stream;
    work->context = stream->context;
    work->run = std::move(run);
    work->after = after;
    if (stream == null) { // after all earlier work of the streams that are ordered with it
        for (Stream* other : streams) {
            if (other != null && other->context == stream->context && !(other->flags & 1) && !other->queue.empty()) work->after.push_back(other->queue.back());
        }
    } else if (!(stream->flags & 1) && !null->queue.empty()) {
        work->after.push_back(null->queue.back());
    }
    stream->queue.push_back(work);
    stream->last = work;
    if (out) *out = work;
    control->pending++;
    if (stream->queue.size() >= MOST_PENDING) {
        waitFor(lock, stream->queue[MOST_PENDING / 2]);
    } else if (control->seed != 0 && random(control->seed % 4 == 0 ? 4 : 64) == 0) {
        runSome(lock, 1 + int(random(3)), nullptr);
    }
    return 0;
}

int waitFor(Lock& lock, WorkRef work) {
    Context* context = work->context;
    if (!work->done) {
        start();
        targets.push_back(work);
        wake.notify_one();
        finished.wait(lock, [&] { return work->done && std::find(targets.begin(), targets.end(), work) == targets.end(); });
    }
    return context->lost;
}

int drain(Lock& lock, Stream* stream) {
    if (stream->last && !stream->last->done) return waitFor(lock, stream->last);
    return stream->context->lost;
}

int drainContext(Lock& lock, Context* context) {
    for (size_t i = 0; i < streams.size();) {
        if (streams[i]->context == context && !streams[i]->queue.empty()) {
            waitFor(lock, streams[i]->queue.back());
            i = 0;
        } else {
            i++;
        }
    }
    return context->lost;
}

void nudge(Lock& lock, Stream* prefer) {
    if (control->pending > 0) runSome(lock, 1 + int(random(2)), prefer);
}

Stream* newStream(Context* context, unsigned flags, int priority) {
    auto* stream = new Stream;
    stream->context = context;
    stream->flags = flags;
    stream->priority = priority;
    stream->id = ++lastStream;
    streams.push_back(stream);
    return stream;
}

Stream* findStream(Context* context, void* handle) {
    if (handle == nullptr || handle == reinterpret_cast<void*>(1)) return context->nullStream;
    if (handle == reinterpret_cast<void*>(2)) {
        static thread_local std::map<Context*, Stream*> own;
        Stream*& stream = own[context];
        if (std::find(streams.begin(), streams.end(), stream) == streams.end()) stream = newStream(context, 0, 0);
        return stream;
    }
    auto* stream = static_cast<Stream*>(handle);
    bool known = std::find(streams.begin(), streams.end(), stream) != streams.end() && !stream->destroyed;
    return known ? stream : nullptr;
}

void destroyStream(Stream* stream) {
    stream->destroyed = true;
    retire(stream);
}

void forgetStreams(Context* context) {
    for (size_t i = streams.size(); i-- > 0;) {
        if (streams[i]->context == context) destroyStream(streams[i]);
    }
}

} // namespace sim
