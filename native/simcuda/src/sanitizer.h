// What AddressSanitizer is told; nothing in a build without it.
#pragma once

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace sim {

inline void poison([[maybe_unused]] void* from, [[maybe_unused]] size_t length) {
#ifdef __SANITIZE_ADDRESS__
    __asan_poison_memory_region(from, length);
#endif
}

inline void unpoison([[maybe_unused]] void* from, [[maybe_unused]] size_t length) {
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(from, length);
#endif
}

/// Lets a red zone be read.
struct UnpoisonScope {
    void* from;
    size_t length;
    UnpoisonScope(void* from, size_t length) : from(from), length(length) { unpoison(from, length); }
    ~UnpoisonScope() { poison(from, length); }
};

} // namespace sim
