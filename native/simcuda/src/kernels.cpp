// Modules, functions and launches. A module is PTX, of which only the heads of its entries are read; the functions that run are those of the same names in
// libsimkernels.so, compiled from the same sources for the host.
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "sim.h"

namespace sim {
namespace {

constexpr int SHARED_BY_DEFAULT = 49152, SHARED_AT_MOST = 166912, TARGET_AT_MOST = 80;

struct Module;
struct Function {
    const char* name; ///< stays when the module is unloaded
    Module* module;
    void* host;
    size_t parameterBytes;
    int staticShared, dynamicShared, threads; ///< dynamicShared: how much a launch may bring
    bool strides; ///< over the work by the number of blocks, and does all of it with any number
};
struct Module {
    Context* context;
    std::map<std::string, Function> functions;
};

auto& modules = *new std::vector<Module*>;
auto& names = *new std::set<std::string>;

using RunGrid = const char* (*) (void*, const void*, const unsigned*, const unsigned*, size_t, uint64_t);
void* kernelLibrary = nullptr;
RunGrid runGrid = nullptr;
void (*removeBarrier)(const char*) = nullptr;
const char* (*finding)() = nullptr; ///< the race detector's next one; null in a build without it

/// Opens the library of kernels: beside this one unless SIMCUDA_KERNELS says where.
bool openKernels() {
    if (runGrid) return true;
    std::string path = besideThisLibrary("libsimkernels.so");
    if (const char* other = getenv("SIMCUDA_KERNELS")) path = other;
    kernelLibrary = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (kernelLibrary) runGrid = reinterpret_cast<RunGrid>(dlsym(kernelLibrary, "simcudaRunGrid"));
    if (runGrid) {
        removeBarrier = reinterpret_cast<void (*)(const char*)>(dlsym(kernelLibrary, "simcudaRemoveBarrier"));
        finding = reinterpret_cast<const char* (*) ()>(dlsym(kernelLibrary, "simcudaFinding"));
        control->findsRaces = finding != nullptr;
    }
    if (!runGrid) report("cannot open the kernels: %s", dlerror());
    return runGrid;
}

/// The newest PTX version that a driver takes, times ten.
int newestPtx(int64_t driver) {
    int major = int(driver / 1000), minor = int(driver % 1000 / 10);
    if (major >= 13) return 90 + minor;
    return 80 + (minor <= 5 ? minor : minor <= 7 ? minor - 1 : minor - 1);
}

/// The number behind a directive, -1 if it is not there.
long number(const std::string& text, const char* directive) {
    size_t at = text.find(directive);
    return at == std::string::npos ? -1 : strtol(text.c_str() + at + strlen(directive), nullptr, 10);
}

/// The sum of the lengths of the arrays that are declared `kind .align A .b8 name[length]`.
size_t arrays(const std::string& text, const char* kind) {
    size_t sum = 0;
    for (size_t at = 0; (at = text.find(kind, at)) != std::string::npos; at++) {
        size_t bracket = text.find('[', at);
        if (bracket < text.find_first_of(";,)", at)) sum += strtoul(text.c_str() + bracket + 1, nullptr, 10);
    }
    return sum;
}

/// Where the bracket that opens at `at` closes.
size_t closing(const std::string& text, size_t at) {
    for (int depth = 0; at < text.size(); at++) {
        depth += (text[at] == '{') - (text[at] == '}');
        if (depth == 0) return at;
    }
    return std::string::npos;
}

/// 0, or why the driver's compiler does not take it: what it logs is in `log`.
int parse(const std::string& ptx, Module& module, std::string& log) {
    auto refused = [&](int error, size_t at, const char* why) {
        auto line = 1 + std::count(ptx.begin(), ptx.begin() + long(std::min(at, ptx.size())), '\n');
        log = "ptxas application ptx input, line " + std::to_string(line) + "; fatal   : " + why;
        return error;
    };
    size_t version = ptx.find(".version ");
    if (version == std::string::npos) return refused(CUDA_ERROR_INVALID_IMAGE, 0, "Missing .version directive at start of file");
    int major = 0, minor = 0;
    sscanf(ptx.c_str() + version, ".version %d.%d", &major, &minor);
    if (major * 10 + minor > newestPtx(control->driverVersion)) {
        return refused(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, version, "Unsupported .version");
    }
    if (number(ptx, ".target sm_") > TARGET_AT_MOST) return refused(CUDA_ERROR_INVALID_PTX, ptx.find(".target"), "Unsupported .target");
    for (size_t at = 0; (at = ptx.find(".entry ", at)) != std::string::npos;) {
        size_t start = at + 7, open = ptx.find('(', start), close = ptx.find(')', open), body = ptx.find('{', close);
        size_t end = closing(ptx, body);
        if (open == std::string::npos || close == std::string::npos || body == std::string::npos || end == std::string::npos) {
            return refused(CUDA_ERROR_INVALID_PTX, at, "Parsing error near '.entry': syntax error");
        }
        Function function;
        std::string name = ptx.substr(start, open - start);
        function.name = names.insert(name.substr(0, name.find_last_not_of(" \t\r\n") + 1)).first->c_str();
        function.module = &module;
        function.parameterBytes = arrays(ptx.substr(open, close - open + 1), ".param");
        function.strides = ptx.substr(body, end - body).find("%nctaid.x") != std::string::npos;
        function.staticShared = int(arrays(ptx.substr(body, end - body), ".shared ."));
        if (function.staticShared > SHARED_BY_DEFAULT) return CUDA_ERROR_INVALID_PTX;
        function.dynamicShared = SHARED_BY_DEFAULT - function.staticShared;
        long threads = number(ptx.substr(close, body - close), ".maxntid ");
        function.threads = threads > 0 ? int(threads) : 1024;
        function.host = dlsym(kernelLibrary, function.name);
        module.functions[function.name] = function;
        at = end;
    }
    return 0;
}

bool known(Module* module) { return std::find(modules.begin(), modules.end(), module) != modules.end(); }

Function* find(void* handle) {
    for (Module* module : modules) {
        for (auto& entry : module->functions) {
            if (&entry.second == handle) return &entry.second;
        }
    }
    return nullptr;
}

/// Copies the parameters as a launch does.
int copyParameters(const Function& function, void** kernelParams, void** extra, std::vector<uint64_t>& out) {
    const void* from = nullptr;
    out.assign((function.parameterBytes + 7) / 8, 0);
    if (kernelParams) {
        from = kernelParams[0];
    } else if (extra) {
        size_t bytes = 0;
        for (int i = 0; extra[i]; i += 2) {
            auto key = reinterpret_cast<uintptr_t>(extra[i]);
            if (key == 1) from = extra[i + 1];
            if (key == 2) bytes = *static_cast<size_t*>(extra[i + 1]);
        }
        if (bytes < function.parameterBytes) {
            report("cuLaunchKernel: %s takes %zu bytes of parameters, not %zu", function.name, function.parameterBytes, bytes);
            return CUDA_ERROR_INVALID_VALUE;
        }
    }
    if (function.parameterBytes == 0) return 0;
    if (!from) return CUDA_ERROR_INVALID_VALUE;
    memcpy(out.data(), from, function.parameterBytes);
    return 0;
}

/// Whether no parameter word is a host pointer. A word that merely looks like one is a number below 1e-308. Pointers to freed memory pass here, because a
/// parameter block may hold words of no meaning; the kernel that follows one faults.
bool checkParameters(const Function& function, const std::vector<uint64_t>& words) {
    for (size_t i = 0; i < words.size(); i++) {
        Address word = words[i];
        bool mapped = (word >> 40) >= 0x7e && (word >> 40) <= 0x7f, heap = (word >> 40) >= 0x55 && (word >> 40) <= 0x56;
        if ((mapped || heap) && !isPinned(reinterpret_cast<void*>(word), 1)) {
            report("cuLaunchKernel: word %zu of %s looks like a host pointer: %p", i, function.name, reinterpret_cast<void*>(word));
            return false;
        }
    }
    return true;
}

int launch(Lock& lock, Context* context, void* handle, Dim grid, Dim block, unsigned shared, void* streamHandle, void** kernelParams, void** extra) {
    Function* function = find(handle);
    Stream* stream = findStream(context, streamHandle);
    if (!function || !stream) return CUDA_ERROR_INVALID_HANDLE;
    const char* name = function->name;
    if (function->module->context != context || stream->context != context) {
        report("cuLaunchKernel: %s: its module or stream belongs to another context than the current one", name);
        return CUDA_ERROR_INVALID_HANDLE;
    }
    uint64_t threads = uint64_t(block.x) * block.y * block.z;
    if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535 || !threads || threads > uint64_t(function->threads)
            || block.z > 64) {
        report("cuLaunchKernel: %s: grid %u x %u x %u, block %u x %u x %u (at most %d threads)", name, grid.x, grid.y, grid.z, block.x, block.y, block.z,
               function->threads);
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (shared > unsigned(function->dynamicShared)) {
        report("cuLaunchKernel: %s: %u bytes of shared memory besides %d of its own; allowed are %d", name, shared, function->staticShared, function->dynamicShared);
        return CUDA_ERROR_INVALID_VALUE;
    }
    auto words = std::make_shared<std::vector<uint64_t>>();
    if (int error = copyParameters(*function, kernelParams, extra, *words)) return error;
    if (!checkParameters(*function, *words)) return CUDA_ERROR_INVALID_VALUE;
    control->launches++;
    if (function->strides && control->mostBlocks > 0) grid.x = unsigned(std::min(int64_t(grid.x), control->mostBlocks));
    void* host = function->host;
    return enqueue(lock, stream, name, [=] {
        for (uint64_t word : *words) openBlock(word);
        unsigned sizes[] = {grid.x, grid.y, grid.z}, counts[] = {block.x, block.y, block.z};
        uint64_t order;
        {
            Lock hold(big);
            order = random(uint64_t(1) << 40);
        }
        removeBarrier(control->removedBarrier);
        const char* wrong = runGrid(host, words->data(), sizes, counts, shared, order);
        if (wrong) report("%s %s", name, wrong);
        for (const char* race; finding && (race = finding());) report("%s", race);
        return wrong ? CUDA_ERROR_LAUNCH_FAILED : 0;
    });
}

int load(Module** out, const void* image, Context* context, std::string& log) {
    if (!openKernels()) return CUDA_ERROR_SHARED_OBJECT_INIT_FAILED;
    auto* module = new Module{context, {}};
    if (int error = parse(static_cast<const char*>(image), *module, log)) {
        delete module;
        return error;
    }
    modules.push_back(module);
    control->liveModules++;
    *out = module;
    return 0;
}

} // namespace
} // namespace sim

using namespace sim;
#define API extern "C" EXPORT int
#define ENTER(name) CALL_OF(name, DRIVER, sim::Call::CONTEXT)

API cuModuleLoadData(Module** out, const void* image) {
    ENTER(cuModuleLoadData);
    if (int error = refuseWhileCapturing("cuModuleLoadData")) return error;
    std::string log;
    return load(out, image, call.context, log);
}

API cuModuleLoadDataEx(Module** out, const void* image, unsigned count, int* options, void** values) {
    ENTER(cuModuleLoadDataEx);
    if (int error = refuseWhileCapturing("cuModuleLoadDataEx")) return error;
    enum { ERROR_LOG = 5, ERROR_LOG_BYTES = 6 };
    char* errors = nullptr;
    size_t room = 0;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == ERROR_LOG) errors = static_cast<char*>(values[i]);
        if (options[i] == ERROR_LOG_BYTES) room = reinterpret_cast<size_t>(values[i]);
    }
    std::string log;
    int error = load(out, image, call.context, log);
    if (errors && room) snprintf(errors, room, "%s", log.c_str());
    return error;
}

API cuModuleUnload(Module* module) {
    ENTER(cuModuleUnload);
    if (!known(module)) return CUDA_ERROR_INVALID_HANDLE;
    drainContext(call.lock, module->context);
    modules.erase(std::find(modules.begin(), modules.end(), module));
    control->liveModules--;
    delete module;
    return 0;
}

API cuModuleGetFunction(void** out, Module* module, const char* name) {
    ENTER(cuModuleGetFunction);
    if (!known(module)) return CUDA_ERROR_INVALID_HANDLE;
    auto entry = module->functions.find(name);
    if (entry == module->functions.end()) return CUDA_ERROR_NOT_FOUND;
    if (!entry->second.host) {
        report("cuModuleGetFunction: %s is in the PTX but not in libsimkernels.so: build it again", name);
        return CUDA_ERROR_NOT_FOUND;
    }
    *out = &entry->second;
    return 0;
}

API cuModuleGetLoadingMode(int* mode) {
    CALL_OF(cuModuleGetLoadingMode, DRIVER, sim::Call::NOTHING);
    *mode = 1; // eager
    return 0;
}

API cuFuncGetModule(Module** out, void* handle) {
    ENTER(cuFuncGetModule);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    *out = function->module;
    return 0;
}

API cuFuncGetAttribute(int* value, int attribute, void* handle) {
    ENTER(cuFuncGetAttribute);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    switch (attribute) {
        case 0: *value = function->threads; break;
        case 1: *value = function->staticShared; break;
        case 2: case 3: case 7: *value = 0; break;
        case 4: *value = 32; break; // registers
        case 5: *value = 75; break; // PTX
        case 6: *value = 80; break; // binary
        case 8: *value = function->dynamicShared; break;
        case 9: *value = -1; break;
        default: return CUDA_ERROR_INVALID_VALUE;
    }
    return 0;
}

API cuFuncSetAttribute(void* handle, int attribute, int value) {
    ENTER(cuFuncSetAttribute);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    if (attribute == 9) return 0;
    if (attribute != 8 || value < 0 || value + function->staticShared > SHARED_AT_MOST) return CUDA_ERROR_INVALID_VALUE;
    function->dynamicShared = value;
    return 0;
}

API cuFuncSetCacheConfig(void* handle, int) {
    ENTER(cuFuncSetCacheConfig);
    return find(handle) ? 0 : CUDA_ERROR_INVALID_HANDLE;
}

API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream,
                   void** kernelParams, void** extra) {
    ENTER(cuLaunchKernel);
    return launch(call.lock, call.context, function, {gx, gy, gz}, {bx, by, bz}, shared, stream, kernelParams, extra);
}

static int occupancy(Function* function, int threads, size_t shared) {
    int byThreads = 2048 / std::max(1, (threads + 31) / 32 * 32), byShared = int(167936 / (shared + size_t(function->staticShared) + 1024));
    return std::min({32, byThreads, byShared});
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads, size_t shared) {
    ENTER(cuOccupancyMaxActiveBlocksPerMultiprocessor);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    *blocks = occupancy(function, threads, shared);
    return 0;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, void* handle, int threads, size_t shared, unsigned) {
    ENTER(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    *blocks = occupancy(function, threads, shared);
    return 0;
}

API cuOccupancyMaxPotentialBlockSize(int* grid, int* block, void* handle, size_t (*)(int), size_t shared, int limit) {
    ENTER(cuOccupancyMaxPotentialBlockSize);
    Function* function = find(handle);
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    *block = limit > 0 ? std::min(limit, function->threads) : function->threads;
    *grid = 4 * occupancy(function, *block, shared);
    return 0;
}
