// Device memory and page-locked host memory.
//
// Device memory lies in an address range of its own. Each block ends at the end of its pages (to 256 bytes), after which comes a page that is never
// accessible, so that what reads or writes beyond it faults; before it and in the rest lies a red zone with a pattern. The pages are accessible only
// while the executor runs work that touches them, so that host code that follows a device pointer faults too.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sanitizer.h"
#include "sim.h"

namespace sim {
namespace {

constexpr size_t PAGE = 4096, ALIGNMENT = 256, RED_ZONE = 256, GRANULE = 512, REMEMBERED = 4096;
constexpr size_t ARENA = size_t(1) << 40, POISON_ALL = size_t(64) << 20, POISON_EDGE = size_t(1) << 20;
constexpr size_t STAYS_OPEN = size_t(32) << 20; // closing and opening it for each piece of work would cost more than the work
constexpr unsigned char FRESH = 0xFF, RED = 0xCB; // fresh memory reads as NaN, -1 or a broken truth value

Address arena = 0, nextPages = 0;
// Not destroyed when the process ends: the executor and the handler of faults still run then.
auto& blocks = *new std::map<Address, Block*>; // by first page
auto& freed = *new std::deque<Block*>; // still in blocks
auto& opened = *new std::vector<Block*>;
uint64_t lastId = 0;
bool protect = true;
auto& pinned = *new std::map<Address, size_t>;
size_t used[MAX_DEVICES] = {};

/// Guards blocks and opened: the handler of faults needs them while others allocate.
std::atomic_flag blocksLock = ATOMIC_FLAG_INIT;
struct BlocksGuard {
    BlocksGuard() {
        while (blocksLock.test_and_set(std::memory_order_acquire)) sched_yield();
    }
    ~BlocksGuard() { blocksLock.clear(std::memory_order_release); }
};

size_t roundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }

Block* find(Address address) {
    auto after = blocks.upper_bound(address);
    if (after == blocks.begin()) return nullptr;
    Block* block = std::prev(after)->second;
    return address < block->pages + block->mapped + PAGE ? block : nullptr;
}

void open(Block* block) {
    if (block->open) return;
    block->open = true;
    opened.push_back(block);
    if (protect) mprotect(reinterpret_cast<void*>(block->pages), block->mapped, PROT_READ | PROT_WRITE);
}

std::string describe(Block* block, Address address) {
    char text[200];
    auto offset = static_cast<long long>(address - block->base);
    snprintf(text, sizeof(text), "byte %lld of %sblock %llu of %zu bytes", offset, block->live ? "" : "freed ", (unsigned long long) block->id, block->size);
    return text;
}

unsigned char* bytes(Address address) { return reinterpret_cast<unsigned char*>(address); }

Address tailOf(Block* block) { return block->base + block->size; }
size_t tailLength(Block* block) { return block->pages + block->mapped - tailOf(block); }

/// Moves nextPages to where that many bytes are unused: behind all blocks, or after a terabyte from the start again.
void placePages(size_t length) {
    if (nextPages + length > arena + ARENA) nextPages = arena + PAGE;
    for (auto after = blocks.lower_bound(nextPages + length); after != blocks.begin();) {
        Block* other = std::prev(after)->second;
        if (other->pages + other->mapped + PAGE <= nextPages) break;
        if (other->live) {
            nextPages = other->pages + other->mapped + PAGE;
            after = blocks.lower_bound(nextPages + length);
        } else {
            after = blocks.erase(std::prev(after));
        }
    }
}

bool intact(Address address, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes(address)[i] != RED) return false;
    }
    return true;
}

/// Whether both red zones are as they were; repairs them.
bool checkRedZones(Block* block) {
    UnpoisonScope before(bytes(block->base - RED_ZONE), RED_ZONE), behind(bytes(tailOf(block)), tailLength(block));
    bool whole = intact(block->base - RED_ZONE, RED_ZONE) && intact(tailOf(block), tailLength(block));
    if (!whole) {
        memset(bytes(block->base - RED_ZONE), RED, RED_ZONE);
        memset(bytes(tailOf(block)), RED, tailLength(block));
    }
    return whole;
}

// ---- faults

thread_local bool isExecutor = false;
sigjmp_buf escape;
bool escapable = false;
auto& escapeReason = *new std::string;
struct sigaction previous[2];

void onFault(int signal, siginfo_t* info, void* machine) {
    auto address = reinterpret_cast<Address>(info->si_addr);
    if (isDevice(address)) {
        std::string what;
        {
            BlocksGuard guard;
            Block* block = find(address);
            if (isExecutor && block && block->live && !block->open && address >= block->pages && address < block->pages + block->mapped) {
                open(block);
                return;
            }
            what = block ? describe(block, address) : "an address that was never allocated";
        }
        if (!isExecutor) {
            report("the host reads or writes device memory: %s", what.c_str());
        } else {
            escapeReason = "reads or writes " + what;
        }
    } else if (isExecutor) {
        char text[64];
        snprintf(text, sizeof(text), "faults at address %p", info->si_addr);
        escapeReason = text;
    }
    if (isExecutor && escapable) siglongjmp(escape, 1);
    struct sigaction& old = previous[signal == SIGBUS];
    if (old.sa_flags & SA_SIGINFO) {
        old.sa_sigaction(signal, info, machine);
    } else if (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN) {
        sigaction(signal, &old, nullptr); // faults again, without a handler
    } else {
        old.sa_handler(signal);
    }
}

} // namespace

void initMemory() {
    if (arena) return;
    void* wanted = reinterpret_cast<void*>(0x200000000000);
    void* range = mmap(wanted, ARENA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (range == MAP_FAILED) range = mmap(nullptr, ARENA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) {
        perror("simcuda: cannot reserve addresses for device memory");
        abort();
    }
    arena = reinterpret_cast<Address>(range);
    nextPages = arena + PAGE;
    const char* access = getenv("SIMCUDA_HOST_ACCESS");
    protect = !access || strcmp(access, "allow") != 0;
    struct sigaction action = {};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &previous[0]);
    sigaction(SIGBUS, &action, &previous[1]);
}

bool isDevice(Address address) { return address - arena < ARENA && arena; }

Block* findBlock(Address address) {
    BlocksGuard guard;
    return find(address);
}

size_t usedBytes(int device) { return used[device]; }

int allocate(Context* context, size_t size, Address* out) {
    if (size == 0) return CUDA_ERROR_INVALID_VALUE;
    if (size > size_t(control->totalBytes) || used[context->device] + roundUp(size, GRANULE) > size_t(control->totalBytes)) return CUDA_ERROR_OUT_OF_MEMORY;
    auto* block = new Block;
    block->size = size;
    block->mapped = roundUp(roundUp(size, ALIGNMENT) + RED_ZONE, PAGE);
    block->device = context->device;
    block->id = ++lastId;
    block->live = true;
    {
        BlocksGuard guard;
        placePages(block->mapped + PAGE);
        block->pages = nextPages;
        nextPages += block->mapped + PAGE;
        block->base = block->pages + block->mapped - roundUp(size, ALIGNMENT);
        blocks[block->pages] = block;
    }
    if (mprotect(bytes(block->pages), block->mapped, PROT_READ | PROT_WRITE) != 0) {
        BlocksGuard guard;
        blocks.erase(block->pages);
        delete block;
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    size_t edge = size <= POISON_ALL ? size : POISON_EDGE;
    memset(bytes(block->base), FRESH, edge);
    memset(bytes(block->base + size - edge), FRESH, edge);
    memset(bytes(block->base - RED_ZONE), RED, RED_ZONE);
    memset(bytes(tailOf(block)), RED, tailLength(block));
    poison(bytes(block->pages), block->base - block->pages);
    poison(bytes(tailOf(block)), tailLength(block) + PAGE);
    if (protect) mprotect(bytes(block->pages), block->mapped, PROT_NONE);
    else block->open = true;
    used[context->device] += roundUp(size, GRANULE);
    control->liveBlocks++;
    control->liveBytes += int64_t(size);
    if (control->liveBytes > control->peakBytes) control->peakBytes = control->liveBytes;
    *out = block->base;
    return 0;
}

namespace {

void discard(Block* block) { // blocksLock held
    poison(bytes(block->pages), block->mapped);
    mprotect(bytes(block->pages), block->mapped, PROT_NONE);
    madvise(bytes(block->pages), block->mapped, MADV_DONTNEED);
    block->live = block->open = false;
    for (auto& entry : opened) {
        if (entry == block) entry = nullptr;
    }
    used[block->device] -= roundUp(block->size, GRANULE);
    control->liveBlocks--;
    control->liveBytes -= int64_t(block->size);
    freed.push_back(block);
    if (freed.size() > REMEMBERED) {
        Block* oldest = freed.front();
        freed.pop_front();
        auto entry = blocks.find(oldest->pages);
        if (entry != blocks.end() && entry->second == oldest) blocks.erase(entry);
        delete oldest;
    }
}

} // namespace

int release(Address base, const char* name) {
    BlocksGuard guard;
    Block* block = isDevice(base) ? find(base) : nullptr;
    if (!block || block->base != base || !block->live) {
        std::string what = !block ? "no device memory" : block->live ? describe(block, base) : describe(block, base) + " (double free)";
        report("%s: 0x%llx is %s", name, (unsigned long long) base, what.c_str());
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!block->open && protect) mprotect(bytes(block->pages), block->mapped, PROT_READ | PROT_WRITE);
    if (!checkRedZones(block)) report("%s: the red zone of block %llu of %zu bytes was written", name, (unsigned long long) block->id, block->size);
    discard(block);
    return 0;
}

void releaseAll(int device) {
    BlocksGuard guard;
    std::vector<Block*> live;
    for (auto& entry : blocks) {
        if (entry.second->live && entry.second->device == device) live.push_back(entry.second);
    }
    for (Block* block : live) discard(block);
}

bool checkDevice(const char* api, const char* what, Address address, size_t size) {
    BlocksGuard guard;
    if (!isDevice(address)) {
        report("%s: %s 0x%llx is no device pointer", api, what, (unsigned long long) address);
        return false;
    }
    Block* block = find(address);
    if (block && block->live && address >= block->base && address + size <= tailOf(block)) return true;
    report("%s: %s: %zu bytes from %s", api, what, size, block ? describe(block, address).c_str() : "an address that was never allocated");
    return false;
}

bool checkHost(const char* api, const char* what, const void* pointer, size_t size) {
    if (pointer && !isDevice(reinterpret_cast<Address>(pointer))) return true;
    report("%s: %s %p (%zu bytes) is no host pointer", api, what, pointer, size);
    return false;
}

void openBlock(Address address) {
    BlocksGuard guard;
    Block* block = isDevice(address) ? find(address) : nullptr;
    if (block && block->live) open(block);
}

void checkOpened(const char* work) {
    BlocksGuard guard;
    for (Block* block : opened) {
        if (block && !checkRedZones(block)) report("%s wrote beyond block %llu of %zu bytes", work, (unsigned long long) block->id, block->size);
    }
}

void closeBlocks() {
    if (!protect) return;
    BlocksGuard guard;
    size_t stay = 0;
    for (Block* block : opened) {
        if (!block) continue;
        if (block->mapped > STAYS_OPEN) {
            opened[stay++] = block;
            continue;
        }
        block->open = false;
        mprotect(bytes(block->pages), block->mapped, PROT_NONE);
    }
    opened.resize(stay);
}

int guarded(const char* name, const std::function<int()>& run) {
    static thread_local bool ready = false;
    if (!ready) { // faults on the end of a stack need another
        stack_t stack = {};
        stack.ss_size = 1 << 18;
        stack.ss_sp = malloc(stack.ss_size);
        sigaltstack(&stack, nullptr);
        ready = isExecutor = true;
    }
    escapeReason.clear();
    int error = 0;
    if (sigsetjmp(escape, 1) == 0) {
        escapable = true;
        error = run();
    } else {
        report("%s %s", name, escapeReason.c_str());
        error = CUDA_ERROR_ILLEGAL_ADDRESS;
    }
    escapable = false;
    checkOpened(name);
    return error;
}

// ---- page-locked memory

int allocatePinned(size_t size, void** out) {
    if (size == 0) return CUDA_ERROR_INVALID_VALUE;
    void* memory = aligned_alloc(PAGE, roundUp(size, PAGE));
    if (!memory) return CUDA_ERROR_OUT_OF_MEMORY;
    memset(memory, FRESH, size <= POISON_ALL ? size : POISON_EDGE);
    pinned[reinterpret_cast<Address>(memory)] = size;
    control->livePinned++;
    *out = memory;
    return 0;
}

int releasePinned(void* pointer, const char* name) {
    if (pinned.erase(reinterpret_cast<Address>(pointer)) == 0) {
        report("%s: %p is no page-locked block", name, pointer);
        return CUDA_ERROR_INVALID_VALUE;
    }
    control->livePinned--;
    free(pointer);
    return 0;
}

int registerPinned(void* pointer, size_t size) {
    if (!pointer || size == 0) return CUDA_ERROR_INVALID_VALUE;
    void* base;
    size_t length;
    if (pinnedBlock(pointer, &base, &length)) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    pinned[reinterpret_cast<Address>(pointer)] = size;
    control->livePinned++;
    return 0;
}

int unregisterPinned(void* pointer) {
    if (pinned.erase(reinterpret_cast<Address>(pointer)) == 0) return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    control->livePinned--;
    return 0;
}

bool pinnedBlock(const void* pointer, void** base, size_t* length) {
    auto address = reinterpret_cast<Address>(pointer);
    auto after = pinned.upper_bound(address);
    if (after == pinned.begin()) return false;
    auto& block = *std::prev(after);
    if (address >= block.first + block.second) return false;
    *base = reinterpret_cast<void*>(block.first);
    *length = block.second;
    return true;
}

bool isPinned(const void* pointer, size_t size) {
    void* base;
    size_t length;
    return pinnedBlock(pointer, &base, &length) && static_cast<const char*>(pointer) + size <= static_cast<char*>(base) + length;
}

} // namespace sim
