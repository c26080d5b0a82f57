// Races of kernels on shared and device memory, and reads of shared memory that nobody wrote; what compute-sanitizer's racecheck and initcheck look for.
//
// Kernels are compiled with -fsanitize=thread and linked without its runtime: the calls that g++ puts before loads and stores end here. Of each word the
// last write and two reads are remembered. Two accesses of a byte by two threads, one of them a write, not both atomic, must have a __syncthreads between
// them, or a __syncwarp if both threads are of one warp. A shuffle or vote orders no memory, and nothing orders blocks. As no order but that of barriers
// counts, a finding does not depend on the order in which threads ran.
#include <dlfcn.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "races.h"

namespace simcuda {

extern __attribute__((visibility("hidden"))) uint64_t blockStamp;
Epochs epochs;

namespace {

constexpr uintptr_t DEVICE = 0x200000000000, DEVICE_SIZE = uintptr_t(1) << 40; // memory.cpp's
constexpr unsigned WARP = 32;
constexpr size_t MOST_PAGES = 2048, MOST_FINDINGS = 4; // of a launch

struct Access {
    uint32_t stamp = 0; // of the block; 0: none
    uint32_t block = 0, warp = 0, exchange = 0;
    uint32_t code = 0; // where, in this library
    uint16_t thread = 0;
    uint8_t bytes = 0; // of the word
    bool atomic = false;
};

/// A word of four bytes. The second read is of another thread than the first, of another warp or block if there is one.
struct Cell {
    Access write, reads[2];
    uint8_t written = 0; // bytes that the block wrote; of shared memory
};

struct Page {
    Cell cells[1024];
};

struct Array {
    uintptr_t from = 0, to = 0;
    std::vector<Cell> cells;
};

enum Order { ORDERED, BY_EXCHANGE, NONE };

uintptr_t base = 0;
std::string library;
const char* kernelName = "?";
unsigned self = 0;
uint32_t firstStamp = 0; // of the launch
std::unordered_map<uintptr_t, Array> arrays; // by their beginning
std::vector<Array*> opened; // of the launch
uintptr_t low = 0, high = 0; // around them
std::unordered_map<uintptr_t, Page*> pages;
uintptr_t lastNumber = 0;
Page* lastPage = nullptr;

struct Finding {
    uint32_t code, before;
    std::string format; // of where the two are
};
std::set<std::tuple<const char*, uint32_t, uint32_t, Order>> known;
std::vector<Finding> findings;

void find(uint32_t code, uint32_t before, Order order, const char* format, ...) __attribute__((format(printf, 4, 5)));
void find(uint32_t code, uint32_t before, Order order, const char* format, ...) {
    if (findings.size() >= MOST_FINDINGS || !known.insert({kernelName, code, before, order}).second) return;
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    findings.push_back({code, before, text});
}

/// 0: one thread, 1: one warp, 2: one block, 3: two blocks.
int distance(const Access& a, const Access& b) {
    return a.stamp != b.stamp ? 3 : a.thread == b.thread ? 0 : a.thread / WARP == b.thread / WARP ? 1 : 2;
}

Order orderOf(const Access& before, const Access& now) {
    if (before.stamp < firstStamp || !(before.bytes & now.bytes) || (before.atomic && now.atomic)) return ORDERED;
    switch (distance(before, now)) {
        case 0: return ORDERED;
        case 1: return before.block != now.block || before.warp != now.warp ? ORDERED : before.exchange != now.exchange ? BY_EXCHANGE : NONE;
        case 2: return before.block != now.block ? ORDERED : NONE;
        default: return NONE;
    }
}

void check(const Access& before, const Access& now, const char* does, const char* did, bool isShared) {
    Order order = orderOf(before, now);
    if (order == ORDERED) return;
    char threads[80];
    if (distance(before, now) == 3) {
        snprintf(threads, sizeof(threads), "in another block, and nothing orders blocks");
    } else {
        snprintf(threads, sizeof(threads), "threads %u and %u, %s", now.thread, before.thread,
                 order == BY_EXCHANGE ? "only a shuffle or vote between, which orders no memory" : "no barrier between");
    }
    find(now.code, before.code, order, "%s: race on %s memory: %%s %s what %%s %s (%s)", kernelName, isShared ? "shared" : "device", now.atomic ? "updates" : does,
         before.atomic ? "updates" : did, threads);
}

void onWord(Cell& cell, const Access& now, bool writes, bool isShared) {
    if (isShared && cell.write.stamp != now.stamp && cell.reads[0].stamp != now.stamp) cell = Cell(); // each block has its own
    check(cell.write, now, writes ? "writes" : "reads", "writes", isShared);
    if (writes) {
        for (auto& read : cell.reads) check(read, now, "writes", "reads", isShared);
        cell.write = now;
        cell.written |= now.bytes;
        return;
    }
    if (isShared && (cell.written & now.bytes) != now.bytes) {
        find(now.code, 0, NONE, "%s: %%s reads shared memory that no thread of the block has written (thread %u)", kernelName, now.thread);
    }
    Access &latest = cell.reads[0], &other = cell.reads[1];
    if (latest.stamp >= firstStamp && distance(latest, now) > 0) {
        bool farther = distance(other, now) > distance(latest, now) && orderOf(other, now) != ORDERED;
        if (!farther) other = latest;
    }
    latest = now;
}

Page* pageOf(uintptr_t number) {
    if (number == lastNumber && lastPage) return lastPage;
    Page*& page = pages[number];
    if (!page) page = new Page;
    lastNumber = number;
    return lastPage = page;
}

Array* arrayOf(uintptr_t address) {
    if (address < low || address >= high) return nullptr;
    for (Array* array : opened) {
        if (address >= array->from && address < array->to) return array;
    }
    return nullptr;
}

void access(void* pointer, size_t size, bool writes, bool atomic, void* caller) {
    auto address = reinterpret_cast<uintptr_t>(pointer);
    bool device = address - DEVICE < DEVICE_SIZE;
    Array* array = device ? nullptr : arrayOf(address);
    if (!device && !array) return; // a thread's own
    unsigned warp = self / WARP;
    uint32_t code = uint32_t(reinterpret_cast<uintptr_t>(caller) - 1 - base);
    Access now{uint32_t(blockStamp), epochs.block, epochs.warp[warp], epochs.exchange[warp], code, uint16_t(self), 0, atomic};
    for (uintptr_t at = address & ~uintptr_t(3), end = address + size; at < end; at += 4) {
        unsigned from = at < address ? unsigned(address - at) : 0, to = at + 4 > end ? unsigned(end - at) : 4;
        now.bytes = uint8_t((1u << to) - (1u << from));
        onWord(device ? pageOf(at >> 12)->cells[at >> 2 & 1023] : array->cells[(at - array->from) / 4], now, writes, !device);
    }
}

void openArray(uintptr_t from, size_t size) {
    Array& array = arrays[from];
    if (array.cells.size() < (size + 3) / 4) array.cells.resize((size + 3) / 4);
    array.from = from;
    array.to = from + size;
    opened.push_back(&array);
    low = opened.size() == 1 ? from : std::min(low, from);
    high = opened.size() == 1 ? array.to : std::max(high, array.to);
}

/// File and line, and where what is inlined was called: "lu.cuh:187 < lu.cu:120".
std::string place(uint32_t code) {
    char command[600], line[300];
    snprintf(command, sizeof(command), "addr2line -s -i -e '%s' 0x%x 2>&1", library.c_str(), code);
    std::string text;
    FILE* output = popen(command, "r");
    while (output && fgets(line, sizeof(line), output)) {
        line[strcspn(line, " \n")] = 0; // also before "(discriminator 2)"
        if (strstr(line, "device.h:") && text.empty()) continue; // an atomic or a load with a hint
        if (text.size() < 120) text += (text.empty() ? "" : " < ") + std::string(line);
    }
    if (output) pclose(output);
    return text;
}

} // namespace

void racesLaunch(void* kernel, char* dynamicShared, size_t length) {
    Dl_info info;
    if (dladdr(kernel, &info)) {
        base = reinterpret_cast<uintptr_t>(info.dli_fbase);
        library = info.dli_fname;
        kernelName = info.dli_sname ? info.dli_sname : "?";
    }
    firstStamp = uint32_t(blockStamp) + 1;
    if (pages.size() > MOST_PAGES) {
        for (auto& entry : pages) delete entry.second;
        pages.clear();
    }
    lastPage = nullptr;
    opened.clear();
    low = high = 0;
    if (length) openArray(reinterpret_cast<uintptr_t>(dynamicShared), length);
}

void racesBlock() { memset(&epochs, 0, sizeof(epochs)); }
void racesThread(unsigned thread) { self = thread; }
/// What was said once will be said again.
void racesForget() { known.clear(); }

__attribute__((visibility("hidden"))) void racesShared(void* bytes, size_t size) {
    auto from = reinterpret_cast<uintptr_t>(bytes);
    for (Array* array : opened) {
        if (array->from == from) return;
    }
    openArray(from, size);
}

__attribute__((visibility("hidden"))) void racesAtomic(void* at, size_t size, void* caller) { access(at, size, true, true, caller); }

} // namespace simcuda

/// The next finding of the last launch, null if there is none; valid until the next call.
extern "C" __attribute__((visibility("default"))) const char* simcudaFinding() {
    using namespace simcuda;
    static char text[900];
    if (findings.empty()) return nullptr;
    Finding finding = findings.back();
    findings.pop_back();
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), finding.format.c_str(), place(finding.code).c_str(), finding.before ? place(finding.before).c_str() : "");
    return text;
}

// ---- what g++ calls

#define TSAN extern "C" __attribute__((visibility("hidden"))) void
#define ACCESS(name, size, writes) \
    TSAN name(void* at) { simcuda::access(at, size, writes, false, __builtin_return_address(0)); }
#define ACCESSES(size)                                  \
    ACCESS(__tsan_read##size, size, false)              \
    ACCESS(__tsan_write##size, size, true)              \
    ACCESS(__tsan_unaligned_read##size, size, false)    \
    ACCESS(__tsan_unaligned_write##size, size, true)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
TSAN __tsan_read_range(void* at, size_t size) { simcuda::access(at, size, false, false, __builtin_return_address(0)); }
TSAN __tsan_write_range(void* at, size_t size) { simcuda::access(at, size, true, false, __builtin_return_address(0)); }
TSAN __tsan_init() {}
