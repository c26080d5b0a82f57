// The control file, counters, injected failures, and messages about misuse.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim.h"

namespace sim {

std::mutex big;
bool initialised = false;

std::string besideThisLibrary(const char* name) {
    Dl_info info;
    dladdr(reinterpret_cast<void*>(&besideThisLibrary), &info);
    std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/') + 1) + name;
}

namespace {

int64_t setting(const char* name, int64_t otherwise) {
    const char* text = getenv(name);
    return text && *text ? strtoll(text, nullptr, 0) : otherwise;
}

/// A file that SIMCUDA_CONTROL names, or one in memory, which a test finds among the open files of its process.
Control* map() {
    const char* path = getenv("SIMCUDA_CONTROL");
    int file = path && *path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : memfd_create("simcuda-control", MFD_CLOEXEC);
    void* memory = MAP_FAILED;
    if (file >= 0 && ftruncate(file, sizeof(Control)) == 0) {
        memory = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (memory == MAP_FAILED) {
        perror("simcuda: cannot open the control file");
        abort();
    }
    auto* control = static_cast<Control*>(memory);
    memset(memory, 0, sizeof(Control));
    control->layout = 1;
    control->seed = setting("SIMCUDA_SEED", 1);
    control->mostBlocks = setting("SIMCUDA_BLOCKS", 0);
    control->totalBytes = setting("SIMCUDA_MEMORY", int64_t(4) << 30);
    control->driverVersion = setting("SIMCUDA_DRIVER_VERSION", access(besideThisLibrary("libcublas.so.13").c_str(), F_OK) == 0 ? 13000 : 12060);
    memcpy(control->magic, "SIMCUDA", 8);
    return control;
}

int failure(int kind) {
    switch (kind) {
        case 1: return CUDA_ERROR_OUT_OF_MEMORY;
        case 2: return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
        case 3: return CUDA_ERROR_ILLEGAL_ADDRESS; // loses the context
        case 4: return CUDA_ERROR_LAUNCH_FAILED; // loses the context
        case 5: return CUDA_ERROR_NOT_SUPPORTED;
        default: return CUDA_ERROR_INVALID_VALUE;
    }
}

bool matches(const char* name) {
    const char* wanted = control->failName;
    size_t length = strnlen(wanted, sizeof(control->failName));
    return length == 0 || (strncmp(name, wanted, length) == 0 && (!name[length] || strncmp(name + length, "_v", 2) == 0));
}

void heal() {
    control->heal = 0;
    for (int device = 0; device < deviceCount(); device++) {
        primaryContext(device)->lost = 0;
    }
}

} // namespace

Control* control = map();

void report(const char* format, ...) {
    char text[sizeof(control->lastReport)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    memcpy(control->lastReport, text, sizeof(text));
    __atomic_add_fetch(&control->reports, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "simcuda: %s\n", text);
}

Control::Counter* counterOf(const char* name) {
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    Control::Counter* counter = control->counters;
    Control::Counter* last = counter + sizeof(control->counters) / sizeof(*counter) - 1; // what has no room is counted here
    for (; counter < last && counter->name[0]; counter++) {
        if (strcmp(counter->name, name) == 0) return counter;
    }
    snprintf(counter->name, sizeof(counter->name), "%s", name);
    return counter;
}

int translate(Library library, int error) {
    if (library == DRIVER || error == 0) return error;
    auto either = [&](int blas, int solver) { return library == CUBLAS ? blas : solver; };
    switch (error) {
        case CUDA_ERROR_OUT_OF_MEMORY: return either(CUBLAS_STATUS_ALLOC_FAILED, CUSOLVER_STATUS_ALLOC_FAILED);
        case CUDA_ERROR_INVALID_VALUE: return either(CUBLAS_STATUS_INVALID_VALUE, CUSOLVER_STATUS_INVALID_VALUE);
        case CUDA_ERROR_NOT_SUPPORTED: return either(CUBLAS_STATUS_NOT_SUPPORTED, CUSOLVER_STATUS_NOT_SUPPORTED);
        case CUDA_ERROR_NOT_INITIALIZED:
        case CUDA_ERROR_INVALID_HANDLE:
        case CUDA_ERROR_INVALID_CONTEXT: return either(CUBLAS_STATUS_NOT_INITIALIZED, CUSOLVER_STATUS_NOT_INITIALIZED);
        default: return either(CUBLAS_STATUS_EXECUTION_FAILED, CUSOLVER_STATUS_EXECUTION_FAILED);
    }
}

Call::Call(Control::Counter* counter, Library library, Needs needs) : code(0), lock(big), context(nullptr) {
    control->calls++;
    counter->calls++;
    if (control->heal) heal();
    if (control->failCall > 0 && matches(counter->name) && --control->failCall == 0) {
        int error = failure(int(control->failKind));
        memcpy(control->failedName, counter->name, sizeof(counter->name));
        control->failures++;
        if (error == CUDA_ERROR_ILLEGAL_ADDRESS || error == CUDA_ERROR_LAUNCH_FAILED) {
            if (Context* lost = currentContext()) lose(lost, error, "as asked for");
        }
        code = translate(library, error);
        return;
    }
    if (needs == NOTHING) return;
    if (!initialised) {
        code = translate(library, CUDA_ERROR_NOT_INITIALIZED);
        return;
    }
    context = currentContext();
    if (needs == CONTEXT) {
        int error = !context ? CUDA_ERROR_INVALID_CONTEXT : context->lost;
        code = translate(library, error);
    }
}

} // namespace sim

extern "C" EXPORT int simcudaUnsupported(const char* name, int code) {
    sim::control->calls++;
    sim::counterOf(name)->calls++;
    sim::report("%s is not simulated", name);
    return code;
}
