// What the stand-in libraries share: calls and injected failures, memory, streams and their work. libcuda.so.1 holds it; the others link to it.
#pragma once

#include <condition_variable>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "codes.h"

#define EXPORT __attribute__((visibility("default")))

namespace sim {

using Address = uint64_t; // CUdeviceptr

// ---- control.cpp: the shared file through which a test steers and reads the simulator; the README describes it

/// Every number is 8 bytes, so that Java can read and write them.
struct Control {
    char magic[8];
    int64_t layout;
    int64_t seed; ///< of the order in which work runs; 0: in the order of the calls
    int64_t failCall, failKind, failures; ///< the failCall-th matching call from now fails (0: none); failures so far
    int64_t calls;
    int64_t liveBlocks, liveBytes, peakBytes, totalBytes;
    int64_t reports; ///< misuses found
    int64_t pending; ///< enqueued, not run
    int64_t launches, executed;
    int64_t failWork; ///< the failWork-th piece of work from now fails when it runs (0: none)
    int64_t livePinned, liveStreams, liveEvents, liveModules, liveGraphs, liveHandles;
    int64_t driverVersion;
    int64_t heal; ///< set to 1: the next call forgets a lost context
    char failName[64], failedName[64];
    int64_t mostBlocks; ///< that a launch runs of a kernel whose blocks take one piece of work after another (0: as many as asked for)
    int64_t findsRaces; ///< 1 when kernels with the race detector are loaded
    char removedBarrier[64]; ///< "reduce.cu:214": threads do not wait there
    char unused[512 - 26 * 8 - 3 * 64];
    char lastReport[1024];
    char padding[4096 - 1536];
    struct Counter {
        char name[56];
        int64_t calls;
    } counters[1536];
};
static_assert(offsetof(Control, counters) == 4096);

extern EXPORT Control* control;

/// The path of a file in the folder of libcuda.so.1.
EXPORT std::string besideThisLibrary(const char* name);

/// Says on standard error and in the control file what was done wrong.
EXPORT void report(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// The counter of a function in the control file.
EXPORT Control::Counter* counterOf(const char* name);

enum Library { DRIVER, CUBLAS, CUSOLVER };

/// A driver's error in the terms of a library.
EXPORT int translate(Library library, int error);

// ---- contexts and streams

constexpr int MAX_DEVICES = 16;

struct Capture;
struct Stream;
struct Graph;

struct Context {
    int device = 0;
    bool primary = false;
    int retained = 0;
    int lost = 0; ///< an error that stays until the context is reset
    std::string lostBy;
    Stream* nullStream = nullptr;
};

/// A piece of work in a stream.
struct Work {
    const char* name;
    Stream* stream; ///< gone when the work is done
    Context* context;
    std::function<int()> run;
    std::vector<std::shared_ptr<Work>> after; ///< besides what is before it in its stream
    bool done = false;
    double finished = 0; ///< milliseconds
};
using WorkRef = std::shared_ptr<Work>;

struct Stream {
    Context* context;
    unsigned flags; ///< 1: not ordered with the null stream
    int priority = 0;
    uint64_t id = 0;
    bool destroyed = false;
    std::deque<WorkRef> queue;
    WorkRef last;
    std::shared_ptr<Capture> capture;
    std::vector<size_t> captureTail; ///< nodes that the next captured one follows
};

struct Event {
    Context* context;
    unsigned flags;
    WorkRef mark;
    std::shared_ptr<Capture> capture; ///< set while the last record was into a capture
    std::vector<size_t> captureTail;
};

using Lock = std::unique_lock<std::mutex>;

/// One call into a stand-in library: takes the lock, counts, and fails where that was asked for.
class EXPORT Call {
public:
    enum Needs { NOTHING, INITIALISED, CONTEXT };
    Call(Control::Counter* counter, Library library, Needs needs);
    int code; ///< not 0: return it
    Lock lock;
    Context* context;
};

#define CALL_OF(name, library, needs)                          \
    static sim::Control::Counter* const counter_ = sim::counterOf(#name); \
    sim::Call call(counter_, library, needs);                  \
    if (call.code) return call.code

extern EXPORT std::mutex big; ///< guards everything but what blocks.cpp says
extern bool initialised;

EXPORT Context* currentContext();
Context* primaryContext(int device);
int deviceCount();
bool exists(Context* context);

// ---- scheduler.cpp: the order in which work runs

/// Adds work to a stream, or to the graph that the stream is captured into. May run some work that is due, in any stream.
EXPORT int enqueue(Lock& lock, Stream* stream, const char* name, std::function<int()> run, const std::vector<WorkRef>& after = {},
                   WorkRef* out = nullptr);
/// Blocks until the work is done; the error of its context.
EXPORT int waitFor(Lock& lock, WorkRef work);
/// Blocks until the stream has nothing left to do.
EXPORT int drain(Lock& lock, Stream* stream);
int drainContext(Lock& lock, Context* context);
/// Runs a piece of work or a few; what polls makes progress by it.
void nudge(Lock& lock, Stream* prefer);
/// The stream of a handle as the caller names it; null when there is none.
EXPORT Stream* findStream(Context* context, void* handle);
Stream* newStream(Context* context, unsigned flags, int priority);
void destroyStream(Stream* stream);
void forgetStreams(Context* context);
EXPORT uint64_t random(uint64_t bound);
/// The work that stays after an error is dropped.
void lose(Context* context, int error, const std::string& why);

// ---- graph.cpp

struct Node {
    const char* name;
    std::function<int()> run;
    std::vector<size_t> after;
};
struct Graph {
    std::vector<Node> nodes;
};
struct Capture {
    Graph* graph;
    Stream* origin;
    int mode;
    unsigned long thread = 0; ///< that began it
    bool invalid = false;
    std::vector<Stream*> streams;
};
/// 0, or the error of a call that is not allowed while this thread captures, or any thread does in global mode; such a call invalidates the capture.
EXPORT int refuseWhileCapturing(const char* name);
int invalidate(Capture& capture, const char* name, int error = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
int refuseDrain(Context* context, const char* name);
void joinCapture(Stream* stream, const std::shared_ptr<Capture>& capture, const std::vector<size_t>& tail);
/// Whether a host wait on this stream is refused because it, or for the null stream another, is being captured.
EXPORT int refuseWait(Stream* stream, const char* name);

// ---- memory.cpp: device memory and page-locked host memory

struct Block {
    Address base = 0;
    size_t size = 0;
    Address pages = 0; ///< what is mapped: size rounded up and a red zone before it
    size_t mapped = 0;
    int device = 0;
    uint64_t id = 0;
    bool live = false;
    bool open = false; ///< accessible now
};

void initMemory();
int allocate(Context* context, size_t bytes, Address* out);
/// Takes the block away at once.
int release(Address base, const char* name);
void releaseAll(int device);
EXPORT bool isDevice(Address address);
/// Whether [address, address + bytes) lies in one live block; reports the misuse otherwise.
EXPORT bool checkDevice(const char* api, const char* what, Address address, size_t bytes);
/// Whether a host pointer is one.
EXPORT bool checkHost(const char* api, const char* what, const void* pointer, size_t bytes);
Block* findBlock(Address address); ///< live or freed not long ago; null if none
bool isPinned(const void* pointer, size_t bytes);
int allocatePinned(size_t bytes, void** out);
int releasePinned(void* pointer, const char* name);
int registerPinned(void* pointer, size_t bytes);
int unregisterPinned(void* pointer);
bool pinnedBlock(const void* pointer, void** base, size_t* bytes);
/// Makes the block of an address accessible to the executor until closeBlocks().
EXPORT void openBlock(Address address);
/// Checks the red zones of what was opened.
void checkOpened(const char* work);
void closeBlocks();
size_t usedBytes(int device);

/// Runs work so that a fault in it comes back as an error.
int guarded(const char* name, const std::function<int()>& run);

// ---- kernels.cpp: modules and launches

struct Dim {
    unsigned x, y, z;
};

// ---- libcublas, libcusolver: the context that a new handle belongs to
EXPORT Context* contextForHandle();

} // namespace sim
