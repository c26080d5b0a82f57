// How a grid runs on the host: blocks one after another, the threads of a block as fibers.
//
// A fiber takes thread after thread as long as they do not wait, so a block without barriers costs one switch. At a barrier the fiber keeps its thread,
// and another fiber goes on with the rest. The order of threads and of blocks is drawn from the launch's number, so a missing barrier shows with some.
#include <sys/mman.h>

#include <cstdlib>

#include "simcuda/device.h"
#include "races.h"
#include "sanitizer.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace simcuda {

uint64_t blockStamp = 0;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr size_t STACK = 256 << 10;
#else
constexpr size_t STACK = 64 << 10;
#endif
constexpr size_t PAGE = 4096;
constexpr unsigned MOST_THREADS = 1024, WARP = 32;

extern "C" void simcudaSwitch(void** from, void* to);
__asm__(R"(
.text
.type simcudaSwitch, @function
simcudaSwitch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size simcudaSwitch, .-simcudaSwitch
)");

struct Fiber {
    void* top = nullptr; // of its stack when it does not run
    void* stack = nullptr; // null for the one that started the grid
    size_t length = 0;
    void* fake = nullptr; // AddressSanitizer's
    Fiber* next = nullptr;
    unsigned thread = 0;
    uint3 index = {};
};

struct Queue {
    Fiber *first = nullptr, *last = nullptr;

    void add(Fiber* fiber) {
        fiber->next = nullptr;
        (first ? last->next : first) = fiber;
        last = fiber;
    }
    void push(Fiber* fiber) {
        fiber->next = first;
        if (!first) last = fiber;
        first = fiber;
    }
    Fiber* take() {
        Fiber* fiber = first;
        first = first->next;
        return fiber;
    }
    void append(Queue& other) {
        while (other.first) add(other.take());
    }
    void prepend(Queue& other) {
        if (!other.first) return;
        other.last->next = first;
        if (!first) last = other.last;
        first = other.first;
        other.first = nullptr;
    }
};

struct Barrier {
    unsigned arrived = 0, live = 0;
    Queue waiting;
    int votes = 0, result = 0;
    unsigned warp = 0;
    bool orders = false; // memory: some thread is at a __syncwarp, not at a shuffle
};

struct Warp {
    Barrier barrier;
    unsigned active = 0;
    uint64_t values[2][WARP];
};

using Kernel = void (*)(const void*);

Kernel kernel;
const void* parameters;
Fiber starter, *current;
Queue ready, idle;
Barrier whole;
Warp warps[MOST_THREADS / WARP];
unsigned char parity[MOST_THREADS];
unsigned threads, started, firstThread;
bool backwards;
const char* failure;
char* shared = nullptr;
size_t sharedLength = 0, sharedRoom = 0;
char removed[64] = "", removedFile[64] = ""; // a barrier's place: "/lu.cu:35", "/lu.cu"
int removedLine = 0;

bool isRemoved(Place place) {
    if (place.line != removedLine) return false;
    size_t length = strlen(place.file), tail = strlen(removedFile);
    return length >= tail && strcmp(place.file + length - tail, removedFile) == 0;
}

void switchTo(Fiber* to) {
    Fiber* from = current;
    current = to;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&from->fake, to->stack, to->length);
    simcudaSwitch(&from->top, to->top);
    const void* bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(from->fake, &bottom, &size);
    if (!starter.stack) {
        starter.stack = const_cast<void*>(bottom);
        starter.length = size;
    }
#else
    simcudaSwitch(&from->top, to->top);
#endif
    threadIdx = from->index;
    racesThread(from->thread);
}

void work();

Fiber* idleFiber() {
    if (idle.first) return idle.take();
    auto* fiber = new Fiber;
    char* memory = static_cast<char*>(mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    mprotect(memory, PAGE, PROT_NONE);
    fiber->stack = memory + PAGE;
    fiber->length = STACK;
    auto* top = reinterpret_cast<void**>(memory + PAGE + STACK);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(work);
    top -= 6; // the registers that a switch restores
    fiber->top = top;
    return fiber;
}

/// Goes on with another thread of the block, or back to the starter when all have ended or none can go on.
void yield() {
    if (!failure) {
        if (started < threads) return switchTo(idleFiber());
        if (ready.first) return switchTo(ready.take());
        if (whole.live > 0) failure = "waits for ever: some threads are at a barrier that others do not reach";
    }
    switchTo(&starter);
}

void open(Barrier& barrier) {
    barrier.arrived = 0;
    barrier.result = barrier.votes;
    barrier.votes = 0;
#ifdef SIMCUDA_RACES
    if (&barrier == &whole) epochs.block++;
    else (barrier.orders ? epochs.warp : epochs.exchange)[barrier.warp]++;
    barrier.orders = false;
#endif
    if (backwards) ready.prepend(barrier.waiting);
    else ready.append(barrier.waiting);
}

void arrive(Barrier& barrier) {
    if (++barrier.arrived == barrier.live) return open(barrier);
    barrier.waiting.add(current);
    yield();
}

void leave(Barrier& barrier) {
    if (--barrier.live > 0 && barrier.arrived == barrier.live) open(barrier);
}

void work() {
#ifdef __SANITIZE_ADDRESS__
    const void* bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
    if (!starter.stack) {
        starter.stack = const_cast<void*>(bottom);
        starter.length = size;
    }
#endif
    for (;;) {
        while (started < threads) {
            unsigned number = firstThread + (backwards ? threads - 1 - started : started);
            if (number >= threads) number -= threads;
            started++;
            current->thread = number;
            unsigned rest = number / blockDim.x;
            threadIdx = current->index = {number % blockDim.x, rest % blockDim.y, rest / blockDim.y};
            racesThread(number);
            kernel(parameters);
            Warp& warp = warps[current->thread / WARP];
            warp.active &= ~(1u << current->thread % WARP);
            leave(warp.barrier);
            leave(whole);
        }
        idle.push(current); // the next block takes the stack that is in the cache
        yield();
    }
}

void runBlock() {
    blockStamp++;
    racesBlock();
    started = 0;
    whole = Barrier();
    whole.live = threads;
    ready = Queue();
    for (unsigned first = 0; first < threads; first += WARP) {
        Warp& warp = warps[first / WARP];
        unsigned lanes = std::min(WARP, threads - first);
        warp.barrier = Barrier();
        warp.barrier.live = lanes;
        warp.barrier.warp = first / WARP;
        warp.active = lanes == WARP ? ~0u : (1u << lanes) - 1;
    }
    memset(parity, 0, threads);
    memset(shared, 0xFF, sharedLength);
    current = &starter;
    switchTo(idleFiber());
}

Warp& ownWarp(unsigned mask) {
    Warp& warp = warps[current->thread / WARP];
    if ((mask & warp.active) != warp.active) trap("calls a function of warps with a mask that leaves out threads of the warp, which is not simulated");
    return warp;
}

} // namespace

void* dynamicShared() { return shared; }
unsigned lane() { return current->thread % WARP; }
unsigned activeLanes() { return warps[current->thread / WARP].active; }
void syncBlock(Place place) {
    if (!isRemoved(place)) arrive(whole);
}
void syncWarp(Place place, unsigned mask) {
    if (isRemoved(place)) return;
    Barrier& barrier = ownWarp(mask).barrier;
    barrier.orders = true;
    arrive(barrier);
}

int countBlock(Place place, bool predicate) {
    if (isRemoved(place)) return predicate;
    whole.votes += predicate;
    arrive(whole);
    int result = whole.result;
    arrive(whole); // before the next vote
    return result;
}

const uint64_t* exchange(unsigned mask, uint64_t value) {
    Warp& warp = ownWarp(mask);
    uint64_t* values = warp.values[parity[current->thread] ^= 1];
    values[lane()] = value;
    arrive(warp.barrier);
    return values;
}

void trap(const char* what) {
    failure = what;
    yield();
    __builtin_unreachable();
}

void guardShared(void* end, size_t length) { sim::poison(end, length); }

} // namespace simcuda

using namespace simcuda;

/// Lets threads not wait at one barrier, "lu.cu:35"; "": at all.
extern "C" __attribute__((visibility("default"))) void simcudaRemoveBarrier(const char* place) {
    if (strcmp(place, removed) == 0) return;
    snprintf(removed, sizeof(removed), "%s", place);
    removedLine = 0;
    if (sscanf(place, "%50[^:]:%d", removedFile + 1, &removedLine) == 2) removedFile[0] = '/';
    racesForget();
}

/// Runs a kernel; null, or what it did wrong.
extern "C" __attribute__((visibility("default"))) const char* simcudaRunGrid(
        void* function, const void* params, const unsigned* grid, const unsigned* block, size_t sharedBytes, uint64_t order) {
    kernel = reinterpret_cast<Kernel>(function);
    parameters = params;
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {block[0], block[1], block[2]};
    threads = block[0] * block[1] * block[2];
    backwards = order & 1;
    firstThread = order & 2 ? unsigned((order >> 3) % threads) : 0;
    failure = nullptr;
    if (sharedBytes + 64 > sharedRoom) {
        sim::unpoison(shared, sharedRoom);
        free(shared);
        sharedRoom = (sharedBytes + 64 + 4095) & ~size_t(4095);
        shared = static_cast<char*>(aligned_alloc(128, sharedRoom));
    }
    sim::unpoison(shared, sharedRoom);
    sharedLength = sharedBytes;
    sim::poison(shared + sharedBytes, sharedRoom - sharedBytes);
    racesLaunch(function, shared, sharedBytes);
    uint64_t blocks = uint64_t(grid[0]) * grid[1] * grid[2];
    uint64_t first = order & 4 ? (order >> 16) % blocks : 0;
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t number = first + (backwards ? blocks - 1 - i : i);
        if (number >= blocks) number -= blocks;
        blockIdx = {unsigned(number % grid[0]), unsigned(number / grid[0] % grid[1]), unsigned(number / grid[0] / grid[1])};
        runBlock();
        if (failure) {
            idle = Queue(); // stacks of threads that did not end are lost
            return failure;
        }
    }
    return nullptr;
}
