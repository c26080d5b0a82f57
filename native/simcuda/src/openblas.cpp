#include "openblas.h"

#include "sim.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sim {

static void* open() {
    std::string path = besideThisLibrary("libopenblas.so.0");
    int mode = RTLD_NOW | RTLD_LOCAL;
    bool sanitized = dlsym(RTLD_DEFAULT, "__asan_init"); // refuses the next
    if (!sanitized) mode |= RTLD_DEEPBIND; // the process may hold another OpenBLAS, whose threads are not ours to set
    void* library = dlopen(path.c_str(), mode);
    if (!library) {
        fprintf(stderr, "simcuda: %s\n", dlerror());
        abort();
    }
    reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"))(1);
    return library;
}

void* openBlas(const char* name) {
    static void* const library = open();
    void* function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "simcuda: OpenBLAS has no %s\n", name);
        abort();
    }
    return function;
}

} // namespace sim
