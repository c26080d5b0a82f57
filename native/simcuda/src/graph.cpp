// Stream capture and graphs.
#include <pthread.h>

#include <algorithm>

#include "sim.h"

namespace sim {
namespace {

enum { GLOBAL = 0, THREAD_LOCAL = 1, RELAXED = 2 };

struct Exec {
    std::vector<Node> nodes;
};

auto& captures = *new std::vector<std::shared_ptr<Capture>>; // begun and not ended
auto& graphs = *new std::vector<Graph*>;
auto& execs = *new std::vector<std::shared_ptr<Exec>>;
thread_local int threadMode = GLOBAL; // what cuThreadExchangeStreamCaptureMode sets

bool known(Graph* graph) { return std::find(graphs.begin(), graphs.end(), graph) != graphs.end(); }

std::shared_ptr<Exec> find(void* handle) {
    for (auto& exec : execs) {
        if (exec.get() == handle) return exec;
    }
    return nullptr;
}

/// Runs the nodes of a graph, each after those that it follows, otherwise in any order.
int replay(const Exec& exec) {
    std::vector<size_t> open, missing(exec.nodes.size());
    std::vector<std::vector<size_t>> followers(exec.nodes.size());
    for (size_t i = 0; i < exec.nodes.size(); i++) {
        missing[i] = exec.nodes[i].after.size();
        for (size_t before : exec.nodes[i].after) followers[before].push_back(i);
        if (missing[i] == 0) open.push_back(i);
    }
    while (!open.empty()) {
        size_t choice;
        {
            Lock lock(big);
            choice = random(open.size());
        }
        size_t node = open[choice];
        open.erase(open.begin() + long(choice));
        if (int error = exec.nodes[node].run()) return error;
        checkOpened(exec.nodes[node].name);
        for (size_t follower : followers[node]) {
            if (--missing[follower] == 0) open.push_back(follower);
        }
    }
    return 0;
}

} // namespace

int invalidate(Capture& capture, const char* name, int error) {
    if (!capture.invalid) report("%s is not allowed while a stream is captured", name);
    capture.invalid = true;
    return error;
}

int refuseWhileCapturing(const char* name) {
    if (threadMode == RELAXED) return 0;
    for (auto& capture : captures) {
        bool concerned = capture->mode == GLOBAL || (capture->mode == THREAD_LOCAL && capture->thread == pthread_self());
        if (concerned && !capture->invalid) return invalidate(*capture, name);
    }
    return 0;
}

int refuseWait(Stream* stream, const char* name) {
    if (stream->capture) return invalidate(*stream->capture, name);
    if (stream != stream->context->nullStream) return 0;
    for (auto& capture : captures) {
        for (Stream* other : capture->streams) {
            if (other->context == stream->context && !(other->flags & 1)) return invalidate(*capture, name);
        }
    }
    return 0;
}

int refuseDrain(Context* context, const char* name) {
    for (auto& capture : captures) {
        if (capture->origin->context == context) return invalidate(*capture, name);
    }
    return 0;
}

void joinCapture(Stream* stream, const std::shared_ptr<Capture>& capture, const std::vector<size_t>& tail) {
    if (!stream->capture) {
        stream->capture = capture;
        capture->streams.push_back(stream);
        stream->captureTail.clear();
    }
    for (size_t node : tail) {
        if (std::find(stream->captureTail.begin(), stream->captureTail.end(), node) == stream->captureTail.end()) stream->captureTail.push_back(node);
    }
}

} // namespace sim

using namespace sim;
#define API extern "C" EXPORT int
#define ENTER(name) CALL_OF(name, DRIVER, sim::Call::CONTEXT)

API cuStreamBeginCapture_v2(void* handle, int mode) {
    ENTER(cuStreamBeginCapture_v2);
    Stream* stream = findStream(call.context, handle);
    if (!stream) return CUDA_ERROR_INVALID_HANDLE;
    if (mode < GLOBAL || mode > RELAXED) return CUDA_ERROR_INVALID_VALUE;
    if (stream == call.context->nullStream) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (stream->capture) return CUDA_ERROR_ILLEGAL_STATE;
    auto capture = std::make_shared<Capture>();
    capture->graph = new Graph;
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = pthread_self();
    captures.push_back(capture);
    joinCapture(stream, capture, {});
    return 0;
}

API cuStreamEndCapture(void* handle, Graph** out) {
    ENTER(cuStreamEndCapture);
    Stream* stream = findStream(call.context, handle);
    if (!stream) return CUDA_ERROR_INVALID_HANDLE;
    auto capture = stream->capture;
    if (!capture || capture->origin != stream) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    if (capture->mode != RELAXED && capture->thread != pthread_self()) return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    // Everything captured must come before the end of the stream where the capture began.
    std::vector<bool> reached(capture->graph->nodes.size());
    std::vector<size_t> open = stream->captureTail;
    while (!open.empty()) {
        size_t node = open.back();
        open.pop_back();
        if (reached[node]) continue;
        reached[node] = true;
        for (size_t before : capture->graph->nodes[node].after) open.push_back(before);
    }
    bool joined = std::find(reached.begin(), reached.end(), false) == reached.end();
    for (Stream* member : capture->streams) {
        member->capture = nullptr;
        member->captureTail.clear();
    }
    captures.erase(std::find(captures.begin(), captures.end(), capture));
    *out = nullptr;
    if (capture->invalid || !joined) {
        delete capture->graph;
        return capture->invalid ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    }
    graphs.push_back(capture->graph);
    control->liveGraphs++;
    *out = capture->graph;
    return 0;
}

API cuStreamIsCapturing(void* handle, int* status) {
    ENTER(cuStreamIsCapturing);
    Stream* stream = findStream(call.context, handle);
    if (!stream) return CUDA_ERROR_INVALID_HANDLE;
    *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return 0;
}

API cuThreadExchangeStreamCaptureMode(int* mode) {
    ENTER(cuThreadExchangeStreamCaptureMode);
    if (*mode < GLOBAL || *mode > RELAXED) return CUDA_ERROR_INVALID_VALUE;
    std::swap(*mode, threadMode);
    return 0;
}

API cuGraphCreate(Graph** out, unsigned) {
    ENTER(cuGraphCreate);
    graphs.push_back(*out = new Graph);
    control->liveGraphs++;
    return 0;
}

API cuGraphDestroy(Graph* graph) {
    ENTER(cuGraphDestroy);
    if (!known(graph)) return CUDA_ERROR_INVALID_VALUE;
    graphs.erase(std::find(graphs.begin(), graphs.end(), graph));
    control->liveGraphs--;
    delete graph;
    return 0;
}

API cuGraphGetNodes(Graph* graph, void** nodes, size_t* count) {
    ENTER(cuGraphGetNodes);
    if (!known(graph)) return CUDA_ERROR_INVALID_VALUE;
    size_t all = graph->nodes.size();
    for (size_t i = 0; nodes && i < std::min(*count, all); i++) nodes[i] = &graph->nodes[i];
    *count = all;
    return 0;
}

static int instantiate(void** out, Graph* graph) {
    if (!known(graph)) return CUDA_ERROR_INVALID_VALUE;
    execs.push_back(std::make_shared<Exec>(Exec{graph->nodes}));
    control->liveGraphs++;
    *out = execs.back().get();
    return 0;
}

API cuGraphInstantiateWithFlags(void** out, Graph* graph, unsigned long long) {
    ENTER(cuGraphInstantiateWithFlags);
    return instantiate(out, graph);
}

API cuGraphUpload(void* handle, void* streamHandle) {
    ENTER(cuGraphUpload);
    return find(handle) && findStream(call.context, streamHandle) ? 0 : CUDA_ERROR_INVALID_VALUE;
}

API cuGraphLaunch(void* handle, void* streamHandle) {
    ENTER(cuGraphLaunch);
    auto exec = find(handle);
    Stream* stream = findStream(call.context, streamHandle);
    if (!exec || !stream) return CUDA_ERROR_INVALID_HANDLE;
    control->launches++;
    return enqueue(call.lock, stream, "cuGraphLaunch", [exec] { return replay(*exec); });
}

API cuGraphExecDestroy(void* handle) {
    ENTER(cuGraphExecDestroy);
    auto exec = find(handle);
    if (!exec) return CUDA_ERROR_INVALID_VALUE;
    execs.erase(std::find(execs.begin(), execs.end(), exec));
    control->liveGraphs--;
    return 0;
}
